//! JSON of tables: one object a row, members in column order, absent cells left out.

use serde_json::Value;

use crate::report::{Cell, Table};

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
