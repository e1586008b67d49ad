//! Calls, from whatever writes them.

mod context_field;
mod native;
mod quote_rows;
mod trace;
mod usage;
mod usage_fields;

pub use native::read_calls;
pub use quote_rows::{QuoteLines, QuoteReader, QuoteRow, QuoteText, RowError};
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
