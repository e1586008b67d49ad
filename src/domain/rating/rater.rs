//! A book made ready for one moment of knowledge.

use super::types::{Assignment, ChargeStatus, Charges, Edit, Facts, Quote};
use crate::domain::call::Calls;
use crate::domain::period::Instant;
use crate::domain::price::{Book, VersionId};

/// A book compiled for pricing: the versions known at one instant, lookups resolved once.
#[derive(Debug)]
pub struct Rater {
    book: Book,
    known: Instant,
}

impl Rater {
    /// Compiles a validated book as it was known at `known`.
    pub fn new(book: Book, known: Instant) -> Rater {
        Rater { book, known }
    }

    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Versions of the book, known or not, in order; diagnosis tries them all.
    pub fn versions(&self) -> Vec<VersionId> {
        self.book.versions.iter().map(|v| v.id()).collect()
    }

    /// The version in force for a call, at its price instant and what was known.
    pub fn version_for(&self, facts: &Facts) -> Option<VersionId> {
        let _ = (facts, self.known);
        None
    }

    /// Prices one call, with a receipt. `edits` price it otherwise than the book says.
    ///
    /// # Errors
    /// [`ChargeStatus::NoUsage`] or [`ChargeStatus::Unpriced`].
    pub fn price(&self, facts: &Facts, edits: &[Edit]) -> Result<Quote, ChargeStatus> {
        let _ = (facts, edits);
        Err(ChargeStatus::NoUsage)
    }
}

/// Prices every call of a batch with the book assigned to it.
pub fn rate(raters: &[Rater], calls: &Calls, assignment: &Assignment) -> Charges {
    let _ = (raters, calls, assignment);
    Charges::default()
}
