//! Rows that a person has set aside: they stay in the lake and count in no day, wherever they are read again.
//!
//! Knows nothing of: what a day makes of its rows, what a reader refuses by itself.

use std::collections::{BTreeMap, HashSet};

use arrow::array::AsArray;
use arrow::datatypes::UInt32Type;

use super::close::row_places::RowPlace;
use super::error::AppError;
use crate::domain::call::Calls;
use crate::domain::hash::CanonicalBytes;
use crate::domain::ledger::{Balance, Posting, posting_hash};
use crate::domain::period::Day;
use crate::edge::lake::schema::{FileRow, SetAsideRow};

/// What is set aside at one moment.
#[derive(Debug, Default)]
pub(crate) struct SetAside {
    rows: Vec<SetAsideRow>,
    /// Readings of files that are set aside whole.
    files: HashSet<u32>,
    contents: HashSet<u128>,
    /// By table and day, what tells that day's rows from those before anything was set aside.
    names: BTreeMap<(&'static str, Day), Vec<String>>,
}

impl SetAside {
    /// `said`: all that was ever set aside or taken back, in order; `files`: every reading.
    pub(crate) fn of(said: Vec<SetAsideRow>, files: &[FileRow]) -> SetAside {
        let mut rows: Vec<SetAsideRow> = Vec::new();
        for row in said {
            if row.undone {
                rows.retain(|other| place(other) != place(&row));
            } else {
                rows.push(row);
            }
        }
        let mut aside = SetAside::default();
        for row in &rows {
            let name = format!("set aside: {} {}", row.file, row.content.unwrap_or_default());
            if let Some(day) = Day::parse(&row.day) {
                aside.names.entry((table_of(&row.source), day)).or_default().push(name);
            }
            aside.contents.extend(row.content);
        }
        let whole = |file: &FileRow| {
            rows.iter().any(|row| row.content.is_none() && row.source == file.kind && row.file == file.path)
        };
        for file in files {
            if whole(file) || file.outgrows.is_some_and(|before| aside.files.contains(&before)) {
                aside.files.insert(file.number);
            }
        }
        aside.rows = rows;
        aside
    }

    pub(crate) fn rows(&self) -> &[SetAsideRow] {
        &self.rows
    }

    /// What tells a day's rows from those before anything was set aside; nothing where nothing was.
    pub(crate) fn names(&self, table: &str, day: Day) -> impl Iterator<Item = &str> {
        let of_day = self.names.iter().filter(move |((of, at), _)| *of == table && *at == day);
        of_day.flat_map(|(_, names)| names.iter().map(String::as_str))
    }

    fn holds(&self, file: u32, content: impl FnOnce() -> u128) -> bool {
        self.files.contains(&file) || (!self.contents.is_empty() && self.contents.contains(&content()))
    }

    /// The calls that stand, with their places where there are any.
    pub(crate) fn calls_left(&self, calls: Calls, places: &mut Vec<RowPlace>) -> Result<Calls, AppError> {
        if self.rows.is_empty() {
            return Ok(calls);
        }
        let files = file_numbers(&calls)?;
        let stands = |row: &u32| !self.holds(files[*row as usize], || calls.content_of(*row as usize));
        let kept: Vec<u32> = (0u32..).take(calls.len()).filter(stands).collect();
        if kept.len() == calls.len() {
            return Ok(calls);
        }
        if !places.is_empty() {
            *places = kept.iter().map(|row| places[*row as usize]).collect();
        }
        calls.take(&kept).map_err(AppError::internal)
    }

    /// Takes out the postings that do not stand, with their places.
    pub(crate) fn leave_postings(&self, postings: &mut Vec<Posting>, places: &mut Vec<RowPlace>) {
        if self.rows.is_empty() {
            return;
        }
        let stands = |p: &Posting| !self.holds(p.file, || posting_hash(p));
        let mut kept = postings.iter().map(stands);
        places.retain(|_| kept.next().unwrap_or(true));
        postings.retain(stands);
    }

    /// Takes out the balances that do not stand.
    pub(crate) fn leave_balances(&self, balances: &mut Vec<Balance>) {
        if !self.rows.is_empty() {
            balances.retain(|b| !self.holds(b.file, || balance_hash(b)));
        }
    }
}

pub(super) fn balance_hash(balance: &Balance) -> u128 {
    CanonicalBytes::of(balance).hash128()
}

pub(super) fn file_numbers(calls: &Calls) -> Result<&[u32], AppError> {
    let column = calls.batch().column_by_name("file").and_then(|c| c.as_primitive_opt::<UInt32Type>());
    Ok(column.ok_or_else(|| AppError::internal("calls have no column file"))?.values())
}

/// What tells one thing that is set aside from another.
pub(super) fn place(row: &SetAsideRow) -> (&str, &str, Option<u128>) {
    (&row.source, &row.file, row.content)
}

pub(super) fn table_of(kind: &str) -> &'static str {
    match kind {
        "postings" => "postings",
        "balances" => "balances",
        _ => "calls",
    }
}
