//! Questions to what is sealed.

use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};
use crate::domain::reconcile::Finding;
use crate::edge::blob::Body;
use crate::edge::lake::Manifest;
use crate::edge::lake::schema::{RejectRow, from_batch};
use crate::pipeline::close::day_revisions::{JOB, latest_day};
use crate::pipeline::config::{Config, Place};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;

/// Days that are sealed, in order.
pub(crate) async fn sealed_days(context: &RunContext) -> Result<Vec<Day>, AppError> {
    let periods = context.lake.periods(JOB).await?;
    Ok(periods.keys().filter_map(|p| Day::parse(p)).collect())
}

/// Findings of a period's latest revisions, or of everything sealed.
///
/// # Errors
/// When a part is missing or damaged.
pub(crate) async fn sealed_findings(context: &RunContext, period: Option<Period>) -> Result<Vec<Finding>, AppError> {
    let mut findings = Vec::new();
    for day in sealed_days(context).await? {
        if period.is_some_and(|p| !p.contains(day)) {
            continue;
        }
        let Some(manifest) = latest_day(context, day).await? else { continue };
        for part in manifest.parts_of("findings") {
            for batch in context.read(part).await? {
                findings.extend(from_batch::<Finding>(&batch)?);
            }
        }
    }
    Ok(findings)
}

/// Findings of given revisions of days.
pub(crate) async fn findings_of(context: &RunContext, days: &[Manifest]) -> Result<Vec<Finding>, AppError> {
    let mut findings = Vec::new();
    for part in days.iter().flat_map(|m| m.parts_of("findings")) {
        for batch in context.read(part).await? {
            findings.extend(from_batch::<Finding>(&batch)?);
        }
    }
    Ok(findings)
}

/// Every refused row, by file and line.
///
/// # Errors
/// When a part is missing or damaged.
pub(crate) async fn sealed_rejects(context: &RunContext) -> Result<Vec<RejectRow>, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let mut rejects: Vec<RejectRow> = Vec::new();
    for part in catalog.loose_parts("rejects") {
        for batch in context.read(part).await? {
            rejects.extend(from_batch::<RejectRow>(&batch)?);
        }
    }
    rejects.sort_by(|a, b| (&a.file, a.line, a.offset).cmp(&(&b.file, b.line, b.offset)));
    // A file that grew was read again, and refused the same rows.
    rejects.dedup();
    Ok(rejects)
}

/// Opens a raw file again, by the kind and path it is listed under.
///
/// # Errors
/// When the file is gone.
pub(crate) async fn open_raw(context: &RunContext, kind: &str, path: &str) -> Result<Body, AppError> {
    let place =
        place_of(&context.config, kind).ok_or_else(|| AppError::config(format!("{kind} is no longer configured")))?;
    Ok(place.blob.open(path).await?)
}

pub(crate) fn place_of<'a>(config: &'a Config, kind: &str) -> Option<&'a Place> {
    let ledger = config.ledger.as_ref();
    match kind {
        "postings" => ledger?.postings.as_ref(),
        "balances" => ledger?.balances.as_ref(),
        _ => {
            let name = kind.strip_prefix("calls ")?;
            config.sources.iter().find(|s| s.name == name).map(|s| &s.place)
        }
    }
}

/// Whether open differences, summed by unit, are above what the operator allows.
pub(crate) fn open_above<'a>(config: &Config, open: impl IntoIterator<Item = (&'a String, &'a Amount)>) -> bool {
    let mut sums: std::collections::BTreeMap<&str, Amount> = std::collections::BTreeMap::new();
    for (unit, amount) in open {
        let sum = sums.entry(unit).or_default();
        // A sum that does not fit is above any limit that does.
        match sum.checked_add(*amount) {
            Some(more) => *sum = more,
            None => return true,
        }
    }
    sums.iter().any(|(unit, sum)| {
        let limit = config.exit_above.iter().find(|(u, _)| u == unit).map_or(Amount::ZERO, |(_, a)| *a);
        *sum > limit
    })
}
