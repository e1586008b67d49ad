//! Reports as values: tables of typed cells, pages and workbooks, and the tables of the things we report.
//!
//! A number is the same in a terminal, a CSV and a page because it is written from the same cell.
//! Knows nothing of: formats, files, terminals.

mod by;
mod corrections;
pub mod dispute;
mod findings;
mod measure;
mod page;
mod rated;
mod receipt;
mod rehearsed;
mod repriced;
mod rollup;
mod sums;
mod table;
mod tieout;
mod words;
mod workbook;

pub use by::{Along, Drawn, Sums, input_tokens, output_tokens};
pub use corrections::{Correction, correction_table, corrections};
pub use findings::{explain, finding_summary, finding_table, incident_table};
pub use measure::{Scale, part_of, share_of};
pub use page::{
    Bar, Bars, Block, CallLine, Chart, Columns, CustomerFacts, DayFact, Entry, Figure, InputFact, LawFact, Link,
    Listing, More, Page, PeriodReport, Prices, Section, Series, Slot, Tone, Verdict, call_table, customer_page,
    customer_tables, finance_page, index_page, period_page,
};
pub use rated::{RatedRows, RatedTotals, rated_table};
pub use receipt::{Explanation, Paid, SealedAs, receipt};
pub use rehearsed::{RehearsedBy, rehearsal_table, shift_list, shift_sums};
pub use repriced::{RepricedBy, RepricedCall, RepricedSums, repriced_table};
pub use rollup::{rollup_columns, rollup_table};
pub use sums::{class_table, wallet_table};
pub use table::{Cell, Column, Table};
pub use tieout::{CauseSum, Line, LineKind, ReportOverflow, TieOut, by_cause, tie_out};
pub use words::{cause_in_words, class_in_words, leg_in_words};
pub use workbook::{Sheet, Workbook, period_tables, period_workbook};
