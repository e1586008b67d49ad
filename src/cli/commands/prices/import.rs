//! `trueup prices import`: tables of another system as a book of ours.

use std::path::Path;

use super::load;
use crate::cli::End;
use crate::cli::args::{Format, ImportArgs};
use crate::cli::output::Out;
use crate::edge::blob::WholeFile;
use crate::edge::source::parse_book;
use crate::pipeline::{AppError, ErrorKind};
use crate::pipeline::{date_in, read_tables};
use crate::report::{Cell, Table};

pub(super) fn import(args: &ImportArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let format = load::format_of(&args.table)?;
    if !args.at.is_empty() && args.at.len() != args.files.len() {
        return Err(AppError::usage(format!("--at is given {} times for {} files", args.at.len(), args.files.len())));
    }
    let mut files = Vec::new();
    for (i, path) in args.files.iter().enumerate() {
        let from = match args.at.get(i) {
            Some(text) => Some(load::moment(text)?),
            None => date_in(&path.display().to_string()),
        };
        files.push(load::open(dir, path, from)?);
    }
    let tables = read_tables(files, Some(format), args.id.as_deref())?;
    let text = tables.book.to_toml();
    let target = dir.join(&args.out);
    let name = args.out.display().to_string();
    // What is written must say the same when it is read.
    let again = parse_book(&text, &name).map_err(AppError::internal)?;
    let same =
        again.versions.iter().map(|v| v.content_hash()).eq(tables.book.versions.iter().map(|v| v.content_hash()));
    if !same || again.header != tables.book.header {
        return Err(AppError::new(ErrorKind::Internal, "the book would read back as another one").at(name));
    }
    WholeFile::write(&target, text.as_bytes()).map_err(|e| {
        AppError::new(ErrorKind::Temporary, format!("the book cannot be written: {e}")).at(name.clone())
    })?;
    let mut summary = Table::new(&["file", "imported", "refused", "left_out"]);
    for report in &tables.reports {
        for refused in &report.refused {
            out.talk(&format!("refused {refused}"));
        }
        for (member, count) in &report.left_out {
            out.talk(&format!("left out {}: {member} in {count} rows", report.name));
        }
        for (what, count) in &report.assumed {
            out.talk(&format!("assumed {}: {what}, in {count} rows that do not say so", report.name));
        }
        summary.push(vec![
            Cell::text(report.name.clone()),
            Cell::count(report.imported as u64),
            Cell::count(report.refused.len() as u64),
            Cell::count(report.left_out.values().sum()),
        ]);
    }
    out.table(&summary, args.output.format)?;
    if args.output.format == Format::Text {
        let rows: usize = tables.book.versions.iter().map(|v| v.rows.len()).sum();
        out.line(&format!("{name}: {} versions, {rows} prices", tables.book.versions.len()))?;
    }
    let refused = tables.reports.iter().any(|report| !report.refused.is_empty());
    Ok(if refused { End::Partial } else { End::Done })
}
