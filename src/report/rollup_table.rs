//! A rollup as a table.

use super::table::{Cell, Table};
use crate::domain::call::Meter;
use crate::domain::rollup::Rollup;

/// Column names of a rollup table, in order.
fn rollup_columns() -> Vec<String> {
    let mut columns: Vec<String> =
        ["period", "source", "account_id", "model", "api_key_id", "supplier", "endpoint", "outcome", "unit"]
            .map(str::to_owned)
            .into();
    columns.extend(["calls", "duplicate_rows", "without_expected"].map(str::to_owned));
    columns.extend(Meter::ALL.map(|m| match m.name() {
        name if m.is_token() => format!("{name}_tokens"),
        name if name.ends_with("search") => format!("{name}es"),
        name => format!("{name}s"),
    }));
    columns.extend(["expected", "recorded", "posted"].map(str::to_owned));
    columns
}

/// One row a group; `period` is the first day.
pub(crate) fn rollup_table(rollup: &Rollup) -> Table {
    let columns = rollup_columns();
    let mut table = Table::new(&columns.iter().map(String::as_str).collect::<Vec<_>>());
    for (d, m) in rollup.rows() {
        let mut row: Vec<Cell> = vec![d.first.into()];
        let texts = [&d.source, &d.account_id, &d.model, &d.api_key_id, &d.supplier, &d.endpoint, &d.outcome, &d.unit];
        row.extend(texts.map(|t| Cell::from(t.as_str())));
        row.extend([m.calls, m.duplicate_rows, m.without_expected].map(Cell::from));
        row.extend(m.quantity.map(Cell::Count));
        row.extend([m.expected, m.recorded, m.posted].map(Cell::from));
        table.push(row);
    }
    table
}
