//! Wallets up to now: from the newest day they were kept for, over every row since.

use std::collections::BTreeMap;

use super::super::computed_again::is_of_another_scheme;
use super::super::desk::Desk;
use super::super::input_identity::FINGERPRINT;
use super::super::stop::Stop;
use super::super::view::View;
use super::super::window::{balances_of, postings_of};
use crate::domain::hash::CanonicalBytes;
use crate::domain::ledger::{Balance, DayMovements, Overflow, Parties, Posting, Timeline};
use crate::domain::money::Amount;
use crate::domain::notice::{Terms, WatchRow, WatchRules, Watches};
use crate::domain::period::Day;
use crate::domain::reconcile::distinct_postings;
use crate::edge::lake::Manifest;
use crate::edge::lake::schema::{from_batch, to_batch};
use crate::edge::state::Checked;

/// The job whose manifests keep wallets after a day. Derived: what is missing is followed again.
const JOB: &str = "notify";
const TABLE: &str = "watches";

/// Every wallet as the rows up to the run's moment leave it.
///
/// # Errors
/// When the lake cannot be read, or a sum leaves 38 digits.
pub(super) async fn watches(desk: &Desk, view: &View, parties: &Parties) -> Result<Watches, Stop> {
    let tolerance: BTreeMap<String, Amount> =
        desk.config.rules.tolerance.iter().map(|(unit, t)| (unit.clone(), t.sum)).collect();
    let terms = Terms { parties, default: &desk.config.notice.default };
    let rules = WatchRules { terms, tolerance: &tolerance };
    let days = chain(desk, view);
    let (mut watches, kept) = newest_kept(desk, &days).await?;
    let settled = desk.config.zone.day_of(desk.now.minus(desk.config.rules.match_within));
    let from = kept.as_ref().map_or(0, |(at, _)| at + 1);
    for (at, (day, fingerprint)) in days.iter().enumerate().skip(from) {
        step(desk, view, *day, &rules, &mut watches).await?;
        let next_is_open = days.get(at + 1).is_none_or(|(next, _)| *next >= settled);
        if *day < settled && next_is_open && !desk.dry_run {
            keep(desk, *day, fingerprint, &watches).await?;
        }
    }
    Ok(watches)
}

/// Days with movements up to now, each with the hash of everything that was read up to its end.
fn chain(desk: &Desk, view: &View) -> Vec<(Day, String)> {
    let today = desk.config.zone.day_of(desk.now);
    let mut before = CanonicalBytes::of_record("ledger", |to| {
        to.member("zone", &desk.config.zone);
        to.member("complete_from", &desk.config.rules.complete_from);
    })
    .stamp();
    let mut days = Vec::new();
    for day in view.days().into_iter().filter(|day| *day <= today) {
        let parts = |table| view.parts(table, day).iter().map(|part| part.path.as_str()).collect::<Vec<_>>();
        let (postings, balances) = (parts("postings"), parts("balances"));
        if !(postings.is_empty() && balances.is_empty()) {
            before = CanonicalBytes::of_record("ledger_day", |to| {
                to.member("before", &before);
                to.member("postings", &postings);
                to.member("balances", &balances);
            })
            .stamp();
            days.push((day, before.clone()));
        }
    }
    days
}

/// The wallets of the newest day that were kept and that no later file has changed, and its place.
async fn newest_kept(desk: &Desk, days: &[(Day, String)]) -> Result<(Watches, Option<(usize, Day)>), Stop> {
    for (at, (day, fingerprint)) in days.iter().enumerate().rev() {
        let Some(manifest) = desk.latest(JOB, &day.to_string()).await? else { continue };
        if manifest.notes.get(FINGERPRINT) != Some(fingerprint) && !is_checked(desk, &manifest, fingerprint).await? {
            continue;
        }
        let rows = rows_of(desk, &manifest).await?;
        let watches = Watches::from_rows(&rows).map_err(|e| Stop::internal(format!("{}: {e}", manifest.path())))?;
        return Ok((watches, Some((at, *day))));
    }
    Ok((Watches::default(), None))
}

async fn step(desk: &Desk, view: &View, day: Day, rules: &WatchRules<'_>, watches: &mut Watches) -> Result<(), Stop> {
    let all = postings_of(desk, view, day, None).await?;
    let known = |p: &Posting| p.posted_at <= desk.now;
    let postings: Vec<Posting> =
        distinct_postings(&all).into_iter().map(|at| all[at as usize].clone()).filter(known).collect();
    let mut balances: Vec<Balance> = balances_of(desk, view, day).await?;
    balances.retain(|b| b.at <= desk.now);
    let movements = DayMovements {
        span: desk.config.zone.span_of(day),
        complete_from: desk.config.rules.complete_from,
        postings: &postings,
        balances: &balances,
        keys: &[],
        named: &[],
    };
    watches.advance(day, &Timeline::new(&movements), rules).map_err(too_large)
}

pub(super) fn too_large(overflow: Overflow) -> Stop {
    Stop::config(overflow.to_string()).hint("amounts have at most 38 digits, 18 of them decimals")
}

async fn rows_of(desk: &Desk, manifest: &Manifest) -> Result<Vec<WatchRow>, Stop> {
    let mut rows: Vec<WatchRow> = Vec::new();
    for part in manifest.parts_of(TABLE) {
        for batch in desk.read(part).await? {
            rows.extend(from_batch::<WatchRow>(&batch)?);
        }
    }
    Ok(rows)
}

/// Whether a revision of another build was found to hold what following every row gives.
async fn is_checked(desk: &Desk, manifest: &Manifest, fingerprint: &str) -> Result<bool, Stop> {
    let checked = desk.state.checked(JOB, &manifest.period).await?;
    Ok(checked.is_some_and(|c| c.fingerprint == fingerprint && c.revision == manifest.revision))
}

async fn keep(desk: &Desk, day: Day, fingerprint: &str, watches: &Watches) -> Result<(), Stop> {
    let period = day.to_string();
    let before = desk.latest(JOB, &period).await?;
    let rows = watches.to_rows();
    if let Some(other) = before.as_ref().filter(|m| is_of_another_scheme(m))
        && rows_of(desk, other).await? == rows
    {
        let checked = Checked { fingerprint: fingerprint.to_owned(), revision: other.revision };
        return Ok(desk.state.set_checked(JOB, &period, &checked).await?);
    }
    let mut manifest = Manifest::new(JOB, &period, before.map(|m| m.revision), desk.now, desk.now);
    manifest.notes.insert(FINGERPRINT.into(), fingerprint.to_owned());
    let batch = to_batch(&rows);
    manifest.rows.insert(TABLE.into(), batch.num_rows() as u64);
    if batch.num_rows() > 0 {
        manifest.parts.push(desk.lake.write_batch(TABLE, &period, batch).await?);
    }
    let prepared = desk.lake.prepare(manifest).await?;
    desk.lake.seal(prepared).await?;
    Ok(())
}
