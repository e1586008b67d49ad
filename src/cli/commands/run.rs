//! Jobs and single steps.

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::pin;

use futures_util::future::{Either, select};
use serde_json::Value;

use crate::cli::End;
use crate::cli::args::{Format, RunArgs, StepArgs};
use crate::cli::clock::clock;
use crate::cli::context::{as_of, day, load_settings, lock, open, period};
use crate::cli::output::Out;
use crate::cli::settings::load_job;
use crate::cli::tables::low_balance::low_table;
use crate::cli::tables::run_summary;
use crate::domain::period::{Instant, Period, PeriodKind, Span};
use crate::edge::health::{HealthUrl, ping};
use crate::edge::state::Run;
use crate::pipeline::{AppError, ErrorKind};
use crate::pipeline::{
    InvoiceAsk, InvoiceReport, Job, Notified, RunContext, RunReport, Step, Unjudged, document_table, open_above, run,
    together, write_metrics,
};

pub(super) async fn job(args: &RunArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let job = load_job(dir, &args.job)?;
    start(job, &args.step, dir, out).await
}

pub(super) async fn step(step: Step, args: &StepArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let kind = chosen(args)?.map_or(PeriodKind::Day, Period::kind);
    let name = step.name().to_owned();
    let job = Job { name, kind, steps: vec![step], catch_up: Span::ZERO, invoice: InvoiceAsk::default() };
    start(job, args, dir, out).await
}

/// Whether `now` was asked for and lies further back than a run that is only late.
fn is_past(args: &StepArgs, now: Instant) -> bool {
    args.when.as_of.is_some() && now < clock().minus(Span::from_hours(24))
}

fn chosen(args: &StepArgs) -> Result<Option<Period>, AppError> {
    match &args.when.date {
        Some(date) => day(date).map(Some),
        None => period(args.when.period.as_deref()),
    }
}

pub(super) async fn start(job: Job, args: &StepArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let wanted = chosen(args)?;
    if let Some(period) = wanted.filter(|p| p.kind() != job.kind) {
        return Err(AppError::usage(format!("the job {} is for a {}, {period} is none", job.name, job.kind.name())));
    }
    let now = as_of(args.when.as_of.as_deref())?;
    let settings = load_settings(dir)?;
    let health = settings.health.clone().filter(|_| !args.dry_run);
    let mut context = open(settings, now, args.dry_run).await?;
    context.replay = is_past(args, now);
    let lock = lock(&context, &job.name, &args.lock_wait).await?;
    let mut record = Run {
        run_id: 0,
        job: job.name.clone(),
        period: wanted.unwrap_or_else(|| Period::last_complete(job.kind, context.config.zone, now)).to_string(),
        started: clock(),
        ended: None,
        exit: None,
        counts: BTreeMap::new(),
    };
    if !context.dry_run {
        record.run_id = context.state.begin_run(&record).await?;
    }
    tell_health(health.as_ref(), "/start", &record, out).await;
    let done = match select(pin!(run(&context, &job, wanted)), pin!(terminated())).await {
        Either::Left((report, _)) => report,
        // A message on its way is followed to its end.
        Either::Right((_, running)) if context.stop_signal.ask() => running.await,
        Either::Right(_) => Err(AppError::new(ErrorKind::Temporary, "stopped before the next seal, as asked")
            .hint("what was sealed stays sealed; run the same command again")),
    };
    let ended = done.as_ref().map_or_else(|f| f.kind.exit_code(), |report| end(&context, report).exit_code());
    if !context.dry_run {
        record.ended = Some(clock());
        record.exit = Some(i32::from(ended));
        context.state.end_run(&record).await?;
    }
    record.exit = Some(i32::from(ended));
    let well = done.is_ok() && ended != ErrorKind::Input.exit_code();
    tell_health(health.as_ref(), if well { "" } else { "/fail" }, &record, out).await;
    let written = write_metrics(&context).await;
    let report = done?;
    written?;
    if let Some(lock) = lock {
        lock.done().await;
    }
    tell(&context, &report, args.output.format, out)?;
    out.record("run ended", &figures(&record, &report));
    Ok(end(&context, &report))
}

/// Tells whoever watches; what goes wrong there is said and changes nothing.
async fn tell_health(url: Option<&HealthUrl>, end: &str, run: &Run, out: &mut Out) {
    let Some(url) = url else { return };
    let exit = run.exit.map(|exit| format!(" ended with exit code {exit}")).unwrap_or_default();
    if let Err(why) = ping(url, end, &format!("trueup {} {}{exit}", run.job, run.period)).await {
        out.talk(&format!("health     {url} was not told: {why}; the run goes on"));
    }
}

fn figures(run: &Run, report: &RunReport) -> Vec<(&'static str, Value)> {
    let sealed = report.days.iter().filter(|d| !d.current);
    vec![
        ("job", run.job.as_str().into()),
        ("period", run.period.as_str().into()),
        ("exit", run.exit.into()),
        ("files", report.ingested.as_ref().map_or(0, |i| i.files.len()).into()),
        ("rows", report.ingested.as_ref().map_or(0, |i| i.rows()).into()),
        ("rejects", report.ingested.as_ref().map_or(0, |i| i.rejects()).into()),
        ("days_sealed", sealed.clone().count().into()),
        ("findings", sealed.map(|d| d.findings).sum::<u64>().into()),
    ]
}

/// SIGTERM: stop before the next seal.
async fn terminated() {
    let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    match signal {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

fn tell(context: &RunContext, report: &RunReport, format: Format, out: &mut Out) -> Result<(), AppError> {
    if format == Format::Text {
        let quiet = !out.is_watched();
        for line in run_summary::run_lines(context, report, quiet) {
            out.talk(&line);
        }
        return Ok(());
    }
    if !report.bills.is_empty() {
        let documents: Vec<_> = report.bills.iter().flat_map(|bills| bills.documents.iter().cloned()).collect();
        return out.table(&document_table(&documents), format);
    }
    match &report.notified {
        // Where notices are all that was asked for, they are the data.
        Some(notified) if report.days.is_empty() => out.table(&low_table(notified), format),
        _ => out.table(&run_summary::run_table(report), format),
    }
}

/// Whether more was not judged than the settings accept.
fn is_unjudged(context: &RunContext, report: &RunReport) -> bool {
    let oversized = report.days.iter().filter_map(|day| day.oversized.as_ref()).map(|(count, _)| count).sum();
    let found = [(Unjudged::Future, "rows", report.ahead.count()), (Unjudged::Oversized, "rows", oversized)];
    let calls = together(report.days.iter().map(|day| &day.unjudged)).into_iter();
    let calls = calls.map(|(kind, sum)| (kind, "calls", sum.calls));
    let wallets = report.notified.iter().map(|n| (Unjudged::Unwatched, "wallets", n.unwatched.len() as u64));
    found
        .into_iter()
        .chain(calls)
        .chain(wallets)
        .any(|(kind, unit, count)| context.config.accepted.is_exceeded(kind, unit, count))
}

/// 65 where a file was refused, 4 where something is left for later, 3 where too much is open.
fn end(context: &RunContext, report: &RunReport) -> End {
    if report.ingested.as_ref().is_some_and(|i| !i.refused.is_empty()) {
        return End::Refused;
    }
    if report.days.iter().any(|day| !day.silent.is_empty())
        || is_unjudged(context, report)
        || !report.at_fault.is_empty()
    {
        return End::Partial;
    }
    let open =
        |bills: &InvoiceReport| bills.held().next().is_some() || !bills.unprinted.is_empty() || !bills.lost.is_empty();
    if report.bills.iter().any(open)
        || !report.unprinted.is_empty()
        || report.notified.as_ref().is_some_and(Notified::is_partial)
    {
        return End::Partial;
    }
    if open_above(&context.config, report.days.iter().flat_map(|d| &d.open)) { End::Differences } else { End::Done }
}
