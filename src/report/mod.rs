//! Reports as values: tables of typed cells, pages and workbooks, and the tables of the things we report.
//!
//! A number is the same in a terminal, a CSV and a page because it is written from the same cell.
//! As pure as `domain`, whose values it shows: no file, clock or float. Knows nothing of: formats, files, terminals.

#![deny(clippy::float_arithmetic)]

mod class_table;
mod corrections;
mod digits;
mod dimension;
pub(crate) mod dispute;
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

pub(crate) use digits::{grouped, minus, thousands};
pub(crate) use dimension::Sums;
pub(crate) use exports::{
    CallRows, Content, CustomerFiles, Scope, Write, customer_folder, customer_folders, export_versions, exports_of,
};
#[cfg(test)]
pub(crate) use exports::{EXPORTS, Export};
pub(crate) use finding_table::{finding_summary, finding_table, incident_table};
#[cfg(test)]
pub(crate) use page::chart::{Bar, Series, Slot};
pub(crate) use page::{
    Bars, Block, CallLine, Chart, Columns, DayFact, Entry, Figure, InputFact, LawFact, Link, Listing, Page,
    PeriodReport, Prices, Section, Tone, UnjudgedFact, Verdict, index_page,
};
pub(crate) use rated_table::{RatedRows, RatedTotals, rated_table};
pub(crate) use receipt::{Explanation, OnDocument, OnLine, Paid, SealedAs, receipt};
pub(crate) use rehearsal_table::{RehearsedBy, rehearsal_table, shift_list, shift_sums};
pub(crate) use repricing_table::{RepricedCall, RepricedSums, repriced_table};
pub(crate) use scale::{Scale, part_of};
pub(crate) use table::{Cell, Column, Table};
pub(crate) use tieout::{TieOut, tie_out};
pub(crate) use workbook::{Sheet, Workbook};
