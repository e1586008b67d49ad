//! What a scraper of metrics reads: how the last runs ended, what is sealed, what is open.

use std::collections::BTreeMap;

use super::config::PriceFile;
use super::day::DayState;
use super::desk::Desk;
use super::query::sealed_findings;
use super::status::status;
use super::stop::Stop;
use crate::domain::money::Amount;
use crate::domain::period::{Instant, Span};
use crate::domain::reconcile::{Finding, Leg};
use crate::edge::render::{Metric, to_metrics};

/// Runs looked at for the last one of each job.
const RUNS: u32 = 200;
/// Findings counted: of days that began within this span before now.
const SPAN: Span = Span::from_hours(35 * 24);

/// Replaces the file of metrics as a whole. Figures come from what is sealed; the instants are those
/// of the runs and the one this run was given.
///
/// # Errors
/// When the lake cannot be read or the file not written.
pub async fn write_metrics(desk: &Desk) -> Result<(), Stop> {
    let Some(PriceFile { blob, key }) = desk.config.metrics.as_ref().filter(|_| !desk.dry_run) else { return Ok(()) };
    let mut metrics = runs(desk).await?;
    metrics.extend(sealed(desk).await?);
    blob.put(key, to_metrics(&metrics)).await?;
    Ok(())
}

fn seconds(at: Instant) -> i64 {
    at.micros().div_euclid(1_000_000)
}

async fn runs(desk: &Desk) -> Result<Vec<Metric>, Stop> {
    let mut started = Metric::new("trueup_last_run_start_seconds", "When the last run of a job began.");
    let mut ended = Metric::new("trueup_last_run_end_seconds", "When the last run of a job that ended did so.");
    let mut exit = Metric::new("trueup_last_run_exit_code", "How the last run of a job that ended did so.");
    let (mut begun, mut done) = (Vec::new(), Vec::new());
    for run in desk.state.runs(RUNS).await? {
        if !begun.contains(&run.job) {
            started.add(&[("job", &run.job)], seconds(run.started));
            begun.push(run.job.clone());
        }
        if let (Some(at), Some(code), false) = (run.ended, run.exit, done.contains(&run.job)) {
            ended.add(&[("job", &run.job)], seconds(at));
            exit.add(&[("job", &run.job)], code);
            done.push(run.job);
        }
    }
    for metric in [&mut started, &mut ended, &mut exit] {
        metric.samples.sort_by(|a, b| a.labels.cmp(&b.labels));
    }
    Ok(vec![started, ended, exit])
}

async fn sealed(desk: &Desk) -> Result<Vec<Metric>, Stop> {
    let status = status(desk).await?;
    let mut as_of = Metric::new("trueup_as_of_seconds", "The moment these figures are of.");
    as_of.add(&[], seconds(desk.now));
    let mut input = Metric::new("trueup_input_rows", "Rows read so far, and those of them refused.");
    input.add(&[("state", "read")], status.rows);
    input.add(&[("state", "rejected")], status.rejects);
    let mut ledger = Metric::new("trueup_ledger_watermark_seconds", "How far the ledger reaches.");
    if status.watermark > Instant::MIN {
        ledger.add(&[], seconds(status.watermark));
    }
    let mut days = Metric::new("trueup_days", "Days by state; unsealed ones have input and have ended.");
    let closed = status.days.iter().filter(|d| d.state == DayState::Closed).count();
    for (state, n) in
        [("closed", closed), ("provisional", status.days.len() - closed), ("unsealed", status.missing.len())]
    {
        days.add(&[("state", state)], n);
    }
    let mut calls = Metric::new("trueup_calls", "Calls of the newest sealed day.");
    let mut newest = Metric::new("trueup_newest_sealed_day_seconds", "When the newest sealed day began.");
    if let Some(day) = status.days.last() {
        calls.add(&[], day.calls);
        newest.add(&[], seconds(desk.config.zone.start_of(day.day)));
    }
    let mut oldest = Metric::new("trueup_oldest_open_day_seconds", "When the oldest day began that is not closed.");
    let open = status.days.iter().filter(|d| d.state != DayState::Closed).map(|d| d.day);
    if let Some(day) = open.chain(status.missing.iter().copied()).min() {
        oldest.add(&[], seconds(desk.config.zone.start_of(day)));
    }
    let mut metrics = vec![as_of, input, ledger, days, calls, newest, oldest];
    metrics.extend(findings(desk).await?);
    Ok(metrics)
}

async fn findings(desk: &Desk) -> Result<[Metric; 2], Stop> {
    let since = desk.now.minus(SPAN);
    let recent = |f: &&Finding| f.at.or(f.until).is_none_or(|at| at >= since);
    let mut counts: BTreeMap<(Leg, &str, &str), u64> = BTreeMap::new();
    let mut sums: BTreeMap<(&str, &str), Amount> = BTreeMap::new();
    let found = sealed_findings(desk, None).await?;
    for f in found.iter().filter(recent) {
        *counts.entry((f.leg, f.class.name(), f.certainty.name())).or_default() += 1;
        let in_money = !matches!(f.leg, Leg::Usage | Leg::Policy);
        if let (Some(unit), Some(difference), true) = (&f.unit, f.difference, in_money) {
            let sum = sums.entry((unit, f.certainty.name())).or_default();
            *sum = sum.checked_add(difference.abs()).ok_or_else(|| Stop::internal("open differences overflow"))?;
        }
    }
    let mut number = Metric::new("trueup_findings", "Findings of the last 35 days.");
    for ((leg, class, certainty), n) in counts {
        number.add(&[("leg", leg.name()), ("class", class), ("certainty", certainty)], n);
    }
    let mut amount = Metric::new("trueup_difference", "Sizes of differences of the last 35 days, by unit.");
    for ((unit, certainty), sum) in sums {
        amount.add(&[("unit", unit), ("certainty", certainty)], sum);
    }
    Ok([number, amount])
}
