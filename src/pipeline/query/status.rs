//! The operator's question on one screen.

use std::collections::{BTreeMap, BTreeSet};

use super::sealed::{sealed_days, sealed_findings};
use crate::domain::notice::Unwatched;
use crate::domain::period::{Day, Instant};
use crate::domain::reconcile::Certainty;
use crate::pipeline::ahead::{Ahead, rows_ahead};
use crate::pipeline::close::day::silent_hours;
use crate::pipeline::close::day::{DayReport, report};
use crate::pipeline::close::day_revisions::latest_day;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::invoice::{WaitingDocument, waiting_documents};
use crate::pipeline::notify::{open_messages, unwatched};
use crate::pipeline::raw_catalog::RawCatalog;

/// What is sealed, what is open, what needs a person.
#[derive(Debug)]
pub(crate) struct Status {
    pub files: u64,
    pub rows: u64,
    pub rejects: u64,
    pub watermark: Instant,
    pub days: Vec<DayReport>,
    /// Days with input that ended and are not sealed.
    pub missing: Vec<Day>,
    /// Hours without a row that hold their day open, in words.
    pub silent: Vec<String>,
    /// Calls and postings by day that came later than `max_late` allows.
    pub too_late: BTreeMap<Day, u64>,
    /// Rows dated in the future.
    pub ahead: Ahead,
    /// Wallets with a threshold that nothing can be held against.
    pub unwatched: Vec<Unwatched>,
    /// How many findings, by certainty.
    pub findings: BTreeMap<&'static str, u64>,
    /// Messages that wait for a person or for a server, by status.
    pub mail: BTreeMap<&'static str, u64>,
    /// Numbers whose documents the next run has yet to keep, print or let go.
    pub unfinished: BTreeSet<String>,
    /// Documents that wait for a person.
    pub waiting: Vec<WaitingDocument>,
    /// The last runs, newest first, in words.
    pub runs: Vec<String>,
}

/// Reads what is sealed; changes nothing.
///
/// # Errors
/// When the lake or the state cannot be read.
pub(crate) async fn status(context: &RunContext) -> Result<Status, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let mut days = Vec::new();
    for day in sealed_days(context).await? {
        if let Some(manifest) = latest_day(context, day).await? {
            days.push(report(context, &manifest, day, true));
        }
    }
    let today = context.config.zone.day_of(context.now);
    let sealed = |day: &Day| days.iter().any(|d| d.day == *day);
    let missing = catalog.days().into_iter().filter(|d| *d < today && !sealed(d)).collect();
    let mut findings: BTreeMap<&'static str, u64> = BTreeMap::new();
    for finding in sealed_findings(context, None).await? {
        let certainty = Certainty::ALL.into_iter().find(|c| *c == finding.certainty).map_or("", Certainty::name);
        *findings.entry(certainty).or_default() += 1;
    }
    let runs = context.state.runs(5).await?;
    let runs = runs
        .iter()
        .map(|r| {
            let end = match (r.ended, r.exit) {
                (Some(at), Some(exit)) => format!("ended {at} with exit code {exit}"),
                _ => "did not end: it was killed, or is still running".to_owned(),
            };
            format!("{} {} began {}, {end}", r.job, r.period, r.started)
        })
        .collect();
    Ok(Status {
        files: catalog.standing_files().count() as u64,
        rows: catalog.standing_files().map(|f| f.rows).sum(),
        rejects: catalog.standing_files().map(|f| f.rejects).sum(),
        watermark: catalog.watermark,
        silent: silent_hours(context, &days),
        too_late: catalog.too_late(context),
        unwatched: unwatched(context, &catalog).await?,
        ahead: rows_ahead(context, catalog.parts_ahead()).await?,
        days,
        missing,
        findings,
        mail: open_messages(context).await?,
        unfinished: context.state.unfinished().await?,
        waiting: waiting_documents(context).await?,
        runs,
    })
}
