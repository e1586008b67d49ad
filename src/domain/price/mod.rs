//! Price books: versions, rows, variants, and which of them holds for a call.
//!
//! Knows nothing of: files (a book is handed in as values, each with the place it was written at),
//! what rating does with the rates it finds.

mod book;
mod canonical;
mod component_rules;
mod conflicts;
mod daily_window;
mod diff;
mod fault;
mod lint;
mod merge;
mod name_rules;
mod row_lookup;
mod row_query;
mod rule_index;
mod validate;
mod variant_layout;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use book::{
    Book, CacheHits, Charged, Components, Condition, Header, ImageRate, Matcher, ModelName, MultiplierOf, NoVariant,
    Place, PriceAt, PriceBy, PriceMultiplier, PriceRow, ProviderRule, Rounding, RoundingPlace, Variant, Version,
    VersionId, Window, named_tier,
};
pub use diff::{Change, changes};
pub use fault::BookFault;
pub use lint::{Remark, RemarkKind};
pub use merge::merge;
pub use name_rules::NameRule;
pub use row_lookup::{NameIndex, Timeline};
pub use row_query::{NotFound, RowQuery, RowRef};
pub use variant_layout::{Axis, Choice, PriceEnds, Rates, lay_out};
