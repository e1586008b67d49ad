//! What a month's wallets and postings say of calls that were paid ahead.

use crate::domain::invoice::PrepaidUsage;
use crate::domain::ledger::{LedgerState, Parties};
use crate::domain::period::{Day, Period};
use crate::edge::lake::Manifest;
use crate::pipeline::close::day_inputs::{postings_of, reach_days};
use crate::pipeline::close::day_revisions::{JOB as RECONCILE, closing_carry, latest_day};
use crate::pipeline::close::input_identity::opening_of;
use crate::pipeline::close::sealed_day::sealed_postings;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;

/// Reads the wallets a month began and ended with, and where some were filled beforehand the postings
/// around its calls.
pub(super) async fn prepaid_usage(
    run: &RunContext,
    catalog: &RawCatalog,
    parties: &Parties,
    period: Period,
    days: &[Manifest],
) -> Result<PrepaidUsage, AppError> {
    let Some(last) = days.last() else { return Ok(PrepaidUsage::default()) };
    let after = closing_carry(run, last).await?;
    let before = match day_before(run, period.first(), days).await? {
        Some(manifest) => closing_carry(run, &manifest).await?,
        None => LedgerState::default(),
    };
    let mut paid = PrepaidUsage::of_wallets(parties, period.span(run.config.zone).1, &before, &after);
    if paid.wants_postings() {
        read_postings(run, catalog, period, days, &mut paid).await?;
    }
    Ok(paid)
}

/// Every posting that pays for a call of the month is one that counted for the call's day.
async fn read_postings(
    run: &RunContext,
    catalog: &RawCatalog,
    period: Period,
    days: &[Manifest],
    paid: &mut PrepaidUsage,
) -> Result<(), AppError> {
    if days.iter().any(|day| day.raw_parts.is_none()) {
        // Days of earlier builds do not say which postings counted.
        let reach = reach_days(run.config.rules.match_within);
        let mut day = period.first().plus(-reach);
        while day < period.end().plus(reach) {
            postings_of(run, catalog, day, None).await?.iter().for_each(|posting| paid.add(posting));
            day = day.next();
        }
    }
    for day in days.iter().filter(|day| day.raw_parts.is_some()) {
        let counted = sealed_postings(run, catalog, day, None).await?;
        counted.iter().for_each(|counted| paid.add(&counted.posting));
    }
    Ok(())
}

/// The day before a month: of its revisions the one that the month's first day went on from.
async fn day_before(run: &RunContext, first: Day, days: &[Manifest]) -> Result<Option<Manifest>, AppError> {
    let day = first.previous().to_string();
    let opening = days.first().filter(|m| m.period == first.to_string()).and_then(opening_of);
    for revision in run.lake.revisions(RECONCILE, &day).await?.into_iter().rev() {
        let manifest = run.revision(RECONCILE, &day, revision).await?;
        let closing = manifest.digests.get("carry").copied();
        if closing.is_some() && closing == opening {
            return Ok(Some(manifest));
        }
    }
    latest_day(run, first.previous()).await
}
