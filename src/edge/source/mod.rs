//! Readers of what gateways and ledgers write: one file in, rows and rejects out.
//!
//! JSON Lines, CSV with dotted names and Parquet, plain, gzip or zstd, told by content. A row that
//! cannot be read is a [`Reject`] and reading goes on; a file that cannot be trusted as a whole (torn,
//! damaged, not text, without the required columns) is a [`SourceError`], and whatever was handed out
//! of it before must be dropped. Nothing is guessed and nothing is read as zero.
//! Knows nothing of: where files lie, how many rejects are too many, prices, the lake.

mod balances;
mod book;
mod calls;
mod chunks;
mod csv;
mod error;
mod facts;
mod fields;
mod json;
mod open;
mod parquet;
mod parties;
mod postings;
mod quotes;
mod rows;
mod shape;
mod span;
mod tables;
mod trace;
mod usage;
mod usage_members;
mod value;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use crate::edge::blob::Body;
pub use balances::read_balances;
pub use book::{BookError, BookErrors, parse_book};
pub use calls::read_calls;
pub use error::{Refused, SourceError};
pub use parties::{PartyRows, read_accounts, read_keys};
pub use postings::read_postings;
pub use quotes::{QuoteLines, QuoteReader, QuoteRow, QuoteText, RowError};
pub use span::{read_row, read_span};
pub use tables::{Dated, PriceTable, RefusedRow, TableError, TableFormat, book_of, parse_sheet, read_table, read_text};
pub use trace::{TraceRow, read_trace};

use crate::domain::period::Zone;

/// What a file of calls is read under.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// Name of the source, part of every call's identity.
    pub source: String,
    /// Unit of a charge whose row names none; absent: the price book's.
    pub unit: Option<String>,
    /// Zone of times without an offset; absent: such a time is a reject.
    pub zone: Option<Zone>,
    /// Index of the file in the ingest's list, kept in every row.
    pub file: u32,
}

/// What a file of postings or balances is read under.
#[derive(Clone, Debug, Default)]
pub struct LedgerContext {
    pub zone: Option<Zone>,
    pub file: u32,
    /// Unit of a balance whose file names none (a subscription's JSON).
    pub unit: Option<String>,
    /// The file's own name, without its folder: `ACCOUNT@INSTANT.json` says whose balance it is.
    pub name: String,
}

/// A row that could not be read: where it is and why, never its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Counted from 1; in Parquet the row's number.
    pub line: u64,
    /// In bytes of the decompressed text; in Parquet the row's index from 0.
    pub offset: u64,
    /// In bytes, without the end of line; in Parquet 1.
    pub length: u64,
    /// xxh3 of the row as it stands in the file; in Parquet of its known fields as JSON.
    pub hash: u64,
    /// Dotted name of the field; empty where the row as a whole is at fault.
    pub field: Cow<'static, str>,
    pub reason: Cow<'static, str>,
}

/// What reading one file came to. `rows_read` = `accepted` + rejects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Rows that are not blank (a header is no row).
    pub rows_read: u64,
    pub accepted: u64,
    pub rejects: Vec<Reject>,
    /// Fields that no reader knows, by dotted name, with how many rows had them. At most
    /// [`MAX_UNKNOWN`] names; what is beyond is counted under `(others)`.
    pub unknown: BTreeMap<String, u64>,
    /// Amounts written as numbers of more than 18 decimals, as floats are, and rounded half-even to 18.
    pub rounded: u64,
}

/// How many unknown names a report keeps apart.
pub const MAX_UNKNOWN: usize = 1000;
/// A file with more rejects than this is refused as a whole.
pub const MAX_REJECTS: usize = 1_000_000;
/// The longest row, in bytes; a longer one is a reject.
pub const MAX_ROW: usize = 16 << 20;
/// The longest id, name or other text, in bytes; a longer one is a reject.
pub const MAX_TEXT: usize = 1000;
/// The largest count of tokens, images, seconds, ... of one call; a larger one is a reject.
pub const MAX_COUNT: i64 = 1_000_000_000_000_000;

impl FileReport {
    pub(super) fn count_unknown(&mut self, name: &str, times: u64) {
        if let Some(count) = self.unknown.get_mut(name) {
            *count += times;
            return;
        }
        let name = if self.unknown.len() < MAX_UNKNOWN { shortened(name) } else { "(others)".to_owned() };
        *self.unknown.entry(name).or_default() += times;
    }
}

/// A name found in a file, fit to be printed.
fn shortened(name: &str) -> String {
    name.chars().take(100).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
