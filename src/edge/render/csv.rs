//! CSV for people's spreadsheets: exact decimals, and no text that a spreadsheet would run.

use super::plain::is_risky;
use crate::report::{Cell, Table};

pub(super) fn csv_header(table: &Table) -> Vec<u8> {
    records([table.columns.iter().map(|c| c.name.clone())])
}

pub(super) fn csv_rows(table: &Table) -> Vec<u8> {
    records(table.rows.iter().map(|row| row.iter().map(guarded)))
}

fn records(records: impl IntoIterator<Item = impl Iterator<Item = String>>) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
    for record in records {
        // Writing to memory cannot fail, and every row is as wide as the table.
        let _ = writer.write_record(record);
    }
    writer.into_inner().unwrap_or_default()
}

fn guarded(cell: &Cell) -> String {
    let plain = cell.plain();
    match cell {
        Cell::Text(text) if is_risky(text) => format!("'{plain}"),
        _ => plain,
    }
}
