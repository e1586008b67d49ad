//! What reading a file came to: rows, rejects and names nobody knows; and the limits of what is read.

use std::borrow::Cow;
use std::collections::BTreeMap;

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

/// What reading one file came to. `rows_read` = `accepted` + rejects + what is set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Name of the format it was read as.
    pub format: &'static str,
    /// Rows that are not blank (a header is no row); of a row that holds several calls, every call is one.
    pub rows_read: u64,
    pub accepted: u64,
    pub rejects: Vec<Reject>,
    /// Rows that are whole and no call, posting or balance, by reason.
    pub aside: BTreeMap<Cow<'static, str>, u64>,
    /// Fields that no reader knows, by dotted name, with how many rows had them. At most
    /// [`MAX_UNKNOWN`] names; what is beyond is counted under `(others)`.
    pub unknown: BTreeMap<String, u64>,
    /// Of `accepted`, those of a last line of CSV without its end: it may be half a row. They are given last.
    pub unended: u64,
    /// Whether the last of `rejects` is such a line.
    pub unended_reject: bool,
    /// Of `rejects`, those before the first row or header.
    pub before_rows: u64,
    /// Amounts written with more than 18 decimals, as floats are, and rounded half-even to 18.
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
    pub(crate) fn count_unknown(&mut self, name: &str, times: u64) {
        if let Some(count) = self.unknown.get_mut(name) {
            *count += times;
            return;
        }
        let name = if self.unknown.len() < MAX_UNKNOWN { shortened(name) } else { "(others)".to_owned() };
        *self.unknown.entry(name).or_default() += times;
    }
}

/// A name found in a file, fit to be printed.
pub(crate) fn shortened(name: &str) -> String {
    name.chars().take(100).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
