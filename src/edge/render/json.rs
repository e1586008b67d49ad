//! JSON of tables: one object a row, members in column order, absent cells left out.

use serde_json::Value;

use super::table_writer::TableWriter;
use crate::report::{Cell, Table};

/// JSON Lines: amounts as decimal strings, counts as numbers, instants as RFC 3339.
pub fn to_json_lines(table: &Table) -> Vec<u8> {
    TableWriter::json_lines().whole(table)
}

/// Each row's object as text.
pub(super) fn json_objects(table: &Table) -> impl Iterator<Item = String> {
    table.rows.iter().map(|row| {
        let cells = table.columns.iter().zip(row).filter(|(_, cell)| **cell != Cell::Empty);
        let members: Vec<String> =
            cells.map(|(column, cell)| format!("{}:{}", Value::from(column.name.as_str()), value(cell))).collect();
        format!("{{{}}}", members.join(","))
    })
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Count(count) => Value::from(*count),
        other => Value::from(other.plain()),
    }
}
