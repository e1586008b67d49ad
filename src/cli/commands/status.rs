//! Did last night finish, was anything lost, what needs a person.

use std::path::Path;

use crate::cli::End;
use crate::cli::args::{Format, OutputArgs};
use crate::cli::context::open_to_read;
use crate::cli::output::Out;
use crate::cli::tables::low_balance::unwatched_line;
use crate::cli::tables::run_summary::{
    ahead_line, backward_lines, oversized_lines, silent_lines, too_late_line, unjudged_lines,
};
use crate::domain::period::Instant;
use crate::pipeline::AppError;
use crate::pipeline::{self, Status, together};
use crate::report::{Cell, Table};

pub(super) async fn status(args: &OutputArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let context = open_to_read(dir).await?;
    let status = pipeline::status(&context).await?;
    if args.format == Format::Text {
        for line in lines(&status) {
            out.line(&line)?;
        }
        return Ok(End::Done);
    }
    let mut table = Table::new(&["day", "state", "revision", "calls", "findings", "open"]);
    for day in &status.days {
        let open: Vec<String> = day.open.iter().map(|(unit, amount)| format!("{amount} {unit}")).collect();
        table.push(vec![
            day.day.into(),
            day.state.name().into(),
            Cell::count(u64::from(day.revision)),
            day.calls.into(),
            day.findings.into(),
            open.join(", ").into(),
        ]);
    }
    out.table(&table, args.format)?;
    Ok(End::Done)
}

fn lines(status: &Status) -> Vec<String> {
    let mut lines = Vec::new();
    let reach = match status.watermark {
        Instant::MIN => "no ledger yet".to_owned(),
        reach => format!("the ledger reaches to {reach}"),
    };
    lines.push(format!("input      {} files, {} rows, {} rejects, {reach}", status.files, status.rows, status.rejects));
    let closed = status.days.iter().filter(|d| d.state == pipeline::DayState::Closed).count();
    match (status.days.first(), status.days.last()) {
        (Some(first), Some(last)) => lines.push(format!(
            "days       {} to {}: {} closed, {} provisional",
            first.day,
            last.day,
            closed,
            status.days.len() - closed
        )),
        _ => lines.push("days       nothing is sealed yet: `trueup run daily`".into()),
    }
    if !status.missing.is_empty() {
        let days: Vec<String> = status.missing.iter().map(ToString::to_string).collect();
        lines.push(format!("missing    input, but not sealed: {}", days.join(", ")));
    }
    lines.extend(silent_lines(&status.silent));
    lines.extend(too_late_line(&status.too_late));
    lines.extend(ahead_line(&status.ahead));
    lines.extend(oversized_lines(&status.days));
    lines.extend(backward_lines(&status.days));
    lines.extend(unjudged_lines(&together(status.days.iter().map(|day| &day.unjudged))));
    lines.extend(unwatched_line(&status.unwatched));
    for (kind, findings) in &status.findings {
        lines.push(format!("findings   {findings:>6} {kind}"));
    }
    if status.findings.is_empty() {
        lines.push("findings   none".into());
    }
    for (state, messages) in &status.mail {
        lines.push(format!("mail       {messages:>6} {state}"));
    }
    for held in &status.waiting {
        let why = if held.why.is_empty() { "since it was closed" } else { &held.why };
        lines.push(format!("held       {}, {}: {why}", held.period, held.title));
    }
    if let Some(first) = status.unfinished.first() {
        let more = match status.unfinished.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        lines.push(format!("unfinished {first}{more}: numbered, not yet published or sent; any run completes it"));
    }
    for run in &status.runs {
        lines.push(format!("run        {run}"));
    }
    lines
}
