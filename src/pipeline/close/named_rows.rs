//! Rows of a day that a person must see: how many, and the first by name, as a note of its manifest.
//!
//! Knows nothing of: what is odd about a row, how it is told.

use crate::edge::lake::Manifest;

/// More are counted only.
const MOST_NAMED: usize = 20;

/// What a day's manifest says of them.
pub(crate) fn note(what: &str, rows: &[String]) -> Option<(String, String)> {
    let (first, more) = (rows.iter().take(MOST_NAMED), rows.len().saturating_sub(MOST_NAMED));
    let mut names: Vec<String> = first.map(|name| name.escape_debug().to_string()).collect();
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    (!rows.is_empty()).then(|| (what.to_owned(), format!("{}: {}", rows.len(), names.join(", "))))
}

/// How many a sealed day names, and their names.
pub(crate) fn noted<'m>(what: &str, manifest: &'m Manifest) -> Option<(u64, &'m str)> {
    let (count, names) = manifest.notes.get(what)?.split_once(": ")?;
    Some((count.parse().ok()?, names))
}
