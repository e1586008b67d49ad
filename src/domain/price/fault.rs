//! Why a book is refused, with the places of everything involved.

use super::book::{Place, VersionId};
use crate::domain::call::Meter;

/// One reason, told as facts; [`std::fmt::Display`] gives the sentence without the places.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookFault {
    #[error("two versions have the same times ({version})")]
    SameTimes { version: VersionId, first: Place, second: Place },
    #[error("the version {version} was known with other content")]
    ChangedVersion { version: VersionId, first: Place, second: Place },
    #[error("two books named {id:?} differ in {what}")]
    OtherHeader { id: String, what: &'static str },
    #[error("{id:?} and {other:?} are not one book")]
    OtherBook { id: String, other: String },
    #[error("two prices answer to {name:?} and neither is more specific")]
    RowTie { name: String, first: Place, second: Place },
    #[error("a price has no model")]
    NoModel { at: Place },
    #[error("{what} is negative")]
    Negative { what: String, at: Place },
    #[error("{first_is} and {second_is} can hold for one call, and both set {}", .meter.name())]
    VariantClash { meter: Meter, first_is: String, second_is: String, first: Place, second: Place },
    #[error("{what} is written twice")]
    VariantTwice { what: String, first: Place, second: Place },
    #[error("{what} stands inside {inside}, where it can add nothing")]
    Nested { what: String, inside: String, at: Place },
    #[error("service tier {name:?} is the row itself")]
    StandardTier { name: String, at: Place },
    #[error("{what} is the row itself")]
    StandardContext { what: String, at: Place },
    #[error("the window {window} is empty or not within one day")]
    BadWindow { window: String, at: Place },
    #[error("two image rates are for the same size and quality")]
    ImageTwice { at: Place },
    #[error("{text:?} is no regular expression")]
    BadExpression { text: String, at: Place },
    #[error("rounding to {scale} places is finer than the 18 an amount is kept at")]
    FineRounding { scale: u32 },
}

impl BookFault {
    /// Where it is written; both places where two things contradict each other.
    pub fn places(&self) -> Vec<&Place> {
        match self {
            BookFault::SameTimes { first, second, .. }
            | BookFault::ChangedVersion { first, second, .. }
            | BookFault::RowTie { first, second, .. }
            | BookFault::VariantClash { first, second, .. }
            | BookFault::VariantTwice { first, second, .. } => vec![first, second],
            BookFault::NoModel { at }
            | BookFault::BadExpression { at, .. }
            | BookFault::Negative { at, .. }
            | BookFault::Nested { at, .. }
            | BookFault::StandardTier { at, .. }
            | BookFault::StandardContext { at, .. }
            | BookFault::BadWindow { at, .. }
            | BookFault::ImageTwice { at } => vec![at],
            BookFault::OtherHeader { .. } | BookFault::OtherBook { .. } | BookFault::FineRounding { .. } => Vec::new(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            BookFault::SameTimes { .. } => "give one of them another effective_from, or a later known_from",
            BookFault::ChangedVersion { .. } => {
                "a version once known may not change: add a version with the same effective_from and a later known_from"
            }
            BookFault::OtherHeader { .. } => {
                "rules of a whole book cannot change between its files: give it another id"
            }
            BookFault::OtherBook { .. } => "load each book by itself",
            BookFault::RowTie { .. } => "remove one, or tell them apart by group, provider, endpoint or region",
            BookFault::NoModel { .. } => "add model, models, aliases or pattern",
            BookFault::Negative { .. } => "prices are zero or more; money given back is a posting",
            BookFault::VariantClash { .. } => "write one inside the other, with the price that holds for both",
            BookFault::VariantTwice { .. } => "keep one of them",
            BookFault::Nested { .. } => "move it out",
            BookFault::StandardTier { .. } | BookFault::StandardContext { .. } => {
                "put its prices into the row: default, standard and auto are no variant"
            }
            BookFault::BadWindow { .. } => {
                "from and until are HH:MM, different, until at most 24:00, since before before"
            }
            BookFault::ImageTwice { .. } => "keep one of them",
            BookFault::BadExpression { .. } => "write one without look-around and back references, or other rules",
            BookFault::FineRounding { .. } => "use a scale of 0 to 18",
        }
    }
}
