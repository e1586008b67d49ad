//! JSON Lines: one object a row, members in column order, absent cells left out.

use serde_json::Value;

use crate::report::{Cell, Table};

/// Amounts as decimal strings, counts as numbers, instants as RFC 3339.
pub fn to_json_lines(table: &Table) -> Vec<u8> {
    let mut out = Vec::new();
    for row in &table.rows {
        let members: Vec<String> = table
            .columns
            .iter()
            .zip(row)
            .filter(|(_, cell)| **cell != Cell::Empty)
            .map(|(column, cell)| format!("{}:{}", Value::from(column.name.as_str()), value(cell)))
            .collect();
        out.extend_from_slice(format!("{{{}}}\n", members.join(",")).as_bytes());
    }
    out
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Count(count) => Value::from(*count),
        other => Value::from(other.plain()),
    }
}
