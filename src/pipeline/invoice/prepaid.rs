//! What a month's wallets and postings say of calls that were paid ahead.

use crate::domain::invoice::PrepaidUsage;
use crate::domain::ledger::{LedgerState, Parties};
use crate::domain::period::{Day, Period};
use crate::edge::lake::Manifest;
use crate::pipeline::day::{JOB as RECONCILE, closing_carry, latest_day};
use crate::pipeline::desk::Desk;
use crate::pipeline::input_identity::opening_of;
use crate::pipeline::sealed_day::sealed_postings;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;
use crate::pipeline::window::{postings_of, reach_days};

/// Reads the wallets a month began and ended with, and where some were filled beforehand the postings
/// around its calls.
pub(super) async fn prepaid_usage(
    desk: &Desk,
    view: &View,
    parties: &Parties,
    period: Period,
    days: &[Manifest],
) -> Result<PrepaidUsage, Stop> {
    let Some(last) = days.last() else { return Ok(PrepaidUsage::default()) };
    let after = closing_carry(desk, last).await?;
    let before = match day_before(desk, period.first(), days).await? {
        Some(manifest) => closing_carry(desk, &manifest).await?,
        None => LedgerState::default(),
    };
    let mut paid = PrepaidUsage::of_wallets(parties, period.span(desk.config.zone).1, &before, &after);
    if paid.wants_postings() {
        read_postings(desk, view, period, days, &mut paid).await?;
    }
    Ok(paid)
}

/// Every posting that pays for a call of the month is one that counted for the call's day.
async fn read_postings(
    desk: &Desk,
    view: &View,
    period: Period,
    days: &[Manifest],
    paid: &mut PrepaidUsage,
) -> Result<(), Stop> {
    if days.iter().any(|day| day.raw_parts.is_none()) {
        // Days of earlier builds do not say which postings counted.
        let reach = reach_days(desk.config.rules.match_within);
        let mut day = period.first().plus(-reach);
        while day < period.end().plus(reach) {
            postings_of(desk, view, day, None).await?.iter().for_each(|posting| paid.add(posting));
            day = day.next();
        }
    }
    for day in days.iter().filter(|day| day.raw_parts.is_some()) {
        let counted = sealed_postings(desk, view, day, None).await?;
        counted.iter().for_each(|counted| paid.add(&counted.posting));
    }
    Ok(())
}

/// The day before a month: of its revisions the one that the month's first day went on from.
async fn day_before(desk: &Desk, first: Day, days: &[Manifest]) -> Result<Option<Manifest>, Stop> {
    let day = first.previous().to_string();
    let opening = days.first().filter(|m| m.period == first.to_string()).and_then(opening_of);
    for revision in desk.lake.revisions(RECONCILE, &day).await?.into_iter().rev() {
        let manifest = desk.revision(RECONCILE, &day, revision).await?;
        let closing = manifest.digests.get("carry").copied();
        if closing.is_some() && closing == opening {
            return Ok(Some(manifest));
        }
    }
    latest_day(desk, first.previous()).await
}
