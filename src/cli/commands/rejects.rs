//! Refused rows and rows set aside, their original text, and setting one aside.

use std::path::Path;

use crate::cli::End;
use crate::cli::args::{RejectsArgs, RejectsCommand};
use crate::cli::clock::clock;
use crate::cli::context::{load_settings, lock_to_seal, open, open_to_read};
use crate::cli::output::Out;
use crate::edge::lake::schema::{RejectRow, SetAsideRow};
use crate::edge::source::{read_row, read_span};
use crate::pipeline::{
    AppError, At, ErrorKind, Ingested, RawPlace, SetAsideAsk, open_raw, refused_files, sealed_rejects, set_aside,
    set_aside_rows,
};
use crate::report::Table;

pub(super) async fn rejects(args: &RejectsArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    match &args.command {
        Some(RejectsCommand::Show { place }) => show(place, dir, out).await,
        Some(RejectsCommand::SetAside { place, reason, by, undo, lock_wait }) => {
            let name =
                || ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok()).filter(|n| !n.is_empty());
            let who = by
                .clone()
                .or_else(name)
                .ok_or_else(|| AppError::usage("who says so is not known").hint("give a name with --by"))?;
            let ask = SetAsideAsk { place: RawPlace::parse(place), who, reason: reason.clone(), undo: *undo };
            leave_out(&ask, lock_wait, dir, out).await
        }
        None => list(args, dir, out).await,
    }
}

async fn list(args: &RejectsArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let context = open_to_read(dir).await?;
    let mut table = Table::new(&["place", "kind", "field", "reason"]);
    for reject in &sealed_rejects(&context).await? {
        table.push(vec![
            format!("{}:{}", reject.file, reject.line).into(),
            reject.source.as_str().into(),
            reject.field.clone().into(),
            reject.reason.as_str().into(),
        ]);
    }
    match refused_files(&context).await {
        Ok(read) => refused(&read, &mut table),
        Err(e) => out.talk(&format!("files that wait to be read were not looked at: {e}")),
    }
    for row in &set_aside_rows(&context).await? {
        table.push(vec![
            place_of(row).into(),
            row.source.as_str().into(),
            None::<String>.into(),
            format!("set aside by {}: {}", row.who, row.reason).into(),
        ]);
    }
    out.table(&table, args.output.format)?;
    Ok(End::Done)
}

/// Files refused whole, none of whose rows are in, and every row for which they are.
fn refused(read: &Ingested, table: &mut Table) {
    for (file, why) in &read.refused {
        let rows: Vec<&RejectRow> = read.refused_rows.iter().filter(|row| row.file == *file).collect();
        let kind = rows.first().map(|row| row.source.clone()).unwrap_or_default();
        table.push(vec![
            file.as_str().into(),
            kind.into(),
            None::<String>.into(),
            format!("refused whole: {why}").into(),
        ]);
        for row in rows {
            table.push(vec![
                format!("{file}:{}", row.line).into(),
                row.source.as_str().into(),
                row.field.clone().into(),
                row.reason.as_str().into(),
            ]);
        }
    }
}

async fn show(place: &str, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let context = open_to_read(dir).await?;
    let RawPlace { file, at } = RawPlace::parse(place);
    if at == At::Everywhere {
        return Err(AppError::usage(format!("{place:?} is not FILE:LINE as listed")));
    }
    let again = |e| AppError::new(ErrorKind::Input, format!("{place} cannot be read again: {e}")).at(file.as_str());
    let is_at = |r: &&RejectRow| r.file == file && At::Line(r.line) == at;
    let refused = refused_files(&context).await.map(|read| read.refused_rows).unwrap_or_default();
    if let Some(reject) = sealed_rejects(&context).await?.iter().chain(&refused).find(is_at) {
        let body = open_raw(&context, &reject.source, &file).await?;
        out.line(&read_span(body, reject.offset, reject.length).map_err(again)?)?;
        return Ok(End::Done);
    }
    let rows = set_aside_rows(&context).await?;
    let is_there =
        |r: &&SetAsideRow| r.file == file && (r.line.map(At::Line) == Some(at) || r.offset.map(At::Byte) == Some(at));
    let Some((row, offset)) = rows.iter().find(is_there).and_then(|row| Some((row, row.offset?))) else {
        let failure = AppError::usage(format!("there is no reject at {place}"));
        return Err(failure.hint("`trueup rejects` lists them"));
    };
    let body = open_raw(&context, &row.source, &file).await?;
    out.line(&read_row(body, offset).map_err(again)?)?;
    Ok(End::Done)
}

/// As a person names it: `FILE:LINE`, `FILE at byte N`, or the day of a whole file.
fn place_of(row: &SetAsideRow) -> String {
    match (row.line, row.offset) {
        (Some(line), _) => format!("{}:{line}", row.file),
        (None, Some(byte)) => format!("{} at byte {byte}", row.file),
        (None, None) => format!("{}, {} rows of {}", row.file, row.rows, row.day),
    }
}

async fn leave_out(ask: &SetAsideAsk, wait: &str, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let context = open(load_settings(dir)?, clock(), false).await?;
    let lock = lock_to_seal(&context, "rejects", wait).await?;
    let rows = set_aside(&context, ask).await?;
    context.settle().await?;
    if let Some(lock) = lock {
        lock.done().await;
    }
    let word = if ask.undo { "stands again" } else { "set aside" };
    for row in &rows {
        out.line(&format!("{word}: {} ({}, {})", place_of(row), row.source, row.day))?;
    }
    out.talk("the days are computed anew by the next run that covers them; `trueup rejects` lists what is set aside");
    Ok(End::Done)
}
