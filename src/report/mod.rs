//! Reports as values: tables of typed cells, pages and workbooks, and the tables of the things we report.
//!
//! A number is the same in a terminal, a CSV and a page because it is written from the same cell.
//! As pure as `domain`, whose values it shows: no file, clock or float. Knows nothing of: formats, files, terminals.

#![deny(clippy::float_arithmetic)]

mod class_table;
mod corrections;
mod digits;
mod dimension;
pub mod dispute;
mod exports;
mod finding_table;
mod labels;
mod page;
mod rated_table;
mod receipt;
mod rehearsal_table;
mod repricing_table;
mod rollup_table;
mod scale;
mod table;
mod tieout;
mod workbook;

#[cfg(test)]
pub(crate) mod fixture;

pub use corrections::{Correction, corrections};
pub(crate) use digits::{grouped, minus, thousands};
pub use dimension::{Along, Sums, input_tokens, output_tokens};
pub(crate) use exports::{
    CallRows, Content, CustomerFiles, Scope, Write, customer_folder, customer_folders, export_versions, exports_of,
};
#[cfg(test)]
pub(crate) use exports::{EXPORTS, Export};
pub use finding_table::{explain, finding_summary, finding_table, incident_table};
pub use page::{
    Bar, Bars, Block, CallLine, Chart, Columns, DayFact, Entry, Figure, InputFact, LawFact, Link, Listing, More, Page,
    PeriodReport, Prices, Section, Series, Slot, Tone, Verdict, index_page,
};
pub use rated_table::{RatedRows, RatedTotals, rated_table};
pub use receipt::{Explanation, Paid, SealedAs, receipt};
pub use rehearsal_table::{RehearsedBy, rehearsal_table, shift_list, shift_sums};
pub use repricing_table::{RepricedBy, RepricedCall, RepricedSums, repriced_table};
pub use scale::{Scale, part_of};
pub use table::{Cell, Column, Table};
pub use tieout::{CauseSum, Line, LineKind, ReportOverflow, TieOut, by_cause, tie_out};
pub use workbook::{Sheet, Workbook};
