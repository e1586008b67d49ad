//! The operator's question on one screen.

use std::collections::BTreeMap;

use super::day::{DayReport, latest_day, report};
use super::desk::Desk;
use super::hours::silent_hours;
use super::notify::open_messages;
use super::query::{sealed_days, sealed_findings};
use super::stop::Stop;
use super::view::View;
use crate::domain::period::{Day, Instant};
use crate::domain::reconcile::Certainty;

/// What is sealed, what is open, what needs a person.
#[derive(Debug)]
pub struct Status {
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
    /// How many findings, by certainty.
    pub findings: BTreeMap<&'static str, u64>,
    /// Messages that wait for a person or for a server, by status.
    pub mail: BTreeMap<&'static str, u64>,
    /// The last runs, newest first, in words.
    pub runs: Vec<String>,
}

/// Reads what is sealed; changes nothing.
///
/// # Errors
/// When the lake or the state cannot be read.
pub async fn status(desk: &Desk) -> Result<Status, Stop> {
    let view = View::load(desk).await?;
    let mut days = Vec::new();
    for day in sealed_days(desk).await? {
        if let Some(manifest) = latest_day(desk, day).await? {
            days.push(report(desk, &manifest, day, true));
        }
    }
    let today = desk.config.zone.day_of(desk.now);
    let sealed = |day: &Day| days.iter().any(|d| d.day == *day);
    let missing = view.days().into_iter().filter(|d| *d < today && !sealed(d)).collect();
    let mut findings: BTreeMap<&'static str, u64> = BTreeMap::new();
    for finding in sealed_findings(desk, None).await? {
        let certainty = Certainty::ALL.into_iter().find(|c| *c == finding.certainty).map_or("", Certainty::name);
        *findings.entry(certainty).or_default() += 1;
    }
    let runs = desk.state.runs(5).await?;
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
        files: view.files().len() as u64,
        rows: view.files().iter().map(|f| f.rows).sum(),
        rejects: view.files().iter().map(|f| f.rejects).sum(),
        watermark: view.watermark,
        silent: silent_hours(desk, &days),
        too_late: view.too_late(desk),
        days,
        missing,
        findings,
        mail: open_messages(desk).await?,
        runs,
    })
}
