//! Price books: versions, rows, variants, and which of them holds for a call.
//!
//! Knows nothing of: files (a book is handed in as values, each with the place it was written at),
//! what rating does with the rates it finds.

mod book;
mod canonical;
mod clash;
mod diff;
mod fault;
mod layers;
mod lint;
mod lookup;
mod merge;
mod names;
mod validate;
mod window;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use book::{
    Book, CacheHits, Charged, Components, Condition, Flavour, Header, ImageRate, Matcher, ModelName, MultiplierOf,
    NoVariant, Place, PriceAt, PriceBy, PriceMultiplier, PriceRow, ProviderRule, Rounding, RoundingPlace, Variant,
    Version, VersionId, Window, named_tier,
};
pub use diff::{Change, changes};
pub use fault::BookFault;
pub use layers::{Axis, Choice, PriceEnds, Rates, lay_out};
pub use lint::{Remark, RemarkKind};
pub use lookup::{Found, NameIndex, NotFound, Timeline, Wanted};
pub use merge::merge;
pub use names::NameRule;
