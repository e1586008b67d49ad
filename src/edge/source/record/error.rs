//! Why a whole file is refused.

use std::io;

/// A file that cannot be read as a whole. What it handed out before the error must be dropped.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file could not be read at all; trying again may help.
    #[error("cannot be read: {0}")]
    Io(io::Error),
    /// Compressed data that ends too early or is corrupt.
    #[error("is a damaged {format} file: {detail}, after {good} bytes of text that were still whole")]
    Damaged { format: &'static str, good: u64, detail: String },
    /// Not JSON Lines, CSV or Parquet, or one of these with something that spoils every row.
    #[error("{0}")]
    NotRows(String),
    /// CSV or Parquet without a column every row needs.
    #[error("has no column {}", .0.join(", "))]
    MissingColumns(Vec<&'static str>),
    /// A Parquet file that its own library cannot read.
    #[error("is a damaged Parquet file: {0}")]
    Parquet(String),
    /// So many bad rows that it is no file of this kind.
    #[error("has more than {0} rows that cannot be read")]
    TooManyRejects(usize),
}

impl SourceError {
    /// Whether the file itself is at fault, rather than the reading of it.
    pub fn is_input(&self) -> bool {
        !matches!(self, SourceError::Io(_))
    }
}
