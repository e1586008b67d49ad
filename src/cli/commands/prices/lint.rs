//! `trueup prices lint`: what is allowed in a book and still looks wrong.

use std::path::Path;

use super::load;
use crate::cli::End;
use crate::cli::args::{Format, LintArgs};
use crate::cli::context::{load_settings, open_to_read};
use crate::cli::output::Out;
use crate::domain::price::{Book, RemarkKind};
use crate::pipeline::AppError;
use crate::pipeline::unpriced_calls;
use crate::report::{Cell, Table};

pub(super) async fn lint(args: &LintArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let mut table = Table::new(&["book", "remark", "model", "place", "what"]);
    let text = args.output.format == Format::Text;
    if let Some(path) = &args.book {
        let tables = load::load(dir, path, &args.book_format)?;
        for refused in tables.reports.iter().flat_map(|report| &report.refused) {
            let id = tables.book.header.id.clone();
            table.push(remark(id, "refused", &refused.name, refused.place.to_string(), refused.to_string()));
        }
        for zero in tables.reports.iter().flat_map(|report| &report.zeros) {
            let id = tables.book.header.id.clone();
            table.push(remark(id, "zero_beside", &zero.name, zero.place.to_string(), zero.to_string()));
        }
        check(&tables.book, &mut table, text, out)?;
    } else {
        let settings = load_settings(dir)?;
        for file in &settings.config.books {
            let tables = load::load(&settings.dir, Path::new(&file.key), &args.book_format)?;
            check(&tables.book, &mut table, text, out)?;
        }
        calls_without_price(dir, &mut table).await?;
    }
    if text {
        for row in &table.rows {
            out.line(&row.last().map(Cell::plain).unwrap_or_default())?;
        }
        return Ok(End::Done);
    }
    out.table(&table, args.output.format)?;
    Ok(End::Done)
}

fn remark(book: String, kind: &str, model: &str, place: String, what: String) -> Vec<Cell> {
    vec![book.into(), kind.into(), model.into(), place.into(), what.into()]
}

fn check(book: &Book, table: &mut Table, text: bool, out: &mut Out) -> Result<(), AppError> {
    let (id, rows) = (&book.header.id, book.versions.iter().map(|v| v.rows.len()).sum::<usize>());
    if text {
        out.line(&format!("{id}: {} versions, {rows} rows, in {}", book.versions.len(), book.header.unit))?;
    }
    for found in book.lint() {
        let kind = match found.kind {
            RemarkKind::ZeroRate(_) => "zero_rate",
            RemarkKind::Jump { .. } => "jump",
            RemarkKind::Vanished => "vanished",
            RemarkKind::Gap { .. } => "gap",
            RemarkKind::Overlap(_) => "overlap",
            RemarkKind::Unreachable { .. } => "unreachable",
            RemarkKind::Relation { .. } => "relation",
            RemarkKind::FinePlaces(_) => "fine_places",
        };
        table.push(remark(id.clone(), kind, &found.model, found.place.to_string(), found.to_string()));
    }
    Ok(())
}

/// What the calls already read would lack if they were rated now.
async fn calls_without_price(dir: &Path, table: &mut Table) -> Result<(), AppError> {
    let context = open_to_read(dir).await?;
    for (lack, extent) in unpriced_calls(&context).await? {
        let of = lack.provider.as_ref().map(|provider| format!(" of {provider}")).unwrap_or_default();
        let (model, source, reason) = (&lack.model, &lack.source, &lack.reason);
        let what = format!(
            "{source}: {} calls of {model}{of} have no price ({reason}), from {} to {}",
            extent.calls, extent.first, extent.last
        );
        table.push(remark(String::new(), "unpriced", model, String::new(), what));
    }
    Ok(())
}
