//! A sealed day's wallets, each beside the movements that its statement tells.

use crate::domain::invoice::{AccountMonths, NamedCalls, agrees_with, day_usage, payments_of};
use crate::domain::ledger::{Posting, WalletDay};
use crate::domain::reconcile::{Class, distinct_rows};
use crate::edge::lake::Manifest;
use crate::pipeline::day::wallet_days;
use crate::pipeline::desk::Desk;
use crate::pipeline::sealed_day::{SealedDay, own_postings};
use crate::pipeline::stop::Stop;
use crate::pipeline::unnamed_rows;
use crate::pipeline::view::View;
use crate::pipeline::window::{calls_of, reach_days};

/// Adds a day's movements and payments to the month; gives its wallets as they were sealed.
///
/// # Errors
/// Law: the movements are not those of the sealed wallets.
pub(super) async fn read_wallets(
    desk: &Desk,
    view: &View,
    manifest: &Manifest,
    calls: &SealedDay,
    months: &mut AccountMonths,
) -> Result<Vec<WalletDay>, Stop> {
    let rolled = wallet_days(desk, manifest).await?;
    let day = calls.day;
    let mut standing = own_postings(desk, view, manifest).await?;
    let named = named_calls(desk, view, manifest, calls, &standing).await?;
    let mut usage = day_usage(day, &standing, &named)?;
    if !agrees_with(&usage, &rolled) && manifest.raw_parts.is_none() {
        // A posting told twice on two days stands on one of them.
        let reach = 2 * reach_days(desk.config.rules.match_within);
        standing = unnamed_rows::own_postings(desk, view, day, None, reach).await?;
        usage = day_usage(day, &standing, &named)?;
    }
    if !agrees_with(&usage, &rolled) {
        let what = "the movements of every wallet are those of its roll-forward";
        return Err(Stop::law(what).at(manifest.path()));
    }
    months.add_payments(payments_of(&standing));
    months.add_wallets(usage)?;
    Ok(rolled)
}

/// Calls that the day's postings name: of the day itself, else of the days around it.
async fn named_calls(
    desk: &Desk,
    view: &View,
    manifest: &Manifest,
    own: &SealedDay,
    postings: &[Posting],
) -> Result<NamedCalls, Stop> {
    let mut named = NamedCalls::of(postings);
    // A second logging is no call; documents over days that name no rows took the first row there was.
    let is_call = |row: usize| manifest.raw_parts.is_none() || own.said.posting_class[row] != Class::DuplicateCall;
    named.find_in(&own.calls, &is_call);
    let reach = reach_days(desk.config.rules.match_within);
    for n in (1..=reach).flat_map(|n| [-n, n]) {
        if named.missing().is_empty() {
            break;
        }
        let there = calls_of(desk, view, own.day.plus(n), Some(named.missing())).await?;
        named.find_in(&there.take(&distinct_rows(&there)).map_err(Stop::internal)?, &|_| true);
    }
    Ok(named)
}
