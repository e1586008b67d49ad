//! The movements that are about calls, and what their wallets held around them.

use std::collections::{BTreeMap, HashSet};

use super::open_day::postings_standing;
use crate::domain::call::Calls;
use crate::domain::ledger::{BalanceBeforeAfter, DayMovements, LedgerState, Posting, balances_around};
use crate::domain::period::Day;
use crate::edge::lake::Manifest;
use crate::pipeline::close::day_inputs::{postings_of, reach_days};
use crate::pipeline::close::day_revisions::{closing_carry, latest_day};
use crate::pipeline::close::part_rows::balances_of;
use crate::pipeline::close::sealed_day::sealed_postings;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::report::Paid;

/// Every movement that names one of a day's calls, in order of time. Of a sealed day's calls those that its
/// seal counted, and those that other sealed days did, as far away as one may lie; of others all that stand.
///
/// # Errors
/// When a part is missing or damaged.
pub(crate) async fn paying(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    sealed: Option<&Manifest>,
    calls: &Calls,
) -> Result<Vec<Paid>, AppError> {
    let ids: HashSet<&str> = (0..calls.len()).map(|row| calls.call_id().value(row)).collect();
    let named = named(context, catalog, day, sealed, calls).await?;
    let named = named.into_iter().filter(|p| p.call_id.as_deref().is_some_and(|id| ids.contains(id)));
    let mut by_day: BTreeMap<Day, Vec<Posting>> = BTreeMap::new();
    named.for_each(|p| by_day.entry(context.config.zone.day_of(p.posted_at)).or_default().push(p));
    let mut paying = Vec::new();
    for (at, named) in by_day {
        let standing = postings_standing(context, catalog, at).await?;
        let wanted: HashSet<&str> = named.iter().map(|p| p.posting_id.as_str()).collect();
        let wanted: Vec<u32> = (0u32..)
            .zip(&standing)
            .filter(|(_, p)| wanted.contains(p.posting_id.as_str()))
            .map(|(position, _)| position)
            .collect();
        let around = around(context, catalog, at, &standing, &wanted).await?;
        let by_id: BTreeMap<&str, &BalanceBeforeAfter> =
            around.iter().map(|a| (standing[a.posting as usize].posting_id.as_str(), a)).collect();
        paying.extend(named.iter().map(|posting| Paid {
            around: by_id.get(posting.posting_id.as_str()).map(|a| (a.before, a.after)),
            posting: posting.clone(),
        }));
    }
    paying.sort_by(|a, b| {
        (a.posting.posted_at, &a.posting.posting_id).cmp(&(b.posting.posted_at, &b.posting.posting_id))
    });
    Ok(paying)
}

/// Movements with the hash of one of the ids, one a posting id.
async fn named(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    sealed: Option<&Manifest>,
    calls: &Calls,
) -> Result<Vec<Posting>, AppError> {
    let keys: HashSet<u64> = calls.key().values().iter().copied().collect();
    let mut found: BTreeMap<String, Posting> = BTreeMap::new();
    if let Some(manifest) = sealed {
        for counted in sealed_postings(context, catalog, manifest, Some(&keys)).await? {
            found.insert(counted.posting.posting_id.clone(), counted.posting);
        }
    }
    let reach = reach_days(context.config.rules.match_within);
    for at in (-reach..=reach).map(|n| day.plus(n)).filter(|at| sealed.is_none() || *at != day) {
        let there = match latest_day(context, at).await? {
            Some(manifest) => {
                let counted = sealed_postings(context, catalog, &manifest, Some(&keys)).await?;
                counted.into_iter().filter(|p| p.own).map(|p| p.posting).collect()
            }
            // The day was sealed without what came since.
            None if sealed.is_some_and(|m| m.raw_parts.is_some()) => Vec::new(),
            None if postings_of(context, catalog, at, Some(&keys)).await?.is_empty() => Vec::new(),
            None => postings_standing(context, catalog, at).await?,
        };
        for posting in there {
            found.entry(posting.posting_id.clone()).or_insert(posting);
        }
    }
    Ok(found.into_values().collect())
}

/// What wallets held around some movements of a day, from what the day before left in them.
async fn around(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    postings: &[Posting],
    wanted: &[u32],
) -> Result<Vec<BalanceBeforeAfter>, AppError> {
    let opening = match latest_day(context, day.previous()).await? {
        Some(before) => closing_carry(context, &before).await?,
        None if catalog.days().first().is_some_and(|first| *first >= day) => LedgerState::default(),
        // Days between are not sealed, so what the wallets held is not known.
        None => return Ok(Vec::new()),
    };
    let balances = balances_of(context, catalog, day).await?;
    let movements = DayMovements {
        span: context.config.zone.span_of(day),
        complete_from: context.config.rules.complete_from,
        postings,
        balances: &balances,
        keys: &[],
        named: &[],
    };
    Ok(balances_around(&opening, &movements, wanted))
}
