//! Opening price books and tables by path.

use std::fs::File;
use std::path::Path;

use crate::cli::args::BookFormatArgs;
use crate::cli::context::load_settings;
use crate::domain::period::{Day, Instant, Zone};
use crate::edge::source::{Body, TableFormat};
use crate::pipeline::AppError;
use crate::pipeline::{TableFile, Tables, read_tables};

/// The book a path names, alone; a foreign table holds always.
pub(super) fn load(dir: &Path, path: &Path, format: &BookFormatArgs) -> Result<Tables, AppError> {
    let format = format.book_format.as_deref().map(format_of).transpose()?;
    read_tables(vec![open(dir, path, None)?], format, None)
}

/// The book named, else the first source's of the folder.
pub(super) fn load_or_first(book: Option<&Path>, format: &BookFormatArgs, dir: &Path) -> Result<Tables, AppError> {
    if let Some(book) = book {
        return load(dir, book, format);
    }
    let settings = load_settings(dir)?;
    let first = settings.config.books.first().ok_or_else(|| AppError::config("there is no price book"))?;
    load(&settings.dir, Path::new(&first.key), format)
}

/// Named as it was typed, whatever folder that is in.
pub(super) fn open(dir: &Path, path: &Path, from: Option<Instant>) -> Result<TableFile, AppError> {
    let name = path.display().to_string();
    let file = File::open(dir.join(path))
        .map_err(|e| AppError::config(format!("the price book cannot be read: {e}")).at(name.clone()))?;
    Ok(TableFile { name, body: Body::File(file), from })
}

fn names() -> String {
    TableFormat::names().collect::<Vec<_>>().join(", ")
}

pub(super) fn format_of(name: &str) -> Result<TableFormat, AppError> {
    TableFormat::from_name(name).ok_or_else(|| {
        AppError::usage(format!("{name:?} is no format of price tables")).hint(format!("one of: {}", names()))
    })
}

/// A day, from its start in UTC, or an instant.
pub(super) fn moment(text: &str) -> Result<Instant, AppError> {
    let day = Day::parse(text).map(|day| Zone::UTC.start_of(day));
    day.or_else(|| Instant::parse(text).ok())
        .ok_or_else(|| AppError::usage(format!("{text:?} is neither a day such as 2026-10-01 nor an RFC 3339 time")))
}
