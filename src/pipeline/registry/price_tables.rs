//! Price tables of any format, alone or as a series, read into one book.

use std::collections::BTreeMap;

use crate::domain::period::{Day, Instant, Zone};
use crate::domain::price::{Book, Place};
use crate::edge::source::{
    Body, BookErrors, Dated, RefusedRow, TableFormat, book_of, parse_book, parse_sheet, read_table, read_text,
};
use crate::pipeline::error::AppError;

/// One file of prices.
#[derive(Debug)]
pub(crate) struct TableFile {
    pub(crate) name: String,
    pub(crate) body: Body,
    /// From when it was the one in use.
    pub(crate) from: Option<Instant>,
}

/// What came of one file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) name: String,
    pub(crate) imported: usize,
    pub(crate) refused: Vec<RefusedRow>,
    pub(crate) zeros: Vec<RefusedRow>,
    pub(crate) left_out: BTreeMap<String, u64>,
    pub(crate) assumed: BTreeMap<String, u64>,
}

#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) book: Book,
    pub(crate) reports: Vec<Report>,
}

/// From when a single table without a date holds: always.
const ALWAYS: Instant = Instant::from_micros(0);

/// Reads files of one format as one book; without a format it is told from the first file.
///
/// # Errors
/// Input: a file that cannot be read. Config: a book that is refused, a series without dates.
pub(crate) fn read_tables(
    files: Vec<TableFile>,
    format: Option<TableFormat>,
    id: Option<&str>,
) -> Result<Tables, AppError> {
    let mut texts = Vec::new();
    for file in files {
        let text = read_text(file.body).map_err(|e| AppError::config(format!("the price table {e}")).at(&file.name))?;
        texts.push((file.name, text, file.from));
    }
    let Some((first, text, _)) = texts.first() else {
        return Err(AppError::config("there is no price table"));
    };
    let format = format.unwrap_or_else(|| TableFormat::of(first, text));
    let id = id.map_or_else(|| id_of(first), str::to_owned);
    if let TableFormat::Trueup | TableFormat::Csv = format {
        let [(name, text, _)] = texts.as_slice() else {
            return Err(AppError::config("our own price books hold all their versions: give one file"));
        };
        let book = read_own(format, text, name, &id).map_err(|errors| AppError::config(errors.to_string()).at(name))?;
        let imported = book.versions.iter().map(|v| v.rows.len()).sum();
        let report = Report { name: name.clone(), imported, ..Report::default() };
        return Ok(Tables { book, reports: vec![report] });
    }
    let (alone, mut series, mut reports) = (texts.len() == 1, Vec::new(), Vec::new());
    for (name, text, from) in texts {
        let table = read_table(format, &text, &name).map_err(|e| AppError::config(e.to_string()).at(&name))?;
        let from = from.or(if alone { Some(ALWAYS) } else { None }).ok_or_else(|| {
            AppError::config("of several tables each must say from when it was in use")
                .at(&name)
                .hint("put the date into its name, such as prices-2026-10-01.json, or give --at once for each file")
        })?;
        reports.push(Report {
            name: name.clone(),
            imported: table.imported,
            refused: table.refused.clone(),
            zeros: table.zeros.clone(),
            left_out: table.left_out.clone(),
            assumed: table.assumed.clone(),
        });
        series.push(Dated { from, table, place: Place { file: name, line: 1 } });
    }
    let book = book_of(format, &id, series)
        .map_err(|faults| AppError::config(BookErrors::from_faults(&faults, &reports[0].name).to_string()))?;
    Ok(Tables { book, reports })
}

/// A book in one of our own formats.
pub(crate) fn read_own(format: TableFormat, text: &str, name: &str, id: &str) -> Result<Book, BookErrors> {
    if format == TableFormat::Csv { parse_sheet(text, name, id) } else { parse_book(text, name) }
}

/// The name of a file without folders and endings.
pub(crate) fn id_of(name: &str) -> String {
    let base = name.rsplit('/').next().unwrap_or(name);
    let bare = [".zst", ".gz", ".json", ".toml", ".csv"].iter().fold(base, |n, end| n.strip_suffix(end).unwrap_or(n));
    bare.to_owned()
}

/// The start of the first day of a file's name, in UTC: `genai-prices-2026-04-30-17095a8e.json`.
pub(crate) fn date_in(name: &str) -> Option<Instant> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let shaped = |text: &str| {
        text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() })
    };
    let day = (0..base.len()).find_map(|at| base.get(at..at + 10).filter(|text| shaped(text)).and_then(Day::parse))?;
    Some(Zone::UTC.start_of(day))
}
