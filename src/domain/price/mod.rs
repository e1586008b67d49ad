//! Price books: versions, rows, variants, and which of them holds for a call.
//!
//! Knows nothing of: files (a book is handed in as values, each with the place it was written at),
//! what rating does with the rates it finds.

mod book;

pub use book::{
    Book, CacheHits, Charged, Components, Condition, Flavour, Header, ImageRate, Matcher, ModelName, MultiplierOf,
    NoVariant, Place, PriceAt, PriceBy, PriceMultiplier, PriceRow, Rounding, RoundingPlace, Variant, Version,
    VersionId, Window,
};
