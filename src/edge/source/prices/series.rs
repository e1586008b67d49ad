//! Dated tables of one system as one book.

use super::{PriceTable, TableFormat};
use crate::domain::period::Instant;
use crate::domain::price::{Book, BookFault, Place, Version};

/// A table, and from when it was the one in use; it was known from then.
#[derive(Clone, Debug)]
pub struct Dated {
    pub from: Instant,
    pub table: PriceTable,
    pub place: Place,
}

/// The book of a series; a table that is equal to the one before makes no version of its own.
///
/// # Errors
/// What [`Book::new`] refuses.
pub fn book_of(format: TableFormat, id: &str, mut series: Vec<Dated>) -> Result<Book, Vec<BookFault>> {
    series.sort_by_key(|dated| dated.from);
    let mut versions: Vec<Version> = Vec::new();
    for dated in series {
        let version = Version {
            effective_from: dated.from,
            known_from: dated.from,
            rows: dated.table.rows,
            multipliers: dated.table.multipliers,
            providers: dated.table.providers,
            place: dated.place,
        };
        let same = versions.last().is_some_and(|last| {
            let as_before =
                Version { effective_from: last.effective_from, known_from: last.known_from, ..version.clone() };
            as_before.content_hash() == last.content_hash()
        });
        // Two tables of one instant are left for the book to refuse.
        if !same {
            versions.push(version);
        }
    }
    Book::new(format.header(id), versions)
}
