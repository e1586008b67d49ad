//! Weeks and months, summed from sealed days.

use std::collections::BTreeMap;

use super::computed_again::{is_of_another_scheme, same_revision};
use super::day_revisions::{JOB as RECONCILE, latest_day};
use super::input_identity::FINGERPRINT;
use crate::domain::hash::CanonicalBytes;
use crate::domain::period::{Period, PeriodKind};
use crate::domain::rollup::{Measures, Rollup, regroup};
use crate::edge::lake::schema::{rollup_batch, rollup_from};
use crate::edge::lake::{Digest, LawRef, Manifest, Total};
use crate::edge::state::Checked;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// The job whose manifests hold weeks and months.
pub(crate) const JOB: &str = "rollup";

/// One week or month summed.
#[derive(Debug)]
pub(crate) struct RollupReport {
    pub period: Period,
    pub revision: u32,
    /// Nothing changed since the revision was sealed.
    pub current: bool,
    pub groups: u64,
}

/// Sums a week or month; for a month also the ISO weeks that end in it.
///
/// # Errors
/// Law: where weeks cut at the month's edge, days and month do not have one sum.
pub(crate) async fn roll_up(context: &RunContext, period: Period) -> Result<Vec<RollupReport>, AppError> {
    let mut periods = Vec::new();
    match period.kind() {
        PeriodKind::Day => {}
        PeriodKind::Week => periods.push(period),
        PeriodKind::Month => {
            let mut week = PeriodKind::Week.containing(period.first());
            while week.end() <= period.end() {
                periods.push(week);
                week = week.next();
            }
            periods.push(period);
        }
    }
    let mut reports = Vec::new();
    for period in periods {
        if let Some(report) = one(context, period).await? {
            reports.push(report);
        }
    }
    let changed = reports.iter().any(|r| r.period == period && !r.current);
    if period.kind() == PeriodKind::Month && changed {
        check_slices(context, period).await?;
    }
    Ok(reports)
}

/// Sums weeks and months that were summed before once more where days of theirs were sealed again, as far
/// back as days may still change; gives all of them.
pub(crate) async fn refresh(context: &RunContext, reports: &mut Vec<RollupReport>) -> Result<Vec<Period>, AppError> {
    let oldest = context.config.zone.day_of(context.now.minus(context.config.max_late));
    let mut standing: Vec<Period> = context.lake.periods(JOB).await?.keys().filter_map(|p| Period::parse(p)).collect();
    standing.retain(|p| p.end() > oldest);
    for period in &standing {
        if reports.iter().any(|r| r.period == *period) {
            continue;
        }
        let Some(report) = one(context, *period).await?.filter(|r| !r.current) else { continue };
        reports.push(report);
        if period.kind() == PeriodKind::Month {
            check_slices(context, *period).await?;
        }
    }
    Ok(standing)
}

fn still(period: Period, sealed: &Manifest) -> RollupReport {
    let groups = sealed.rows.get("rollup").copied().unwrap_or(0);
    RollupReport { period, revision: sealed.revision, current: true, groups }
}

/// The rollup of one sealed day.
pub(crate) async fn day_rollup(context: &RunContext, manifest: &Manifest) -> Result<Rollup, AppError> {
    let mut rows = Vec::new();
    for part in manifest.parts_of("rollup") {
        for batch in context.read(part).await? {
            rows.extend(rollup_from(&batch)?);
        }
    }
    Rollup::from_rows(rows).map_err(AppError::internal)
}

async fn one(context: &RunContext, period: Period) -> Result<Option<RollupReport>, AppError> {
    let (mut manifests, mut from) = (Vec::new(), BTreeMap::new());
    for day in period.days() {
        if let Some(manifest) = latest_day(context, day).await? {
            from.insert(day, manifest.digests.get("rollup").copied());
            manifests.push(manifest);
        }
    }
    if manifests.is_empty() {
        return Ok(None);
    }
    let fingerprint = CanonicalBytes::of_record("rollup", |to| to.member("days", &from)).stamp();
    let name = period.to_string();
    let latest = context.latest(JOB, &name).await?;
    let checked = context.state.checked(JOB, &name).await?;
    let is_checked = |m: &Manifest| checked.is_some_and(|c| c.fingerprint == fingerprint && c.revision == m.revision);
    if let Some(sealed) = latest.as_ref().filter(|m| m.notes.get(FINGERPRINT) == Some(&fingerprint) || is_checked(m)) {
        return Ok(Some(still(period, sealed)));
    }
    let mut days = Vec::new();
    for manifest in &manifests {
        days.push(day_rollup(context, manifest).await?);
    }
    let rollup = regroup(period.kind(), days.iter().flat_map(Rollup::rows)).map_err(AppError::internal)?;
    let totals = rollup.totals().map_err(AppError::internal)?;
    let mut from_days: BTreeMap<String, Measures> = BTreeMap::new();
    for day in &days {
        for (unit, measures) in day.totals().map_err(AppError::internal)? {
            from_days.entry(unit).or_default().add(&measures).map_err(AppError::internal)?;
        }
    }
    if totals != from_days {
        return Err(AppError::law(format!("the days of {period} do not sum to it")));
    }
    let groups = rollup.len() as u64;
    let replaces = latest.as_ref().map(|m| m.revision);
    let mut manifest = Manifest::new(JOB, &name, replaces, context.now, context.now);
    let tables = [("rollup", rollup_batch(&rollup))];
    let [(_, batch)] = &tables;
    manifest.digests.insert("rollup".into(), Digest::of(batch, &[])?);
    manifest.totals = totals_of(&totals);
    manifest.laws.push(LawRef { name: "sum of days = period, by unit".into(), cases: totals.len() as u64 });
    manifest.notes.insert(FINGERPRINT.into(), fingerprint.clone());
    manifest.rows.insert("rollup".into(), groups);
    if let Some(sealed) = latest.filter(is_of_another_scheme)
        && same_revision(context, &sealed, &manifest, &tables).await?
    {
        if !context.dry_run {
            let checked = Checked { fingerprint, revision: sealed.revision };
            context.state.set_checked(JOB, &name, &checked).await?;
        }
        return Ok(Some(still(period, &sealed)));
    }
    if !context.dry_run {
        let [(_, batch)] = tables;
        manifest.parts.push(context.lake.write_batch("rollup", &name, batch).await?);
        let prepared = context.lake.prepare(manifest.clone()).await?;
        context.seal(prepared).await?;
    }
    Ok(Some(RollupReport { period, revision: manifest.revision, current: false, groups }))
}

pub(crate) fn totals_of(totals: &BTreeMap<String, Measures>) -> Vec<Total> {
    let mut list = Vec::new();
    for (unit, m) in totals {
        for (name, amount) in [("expected", m.expected), ("recorded", m.recorded), ("posted", m.posted)] {
            list.push(Total { name: name.into(), unit: unit.clone(), amount });
        }
    }
    list
}

/// ISO weeks cut at the month's edges sum to the month.
async fn check_slices(context: &RunContext, month: Period) -> Result<(), AppError> {
    let mut slices: BTreeMap<Period, Vec<Rollup>> = BTreeMap::new();
    for day in month.days() {
        if let Some(manifest) = latest_day(context, day).await? {
            slices.entry(PeriodKind::Week.containing(day)).or_default().push(day_rollup(context, &manifest).await?);
        }
    }
    let mut sum: BTreeMap<String, Measures> = BTreeMap::new();
    for days in slices.values() {
        let slice = regroup(PeriodKind::Week, days.iter().flat_map(Rollup::rows)).map_err(AppError::internal)?;
        for (unit, measures) in slice.totals().map_err(AppError::internal)? {
            sum.entry(unit).or_default().add(&measures).map_err(AppError::internal)?;
        }
    }
    let sealed = context.latest(JOB, &month.to_string()).await?;
    match sealed {
        Some(sealed) if sealed.totals != totals_of(&sum) => {
            Err(AppError::law(format!("the week slices of {month} do not sum to it; see {RECONCILE} manifests")))
        }
        _ => Ok(()),
    }
}
