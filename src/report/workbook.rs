//! A workbook as a value: a sheet a table.

use super::table::Table;
use crate::domain::period::{Day, Zone};

/// Sheets in order.
#[derive(Clone, Debug)]
pub struct Workbook {
    pub title: String,
    /// Stands for the time it was made: equal contents are equal files.
    pub dated: Day,
    /// Instants are shown in it.
    pub zone: Zone,
    pub sheets: Vec<Sheet>,
}

#[derive(Clone, Debug)]
pub struct Sheet {
    /// At most 31 characters.
    pub name: &'static str,
    pub table: Table,
    /// Where the whole table is, should the sheet not hold it.
    pub file: &'static str,
}
