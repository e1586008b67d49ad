//! What rows of a price book cost, as bytes that are equal where every price is.

use crate::domain::call::Meter;
use crate::domain::hash::{Canonical, CanonicalBytes};
use crate::domain::price::{
    Components, Condition, ImageRate, Matcher, ModelName, MultiplierOf, PriceMultiplier, PriceRow, Variant, Window,
};

/// What rows cost for a model; equal where all prices are. `None` without a row.
pub(super) fn price_of(rows: &[&PriceRow], multipliers: &[PriceMultiplier], model: &str) -> Option<Vec<u8>> {
    let applies = |m: &&PriceMultiplier| match &m.of {
        MultiplierOf::Model(name) => name == model || rows.iter().any(|r| stands_for(r, model, name)),
        MultiplierOf::Group(_) | MultiplierOf::Account(_) => true,
    };
    let price = CanonicalBytes::of_record("price", |to| {
        to.member("rows", rows);
        to.member("multipliers", &multipliers.iter().filter(applies).collect::<Vec<_>>());
    });
    (!rows.is_empty()).then(|| price.into_bytes())
}

/// Whether `alias` is another name of the row's one exact name.
fn stands_for(row: &PriceRow, alias: &str, exact: &str) -> bool {
    let names = &row.matcher.models;
    let mut exacts = names.iter().filter_map(|n| if let ModelName::Exact(text) = n { Some(text) } else { None });
    names.iter().any(|n| matches!(n, ModelName::Alias(text) if text == alias))
        && exacts.next().is_some_and(|text| text == exact)
        && exacts.next().is_none()
}

/// Without the names of models, which cost nothing, and the place.
impl Canonical for PriceRow {
    fn write(&self, to: &mut CanonicalBytes) {
        let PriceRow { matcher, components, variants, free, minimum, place: _ } = self;
        let Matcher { models: _, group, provider, endpoint, region } = matcher;
        to.record("row", |to| {
            to.member("group", group);
            to.member("provider", provider);
            to.member("endpoint", endpoint);
            to.member("region", region);
            to.member("free", free);
            to.member("minimum", minimum);
            to.member("components", components);
            to.member("variants", variants);
        });
    }
}

/// One that is for the model at hand: which name it goes by is no price.
impl Canonical for PriceMultiplier {
    fn write(&self, to: &mut CanonicalBytes) {
        let PriceMultiplier { of, value, place: _ } = self;
        let (kind, name) = match of {
            MultiplierOf::Group(name) => ("group", Some(name)),
            MultiplierOf::Account(name) => ("account", Some(name)),
            MultiplierOf::Model(_) => ("model", None),
        };
        to.record(kind, |to| {
            to.member("name", &name);
            to.member("value", value);
        });
    }
}

impl Canonical for Components {
    fn write(&self, to: &mut CanonicalBytes) {
        let Components { rates: _, images, multiplier } = self;
        to.record("components", |to| {
            for meter in Meter::ALL {
                if let Some(rate) = self.rate(meter) {
                    to.member(meter.name(), &rate);
                }
            }
            to.member("images", images);
            to.member("multiplier", multiplier);
        });
    }
}

impl Canonical for ImageRate {
    fn write(&self, to: &mut CanonicalBytes) {
        let ImageRate { size, quality, rate } = self;
        to.record("image", |to| {
            to.member("size", size);
            to.member("quality", quality);
            to.member("rate", rate);
        });
    }
}

impl Canonical for Variant {
    fn write(&self, to: &mut CanonicalBytes) {
        let Variant { condition, components, nested, place: _ } = self;
        to.record("variant", |to| {
            to.member("condition", condition);
            to.member("components", components);
            to.member("nested", nested);
        });
    }
}

impl Canonical for Condition {
    fn write(&self, to: &mut CanonicalBytes) {
        match self {
            Condition::Context { tokens, inclusive } => to.record("context", |to| {
                to.member("tokens", tokens);
                to.member("inclusive", inclusive);
            }),
            Condition::Batch => to.record("batch", |_| {}),
            Condition::ServiceTier(name) => to.record("service_tier", |to| to.member("name", name)),
            Condition::When { name, value } => to.record("when", |to| {
                to.member("name", name);
                to.member("value", value);
            }),
            Condition::Window(window) => window.write(to),
        }
    }
}

impl Canonical for Window {
    fn write(&self, to: &mut CanonicalBytes) {
        let Window { from_minute, until_minute, zone, weekdays, since, before } = self;
        to.record("window", |to| {
            to.member("from_minute", from_minute);
            to.member("until_minute", until_minute);
            to.member("zone", zone);
            to.member("weekdays", &weekdays[..]);
            to.member("since", since);
            to.member("before", before);
        });
    }
}
