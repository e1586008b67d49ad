//! Price books in our own format, TOML: text in, a validated book or every error with its line out.
//!
//! Knows nothing of: where the text comes from, what a price is used for.

mod error;
mod fields;
mod rows;
mod rules;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use toml::de::DeTable;

pub use self::error::{BookError, BookErrors};
use self::fields::{Source, Table};
pub(super) use self::rows::parse_clock;
use crate::domain::money::Mode;
use crate::domain::money::UnitNames;
use crate::domain::price::{Book, Charged, Header, NoVariant, PriceAt, PriceBy, Rounding, RoundingPlace, Version};

/// Reads a price book. `file` is named in places and errors, nothing is opened.
///
/// # Errors
/// Everything wrong with it.
pub fn parse_book(text: &str, file: &str) -> Result<Book, BookErrors> {
    let source = Source::new(text, file);
    let (document, syntax) = DeTable::parse_recoverable(text);
    for error in &syntax {
        let hint = "the file is not valid TOML here";
        source.fail(error.span().unwrap_or(0..0), error.message().lines().next().unwrap_or_default(), hint);
    }
    if !syntax.is_empty() {
        return Err(source.into_errors());
    }
    let root = Table::new(&source, "the book", document.get_ref(), document.span());
    let header = root.table("book").map(|table| header(&table));
    if header.is_none() && !root.has("book") {
        source.fail(0..0, "has no [book]", "begin with [book], id and unit");
    }
    let versions: Vec<Version> = root.tables("version").iter().filter_map(rows::version).collect();
    if !root.has("version") {
        source.fail(0..0, "has no [[version]]", "add one with effective_from and its prices");
    }
    root.done();
    match (source.is_clean(), header.flatten()) {
        (true, Some(header)) => Book::new(header, versions).map_err(|faults| BookErrors::from_faults(&faults, file)),
        _ => Err(source.into_errors()),
    }
}

fn header(table: &Table<'_, '_>) -> Option<Header> {
    const CHARGED: [(&str, Charged); 2] = [("free", Charged::Free), ("charged", Charged::Charged)];
    let (id, unit) = (table.required_text("id"), table.required_text("unit"));
    let price_at = table.choice("price_at", &[("started", PriceAt::Started), ("ended", PriceAt::Ended)]);
    let price_by = table.choice("price_by", &[("billed", PriceBy::Billed), ("served", PriceBy::Served)]);
    let rules = NoVariant::ALL.map(|rule| (rule.name(), rule));
    let header = Header {
        failed_calls: table.choice("failed_calls", &CHARGED).unwrap_or(Charged::Free),
        cancelled_calls: table.choice("cancelled_calls", &CHARGED).unwrap_or(Charged::Charged),
        cache_hits: table.choice("cache_hits", &CHARGED).unwrap_or(Charged::Free),
        no_variant: table.choice("no_variant", &rules).unwrap_or_default(),
        rounding: table.table("rounding").and_then(|r| rounding(&r)),
        price_at: price_at.unwrap_or_default(),
        price_by: price_by.unwrap_or_default(),
        id: id.unwrap_or_default(),
        // A currency has one name, in letters of either size.
        unit: unit.and_then(|u| UnitNames::default().named(&u).map(Cow::into_owned)).unwrap_or_default(),
    };
    table.done();
    Some(header)
}

fn rounding(table: &Table<'_, '_>) -> Option<Rounding> {
    let at = table.choice("at", &[("component", RoundingPlace::Component), ("call", RoundingPlace::Call)]);
    let mode = table.choice("mode", &Mode::ALL.map(|mode| (mode.name(), mode)));
    let scale = table.integer("scale");
    for key in ["at", "mode", "scale"] {
        table.require(key);
    }
    table.done();
    match u32::try_from(scale?) {
        Ok(scale) => Some(Rounding { at: at?, mode: mode?, scale }),
        Err(_) => {
            table.wrong("scale", "is not a number of decimal places", "use 0 to 18");
            None
        }
    }
}
