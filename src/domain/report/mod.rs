//! Reports as values: tables of typed cells, and the tables of the things we report.
//!
//! A number is the same in a terminal, a CSV and a page because it is written from the same cell.
//! Knows nothing of: formats, files, terminals.

mod findings;
mod rated;
mod receipt;
mod rollup;
mod sums;
mod table;

pub use findings::{explain, finding_summary, finding_table, incident_table};
pub use rated::{RatedTotals, rated_table};
pub use receipt::{Explanation, Paid, receipt};
pub use rollup::{rollup_columns, rollup_table};
pub use sums::{class_table, wallet_table};
pub use table::{Cell, Column, Table};
