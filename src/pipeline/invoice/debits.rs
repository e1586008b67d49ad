//! The ledger's movements around a month's calls, followed for what they paid.

use crate::domain::invoice::Debits;
use crate::domain::ledger::{LedgerState, Parties, Posting};
use crate::domain::period::{Day, Period};
use crate::edge::lake::Manifest;
use crate::pipeline::close::day_inputs::reach_days;
use crate::pipeline::close::day_revisions::{JOB as RECONCILE, closing_carry, day_of, latest_day};
use crate::pipeline::close::input_identity::opening_of;
use crate::pipeline::close::sealed_day::{SealedPosting, own_postings, sealed_postings};
use crate::pipeline::close::unnamed_rows;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::{INGESTED, RawCatalog};

/// Follows the wallets of postpaid accounts over a month and the days around it on which its calls were debited.
pub(super) async fn debits(
    run: &RunContext,
    catalog: &RawCatalog,
    parties: &Parties,
    period: Period,
    days: &[Manifest],
) -> Result<Debits, AppError> {
    let Some(last) = days.last() else { return Ok(Debits::default()) };
    let after = closing_carry(run, last).await?;
    let mut debits = Debits::new(parties, period.span(run.config.zone).1, &after);
    let (from, until) = days_with_debits(run, catalog, period, days, &debits).await?;
    if !debits.wants_postings(&after) && until == period.end() {
        return Ok(debits);
    }
    // The days before the month, latest first, each as the next one went on from it.
    let mut before: Vec<Manifest> = Vec::new();
    let mut day = period.first();
    while day > from {
        let next = before.last().or(days.first());
        before.extend(day_before(run, day, next).await?);
        day = day.previous();
    }
    let opening = match day_before(run, day, before.last().or(days.first())).await? {
        Some(manifest) => closing_carry(run, &manifest).await?,
        None => LedgerState::default(),
    };
    debits.open(&opening);
    for manifest in before.iter().rev() {
        debits.follow(&own_postings(run, catalog, manifest).await?)?;
    }
    for manifest in days {
        let counted = sealed_postings(run, catalog, manifest, None).await?;
        let of_day: Vec<(&Posting, bool)> = counted.iter().map(|c| (&c.posting, c.own)).collect();
        debits.pay_for(day_of(manifest)?, &of_day);
        let own: Vec<Posting> = counted.into_iter().filter(|c| c.own).map(|c| c.posting).collect();
        debits.follow(&own)?;
    }
    if until > period.end() {
        // As they were when the month's last day was sealed: what came since changes nothing of it.
        let sealed = last.notes.get(INGESTED).and_then(|text| text.parse().ok()).unwrap_or(u32::MAX);
        let catalog = RawCatalog::load_until(run, sealed).await?;
        let mut day = period.end();
        while day < until {
            let reach = reach_days(run.config.rules.match_within);
            debits.follow(&unnamed_rows::own_postings(run, &catalog, day, None, reach).await?)?;
            day = day.next();
        }
    }
    Ok(debits)
}

/// The days, first and end, on which debits of the month's calls were posted; the month itself at least.
async fn days_with_debits(
    run: &RunContext,
    catalog: &RawCatalog,
    period: Period,
    days: &[Manifest],
    debits: &Debits,
) -> Result<(Day, Day), AppError> {
    let reach = reach_days(run.config.rules.match_within);
    let (mut from, mut until) = (period.first(), period.end());
    for manifest in days {
        let day = day_of(manifest)?;
        let is_at_edge = day < period.first().plus(reach) || day >= period.end().plus(-reach);
        if !is_at_edge {
            continue;
        }
        if manifest.raw_parts.is_none() {
            // Days of earlier builds do not say which postings counted.
            (from, until) = (period.first().plus(-reach), period.end().plus(reach));
            break;
        }
        let others = sealed_postings(run, catalog, manifest, None).await?;
        let others = others.iter().filter(|c: &&SealedPosting| !c.own && debits.is_of_postpaid(&c.posting));
        for posted in others.map(|c| run.config.zone.day_of(c.posting.posted_at)) {
            from = from.min(posted);
            until = until.max(posted.next());
        }
    }
    Ok((from, until))
}

/// The day before another: of its revisions the one that `next` went on from.
async fn day_before(run: &RunContext, day: Day, next: Option<&Manifest>) -> Result<Option<Manifest>, AppError> {
    let opening = next.filter(|m| m.period == day.to_string()).and_then(opening_of);
    let before = day.previous().to_string();
    for revision in run.lake.revisions(RECONCILE, &before).await?.into_iter().rev() {
        let manifest = run.revision(RECONCILE, &before, revision).await?;
        let closing = manifest.digests.get("carry").copied();
        if closing.is_some() && closing == opening {
            return Ok(Some(manifest));
        }
    }
    latest_day(run, day.previous()).await
}
