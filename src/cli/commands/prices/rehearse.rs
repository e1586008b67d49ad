//! `trueup prices rehearse`: what a period would have billed at a proposed book.

use std::path::Path;

use super::load;
use crate::cli::End;
use crate::cli::args::{Format, RehearseArgs};
use crate::cli::context::{open_to_read, period};
use crate::cli::output::Out;
use crate::domain::money::Amount;
use crate::domain::period::Day;
use crate::pipeline::{self, Rehearsal, RehearseAsk};
use crate::pipeline::{AppError, ErrorKind};
use crate::report::{RehearsedBy, Table, rehearsal_table, shift_list, shift_sums};

/// Accounts and models of a list as text.
pub(super) const MOST: usize = 20;

pub(super) async fn rehearse(args: &RehearseArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let Some(period) = period(Some(&args.period))? else { return Err(AppError::usage("--period is empty")) };
    let at = args.at.as_deref().map(load::moment).transpose()?;
    let tables = load::load(dir, &args.book, &args.book_format)?;
    for refused in tables.reports.iter().flat_map(|report| &report.refused) {
        out.talk(&format!("refused {refused}"));
    }
    let context = open_to_read(dir).await?;
    let ask = RehearseAsk { book: tables.book, period, replaces: args.replaces.clone(), at };
    let done = pipeline::rehearse(&context, ask).await?;
    let name = args.book.display();
    let head = match done.version {
        Some(version) => format!("{period} at version {version} of {name} in place of book {}", done.replaced),
        None => format!("{period} at {name} in place of book {}", done.replaced),
    };
    match args.output.format {
        Format::Text => text(&done, &head, args.limit.unwrap_or(MOST), out)?,
        format => {
            out.talk(&head);
            let mut table = rehearsal_table(&done.shifts, &done.customers).ok_or_else(too_large)?;
            limit(&mut table, args.limit);
            out.table(&table, format)?;
        }
    }
    for version in &done.later {
        let what = format!("version {version} of {name} begins after {period} and was not used");
        out.talk(&format!("{what}; --at {} prices the calls by it", version.effective_from));
    }
    left_out(&done.unsealed, done.outdated, out);
    let lost = done.shifts.unit.values().any(|shift| shift.lost_calls > 0);
    Ok(if lost || !done.unsealed.is_empty() || done.outdated > 0 { End::Partial } else { End::Done })
}

/// `1 day`, `2 days`.
pub(super) fn many(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What a person must know of days that were not priced, or were sealed otherwise.
pub(super) fn left_out(unsealed: &[Day], outdated: u64, out: &mut Out) {
    if let (Some(first), Some(last)) = (unsealed.first(), unsealed.last()) {
        let days = many(unsealed.len() as u64, "day");
        out.talk(&format!("left out: {days} with calls that no run has sealed, from {first} to {last}"));
    }
    if outdated > 0 {
        let calls = many(outdated, "call");
        out.talk(&format!(
            "{calls} sealed at another figure than the prices of the day give now: books, accounts or settings changed \
             since; `trueup reconcile` seals such days again"
        ));
    }
}

pub(super) fn too_large() -> AppError {
    AppError::new(ErrorKind::Internal, "a sum of charges has more than 38 digits")
}

/// The first rows of accounts and of models.
fn limit(table: &mut Table, most: Option<usize>) {
    let Some(most) = most else { return };
    let (mut accounts, mut models) = (0, 0);
    table.rows.retain(|row| {
        let count = match row[0].plain() {
            by if by == RehearsedBy::Account.name() => &mut accounts,
            by if by == RehearsedBy::Model.name() => &mut models,
            _ => return true,
        };
        *count += 1;
        *count <= most
    });
}

fn text(done: &Rehearsal, head: &str, most: usize, out: &mut Out) -> Result<(), AppError> {
    let all = rehearsal_table(&done.shifts, &done.customers).ok_or_else(too_large)?;
    let of = |by: RehearsedBy, columns: &[&str]| some_columns(&all, by, columns);
    out.line(head)?;
    out.line(&format!("{} sealed; before discounts, commitments and tax", many(done.days, "day")))?;
    let (lost, gained) = (!done.shifts.lost.is_empty(), !done.shifts.gained.is_empty());
    let mut columns = vec!["unit", "calls", "expected", "rehearsed", "difference", "percent"];
    columns.extend(lost.then_some("no_price"));
    columns.extend(gained.then_some("gained"));
    out.line("")?;
    out.table(&of(RehearsedBy::Total, &columns), Format::Text)?;
    for (unit, s) in &done.shifts.unit {
        let none =
            if s.without > 0 { format!(", {} without a price on either side", s.without) } else { String::new() };
        out.line(&format!(
            "{unit}: {} dearer, {} cheaper, {} the same, {} would have no price any more, {} gain one{none}",
            many(s.dearer, "call"),
            s.cheaper,
            s.same(),
            s.lost_calls,
            s.gained_calls
        ))?;
    }
    if lost {
        out.line("\nNO PRICE ANY MORE (no figure for these; nothing is taken as 0)")?;
        let columns = ["name", "reason", "unit", "calls", "expected"];
        out.table(&of(RehearsedBy::NoPriceAnyMore, &columns), Format::Text)?;
    }
    if gained {
        out.line("\nPRICE GAINED (not in the difference)")?;
        let columns = ["name", "reason", "unit", "calls", "rehearsed"];
        out.table(&of(RehearsedBy::PriceGained, &columns), Format::Text)?;
    }
    let lists = [
        ("WHO PAYS MORE", "account", &done.shifts.account, true, &done.customers[..]),
        ("WHO PAYS LESS", "account", &done.shifts.account, false, &done.customers[..]),
        ("MODELS THAT COST MORE", "model", &done.shifts.model, true, &[][..]),
        ("MODELS THAT COST LESS", "model", &done.shifts.model, false, &[][..]),
    ];
    for (title, what, sums, dearer, customers) in lists {
        let table = shift_list(what, sums, dearer, customers, most).ok_or_else(too_large)?;
        if table.rows.is_empty() {
            continue;
        }
        let sums = shift_sums(sums, dearer).ok_or_else(too_large)?;
        let sums: Vec<String> =
            sums.iter().map(|(unit, (n, sum))| format!("{}, {sum} {unit}", many(*n, what))).collect();
        out.line(&format!("\n{title}: {}", sums.join("; ")))?;
        out.table(&table, Format::Text)?;
    }
    let same = done.shifts.account.values().filter(|s| s.difference().is_some_and(Amount::is_zero)).count();
    if same > 0 {
        let verb = if same == 1 { "pays" } else { "pay" };
        out.line(&format!("\n{} {verb} the same", many(same as u64, "account")))?;
    }
    Ok(())
}

/// Rows of one kind, these columns of them.
fn some_columns(all: &Table, by: RehearsedBy, columns: &[&str]) -> Table {
    let mut table = Table::new(columns);
    let place = |name: &&str| all.columns.iter().position(|c| c.name == **name);
    let places: Vec<usize> = columns.iter().filter_map(place).collect();
    for row in all.rows.iter().filter(|row| row[0].plain() == by.name()) {
        table.push(places.iter().map(|at| row[*at].clone()).collect());
    }
    table
}
