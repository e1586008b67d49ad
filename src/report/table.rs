//! A table of typed cells.

use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant};

/// One value; writers decide how it looks, never what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Empty,
    Text(String),
    Amount(Amount),
    Count(i64),
    Instant(Instant),
    Day(Day),
    /// Tenths of a percent.
    Share(i64),
}

impl Cell {
    pub fn text(value: impl Into<String>) -> Cell {
        Cell::Text(value.into())
    }

    pub fn count(value: u64) -> Cell {
        Cell::Count(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// Numbers are set to the right.
    pub fn is_number(&self) -> bool {
        matches!(self, Cell::Amount(_) | Cell::Count(_) | Cell::Share(_))
    }

    /// Plain text: exact decimals, RFC 3339 instants in UTC.
    pub fn plain(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Amount(amount) => amount.to_string(),
            Cell::Count(count) => count.to_string(),
            Cell::Instant(at) => at.to_string(),
            Cell::Day(day) => day.to_string(),
            Cell::Share(tenths) => {
                let sign = if *tenths < 0 { "-" } else { "" };
                format!("{sign}{}.{}%", tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
            }
        }
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Empty, Into::into)
    }
}

impl From<Amount> for Cell {
    fn from(amount: Amount) -> Cell {
        Cell::Amount(amount)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }
}

impl From<Instant> for Cell {
    fn from(at: Instant) -> Cell {
        Cell::Instant(at)
    }
}

impl From<Day> for Cell {
    fn from(day: Day) -> Cell {
        Cell::Day(day)
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Cell {
        Cell::count(count)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
}

/// Rows of cells under named columns; every row has one cell a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    pub fn new(columns: &[&str]) -> Table {
        Table { columns: columns.iter().map(|c| Column { name: (*c).to_owned() }).collect(), rows: Vec::new() }
    }

    /// # Panics
    /// When the row is not as wide as the table: a mistake of ours, never of the data.
    pub fn push(&mut self, row: Vec<Cell>) {
        assert_eq!(row.len(), self.columns.len(), "a row is as wide as its table");
        self.rows.push(row);
    }
}
