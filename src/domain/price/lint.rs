//! What is allowed in a book and still looks wrong.

use std::collections::BTreeMap;
use std::fmt;

use super::book::{Book, ModelName, MultiplierOf, NoVariant, Place, PriceRow, Variant, Version};
use crate::domain::call::Meter;
use crate::domain::money::{Exact, SCALE};

/// Something worth a look, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub kind: RemarkKind,
    /// The names of the price, as written.
    pub model: String,
    pub place: Place,
    /// What it is held against, in an earlier version.
    pub earlier: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemarkKind {
    /// A rate of 0 in a row that is not declared free.
    ZeroRate(Meter),
    /// At least ten times as much, or a tenth, since the version before.
    Jump { meter: Meter, before: Exact, after: Exact },
    /// In the version before, and no longer.
    Vanished,
    /// Amounts may need more places than are kept; each call is rounded half-even at 18.
    FinePlaces(u32),
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = &self.model;
        match &self.kind {
            RemarkKind::ZeroRate(meter) => {
                write!(f, "{}: {model}: {} costs 0 and the row is not free", self.place, meter.name())?;
            }
            RemarkKind::Jump { meter, before, after } => {
                write!(f, "{}: {model}: {} went from {before} to {after}", self.place, meter.name())?;
            }
            RemarkKind::Vanished => write!(f, "{}: {model} has no price any more", self.place)?,
            RemarkKind::FinePlaces(places) => {
                write!(f, "{}: {model}: up to {places} decimal places, rounded to 18 a call", self.place)?;
            }
        }
        self.earlier.as_ref().map_or(Ok(()), |e| write!(f, " (before: {e})"))
    }
}

/// A name with the members that tell its rows apart.
type Key<'a> = (&'a ModelName, [&'a Option<String>; 4]);

impl Book {
    /// Remarks in the order of the versions.
    pub fn lint(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let rounds = self.header.rounding.is_some();
        let half = u32::from(self.header.no_variant == NoVariant::HalfBatch);
        let mut before: Option<&Version> = None;
        for version in &self.versions {
            for row in &version.rows {
                zero_rates(row, &mut remarks);
                let places = places_of(row) + multiplier_places(version) + half;
                if !rounds && places > SCALE {
                    remarks.push(remark(RemarkKind::FinePlaces(places), row, None));
                }
            }
            if let Some(before) = before {
                compare(before, version, &mut remarks);
            }
            before = Some(version);
        }
        remarks
    }
}

fn remark(kind: RemarkKind, row: &PriceRow, earlier: Option<&PriceRow>) -> Remark {
    Remark { kind, model: names(row), place: row.place.clone(), earlier: earlier.map(|r| r.place.clone()) }
}

fn names(row: &PriceRow) -> String {
    let text = |name: &ModelName| match name {
        ModelName::Exact(text) | ModelName::Alias(text) => text.clone(),
        ModelName::Pattern(before, after) => format!("{before}*{after}"),
        ModelName::Rule(rule) => rule.example(),
    };
    row.matcher.models.first().map(text).unwrap_or_default()
}

fn zero_rates(row: &PriceRow, remarks: &mut Vec<Remark>) {
    for meter in Meter::ALL {
        if !row.free && row.components.rate(meter).is_some_and(Exact::is_zero) {
            remarks.push(remark(RemarkKind::ZeroRate(meter), row, None));
        }
    }
}

fn rows_by_name(version: &Version) -> BTreeMap<Key<'_>, &PriceRow> {
    let mut rows = BTreeMap::new();
    for row in &version.rows {
        let m = &row.matcher;
        for name in &m.models {
            rows.insert((name, [&m.group, &m.provider, &m.endpoint, &m.region]), row);
        }
    }
    rows
}

fn compare(before: &Version, after: &Version, remarks: &mut Vec<Remark>) {
    let (old, new) = (rows_by_name(before), rows_by_name(after));
    for (key, row) in &old {
        match new.get(key) {
            Some(now) => jumps(row, now, remarks),
            None => remarks.push(Remark { place: after.place.clone(), ..remark(RemarkKind::Vanished, row, Some(row)) }),
        }
    }
}

fn jumps(old: &PriceRow, new: &PriceRow, remarks: &mut Vec<Remark>) {
    for meter in Meter::ALL {
        let (Some(before), Some(after)) = (old.components.rate(meter), new.components.rate(meter)) else {
            continue;
        };
        let tenfold = |small: Exact, large: Exact| !small.is_zero() && small.shifted(1).is_some_and(|t| t <= large);
        let kind = RemarkKind::Jump { meter, before, after };
        let found = remark(kind, new, Some(old));
        if (tenfold(before, after) || tenfold(after, before)) && !remarks.contains(&found) {
            remarks.push(found);
        }
    }
}

/// Places of the finest rate, with every multiplier that may be laid over it.
fn places_of(row: &PriceRow) -> u32 {
    fn walk(variants: &[Variant], rate: &mut u32, multipliers: &mut u32) {
        for v in variants {
            measure(&v.components, rate, multipliers);
            walk(&v.nested, rate, multipliers);
        }
    }
    fn measure(components: &super::book::Components, rate: &mut u32, multipliers: &mut u32) {
        let rates = components.rates.iter().flatten().copied().chain(components.images.iter().map(|i| i.rate));
        *rate = rates.map(Exact::scale).fold(*rate, u32::max);
        *multipliers += components.multiplier.map_or(0, Exact::scale);
    }
    let (mut rate, mut multipliers) = (0, 0);
    measure(&row.components, &mut rate, &mut multipliers);
    walk(&row.variants, &mut rate, &mut multipliers);
    rate + multipliers
}

/// One multiplier of each kind at most is counted.
fn multiplier_places(version: &Version) -> u32 {
    let of = |kind: fn(&MultiplierOf) -> bool| {
        version.multipliers.iter().filter(|m| kind(&m.of)).map(|m| m.value.scale()).max().unwrap_or(0)
    };
    of(|m| matches!(m, MultiplierOf::Group(_)))
        + of(|m| matches!(m, MultiplierOf::Model(_)))
        + of(|m| matches!(m, MultiplierOf::Account(_)))
}
