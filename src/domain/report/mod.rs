//! Reports as values: tables of typed cells, and the tables of the things we report.
//!
//! A number is the same in a terminal, a CSV and a page because it is written from the same cell.
//! Knows nothing of: formats, files, terminals.

mod findings;
mod receipt;
mod rollup;
mod table;

pub use findings::{explain, finding_table};
pub use receipt::{Explanation, receipt};
pub use rollup::{rollup_columns, rollup_table};
pub use table::{Cell, Column, Table};
