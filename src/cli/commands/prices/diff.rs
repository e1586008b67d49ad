//! `trueup prices diff`: what changed between two books.

use std::path::Path;

use super::load;
use crate::cli::End;
use crate::cli::args::{DiffArgs, Format};
use crate::cli::output::Out;
use crate::domain::money::{Amount, Exact, SCALE};
use crate::domain::period::Instant;
use crate::domain::price::{Book, Change, Version, changes};
use crate::pipeline::AppError;
use crate::report::{Cell, Table};

pub(super) fn diff(args: &DiffArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let at = args.at.as_deref().map_or(Ok(Instant::MAX), load::moment)?;
    let before = load::load(dir, &args.before, &args.book_format)?;
    let after = load::load(dir, &args.after, &args.book_format)?;
    let (old, new) = (in_force(&before.book, at)?, in_force(&after.book, at)?);
    let mut found = changes(old, new);
    if args.before == args.after {
        found.clear();
    }
    if before.book.header.unit != after.book.header.unit {
        let (old, new) = (&before.book.header.unit, &after.book.header.unit);
        out.talk(&format!("Warning: prices before are in {old}, after in {new}: percentages compare numbers only"));
    }
    let mut table = Table::new(&["change", "model", "component", "when", "before", "after", "percent", "row"]);
    for change in &found {
        table.push(row(change));
    }
    out.table(&table, args.output.format)?;
    if args.output.format == Format::Text {
        let whole = |kind: &str| found.iter().filter(|c| kind_of(c) == kind).count();
        let (added, removed) = (whole("added"), whole("removed"));
        let changed = found.len() - added - removed;
        out.line(&format!("{added} prices added, {removed} removed, {changed} components changed"))?;
    }
    Ok(End::Done)
}

fn in_force(book: &Book, at: Instant) -> Result<&Version, AppError> {
    let index = book.in_force(at, Instant::MAX);
    index
        .map(|index| &book.versions[index])
        .ok_or_else(|| AppError::config(format!("no version of {} is in force at {at}", book.header.id)))
}

/// A price that came or went, or what of it did.
fn kind_of(change: &Change) -> &'static str {
    match (&change.places, change.component.is_empty()) {
        ([None, Some(_)], true) => "added",
        ([Some(_), None], true) => "removed",
        _ => "changed",
    }
}

/// A number as a number where an amount can hold it.
fn number(value: Exact) -> Cell {
    match Amount::from_exact(value).filter(|_| value.scale() <= SCALE) {
        Some(amount) => Cell::Amount(amount),
        None => Cell::Text(value.to_string()),
    }
}

fn row(change: &Change) -> Vec<Cell> {
    let text = |value: Option<String>| value.map_or(Cell::Empty, Cell::Text);
    let place = change.places[1].as_ref().or(change.places[0].as_ref());
    vec![
        Cell::text(kind_of(change)),
        Cell::text(change.model.clone()),
        change.component.clone().into(),
        change.when.clone().into(),
        change.before.map_or(Cell::Empty, number),
        change.after.map_or(Cell::Empty, number),
        change.percent().map_or(Cell::Empty, number),
        text(place.map(ToString::to_string)),
    ]
}
