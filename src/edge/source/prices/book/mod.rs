//! Price books in our own format, TOML: text in, a validated book or every error with its line out.
//!
//! Knows nothing of: where the text comes from, what a price is used for.

mod fields;
mod rows;
mod rules;
#[cfg(test)]
mod tests;

use std::fmt;

use toml::de::DeTable;

use self::fields::{Source, Table};
pub(super) use self::rows::parse_clock;
use crate::domain::money::Mode;
use crate::domain::price::{
    Book, BookFault, Charged, Header, NoVariant, Place, PriceAt, PriceBy, Rounding, RoundingPlace, Version,
};

/// One thing wrong with a book, where it stands and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookError {
    pub place: Place,
    /// The other place, where two contradict each other.
    pub also: Option<Place>,
    pub message: String,
    pub hint: String,
}

impl fmt::Display for BookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        if let Some(also) = &self.also {
            write!(f, " (and {also})")?;
        }
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

/// Everything wrong with a book, in the order of its lines; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookErrors(pub Vec<BookError>);

impl fmt::Display for BookErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for BookErrors {}

impl BookErrors {
    /// The faults of a book made from `file`, each at its places.
    pub fn from_faults(faults: &[BookFault], file: &str) -> BookErrors {
        let whole = || Place { file: file.to_owned(), line: 1 };
        let errors = faults.iter().map(|fault| {
            let mut places = fault.places().into_iter().cloned();
            BookError {
                place: places.next().unwrap_or_else(whole),
                also: places.next(),
                message: fault.to_string(),
                hint: fault.hint().to_owned(),
            }
        });
        BookErrors(errors.collect())
    }
}

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
        unit: unit.unwrap_or_default(),
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
