//! The lines of a sheet as cells by column.

use std::collections::BTreeMap;

use crate::domain::call::Meter;
use crate::domain::money::Exact;

/// What one line got wrong.
pub(super) struct Wrong {
    pub(super) line: u32,
    pub(super) message: String,
    pub(super) hint: String,
}

/// Columns that are no meter's.
const COLUMNS: [&str; 26] = [
    "effective_from",
    "known_from",
    "book",
    "unit",
    "price_at",
    "price_by",
    "failed_calls",
    "cancelled_calls",
    "cache_hits",
    "no_variant",
    "rounding",
    "model",
    "aliases",
    "pattern",
    "group",
    "provider",
    "endpoint",
    "region",
    "when",
    "per",
    "image_size",
    "image_quality",
    "multiplier",
    "minimum",
    "free",
    "account",
];
const VALUE: &str = "value";

/// Cells that are not empty, by column.
pub(super) struct Row {
    pub(super) line: u32,
    cells: BTreeMap<String, String>,
}

pub(super) fn rows(text: &str, errors: &mut Vec<Wrong>) -> Vec<Row> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut wrong = |line: u64, message: String, hint: &str| {
        errors.push(Wrong { line: u32::try_from(line).unwrap_or(u32::MAX), message, hint: hint.to_owned() });
    };
    let names: Vec<String> = match reader.headers() {
        Ok(names) => names.iter().map(str::to_owned).collect(),
        Err(_) => Vec::new(),
    };
    for (i, name) in names.iter().enumerate() {
        if !is_known(name) {
            wrong(1, format!("unknown column {name:?}"), "the columns are those of the native format; see the manual");
        }
        if names[..i].contains(name) {
            wrong(1, format!("the column {name:?} stands twice"), "keep one of them");
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                wrong(line, "is not UTF-8 text in cells".to_owned(), "save the sheet as CSV in UTF-8");
                continue;
            }
        };
        let line = record.position().map_or(1, csv::Position::line);
        if record.len() != names.len() {
            let message = format!("has {} cells where the first line has {}", record.len(), names.len());
            wrong(line, message, "quote cells that hold a comma");
            continue;
        }
        let filled = names.iter().zip(&record).filter(|(_, cell)| !cell.is_empty());
        let cells: BTreeMap<String, String> = filled.map(|(name, cell)| (name.clone(), cell.to_owned())).collect();
        if !cells.is_empty() {
            rows.push(Row { line: u32::try_from(line).unwrap_or(u32::MAX), cells });
        }
    }
    rows
}

fn is_known(name: &str) -> bool {
    let meter = name.strip_suffix("_per").unwrap_or(name);
    COLUMNS.contains(&name) || name == VALUE || Meter::from_name(meter).is_some()
}

impl Row {
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        self.cells.get(column).map(String::as_str)
    }

    pub(super) fn wrong(&self, message: impl Into<String>, hint: &str) -> Wrong {
        Wrong { line: self.line, message: message.into(), hint: hint.to_owned() }
    }

    /// Names apart by `;`.
    pub(super) fn list(&self, column: &str) -> Vec<&str> {
        let names = self.text(column).unwrap_or_default().split(';').map(str::trim);
        names.filter(|name| !name.is_empty()).collect()
    }

    pub(super) fn number(&self, column: &str) -> Result<Option<Exact>, Wrong> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let hint = "write a plain decimal such as 0.25, without a sign for thousands or a currency";
        let number: Exact = text.parse().map_err(|why| self.wrong(format!("{column} {text:?} {why}"), hint))?;
        if number.is_negative() {
            return Err(self.wrong(format!("{column} is negative"), "prices are zero or more"));
        }
        Ok(Some(number))
    }
}
