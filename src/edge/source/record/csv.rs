//! CSV with a header of dotted names; one record is one line.
//!
//! No field of ours holds an end of line, so a record that spreads over several is a reject as a
//! whole, and a quote that is never closed costs its own line and no other.

use std::collections::BTreeSet;

use super::error::SourceError;
use super::fields::Fault;
use super::report::{FileReport, shortened};
use super::schema::{EntryKind, Schema, Slots};
use super::value::Value;

pub(crate) struct CsvRows {
    columns: Vec<Column>,
    separator: u8,
}

enum Column {
    Known(u8),
    Ignored,
    /// An object's own name: its members have columns, it has none.
    Object(String),
    Unknown(String),
}

/// Where a record ends whose first line leaves a quote open.
pub(crate) enum Extent {
    /// In bytes, with the end of line; and in lines.
    Record { length: usize, lines: u64 },
    /// Not within the text at hand.
    Open,
    /// What follows is no record with a quoted end of line: the quote stands there by mistake.
    Stray,
}

/// Why a line is not a run of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    Unclosed,
    AfterQuote,
    InsideCell,
}

impl Broken {
    fn fault(self) -> Fault {
        Fault::row(match self {
            Broken::Unclosed => "has a quote that is not closed",
            Broken::AfterQuote => "has text after a closing quote",
            Broken::InsideCell => "has a quote inside a cell that is not quoted",
        })
    }
}

impl CsvRows {
    /// # Errors
    /// When the header is no header, repeats a name, or lacks a required column.
    pub(crate) fn new(header: &str, schema: &'static Schema) -> Result<CsvRows, SourceError> {
        let (mut columns, mut names) = (Vec::new(), BTreeSet::new());
        let mut repeated = None;
        let separator = separator_of(header);
        let split = cells(header, separator, |index, cell| {
            let name = match cell {
                Value::Cell(text) => text.trim().to_owned(),
                Value::Doubled(text) => text.replace("\"\"", "\""),
                _ => format!("(column {})", index + 1),
            };
            columns.push(match schema.find(&name).map(|entry| (entry.slot, entry.kind)) {
                Some((slot, EntryKind::Leaf | EntryKind::ObjectOrLeaf(_) | EntryKind::Packed(_))) => {
                    Column::Known(slot)
                }
                Some((_, EntryKind::Ignored)) => Column::Ignored,
                Some((_, EntryKind::Object(_) | EntryKind::ObjectOrList(_))) => Column::Object(name.clone()),
                Some((_, EntryKind::List | EntryKind::OthersCounted)) | None => Column::Unknown(name.clone()),
            });
            if let Some(twice) = names.replace(name) {
                repeated = Some(twice);
            }
        });
        if split.is_err() || header.bytes().any(|b| b < 0x20 && b != b'\t') {
            return Err(SourceError::NotRows("begins with a line that is neither JSON nor a CSV header".into()));
        }
        if let Some(name) = repeated {
            return Err(SourceError::NotRows(format!("names the column {} twice", shortened(&name))));
        }
        let missing: Vec<&str> = schema.required.iter().copied().filter(|name| !names.contains(*name)).collect();
        match missing.len() {
            0 => Ok(CsvRows { columns, separator }),
            n if n == schema.required.len() => Err(SourceError::NotRows(format!(
                "is neither JSON Lines nor CSV of {}: its first line names none of {}",
                schema.what,
                schema.required.join(", ")
            ))),
            _ => Err(SourceError::MissingColumns(missing)),
        }
    }

    /// The outer error is a quote left open, which may go on in the next line.
    pub(crate) fn read<'a>(
        &self,
        row: &'a str,
        slots: &mut Slots<'a>,
        report: &mut FileReport,
    ) -> Result<Result<(), Fault>, Fault> {
        let (mut object, mut strange) = (None, Vec::new());
        let split = cells(row, self.separator, |index, cell| match self.columns.get(index) {
            Some(Column::Known(slot)) => {
                slots.put(*slot, cell);
            }
            Some(Column::Object(name)) if !cell.is_absent() => object = Some(name),
            Some(Column::Unknown(name)) if !cell.is_absent() => strange.push(name),
            _ => {}
        });
        if split != Err(Broken::Unclosed) {
            strange.into_iter().for_each(|name| report.count_unknown(name, 1));
        }
        match split {
            Err(Broken::Unclosed) => Err(Broken::Unclosed.fault()),
            Err(broken) => Ok(Err(broken.fault())),
            Ok(count) if count != self.columns.len() => {
                Ok(Err(Fault::row(format!("has {count} cells where the header has {}", self.columns.len()))))
            }
            Ok(_) => Ok(object.map_or(Ok(()), |name| {
                Err(Fault::new(name.clone(), format!("is an object; in CSV each member has a column {name}.NAME")))
            })),
        }
    }

    /// Follows a record over ends of line inside quotes.
    pub(crate) fn extent(&self, bytes: &[u8]) -> Extent {
        let (mut at, mut count, mut lines) = (0, 0usize, 0u64);
        loop {
            count += 1;
            let ends = match bytes.get(at) {
                Some(b'"') => {
                    at += 1;
                    loop {
                        match (bytes.get(at), bytes.get(at + 1)) {
                            (None, _) => return Extent::Open,
                            (Some(b'"'), Some(b'"')) => at += 2,
                            (Some(b'"'), _) => break,
                            (Some(byte), _) => {
                                lines += u64::from(*byte == b'\n');
                                at += 1;
                            }
                        }
                    }
                    at += 1;
                    bytes.get(at)
                }
                _ => {
                    while bytes.get(at).is_some_and(|b| *b != self.separator && !matches!(b, b'\n' | b'"')) {
                        at += 1;
                    }
                    bytes.get(at)
                }
            };
            at += 1;
            let whole = match (ends, bytes.get(at)) {
                (Some(byte), _) if *byte == self.separator => continue,
                (None, _) => bytes.len(),
                (Some(b'\n'), _) => at,
                (Some(b'\r'), Some(b'\n')) => at + 1,
                _ => return Extent::Stray,
            };
            let expected = count == self.columns.len();
            return if expected { Extent::Record { length: whole, lines: lines + 1 } } else { Extent::Stray };
        }
    }
}

/// The names in a header.
pub(crate) fn header_names(header: &str) -> Vec<String> {
    let mut names = Vec::new();
    let split = cells(header, separator_of(header), |_, cell| {
        names.extend(cell.text().ok().flatten().map(|name| name.trim().to_owned()))
    });
    if split.is_ok() { names } else { Vec::new() }
}

/// What cells are separated by, told by a header: a comma, but where another makes more cells of it.
pub(super) fn separator_of(header: &str) -> u8 {
    let many = |separator: u8| cells(header, separator, |_, _| {}).unwrap_or(0);
    let most = [b',', b';', b'\t'].into_iter().map(|separator| (many(separator), separator));
    most.reduce(|best, next| if next.0 > best.0 { next } else { best }).map_or(b',', |(_, separator)| separator)
}

/// Cuts a line at its separators; returns how many cells it has.
pub(super) fn cells<'a>(row: &'a str, separator: u8, mut each: impl FnMut(usize, Value<'a>)) -> Result<usize, Broken> {
    let bytes = row.as_bytes();
    let (mut at, mut count) = (0, 0);
    loop {
        let value = if bytes.get(at) == Some(&b'"') {
            let (inner, doubled) = quoted(row, at + 1)?;
            at += inner.len() + 2;
            if doubled { Value::Doubled(inner) } else { cell(inner) }
        } else {
            let start = at;
            while bytes.get(at).is_some_and(|b| *b != separator && *b != b'"') {
                at += 1;
            }
            cell(&row[start..at])
        };
        each(count, value);
        count += 1;
        match bytes.get(at) {
            None => return Ok(count),
            Some(byte) if *byte == separator => at += 1,
            Some(b'"') => return Err(Broken::InsideCell),
            Some(_) => return Err(Broken::AfterQuote),
        }
    }
}

fn cell(text: &str) -> Value<'_> {
    if text.is_empty() { Value::Absent } else { Value::Cell(text) }
}

/// What stands between quotes, the first of which is just before `start`; whether quotes are doubled in it.
fn quoted(row: &str, start: usize) -> Result<(&str, bool), Broken> {
    let (mut at, mut doubled) = (start, false);
    while let Some(more) = row[at..].find('"') {
        at += more;
        if row.as_bytes().get(at + 1) != Some(&b'"') {
            return Ok((&row[start..at], doubled));
        }
        doubled = true;
        at += 2;
    }
    Err(Broken::Unclosed)
}
