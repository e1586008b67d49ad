//! From a file to records: how rows come out of JSON Lines, CSV and Parquet, and what a field of one may be.
//!
//! Knows nothing of: whose rows they are.

pub(super) mod chunks;
pub(super) mod collector;
pub(super) mod csv;
pub(super) mod error;
pub(super) mod fields;
pub(super) mod format;
pub(super) mod json;
pub(super) mod json_lines;
mod lists;
mod not_text;
pub(super) mod open;
pub(super) mod parquet;
pub(super) mod raw_text;
pub(super) mod read;
pub(super) mod report;
pub(super) mod reread;
pub(super) mod rows;
pub(super) mod schema;
mod sniff;
mod texts;
pub(super) mod value;
