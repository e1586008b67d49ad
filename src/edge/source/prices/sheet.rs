//! Price books as a sheet, CSV with a price a line, in the words of the native format.
//!
//! | column | holds |
//! | --- | --- |
//! | `effective_from`, `known_from` | the version's times, with offset; the second may be left out |
//! | `unit` | the book's unit, once at least; so may `book` (its id), `price_at`, `price_by`, `failed_calls`, `cancelled_calls`, `cache_hits`, `no_variant`, `rounding` (`call:half_up:6`) |
//! | `model`, `aliases`, `pattern` | names, several apart by `;` |
//! | `group`, `provider`, `endpoint`, `region` | what else a call must have |
//! | `when` | empty for the price itself; else what must hold, joined by ` + `: `batch`, `service_tier=flex`, `input_above=200000`, `input_from=200000`, `speed=fast`, `window=16:30-00:30 UTC mon;tue` |
//! | `input`, `output`, `cache_read`, ... | rates, one column a meter, for so many units as `per` says (tokens) or for one (all else); `input_per` says it for one column |
//! | `image_size`, `image_quality` | which images the line's `image` is for |
//! | `multiplier`, `minimum`, `free` | of the price |
//! | `account`, `value` | a line with a `value` is no price: it multiplies those of its `group`, `model` or `account` |
//!
//! Lines of one version and one name are one price.

mod cells;
mod lines;

use std::collections::BTreeMap;

use self::cells::{Row, Wrong};
use crate::domain::money::Mode;
use crate::domain::period::Instant;
use crate::domain::price::{
    Book, Charged, Header, NoVariant, Place, PriceAt, PriceBy, Rounding, RoundingPlace, Version,
};
use crate::edge::source::prices::book::{BookError, BookErrors};

/// Reads a sheet. `file` is named in places, `id` is the book's where no line says it.
///
/// # Errors
/// Everything wrong with it.
pub fn parse_sheet(text: &str, file: &str, id: &str) -> Result<Book, BookErrors> {
    let mut errors = Vec::new();
    let rows = cells::rows(text, &mut errors);
    let header = header(&rows, id, &mut errors);
    let mut versions: BTreeMap<(Instant, Instant), Version> = BTreeMap::new();
    for row in &rows {
        if let Err(wrong) = lines::add(row, file, &mut versions) {
            errors.push(wrong);
        }
    }
    if rows.is_empty() && errors.is_empty() {
        errors.push(Wrong { line: 1, message: "has no price".into(), hint: "write one a line below the names".into() });
    }
    if !errors.is_empty() {
        errors.sort_by_key(|wrong| wrong.line);
        let place = |line| Place { file: file.to_owned(), line };
        let told = errors.into_iter().map(|w| BookError {
            place: place(w.line),
            also: None,
            message: w.message,
            hint: w.hint,
        });
        return Err(BookErrors(told.collect()));
    }
    Book::new(header, versions.into_values().collect()).map_err(|faults| BookErrors::from_faults(&faults, file))
}

/// What lines say of the whole book; they must not contradict each other.
fn header(rows: &[Row], id: &str, errors: &mut Vec<Wrong>) -> Header {
    let mut said = |name: &str| -> Option<(String, u32)> {
        let mut found: Option<(String, u32)> = None;
        for row in rows {
            let Some(text) = row.text(name) else { continue };
            match &found {
                Some((first, line)) if first != text => {
                    let message = format!("{name} is {text:?} here and {first:?} on line {line}");
                    errors.push(Wrong { line: row.line, message, hint: "a book has one".into() });
                }
                Some(_) => {}
                None => found = Some((text.to_owned(), row.line)),
            }
        }
        found
    };
    let (book, unit, rounding) = (said("book"), said("unit"), said("rounding"));
    let names = ["price_at", "price_by", "failed_calls", "cancelled_calls", "cache_hits", "no_variant"];
    let said = names.map(|name| (name, said(name)));
    let mut choice = |name: &str, choices: &[&str]| -> Option<usize> {
        let (text, line) = said.iter().find(|s| s.0 == name)?.1.clone()?;
        let found = choices.iter().position(|c| *c == text);
        if found.is_none() {
            let hint = format!("one of: {}", choices.join(", "));
            errors.push(Wrong { line, message: format!("{name} cannot be {text:?}"), hint });
        }
        found
    };
    const CHARGED: [&str; 2] = ["free", "charged"];
    let charged = |found: Option<usize>, usual| match found {
        Some(0) => Charged::Free,
        Some(_) => Charged::Charged,
        None => usual,
    };
    let failed_calls = charged(choice("failed_calls", &CHARGED), Charged::Free);
    let cancelled_calls = charged(choice("cancelled_calls", &CHARGED), Charged::Charged);
    let cache_hits = charged(choice("cache_hits", &CHARGED), Charged::Free);
    let price_at = choice("price_at", &["started", "ended"]);
    let price_by = choice("price_by", &["billed", "served"]);
    let no_variant = choice("no_variant", &NoVariant::ALL.map(NoVariant::name));
    if unit.is_none() {
        let hint = "add a column unit, such as CNY, and fill it once at least".to_owned();
        errors.push(Wrong { line: 1, message: "names no unit".into(), hint });
    }
    let rounding = rounding.and_then(|(text, line)| {
        let found = rounding_of(&text);
        if found.is_none() {
            let hint = "write call or component, the mode and the places: call:half_up:6".to_owned();
            errors.push(Wrong { line, message: format!("rounding cannot be {text:?}"), hint });
        }
        found
    });
    Header {
        id: book.map_or_else(|| id.to_owned(), |b| b.0),
        unit: unit.map(|u| u.0).unwrap_or_default(),
        price_at: if price_at == Some(1) { PriceAt::Ended } else { PriceAt::Started },
        price_by: if price_by == Some(1) { PriceBy::Served } else { PriceBy::Billed },
        failed_calls,
        cancelled_calls,
        cache_hits,
        no_variant: no_variant.map(|n| NoVariant::ALL[n]).unwrap_or_default(),
        rounding,
    }
}

fn rounding_of(text: &str) -> Option<Rounding> {
    let mut parts = text.split(':');
    let at = match parts.next()? {
        "call" => RoundingPlace::Call,
        "component" => RoundingPlace::Component,
        _ => return None,
    };
    let (mode, scale) = (Mode::from_name(parts.next()?)?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(Rounding { at, mode, scale })
}
