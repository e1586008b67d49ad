//! A sealed day's wallets, each beside the movements that its statement tells.

use crate::domain::invoice::{AccountMonths, NamedCalls, agrees_with, day_usage, payments_of};
use crate::domain::ledger::{Posting, WalletDay};
use crate::domain::reconcile::{Class, distinct_rows};
use crate::edge::lake::Manifest;
use crate::pipeline::close::day_inputs::{calls_of, reach_days};
use crate::pipeline::close::day_revisions::wallet_days;
use crate::pipeline::close::sealed_day::{SealedDay, sealed_postings};
use crate::pipeline::close::unnamed_rows;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;

/// Adds a day's movements and payments to the month; gives its wallets as they were sealed.
///
/// # Errors
/// Law: the movements are not those of the sealed wallets.
pub(super) async fn read_wallets(
    run: &RunContext,
    catalog: &RawCatalog,
    manifest: &Manifest,
    calls: &SealedDay,
    months: &mut AccountMonths,
) -> Result<Vec<WalletDay>, AppError> {
    let rolled = wallet_days(run, manifest).await?;
    let day = calls.day;
    let counted = sealed_postings(run, catalog, manifest, None).await?;
    counted.iter().for_each(|c| months.call_debits.add(&c.posting));
    let mut standing: Vec<Posting> = counted.into_iter().filter(|c| c.own).map(|c| c.posting).collect();
    let named = named_calls(run, catalog, manifest, calls, &standing).await?;
    let mut usage = day_usage(day, &standing, &named)?;
    if !agrees_with(&usage, &rolled) && manifest.raw_parts.is_none() {
        // A posting told twice on two days stands on one of them.
        let reach = 2 * reach_days(run.config.rules.match_within);
        standing = unnamed_rows::own_postings(run, catalog, day, None, reach).await?;
        usage = day_usage(day, &standing, &named)?;
    }
    if !agrees_with(&usage, &rolled) {
        let what = "the movements of every wallet are those of its roll-forward";
        return Err(AppError::law(what).at(manifest.path()));
    }
    months.add_payments(payments_of(&standing));
    months.add_wallets(usage)?;
    Ok(rolled)
}

/// Calls that the day's postings name: of the day itself, else of the days around it.
async fn named_calls(
    run: &RunContext,
    catalog: &RawCatalog,
    manifest: &Manifest,
    own: &SealedDay,
    postings: &[Posting],
) -> Result<NamedCalls, AppError> {
    let mut named = NamedCalls::of(postings);
    // A second logging is no call; documents over days that name no rows took the first row there was.
    let is_call = |row: usize| manifest.raw_parts.is_none() || own.said.posting_class[row] != Class::DuplicateCall;
    named.find_in(&own.calls, &is_call);
    let reach = reach_days(run.config.rules.match_within);
    for n in (1..=reach).flat_map(|n| [-n, n]) {
        if named.missing().is_empty() {
            break;
        }
        let there = calls_of(run, catalog, own.day.plus(n), Some(named.missing())).await?;
        named.find_in(&there.take(&distinct_rows(&there)).map_err(AppError::internal)?, &|_| true);
    }
    Ok(named)
}
