//! Wallets up to now: from the newest day they were kept for, over every row since.

use std::collections::BTreeMap;

use crate::domain::hash::CanonicalBytes;
use crate::domain::ledger::{Balance, DayMovements, Overflow, Parties, Posting, Timeline};
use crate::domain::money::Amount;
use crate::domain::notice::{Terms, WatchRow, WatchRules, Watches};
use crate::domain::period::Day;
use crate::domain::reconcile::distinct_postings;
use crate::edge::lake::Manifest;
use crate::edge::lake::schema::{from_batch, to_batch};
use crate::edge::state::Checked;
use crate::pipeline::close::computed_again::is_of_another_scheme;
use crate::pipeline::close::day_inputs::postings_of;
use crate::pipeline::close::input_identity::FINGERPRINT;
use crate::pipeline::close::oversized_rows::{split_balances, split_postings};
use crate::pipeline::close::part_rows::balances_of;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;

/// The job whose manifests keep wallets after a day. Derived: what is missing is followed again.
const JOB: &str = "notify";
const TABLE: &str = "watches";

/// Every wallet as the rows up to the run's moment leave it.
///
/// # Errors
/// When the lake cannot be read, or a sum leaves 38 digits.
pub(super) async fn watches(
    context: &RunContext,
    catalog: &RawCatalog,
    parties: &Parties,
) -> Result<Watches, AppError> {
    let tolerance: BTreeMap<String, Amount> =
        context.config.rules.tolerance.iter().map(|(unit, t)| (unit.clone(), t.sum)).collect();
    let terms = Terms { parties, default: &context.config.notice.default };
    let rules = WatchRules { terms, tolerance: &tolerance };
    let days = chain(context, catalog);
    let (mut watches, kept) = newest_kept(context, &days).await?;
    let settled = context.config.zone.day_of(context.now.minus(context.config.rules.match_within));
    let from = kept.as_ref().map_or(0, |(at, _)| at + 1);
    for (at, (day, fingerprint)) in days.iter().enumerate().skip(from) {
        step(context, catalog, *day, &rules, &mut watches).await?;
        let next_is_open = days.get(at + 1).is_none_or(|(next, _)| *next >= settled);
        if *day < settled && next_is_open && !context.dry_run {
            keep(context, *day, fingerprint, &watches).await?;
        }
    }
    Ok(watches)
}

/// Days with movements up to now, each with the hash of everything that was read up to its end.
fn chain(context: &RunContext, catalog: &RawCatalog) -> Vec<(Day, String)> {
    let today = context.config.zone.day_of(context.now);
    let mut before = CanonicalBytes::of_record("ledger", |to| {
        to.member("zone", &context.config.zone);
        to.member("complete_from", &context.config.rules.complete_from);
    })
    .stamp();
    let mut days = Vec::new();
    for day in catalog.days().into_iter().filter(|day| *day <= today) {
        let parts = |table| -> Vec<&str> {
            let paths = catalog.parts(table, day).iter().map(|part| part.path.as_str());
            paths.chain(catalog.set_aside.names(table, day)).collect()
        };
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
async fn newest_kept(
    context: &RunContext,
    days: &[(Day, String)],
) -> Result<(Watches, Option<(usize, Day)>), AppError> {
    for (at, (day, fingerprint)) in days.iter().enumerate().rev() {
        let Some(manifest) = context.latest(JOB, &day.to_string()).await? else { continue };
        if manifest.notes.get(FINGERPRINT) != Some(fingerprint) && !is_checked(context, &manifest, fingerprint).await? {
            continue;
        }
        let rows = rows_of(context, &manifest).await?;
        let watches = Watches::from_rows(&rows).map_err(|e| AppError::internal(format!("{}: {e}", manifest.path())))?;
        return Ok((watches, Some((at, *day))));
    }
    Ok((Watches::default(), None))
}

async fn step(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    rules: &WatchRules<'_>,
    watches: &mut Watches,
) -> Result<(), AppError> {
    let mut all = postings_of(context, catalog, day, None).await?;
    split_postings(&mut all, &mut Vec::new());
    let known = |p: &Posting| p.posted_at <= context.now;
    let postings: Vec<Posting> =
        distinct_postings(&all).into_iter().map(|at| all[at as usize].clone()).filter(known).collect();
    let mut balances: Vec<Balance> = balances_of(context, catalog, day).await?;
    split_balances(&mut balances);
    balances.retain(|b| b.at <= context.now);
    let movements = DayMovements {
        span: context.config.zone.span_of(day),
        complete_from: context.config.rules.complete_from,
        postings: &postings,
        balances: &balances,
        keys: &[],
        named: &[],
    };
    watches.advance(day, &Timeline::new(&movements), rules).map_err(too_large)
}

pub(super) fn too_large(overflow: Overflow) -> AppError {
    AppError::config(overflow.to_string()).hint("amounts have at most 38 digits, 18 of them decimals")
}

async fn rows_of(context: &RunContext, manifest: &Manifest) -> Result<Vec<WatchRow>, AppError> {
    let mut rows: Vec<WatchRow> = Vec::new();
    for part in manifest.parts_of(TABLE) {
        for batch in context.read(part).await? {
            rows.extend(from_batch::<WatchRow>(&batch)?);
        }
    }
    Ok(rows)
}

/// Whether a revision of another build was found to hold what following every row gives.
async fn is_checked(context: &RunContext, manifest: &Manifest, fingerprint: &str) -> Result<bool, AppError> {
    let checked = context.state.checked(JOB, &manifest.period).await?;
    Ok(checked.is_some_and(|c| c.fingerprint == fingerprint && c.revision == manifest.revision))
}

async fn keep(context: &RunContext, day: Day, fingerprint: &str, watches: &Watches) -> Result<(), AppError> {
    let period = day.to_string();
    let before = context.latest(JOB, &period).await?;
    let rows = watches.to_rows();
    if let Some(other) = before.as_ref().filter(|m| is_of_another_scheme(m))
        && rows_of(context, other).await? == rows.iter().filter(|r| !r.is_beginning()).cloned().collect::<Vec<_>>()
    {
        let checked = Checked { fingerprint: fingerprint.to_owned(), revision: other.revision };
        return Ok(context.state.set_checked(JOB, &period, &checked).await?);
    }
    let mut manifest = Manifest::new(JOB, &period, before.map(|m| m.revision), context.now, context.now);
    manifest.notes.insert(FINGERPRINT.into(), fingerprint.to_owned());
    let batch = to_batch(&rows);
    manifest.rows.insert(TABLE.into(), batch.num_rows() as u64);
    if batch.num_rows() > 0 {
        manifest.parts.push(context.lake.write_batch(TABLE, &period, batch).await?);
    }
    let prepared = context.lake.prepare(manifest).await?;
    context.seal(prepared).await?;
    Ok(())
}
