//! A job: its steps in order for its period and those it missed, one run per lake at a time.

use std::collections::BTreeSet;

use super::ahead::{Ahead, rows_ahead};
use super::close::day::{DayReport, reconcile_days};
use super::close::rollup::{JOB as ROLLUP, RollupReport, refresh, roll_up};
use super::context::RunContext;
use super::error::AppError;
use super::ingest::{Ingested, ingest};
use super::invoice::{InvoiceAsk, InvoiceReport, JOB as INVOICE, Unprinted, finish_documents, invoice, waiting_months};
use super::newest::check_newest;
use super::notify::{Notified, notify};
use super::publish::{Published, publish};
use super::raw_catalog::RawCatalog;
use super::registry::books::{load_books, load_parties};
use crate::domain::period::{Day, Instant, Period, PeriodKind, Span};

/// What a job does, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Ingest,
    Reconcile,
    Rollup,
    Invoice,
    Notify,
    Publish,
}

impl Step {
    pub(crate) const ALL: [Step; 6] =
        [Step::Ingest, Step::Reconcile, Step::Rollup, Step::Invoice, Step::Notify, Step::Publish];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Step::Ingest => "ingest",
            Step::Reconcile => "reconcile",
            Step::Rollup => "rollup",
            Step::Invoice => "invoice",
            Step::Notify => "notify",
            Step::Publish => "publish",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// A job's own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub name: String,
    pub kind: PeriodKind,
    pub steps: Vec<Step>,
    /// How far back periods that were never sealed are still done, where none is named.
    pub catch_up: Span,
    pub invoice: InvoiceAsk,
}

/// What a run did.
#[derive(Debug)]
pub(crate) struct RunReport {
    /// Earlier periods that no run had done, in order.
    pub missed: Vec<Period>,
    pub ingested: Option<Ingested>,
    /// Days sealed or found current, in order.
    pub days: Vec<DayReport>,
    pub rollups: Vec<RollupReport>,
    /// One a month; none where no bills were due, or nobody is set up to send any.
    pub bills: Vec<InvoiceReport>,
    /// Documents that an earlier run numbered, and whose files still cannot be made.
    pub unprinted: Vec<Unprinted>,
    pub notified: Option<Notified>,
    pub published: Vec<Published>,
    /// Rows of the lake that are dated in the future.
    pub ahead: Ahead,
    /// `file:line: field reason` of what the files of accounts and keys say and nobody can understand.
    pub at_fault: Vec<String>,
}

/// Runs a job for a period; without one, for the last complete period of its kind and those before it that
/// were missed.
///
/// # Errors
/// A [`AppError`]; what was sealed before it stays sealed, and the same run again goes on from there.
pub(crate) async fn run(context: &RunContext, job: &Job, named: Option<Period>) -> Result<RunReport, AppError> {
    let period = named.unwrap_or_else(|| Period::last_complete(job.kind, context.config.zone, context.now));
    check_newest(context).await?;
    sweep(context).await;
    let mut report = RunReport {
        missed: Vec::new(),
        ingested: None,
        days: Vec::new(),
        rollups: Vec::new(),
        bills: Vec::new(),
        unprinted: Vec::new(),
        notified: None,
        published: Vec::new(),
        ahead: Ahead::default(),
        at_fault: Vec::new(),
    };
    let has = |step| job.steps.contains(&step);
    if has(Step::Ingest) {
        report.ingested = Some(ingest(context).await?);
    }
    if has(Step::Ingest) || has(Step::Reconcile) {
        report.ahead = rows_ahead(context, RawCatalog::load(context).await?.parts_ahead()).await?;
    }
    if named.is_none() {
        report.missed = missed(context, job, period).await?;
    }
    let periods: Vec<Period> = report.missed.iter().copied().chain([period]).collect();
    let (parties, kept) = match [Step::Reconcile, Step::Invoice, Step::Notify].into_iter().any(has) {
        true => load_parties(context).await?,
        false => Default::default(),
    };
    report.at_fault = parties.faults().to_vec();
    if has(Step::Reconcile) {
        let catalog = RawCatalog::load(context).await?;
        let books = load_books(context).await?;
        let wanted = days_of(context, job, &periods);
        report.days = reconcile_days(context, &catalog, &books, (&parties, &kept), wanted).await?;
    }
    let mut standing = Vec::new();
    if has(Step::Rollup) {
        for period in &periods {
            report.rollups.extend(roll_up(context, *period).await?);
        }
        // Days this run may have changed belong to weeks and months that were summed before.
        if has(Step::Reconcile) {
            standing = refresh(context, &mut report.rollups).await?;
        }
    }
    if has(Step::Invoice) {
        // What waits of other months is tried again with them.
        let mut months = waiting_months(context, &job.invoice).await?;
        months.extend(&periods);
        for period in &months {
            report.bills.extend(invoice(context, *period, &job.invoice).await?);
        }
    }
    // The bills' own step completes whatever has a number.
    if report.bills.is_empty() {
        report.unprinted = finish_documents(context).await?;
    }
    if has(Step::Notify) {
        report.notified = Some(notify(context).await?);
    }
    // What is published is what was known last: a run in the past leaves it alone.
    if has(Step::Publish) && !context.replay {
        standing.extend(report.days.iter().map(|d| PeriodKind::Day.containing(d.day)));
        report.published = publish(context, &periods, standing).await?;
    }
    Ok(report)
}

/// Earlier weeks or months with rows, as far back as the job catches up, that no run has sealed. Bills begin
/// with the first month the job was run for: those before it are nobody's to send unasked. Days are caught
/// up one by one as they are reconciled.
async fn missed(context: &RunContext, job: &Job, last: Period) -> Result<Vec<Period>, AppError> {
    let bills = job.steps.contains(&Step::Invoice) && context.config.billing.is_some();
    if job.kind == PeriodKind::Day || !(bills || job.steps.contains(&Step::Rollup)) {
        return Ok(Vec::new());
    }
    let periods_of = async |name: &str| -> Result<BTreeSet<Period>, AppError> {
        let sealed = context.lake.periods(name).await?;
        Ok(sealed.keys().filter_map(|p| Period::parse(p)).filter(|p| p.kind() == job.kind).collect())
    };
    let summed = periods_of(ROLLUP).await?;
    let (sealed, begun) = match bills {
        true => (periods_of(INVOICE).await?, summed.first().copied().unwrap_or(last)),
        false => (summed, job.kind.containing(Day::EPOCH)),
    };
    let days = RawCatalog::load(context).await?.days();
    let oldest = context.config.zone.day_of(context.now.minus(job.catch_up));
    let mut missed = Vec::new();
    let mut period = last.previous();
    while period.end() > oldest && period >= begun {
        if !sealed.contains(&period) && days.iter().any(|day| period.contains(*day)) {
            missed.push(period);
        }
        period = period.previous();
    }
    missed.reverse();
    Ok(missed)
}

/// Removes what killed runs left half written: whoever holds the lock is the only writer. Nothing
/// depends on it, so what cannot be removed stays.
async fn sweep(context: &RunContext) {
    if context.dry_run {
        return;
    }
    for place in [context.lake.blob(), &context.config.publish] {
        let _ = place.sweep(Instant::MAX).await;
    }
}

/// The days a run is responsible for: those of its periods that have ended, and for a period of a day those
/// before it, as far back as the job catches up.
fn days_of(context: &RunContext, job: &Job, periods: &[Period]) -> (Day, Day) {
    let last_ended = context.config.zone.day_of(context.now).previous();
    let first = periods.first().map_or(last_ended, |p| p.first());
    let until = periods.last().map_or(last_ended, |p| p.end().previous()).min(last_ended);
    let back = job.catch_up.micros() / 86_400_000_000;
    let is_day = periods.last().is_some_and(|p| p.kind() == PeriodKind::Day);
    (if is_day { first.plus(-back) } else { first }, until)
}
