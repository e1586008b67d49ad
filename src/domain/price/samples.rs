//! Small books for tests, each line of them written at a place of its own.

use super::{
    Book, BookFault, Charged, Components, Condition, Header, Matcher, ModelName, MultiplierOf, NoVariant, Place,
    PriceAt, PriceBy, PriceMultiplier, PriceRow, Variant, Version, Window,
};
use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::period::{Instant, Zone};

pub(crate) fn x(text: &str) -> Exact {
    text.parse().expect("a number")
}

pub(crate) fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

pub(crate) fn place(line: u32) -> Place {
    Place { file: "book.toml".to_owned(), line }
}

/// The defaults of the native format.
pub(crate) fn header() -> Header {
    Header {
        id: "b".to_owned(),
        unit: "CNY".to_owned(),
        price_at: PriceAt::Started,
        price_by: PriceBy::Billed,
        failed_calls: Charged::Free,
        cancelled_calls: Charged::Charged,
        cache_hits: Charged::Free,
        no_variant: NoVariant::Unpriced,
        rounding: None,
    }
}

pub(crate) fn components(rates: &[(Meter, &str)]) -> Components {
    let mut components = Components::default();
    for (meter, rate) in rates {
        components.rates[meter.index()] = Some(x(rate));
    }
    components
}

/// Rates per million tokens.
pub(crate) fn per_million(rates: &[(Meter, &str)]) -> Components {
    let mut components = components(rates);
    for rate in components.rates.iter_mut().flatten() {
        *rate = rate.shifted(-6).expect("small");
    }
    components
}

pub(crate) fn row(model: &str, components: Components) -> PriceRow {
    PriceRow {
        matcher: Matcher { models: vec![ModelName::Exact(model.to_owned())], ..Matcher::default() },
        components,
        variants: Vec::new(),
        free: false,
        minimum: None,
        place: place(1),
    }
}

pub(crate) fn version(from: &str, rows: Vec<PriceRow>) -> Version {
    let from = at(from);
    Version {
        effective_from: from,
        known_from: from,
        rows,
        multipliers: Vec::new(),
        providers: Vec::new(),
        place: place(1),
    }
}

pub(crate) fn variant(condition: Condition, components: Components) -> Variant {
    Variant { condition, components, nested: Vec::new(), place: place(1) }
}

pub(crate) fn above(tokens: i64) -> Condition {
    Condition::Context { tokens, inclusive: false }
}

pub(crate) fn from(tokens: i64) -> Condition {
    Condition::Context { tokens, inclusive: true }
}

pub(crate) fn tier(name: &str) -> Condition {
    Condition::ServiceTier(name.to_owned())
}

pub(crate) fn when(name: &str, value: &str) -> Condition {
    Condition::When { name: name.to_owned(), value: value.to_owned() }
}

/// Minutes of the day, every day.
pub(crate) fn window(from_minute: u32, until_minute: u32, zone: &str) -> Window {
    let zone = Zone::parse(zone).expect("a zone");
    Window { from_minute, until_minute, zone, weekdays: [true; 7], since: None, before: None }
}

pub(crate) fn times(value: &str) -> Components {
    Components { multiplier: Some(x(value)), ..Components::default() }
}

pub(crate) fn multiplier(of: MultiplierOf, value: &str) -> PriceMultiplier {
    PriceMultiplier { of, value: x(value), place: place(1) }
}

pub(crate) fn faults(versions: Vec<Version>) -> Vec<BookFault> {
    Book::new(header(), versions).err().unwrap_or_default()
}
