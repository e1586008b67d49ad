//! A job: its steps in order for its period, one run per lake at a time.

use super::books::{load_books, load_parties};
use super::day::{DayReport, reconcile_days};
use super::desk::Desk;
use super::ingest::{Ingested, ingest};
use super::invoice::{InvoiceAsk, InvoiceReport, invoice};
use super::notify::{Notified, notify};
use super::publish::{Published, publish};
use super::rollup::{RollupReport, roll_up};
use super::stop::Stop;
use super::view::View;
use crate::domain::period::{Day, Instant, Period, PeriodKind, Span};

/// What a job does, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Ingest,
    Reconcile,
    Rollup,
    Invoice,
    Notify,
    Publish,
}

impl Step {
    pub const ALL: [Step; 6] =
        [Step::Ingest, Step::Reconcile, Step::Rollup, Step::Invoice, Step::Notify, Step::Publish];

    pub fn name(self) -> &'static str {
        match self {
            Step::Ingest => "ingest",
            Step::Reconcile => "reconcile",
            Step::Rollup => "rollup",
            Step::Invoice => "invoice",
            Step::Notify => "notify",
            Step::Publish => "publish",
        }
    }

    pub fn from_name(name: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// A job's own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub name: String,
    pub kind: PeriodKind,
    pub steps: Vec<Step>,
    /// How far back periods that were never sealed are still done.
    pub catch_up: Span,
    pub invoice: InvoiceAsk,
}

/// What a run did.
#[derive(Debug)]
pub struct RunReport {
    pub period: Period,
    pub ingested: Option<Ingested>,
    /// Days sealed or found current, in order.
    pub days: Vec<DayReport>,
    pub rollups: Vec<RollupReport>,
    /// Absent: no bills were due, or nobody is set up to send any.
    pub bills: Option<InvoiceReport>,
    pub notified: Option<Notified>,
    pub published: Vec<Published>,
}

/// Runs a job for a period; without one, for the last complete period of its kind.
///
/// # Errors
/// A [`Stop`]; what was sealed before it stays sealed, and the same run again goes on from there.
pub async fn run(desk: &Desk, job: &Job, period: Option<Period>) -> Result<RunReport, Stop> {
    let period = period.unwrap_or_else(|| Period::last_complete(job.kind, desk.config.zone, desk.now));
    sweep(desk).await;
    let mut report = RunReport {
        period,
        ingested: None,
        days: Vec::new(),
        rollups: Vec::new(),
        bills: None,
        notified: None,
        published: Vec::new(),
    };
    for step in Step::ALL.into_iter().filter(|s| job.steps.contains(s)) {
        match step {
            Step::Ingest => report.ingested = Some(ingest(desk).await?),
            Step::Reconcile => {
                let view = View::load(desk).await?;
                let books = load_books(desk).await?;
                let (parties, kept) = load_parties(desk).await?;
                let wanted = days_of(desk, job, period);
                report.days = reconcile_days(desk, &view, &books, (&parties, &kept), wanted).await?;
            }
            Step::Rollup => report.rollups = roll_up(desk, period).await?,
            Step::Invoice => report.bills = invoice(desk, period, &job.invoice).await?,
            Step::Notify => report.notified = Some(notify(desk).await?),
            // What is published is what was known last: a run in the past leaves it alone.
            Step::Publish if desk.replay => {}
            Step::Publish => report.published = publish(desk, period, &report.days).await?,
        }
    }
    Ok(report)
}

/// Removes what killed runs left half written: whoever holds the lock is the only writer. Nothing
/// depends on it, so what cannot be removed stays.
async fn sweep(desk: &Desk) {
    if desk.dry_run {
        return;
    }
    for place in [desk.lake.blob(), &desk.config.publish] {
        let _ = place.sweep(Instant::MAX).await;
    }
}

/// The days a run is responsible for: those of the period that have ended, and for a period of a day
/// those before it, as far back as the job catches up.
fn days_of(desk: &Desk, job: &Job, period: Period) -> (Day, Day) {
    let zone = desk.config.zone;
    let last_ended = zone.day_of(desk.now).previous();
    let until = period.end().previous().min(last_ended);
    let back = job.catch_up.micros() / 86_400_000_000;
    let first = if period.kind() == PeriodKind::Month { period.first() } else { period.first().plus(-back) };
    (first, until)
}
