//! Readers of what gateways and ledgers write: one file in, rows and rejects out.
//!
//! JSON Lines, CSV with dotted names and Parquet, plain, gzip or zstd, told by content. A row that
//! cannot be read is a [`Reject`] and reading goes on; a file that cannot be trusted as a whole (torn,
//! damaged, not text, without the required columns) is a [`SourceError`], and whatever was handed out
//! of it before must be dropped. Nothing is guessed and nothing is read as zero.
//! Knows nothing of: where files lie, how many rejects are too many, prices, the lake.

mod calls;
mod ledger;
mod prices;
mod record;

#[cfg(test)]
mod tests;

pub use crate::edge::blob::Body;
pub use calls::{
    CallContext, CallFormat, FORMATS, QuoteLines, QuoteReader, QuoteRow, QuoteText, ReadRow, RowError, TraceRow,
    call_format, explain_calls, format_of_calls, read_calls, read_trace,
};
pub use ledger::{
    LedgerContext, LedgerFormat, PartyRows, Refused, ledger_format, ledger_format_names, read_accounts, read_balances,
    read_keys, read_postings,
};
pub use prices::{
    BookError, BookErrors, Dated, PriceTable, RefusedRow, TableError, TableFormat, book_of, parse_book, parse_sheet,
    read_table, read_text,
};
pub use record::error::SourceError;
pub use record::report::{FileReport, MAX_COUNT, MAX_REJECTS, MAX_ROW, MAX_TEXT, MAX_UNKNOWN, Reject};
pub use record::reread::{line_span, read_row, read_span};

/// Formats that go without saying: a run tells which files it read as another.
pub const OWN_FORMATS: [&str; 2] = ["trueup", "subscription"];
