//! What a scraper of metrics reads: how the last runs ended, what is sealed, what is open.

use std::collections::BTreeMap;

use super::ahead::rows_ahead;
use super::close::day_revisions::{DayState, latest_day};
use super::close::silent_hours::{count, silent, state_of};
use super::close::unjudged_calls::{noted, together};
use super::config::{ConfiguredFile, Unjudged};
use super::context::RunContext;
use super::error::AppError;
use super::query::sealed::{findings_of, sealed_days};
use super::raw_catalog::RawCatalog;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant};
use crate::domain::reconcile::Leg;
use crate::edge::lake::Manifest;
use crate::edge::render::{Metric, to_metrics};

/// Runs looked at for the last one of each job.
const RUNS: u32 = 200;
/// Findings counted: of so many days before now.
const DAYS: i64 = 35;

/// Replaces the file of metrics as a whole. Figures come from what is sealed; the instants are those
/// of the runs and the one this run was given.
///
/// # Errors
/// When the lake cannot be read or the file not written.
pub(crate) async fn write_metrics(context: &RunContext) -> Result<(), AppError> {
    let Some(ConfiguredFile { blob, key }) = context.config.metrics.as_ref().filter(|_| !context.dry_run) else {
        return Ok(());
    };
    let mut metrics = runs(context).await?;
    metrics.extend(sealed(context).await?);
    blob.put(key, to_metrics(&metrics)).await?;
    Ok(())
}

fn seconds(at: Instant) -> i64 {
    at.micros().div_euclid(1_000_000)
}

async fn runs(context: &RunContext) -> Result<Vec<Metric>, AppError> {
    let mut started = Metric::new("trueup_last_run_start_seconds", "When the last run of a job began.");
    let mut ended = Metric::new("trueup_last_run_end_seconds", "When the last run of a job that ended did so.");
    let mut exit = Metric::new("trueup_last_run_exit_code", "How the last run of a job that ended did so.");
    let (mut begun, mut done) = (Vec::new(), Vec::new());
    for run in context.state.runs(RUNS).await? {
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

async fn sealed(context: &RunContext) -> Result<Vec<Metric>, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let days = sealed_days(context).await?;
    let mut as_of = Metric::new("trueup_as_of_seconds", "The moment these figures are of.");
    as_of.add(&[], seconds(context.now));
    let mut input = Metric::new("trueup_input_rows", "Rows read so far, and those of them refused.");
    input.add(&[("state", "read")], catalog.files().iter().map(|f| f.rows).sum::<u64>());
    input.add(&[("state", "rejected")], catalog.files().iter().map(|f| f.rejects).sum::<u64>());
    let mut ledger = Metric::new("trueup_ledger_watermark_seconds", "How far the ledger reaches.");
    if catalog.watermark > Instant::MIN {
        ledger.add(&[], seconds(catalog.watermark));
    }
    let today = context.config.zone.day_of(context.now);
    let unsealed: Vec<Day> =
        catalog.days().into_iter().filter(|d| *d < today && days.binary_search(d).is_err()).collect();
    let mut open: Vec<Day> = Vec::new();
    let mut hours = 0;
    for day in &days {
        let Some(manifest) = latest_day(context, *day).await? else { continue };
        if state_of(context, &manifest, *day) != DayState::Closed {
            open.push(*day);
        }
        hours += count(&silent(context, &manifest));
    }
    let mut silent_hours =
        Metric::new("trueup_silent_hours", "Hours without a row of a source that promised one in each.");
    silent_hours.add(&[], hours);
    let mut states = Metric::new("trueup_days", "Days by state; unsealed ones have input and have ended.");
    states.add(&[("state", "closed")], days.len() - open.len());
    states.add(&[("state", "provisional")], open.len());
    states.add(&[("state", "unsealed")], unsealed.len());
    let mut calls = Metric::new("trueup_calls", "Calls of the newest sealed day.");
    let mut newest = Metric::new("trueup_newest_sealed_day_seconds", "When the newest sealed day began.");
    if let Some(day) = days.last() {
        let manifest = latest_day(context, *day).await?;
        calls.add(&[], manifest.and_then(|m| m.rows.get("calls").copied()).unwrap_or(0));
        newest.add(&[], seconds(context.config.zone.start_of(*day)));
    }
    let mut oldest = Metric::new("trueup_oldest_open_day_seconds", "When the oldest day began that is not closed.");
    if let Some(day) = open.iter().chain(&unsealed).min() {
        oldest.add(&[], seconds(context.config.zone.start_of(*day)));
    }
    let mut metrics = vec![as_of, input, ledger, states, silent_hours, calls, newest, oldest];
    metrics.extend(findings(context, &days).await?);
    metrics.extend(unjudged(context, &catalog, &days).await?);
    Ok(metrics)
}

/// Calls of the last days that no leg judged, and rows dated in the future.
async fn unjudged(context: &RunContext, catalog: &RawCatalog, days: &[Day]) -> Result<[Metric; 2], AppError> {
    let since = context.config.zone.day_of(context.now).plus(-DAYS);
    let mut kinds = Vec::new();
    for day in days.iter().filter(|d| **d >= since) {
        kinds.extend(latest_day(context, *day).await?.map(|manifest| noted(&manifest, *day)));
    }
    let mut number = Metric::new("trueup_unjudged", "What was not judged: calls of the last 35 days, rows ahead.");
    let mut amount = Metric::new("trueup_unjudged_amount", "What stands beside it, by unit.");
    let ahead = rows_ahead(context, catalog.parts_ahead()).await?;
    let future = Unjudged::Future.name();
    for (table, rows) in &ahead.rows {
        number.add(&[("kind", future), ("rows", table)], rows);
    }
    for ((table, unit), sum) in &ahead.money {
        sum.iter().for_each(|sum| amount.add(&[("kind", future), ("rows", table), ("unit", unit)], *sum));
    }
    for (kind, sum) in together(&kinds) {
        let (kind, rows) = (("kind", kind.name()), ("rows", "calls"));
        number.add(&[kind, rows], sum.calls);
        for (unit, sum) in &sum.money {
            sum.iter().for_each(|sum| amount.add(&[kind, rows, ("unit", unit)], *sum));
        }
    }
    Ok([number, amount])
}

async fn findings(context: &RunContext, days: &[Day]) -> Result<[Metric; 2], AppError> {
    let since = context.config.zone.day_of(context.now).plus(-DAYS);
    let mut counts: BTreeMap<(Leg, &str, &str), u64> = BTreeMap::new();
    let mut sums: BTreeMap<(String, &str), Amount> = BTreeMap::new();
    for day in days.iter().filter(|d| **d >= since) {
        let manifest: Vec<Manifest> = latest_day(context, *day).await?.into_iter().collect();
        for f in findings_of(context, &manifest).await? {
            *counts.entry((f.leg, f.class.name(), f.certainty.name())).or_default() += 1;
            let in_money = !matches!(f.leg, Leg::Usage | Leg::Policy);
            if let (Some(unit), Some(difference), true) = (f.unit, f.difference, in_money) {
                let sum = sums.entry((unit, f.certainty.name())).or_default();
                *sum =
                    sum.checked_add(difference.abs()).ok_or_else(|| AppError::internal("open differences overflow"))?;
            }
        }
    }
    let mut number = Metric::new("trueup_findings", "Findings of the last 35 days.");
    for ((leg, class, certainty), n) in counts {
        number.add(&[("leg", leg.name()), ("class", class), ("certainty", certainty)], n);
    }
    let mut amount = Metric::new("trueup_difference", "Sizes of differences of the last 35 days, by unit.");
    for ((unit, certainty), sum) in sums {
        amount.add(&[("unit", &unit), ("certainty", certainty)], sum);
    }
    Ok([number, amount])
}
