//! Price books and tables of others, kept by content for ever.
//!
//! Knows nothing of: calls, what a price is used for.

pub(crate) mod books;
pub(crate) mod price_tables;
