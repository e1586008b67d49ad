//! A sealed day's wallets, each beside the movements that its statement tells.

use super::sealed_calls::DayCalls;
use crate::domain::invoice::{AccountMonths, NamedCalls, agrees_with, day_usage, payments_of};
use crate::domain::ledger::{Posting, WalletDay};
use crate::domain::period::Day;
use crate::domain::reconcile::{distinct_postings, distinct_rows};
use crate::edge::lake::Manifest;
use crate::pipeline::day::wallet_days;
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;
use crate::pipeline::window::{calls_of, postings_of, reach_days};

/// Adds a day's movements and payments to the month; gives its wallets as they were sealed.
///
/// # Errors
/// Law: the movements are not those of the sealed wallets.
pub(super) async fn read_wallets(
    desk: &Desk,
    view: &View,
    manifest: &Manifest,
    calls: &DayCalls,
    months: &mut AccountMonths,
) -> Result<Vec<WalletDay>, Stop> {
    let rolled = wallet_days(desk, manifest).await?;
    let day = calls.day;
    let mut standing = standing_of(desk, view, day, 0).await?;
    let named = named_calls(desk, view, calls, &standing).await?;
    let mut usage = day_usage(day, &standing, &named)?;
    if !agrees_with(&usage, &rolled) {
        // A posting told twice on two days stands on one of them.
        let reach = 2 * reach_days(desk.config.rules.match_within);
        standing = standing_of(desk, view, day, reach).await?;
        usage = day_usage(day, &standing, &named)?;
        if !agrees_with(&usage, &rolled) {
            let what = "the movements of every wallet are those of its roll-forward";
            return Err(Stop::law(what).at(manifest.path()));
        }
    }
    months.add_payments(payments_of(&standing));
    months.add_wallets(usage)?;
    Ok(rolled)
}

/// The day's postings that stand, told apart over `reach` days around it.
async fn standing_of(desk: &Desk, view: &View, day: Day, reach: i64) -> Result<Vec<Posting>, Stop> {
    let span = desk.config.zone.span_of(day);
    let mut all = Vec::new();
    for n in -reach..=reach {
        all.extend(postings_of(desk, view, day.plus(n), None).await?);
    }
    let mut stands = vec![false; all.len()];
    distinct_postings(&all).into_iter().for_each(|row| stands[row as usize] = true);
    let own = |p: &Posting| span.0 <= p.posted_at && p.posted_at < span.1;
    Ok(all.into_iter().zip(stands).filter(|(p, stands)| *stands && own(p)).map(|(p, _)| p).collect())
}

/// Calls that the day's postings name: of the day itself, else of the days around it.
async fn named_calls(desk: &Desk, view: &View, own: &DayCalls, postings: &[Posting]) -> Result<NamedCalls, Stop> {
    let mut named = NamedCalls::of(postings);
    named.find_in(&own.calls);
    let reach = reach_days(desk.config.rules.match_within);
    for n in (1..=reach).flat_map(|n| [-n, n]) {
        if named.missing().is_empty() {
            break;
        }
        let there = calls_of(desk, view, own.day.plus(n), Some(named.missing())).await?;
        named.find_in(&there.take(&distinct_rows(&there)).map_err(Stop::internal)?);
    }
    Ok(named)
}
