//! Setting rows aside by hand, and taking that back.
//!
//! Knows nothing of: what a day makes of its rows.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::UInt64Type;

use super::context::RunContext;
use super::error::AppError;
use super::query::sealed::open_raw;
use super::raw_catalog::{INGEST, RawCatalog};
use super::set_aside::{balance_hash, file_numbers, place, table_of};
use crate::domain::call::Calls;
use crate::domain::ledger::{Balance, Posting, posting_hash};
use crate::edge::lake::schema::{FileRow, SetAsideRow, from_batch, to_batch};
use crate::edge::lake::{Manifest, PartRef, Read};
use crate::edge::source::line_span;

/// A place in a raw file, as findings, rejects and receipts name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawPlace {
    pub(crate) file: String,
    pub(crate) at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Everywhere,
    /// 1 and up.
    Line(u64),
    /// In the unpacked file.
    Byte(u64),
}

impl RawPlace {
    /// `FILE`, `FILE:LINE` or `FILE at byte N`.
    pub(crate) fn parse(text: &str) -> RawPlace {
        let number = |(file, n): (&str, &str)| Some((file.to_owned(), n.parse::<u64>().ok()?));
        if let Some((file, byte)) = text.rsplit_once(" at byte ").and_then(number) {
            return RawPlace { file, at: At::Byte(byte) };
        }
        match text.rsplit_once(':').and_then(number) {
            Some((file, line)) if line > 0 => RawPlace { file, at: At::Line(line) },
            _ => RawPlace { file: text.to_owned(), at: At::Everywhere },
        }
    }
}

/// What a person asks for.
#[derive(Clone, Debug)]
pub(crate) struct SetAsideAsk {
    pub(crate) place: RawPlace,
    pub(crate) who: String,
    pub(crate) reason: String,
    /// What was set aside stands again.
    pub(crate) undo: bool,
}

/// Sets rows aside, or takes that back, in a revision of the log of ingests. The days they are in are computed anew
/// by the next run.
///
/// # Errors
/// Usage: no such file was read, no such row stands there, or it is as asked already.
pub(crate) async fn set_aside(context: &RunContext, ask: &SetAsideAsk) -> Result<Vec<SetAsideRow>, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let readings: Vec<&FileRow> = catalog.files().iter().filter(|f| f.path == ask.place.file).collect();
    if readings.is_empty() {
        let known = catalog.files().last().map_or_else(String::new, |f| format!(", such as {}", f.path));
        return Err(AppError::usage(format!("no file {} was read", ask.place.file))
            .hint(format!("name it as `trueup explain` and `trueup rejects` do{known}")));
    }
    let before: Vec<&SetAsideRow> = catalog.set_aside.rows().iter().filter(|r| r.file == ask.place.file).collect();
    let found = rows_at(context, &catalog, &readings, ask).await?;
    let is_aside = |row: &SetAsideRow| before.iter().any(|other| place(other) == place(row));
    let rows: Vec<SetAsideRow> = found.into_iter().filter(|row| is_aside(row) == ask.undo).collect();
    if rows.is_empty() {
        let what = if ask.undo { "nothing there is set aside" } else { "no row stands there that is not set aside" };
        return Err(AppError::usage(format!("{}: {what}", ask.place.file)).hint("`trueup rejects` lists what is"));
    }
    let part = context.lake.write_batch("set_aside", "all", to_batch(&rows)).await?;
    let replaces = catalog.manifests().last().map(|m| m.revision);
    let mut manifest = Manifest::new(INGEST.0, INGEST.1, replaces, context.now, context.now);
    manifest.parts = vec![part];
    manifest.rows.insert("set aside by hand".into(), rows.iter().map(|row| row.rows).sum());
    let prepared = context.lake.prepare(manifest).await?;
    context.seal(prepared).await?;
    Ok(rows)
}

/// The rows at a place: one by one, or for a whole file one entry a day.
async fn rows_at(
    context: &RunContext,
    catalog: &RawCatalog,
    readings: &[&FileRow],
    ask: &SetAsideAsk,
) -> Result<Vec<SetAsideRow>, AppError> {
    let mut rows = Vec::new();
    let kinds: BTreeMap<&str, Vec<u32>> = readings.iter().fold(BTreeMap::new(), |mut kinds, file| {
        kinds.entry(file.kind.as_str()).or_default().push(file.number);
        kinds
    });
    for (kind, numbers) in kinds {
        let entry = SetAsideRow {
            source: kind.to_owned(),
            file: ask.place.file.clone(),
            line: None,
            offset: None,
            content: None,
            day: String::new(),
            rows: 0,
            who: ask.who.clone(),
            reason: ask.reason.clone(),
            at: context.now,
            undone: ask.undo,
        };
        let (span, line) = match ask.place.at {
            At::Everywhere => (None, None),
            At::Byte(byte) => (Some(byte..byte.saturating_add(1)), None),
            At::Line(line) => {
                let span = line_span(open_raw(context, kind, &ask.place.file).await?, line)
                    .map_err(|e| AppError::usage(format!("line {line} of {} cannot be read: {e}", ask.place.file)))?;
                let fewer = || AppError::usage(format!("{} has fewer than {line} lines", ask.place.file));
                (Some(span.ok_or_else(fewer)?), Some(line))
            }
        };
        // Of a file that was read more than once, the newest reading has all lines.
        let newest = numbers.iter().max().copied();
        let wanted = |row: &Located| match &span {
            None => numbers.contains(&row.file),
            Some(span) => Some(row.file) == newest && span.contains(&row.offset),
        };
        for day in catalog.days() {
            let mut of_day = Vec::new();
            for part in catalog.parts(table_of(kind), day) {
                of_day.extend(located(context, part).await?.into_iter().filter(wanted));
            }
            let day = day.to_string();
            if span.is_none() && !of_day.is_empty() {
                rows.push(SetAsideRow { day, rows: of_day.len() as u64, ..entry.clone() });
                continue;
            }
            rows.extend(of_day.into_iter().map(|row| SetAsideRow {
                day: day.clone(),
                rows: 1,
                line,
                offset: Some(row.offset),
                content: Some(row.content),
                ..entry.clone()
            }));
        }
    }
    Ok(rows)
}

/// A row of a part: where it was read, and the hash of what it says.
struct Located {
    file: u32,
    offset: u64,
    content: u128,
}

async fn located(context: &RunContext, part: &PartRef) -> Result<Vec<Located>, AppError> {
    let mut rows = Vec::new();
    for batch in context.lake.read_part(part, Read::default()).await? {
        match part.table.as_str() {
            "calls" => {
                let calls = Calls::from_batch(batch).map_err(AppError::internal)?;
                let files = file_numbers(&calls)?;
                let offsets = calls.batch().column_by_name("offset").and_then(|c| c.as_primitive_opt::<UInt64Type>());
                let offsets = offsets.ok_or_else(|| AppError::internal("calls have no column offset"))?.values();
                let row = |row| Located { file: files[row], offset: offsets[row], content: calls.content_of(row) };
                rows.extend((0..calls.len()).map(row));
            }
            "postings" => rows.extend(from_batch::<Posting>(&batch)?.iter().map(|p| Located {
                file: p.file,
                offset: p.offset,
                content: posting_hash(p),
            })),
            _ => rows.extend(from_batch::<Balance>(&batch)?.iter().map(|b| Located {
                file: b.file,
                offset: b.offset,
                content: balance_hash(b),
            })),
        }
    }
    Ok(rows)
}

/// What is set aside, in the order it was.
///
/// # Errors
/// When the lake cannot be read.
pub(crate) async fn set_aside_rows(context: &RunContext) -> Result<Vec<SetAsideRow>, AppError> {
    Ok(RawCatalog::load(context).await?.set_aside.rows().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_printed() {
        let place = |text: &str| RawPlace::parse(text);
        assert_eq!(place("raw/a.log:7"), RawPlace { file: "raw/a.log".to_owned(), at: At::Line(7) });
        assert_eq!(place("raw/a.log at byte 12"), RawPlace { file: "raw/a.log".to_owned(), at: At::Byte(12) });
        for whole in ["raw/a.log", "raw/2026-10-05T10:00.log", "a:0", "C:x"] {
            assert_eq!(place(whole), RawPlace { file: whole.to_owned(), at: At::Everywhere });
        }
    }
}
