//! What changed from one price list to another, by model and meter.

use std::collections::{BTreeMap, BTreeSet};

use super::book::{Components, ImageRate, MultiplierOf, Place, PriceRow, Variant, Version};
use crate::domain::call::Meter;
use crate::domain::money::{Exact, Mode, div_round};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The name of the model, with what else tells the price apart.
    pub model: String,
    /// A meter, a multiplier, or what it holds for; empty where the price as a whole came or went.
    pub component: String,
    /// The conditions it holds under, in words; empty for the price itself.
    pub when: String,
    pub before: Option<Exact>,
    pub after: Option<Exact>,
    pub places: [Option<Place>; 2],
}

impl Change {
    /// By how much, in percent to two places; none where there is nothing to compare.
    pub fn percent(&self) -> Option<Exact> {
        let (before, after) = (self.before?, self.after?);
        if before.is_zero() {
            return None;
        }
        let scale = before.scale().max(after.scale());
        let (before, after) = (before.at_scale(scale)?, after.at_scale(scale)?);
        let change = div_round(after.checked_sub(before)?.checked_mul(10_000)?, before, Mode::HalfEven)?;
        Some(Exact::new(change, 2))
    }
}

/// Every price of a row by what it is for and when it holds.
type Prices = BTreeMap<(String, String), Exact>;

/// Changes ordered by model.
pub fn changes(before: &Version, after: &Version) -> Vec<Change> {
    let (old, new) = (rows(before), rows(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let rows = [old.get(name), new.get(name)];
        let places = rows.map(|row| row.map(|row| row.place.clone()));
        let change = |component: String, when: String, before, after| Change {
            model: name.clone(),
            component,
            when,
            before,
            after,
            places: places.clone(),
        };
        match rows {
            [Some(old), Some(new)] => {
                let (old, new) = (prices(old), prices(new));
                let keys: BTreeSet<&(String, String)> = old.keys().chain(new.keys()).collect();
                for key in keys {
                    let (before, after) = (old.get(key).copied(), new.get(key).copied());
                    if before != after {
                        found.push(change(key.1.clone(), key.0.clone(), before, after));
                    }
                }
            }
            _ => found.push(change(String::new(), String::new(), None, None)),
        }
    }
    multipliers(before, after, &mut found);
    found
}

/// Rows by each of their names.
fn rows(version: &Version) -> BTreeMap<String, &PriceRow> {
    let mut rows = BTreeMap::new();
    for row in &version.rows {
        let m = &row.matcher;
        let mut told_apart = String::new();
        for (name, value) in
            [("group", &m.group), ("provider", &m.provider), ("endpoint", &m.endpoint), ("region", &m.region)]
        {
            if let Some(value) = value {
                told_apart.push_str(&format!(" ({name} {value})"));
            }
        }
        for name in &m.models {
            rows.entry(format!("{}{told_apart}", name.shown())).or_insert(row);
        }
    }
    rows
}

fn prices(row: &PriceRow) -> Prices {
    let mut prices = Prices::new();
    if row.free {
        prices.insert((String::new(), "free".to_owned()), Exact::ONE);
    }
    prices.extend(row.minimum.map(|minimum| ((String::new(), "minimum".to_owned()), minimum)));
    components("", &row.components, &mut prices);
    variants("", &row.variants, &mut prices);
    prices
}

fn variants(above: &str, all: &[Variant], prices: &mut Prices) {
    for variant in all {
        let when = match above {
            "" => variant.condition.to_string(),
            above => format!("{above} + {}", variant.condition),
        };
        components(&when, &variant.components, prices);
        variants(&when, &variant.nested, prices);
    }
}

fn components(when: &str, components: &Components, prices: &mut Prices) {
    let mut add = |what: String, price: Exact| prices.insert((when.to_owned(), what), price);
    for meter in Meter::ALL {
        if let Some(rate) = components.rate(meter) {
            add(meter.name().to_owned(), rate);
        }
    }
    for ImageRate { size, quality, rate } in &components.images {
        let named: Vec<&str> = [size, quality].into_iter().flatten().map(String::as_str).collect();
        add(format!("image {}", named.join(" ")).trim_end().to_owned(), *rate);
    }
    if let Some(multiplier) = components.multiplier {
        add("multiplier".to_owned(), multiplier);
    }
}

fn multipliers(before: &Version, after: &Version, found: &mut Vec<Change>) {
    let by_name = |version: &Version| -> BTreeMap<String, Exact> {
        let name = |of: &MultiplierOf| match of {
            MultiplierOf::Group(name) => format!("group {name}"),
            MultiplierOf::Model(name) => format!("model {name}"),
            MultiplierOf::Account(name) => format!("account {name}"),
        };
        version.multipliers.iter().map(|m| (name(&m.of), m.value)).collect()
    };
    let (old, new) = (by_name(before), by_name(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (before, after) = (old.get(name).copied(), new.get(name).copied());
        if before != after {
            let (model, component, when) = (name.clone(), "multiplier".to_owned(), String::new());
            found.push(Change { model, component, when, before, after, places: [None, None] });
        }
    }
}
