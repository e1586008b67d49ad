//! What a run and the demo say to a person.

use std::collections::{BTreeMap, HashSet};

use super::low_balance::notice_lines;
use crate::domain::invoice::LostUse;
use crate::domain::money::Amount;
use crate::domain::period::Day;
use crate::edge::source::OWN_FORMATS;
use crate::pipeline::{
    Ahead, DayReport, Ingested, InvoiceReport, RunContext, RunReport, Unjudged, UnjudgedCalls, UnjudgedKinds,
    Unprinted, silent_hours, together,
};
use crate::report::{Cell, Table};

/// Reasons said of what was not judged.
const MOST_REASONS: usize = 3;

/// What a run did; quiet: only what a person must know.
pub(crate) fn run_lines(context: &RunContext, report: &RunReport, quiet: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if context.replay {
        lines.push("past       --as-of lies more than a day back: nothing is numbered, sent or published".to_owned());
    }
    if !report.missed.is_empty() {
        let missed: Vec<String> = report.missed.iter().map(ToString::to_string).collect();
        lines.push(format!("catch up   {}: no run had done it before", missed.join(", ")));
    }
    if let Some(ingested) = &report.ingested {
        if !quiet && !ingested.files.is_empty() {
            lines.push(format!(
                "ingest     {} files, {} rows, {} rejects",
                ingested.files.len(),
                ingested.rows(),
                ingested.rejects()
            ));
        }
        if !quiet {
            lines.extend(format_lines(ingested));
        }
        if !quiet && !ingested.settling.is_empty() {
            lines.push(format!("           {} files still settling", ingested.settling.len()));
        }
        for (file, what) in &ingested.changed {
            lines.push(format!("changed    {file}: {what}"));
        }
        lines.extend(too_late_line(&ingested.too_late));
        for (file, why) in &ingested.refused {
            lines.push(format!("refused    {file}: {why}"));
        }
        let unknown: Vec<String> = ingested
            .files
            .iter()
            .filter(|f| !f.unknown.is_empty())
            .map(|f| format!("{}: {}", f.path, f.unknown))
            .collect();
        if !quiet {
            lines.extend(unknown.iter().take(3).map(|u| format!("unknown    {u}")));
        }
    }
    lines.extend(at_fault_lines(&report.at_fault));
    lines.extend(ahead_line(&report.ahead));
    lines.extend(oversized_lines(&report.days));
    lines.extend(backward_lines(&report.days));
    lines.extend(unjudged_lines(&together(report.days.iter().map(|day| &day.unjudged))));
    let sealed: Vec<_> = report.days.iter().filter(|d| !d.current).collect();
    if !quiet && !report.days.is_empty() {
        lines.push(format!(
            "reconcile  {} days sealed, {} already current",
            sealed.len(),
            report.days.len() - sealed.len()
        ));
    }
    for day in &sealed {
        if day.findings > 0 {
            let open: Vec<String> = day.open.iter().map(|(unit, amount)| format!("{amount} {unit}")).collect();
            lines.push(format!(
                "           {} r{}: {} findings, open differences {}",
                day.day,
                day.revision,
                day.findings,
                match (open.is_empty(), day.unjudged.is_empty()) {
                    (false, _) => open.join(", "),
                    (true, true) => "none".to_owned(),
                    (true, false) => "none where there was something to compare".to_owned(),
                }
            ));
        }
    }
    let mut silent = silent_hours(context, &report.days);
    silent.extend(report.bills.iter().flat_map(|bills| bills.silent.iter().cloned()));
    let mut told = HashSet::new();
    silent.retain(|hours| told.insert(hours.clone()));
    lines.extend(silent_lines(&silent));
    lines.extend(report.notified.iter().flat_map(|notified| notice_lines(notified, quiet)));
    if !quiet {
        for rollup in &report.rollups {
            lines.push(format!("rollup     {} r{}: {} groups", rollup.period, rollup.revision, rollup.groups));
        }
    }
    for bills in &report.bills {
        lines.extend(bill_lines(bills, report.bills.len() > 1, quiet));
    }
    lines.extend(unprinted_lines(&report.unprinted));
    if !quiet {
        let written: Vec<_> = report.published.iter().filter(|p| !p.unchanged).collect();
        if !written.is_empty() {
            lines.push(format!("publish    {} periods to {}", written.len(), context.config.publish.place()));
        }
    }
    lines
}

/// Which formats files were read as, where one is not our own, and what was set aside of them.
fn format_lines(ingested: &Ingested) -> Vec<String> {
    let mut lines = Vec::new();
    if ingested.formats.keys().any(|(_, format)| !OWN_FORMATS.contains(format)) {
        let one =
            |((kind, format), files): (&(String, &str), &u64)| format!("           {kind}: {files} files, {format}");
        lines.extend(ingested.formats.iter().map(one));
    }
    let one = |((kind, reason), rows): (&(String, String), &u64)| format!("set aside  {kind}: {rows} rows, {reason}");
    lines.extend(ingested.aside.iter().map(one));
    lines
}

/// How many faults of the files of accounts and keys are told.
const FAULTS: usize = 20;

/// What the files of accounts and keys say and nobody can understand, and what comes of it.
fn at_fault_lines(faults: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = faults.iter().take(FAULTS).map(|fault| format!("parties    {fault}")).collect();
    if faults.len() > FAULTS {
        lines.push(format!("           and {} more", faults.len() - FAULTS));
    }
    if !faults.is_empty() {
        let what = "such an account's bills wait, and such a key's limits are not judged, until the file is mended";
        lines.push(format!("           {what}"));
    }
    lines
}

/// Hours without a row, and what to do about them.
pub(crate) fn silent_lines(silent: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = silent.iter().map(|hours| format!("silent     {hours}")).collect();
    if !lines.is_empty() {
        lines.push("           the day stays open: send the rows, or say under [[waive]] why there are none".into());
    }
    lines
}

/// Rows that came too late for any revision.
pub(crate) fn too_late_line(rows: &BTreeMap<Day, u64>) -> Option<String> {
    let (first, last) = (rows.keys().next()?, rows.keys().last()?);
    Some(format!(
        "too late   {} rows of {first} to {last} are older than max_late: kept, in no new revision",
        rows.values().sum::<u64>()
    ))
}

/// Rows dated in the future: how many, of when, and what they come to.
pub(crate) fn ahead_line(ahead: &Ahead) -> Option<String> {
    let (first, last) = (ahead.first?, ahead.last?);
    let of_table = |(table, rows): (&&str, &u64)| {
        let sums = ahead.money.iter().filter(|((of, _), _)| of == table);
        let sums: Vec<String> = sums.map(|((_, unit), sum)| told_amount(*sum, unit)).collect();
        let money = if sums.is_empty() { String::new() } else { format!(" ({})", sums.join(", ")) };
        let one = if *rows == 1 { table.trim_end_matches('s') } else { table };
        format!("{rows} {one}{money}")
    };
    let rows: Vec<String> = ahead.rows.iter().map(of_table).collect();
    let when = if first == last { format!("{first}") } else { format!("{first} to {last}") };
    Some(format!("future     {} dated in the future, {when}: kept, in no period until their day", rows.join(", ")))
}

/// Rows that days left out for an amount that no row may have.
pub(crate) fn oversized_lines(days: &[DayReport]) -> Vec<String> {
    let named = days.iter().filter_map(|day| Some((day.day, day.oversized.as_ref()?)));
    named
        .map(|(day, (count, names))| {
            format!("oversized  {day}: {count} rows above what one row may have are not judged: {names}")
        })
        .collect()
}

/// Calls that ended before they began.
pub(crate) fn backward_lines(days: &[DayReport]) -> Vec<String> {
    let named = days.iter().filter_map(|day| Some((day.day, day.backward.as_ref()?)));
    let line = |(day, (count, names)): (Day, &(u64, String))| {
        let calls = if *count == 1 { "call" } else { "calls" };
        format!("backward   {day}: {count} {calls} with an ended_at before its started_at: {names}")
    };
    named.map(line).collect()
}

/// Calls that no leg judged, a line a kind.
pub(crate) fn unjudged_lines(kinds: &UnjudgedKinds) -> Vec<String> {
    let line = |(kind, sum): (&Unjudged, &UnjudgedCalls)| {
        let money: Vec<String> = sum.money.iter().map(|(unit, sum)| told_amount(*sum, unit)).collect();
        let money = if money.is_empty() { String::new() } else { format!(" ({})", money.join(", ")) };
        let days = match (sum.days.first(), sum.days.last()) {
            (Some(first), Some(last)) if first != last => format!(" of {first} to {last}"),
            (Some(day), _) => format!(" of {day}"),
            (None, _) => String::new(),
        };
        let about: Vec<&str> = sum.about.iter().take(MOST_REASONS).map(String::as_str).collect();
        let more = if sum.about.len() > MOST_REASONS { ", ..." } else { "" };
        let calls = if sum.calls == 1 { "call" } else { "calls" };
        let words = kind.words();
        format!(
            "{:<10} {} {calls}{money}{days} not judged: {words}: {}{more}",
            kind.name(),
            sum.calls,
            about.join(", ")
        )
    };
    kinds.iter().map(line).collect()
}

fn told_amount(sum: Option<Amount>, unit: &str) -> String {
    match sum {
        Some(sum) => format!("{sum} {unit}"),
        None => format!("more {unit} than 38 digits can say"),
    }
}

/// What became of a month's bills, of several; quiet: only what waits for a person.
fn bill_lines(bills: &InvoiceReport, of_several: bool, quiet: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if !quiet {
        let count = |state: &str| bills.documents.iter().filter(|d| d.state == state).count();
        let open = if bills.closed { "closed" } else { "still open" };
        lines.push(format!(
            "invoice    {} ({open}): {} final, of them {} new, {} drafts, {} on request, {} held",
            bills.period,
            count("final"),
            bills.new.len(),
            count("draft"),
            count("on_request"),
            count("held"),
        ));
        let calls: Vec<String> = bills.calls.iter().map(|(place, n)| format!("{n} {place}")).collect();
        if !calls.is_empty() {
            lines.push(format!("           calls: {}", calls.join(", ")));
        }
    }
    let row = |id: &String| {
        format!("row        {}: changed since {} closed; it bills nothing of it anew", id.escape_debug(), bills.period)
    };
    lines.extend(bills.changed_rows.iter().map(row));
    for held in bills.held() {
        let month = if of_several { format!("{}, ", bills.period) } else { String::new() };
        lines.push(format!("held       {month}{}: {}", held.title(), held.holds.join("; ")));
    }
    lines.extend(lost_lines(&bills.lost));
    lines.extend(unprinted_lines(&bills.unprinted));
    lines
}

/// Use that nobody is billed for.
fn lost_lines(lost: &[LostUse]) -> Vec<String> {
    const MOST: usize = 20;
    let line = |l: &LostUse| {
        let amounts: Vec<String> = l.tally.amounts.iter().map(|(unit, amount)| format!("{amount} {unit}")).collect();
        let (account, calls) = (l.account_id.escape_debug(), l.tally.calls);
        format!("unbilled   {} of {account}: {calls} calls, {}: {}", l.month, amounts.join(" and "), l.why)
    };
    let mut lines: Vec<String> = lost.iter().take(MOST).map(line).collect();
    if lost.len() > MOST {
        lines.push(format!("           and of {} more accounts; places.csv has them all", lost.len() - MOST));
    }
    lines
}

/// Of documents that have their numbers and no files.
pub(crate) fn unprinted_lines(unprinted: &[Unprinted]) -> Vec<String> {
    const MOST: usize = 20;
    let line = |u: &Unprinted| format!("unprinted  {}: {}; the next run tries again", u.number, u.why.escape_debug());
    let mut lines: Vec<String> = unprinted.iter().take(MOST).map(line).collect();
    if unprinted.len() > MOST {
        lines.push(format!("           and {} more", unprinted.len() - MOST));
    }
    lines
}

/// One row a day of the run.
pub(crate) fn run_table(report: &RunReport) -> Table {
    let mut table = Table::new(&["day", "revision", "sealed_now", "state", "calls", "findings", "open"]);
    for day in &report.days {
        let open: Vec<String> = day.open.iter().map(|(unit, amount)| format!("{amount} {unit}")).collect();
        table.push(vec![
            day.day.into(),
            Cell::count(u64::from(day.revision)),
            Cell::text(if day.current { "no" } else { "yes" }),
            Cell::text(day.state.name()),
            day.calls.into(),
            day.findings.into(),
            open.join(", ").into(),
        ]);
    }
    table
}
