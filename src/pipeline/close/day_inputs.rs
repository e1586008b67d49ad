//! The rows one day's pass reads: its own, and those of other days that its rows may pair with.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::closing_balances::closing_balances;
use super::oversized_rows::{Oversized, calls_that_fit, split_balances, split_calls, split_postings};
use super::part_rows::{SomeRows, balances_of, keys_in, rows_of};
use super::row_places::{LocatedCalls, RawParts, RowPlace};
use crate::domain::call::{Calls, IdSightingKind, name_hash};
use crate::domain::hash::CanonicalBytes;
use crate::domain::ledger::{Balance, Posting, posting_hash};
use crate::domain::period::{Day, Instant, Span};
use crate::edge::lake::schema::{CALL_KEY, UNNAMED, from_batch};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;

/// How many civil days apart a call and a posting within `span` of each other may lie.
pub(crate) fn reach_days(span: Span) -> i64 {
    const DAY: i64 = 86_400_000_000;
    (span.micros() + DAY - 1) / DAY + 1
}

/// What is loaded for a day.
#[derive(Debug)]
pub(crate) struct DayInputs {
    pub(crate) calls: Calls,
    pub(crate) near: Calls,
    pub(crate) postings: Vec<Posting>,
    pub(crate) balances: Vec<Balance>,
    /// What the places of rows name.
    pub(crate) raw: RawParts,
    /// Where each row of `calls` lies.
    pub(crate) call_places: Vec<RowPlace>,
    /// Where each of `postings` lies.
    pub(crate) posting_places: Vec<RowPlace>,
    /// When the last of the day's calls ended and its last movement was posted.
    pub(crate) last_instant: Instant,
    /// The day's own rows that are left out.
    pub(crate) oversized: Oversized,
}

impl DayInputs {
    /// Hash over every row, whatever their order and whichever files they came from.
    pub(crate) fn digest(&self) -> u128 {
        let contents = |calls: &Calls| sum_of_distinct((0..calls.len()).map(|row| calls.content_of(row)));
        CanonicalBytes::of_record("rows", |to| {
            to.member("calls", &contents(&self.calls));
            to.member("near", &contents(&self.near));
            to.member("postings", &sum_of_distinct(self.postings.iter().map(posting_hash)));
            to.member("balances", &sum_of_distinct(self.balances.iter().map(|b| CanonicalBytes::of(b).hash128())));
        })
        .hash128()
    }
}

/// The same for the same rows in any order, each as often as it comes.
fn sum_of_distinct(hashes: impl Iterator<Item = u128>) -> u128 {
    let mut hashes: Vec<u128> = hashes.collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.into_iter().fold(0, u128::wrapping_add)
}

/// Days whose rows can change what a day's pass finds, by table.
pub(crate) fn days_read(context: &RunContext, catalog: &RawCatalog, day: Day) -> BTreeSet<Day> {
    let reach = 2 * reach_days(context.config.rules.match_within);
    let mut days: BTreeSet<Day> = (-reach..=reach).map(|n| day.plus(n)).collect();
    let crossing: Vec<Day> = days.iter().flat_map(|d| catalog.cross_day_ids.from(*d)).map(|m| m.day).collect();
    days.extend(crossing);
    days
}

pub(crate) async fn load(context: &RunContext, catalog: &RawCatalog, day: Day) -> Result<DayInputs, AppError> {
    let reach = reach_days(context.config.rules.match_within);
    let mut raw = RawParts::default();
    let LocatedCalls { calls, mut places } = located_calls(context, catalog, day, None, &mut raw).await?;
    let (calls, mut oversized) = split_calls(calls, &mut places)?;
    let own: HashSet<u64> = calls.key().values().iter().copied().collect();
    let mut own_postings = located_postings(context, catalog, day, None, &mut raw).await?;
    oversized.extend(split_postings(&mut own_postings.postings, &mut own_postings.places));
    // Postings that name no call pair by amount, so every call and posting around them counts.
    let mut anonymous = own_postings.postings.iter().any(is_anonymous);
    for n in (-reach..=reach).filter(|n| *n != 0) {
        anonymous = anonymous || has_anonymous(context, catalog, day.plus(n)).await?;
    }
    let mut keys: HashSet<u64> = own_postings.postings.iter().filter_map(key_of).collect();
    keys.extend(&own);
    let wanted = (!anonymous).then_some(&keys);
    let mut located = LocatedPostings::default();
    let mut near = Vec::new();
    let mut seen_days: BTreeSet<Day> = BTreeSet::from([day]);
    for n in (-2 * reach..=2 * reach).filter(|n| *n != 0) {
        seen_days.insert(day.plus(n));
        let mut there = located_postings(context, catalog, day.plus(n), wanted, &mut raw).await?;
        split_postings(&mut there.postings, &mut there.places);
        located.add(there, |p| anonymous || key_of(p).is_some());
        near.push(calls_of(context, catalog, day.plus(n), wanted).await?);
    }
    located.add(own_postings, |_| true);
    let mut far: BTreeSet<(Day, IdSightingKind, u64)> = BTreeSet::new();
    for at in &seen_days {
        far.extend(
            catalog.cross_day_ids.from(*at).filter(|m| !seen_days.contains(&m.day)).map(|m| (m.day, m.by, m.key)),
        );
    }
    let far_days: BTreeSet<(Day, IdSightingKind)> = far.iter().map(|f| (f.0, f.1)).collect();
    for (at, by) in far_days {
        let wanted: HashSet<u64> = far.iter().filter(|f| f.0 == at && f.1 == by).map(|f| f.2).collect();
        match by {
            IdSightingKind::Call => near.push(calls_of(context, catalog, at, Some(&wanted)).await?),
            IdSightingKind::Posting => {
                let mut there = located_postings(context, catalog, at, Some(&wanted), &mut raw).await?;
                split_postings(&mut there.postings, &mut there.places);
                located.add(there, |p| key_of(p).is_some());
            }
        }
    }
    let near = calls_that_fit(Calls::concat(&near).map_err(AppError::internal)?)?;
    let (_, end) = context.config.zone.span_of(day);
    let mut balances = balances_of(context, catalog, day).await?;
    balances.extend(closing_balances(context, catalog, day, end).await?);
    oversized.extend(split_balances(&mut balances));
    let ended = calls.ended_at().values().iter().copied().max().map_or(end, Instant::from_micros);
    let last_instant = ended.max(end);
    let LocatedPostings { postings, places: posting_places } = located;
    let call_places = places;
    Ok(DayInputs { calls, near, postings, balances, raw, call_places, posting_places, last_instant, oversized })
}

/// Rows of other days that have an identity of the calls given, as far as days are known to share ids:
/// they may be the calls that these rows only log again.
pub(crate) async fn same_ids(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    calls: &Calls,
) -> Result<Calls, AppError> {
    let own: HashSet<u64> = calls.key().values().iter().copied().collect();
    let shared = catalog.cross_day_ids.from(day).filter(|m| m.by == IdSightingKind::Call && own.contains(&m.key));
    let mut elsewhere: BTreeMap<Day, HashSet<u64>> = BTreeMap::new();
    for mention in shared {
        elsewhere.entry(mention.day).or_default().insert(mention.key);
    }
    let mut found = Vec::new();
    for (at, keys) in elsewhere {
        found.push(calls_of(context, catalog, at, Some(&keys)).await?);
    }
    Calls::concat(&found).map_err(AppError::internal)
}

fn key_of(posting: &Posting) -> Option<u64> {
    posting.call_id.as_deref().filter(|_| posting.kind.pays_for_calls()).map(name_hash)
}

fn is_anonymous(posting: &Posting) -> bool {
    posting.kind.pays_for_calls() && posting.call_id.is_none()
}

/// Calls of a day, those with a key in `only` where given; ordered by start, then key.
pub(crate) async fn calls_of(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    only: Option<&HashSet<u64>>,
) -> Result<Calls, AppError> {
    let mut parts = Vec::new();
    for part in catalog.parts("calls", day) {
        for batch in rows_of(context, part, "key", only).await?.batches {
            parts.push(Calls::from_batch(batch).map_err(AppError::internal)?);
        }
    }
    catalog.set_aside.calls_left(in_order(parts)?, &mut Vec::new())
}

/// As [`calls_of`], and where each row lies.
pub(crate) async fn located_calls(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    only: Option<&HashSet<u64>>,
    raw: &mut RawParts,
) -> Result<LocatedCalls, AppError> {
    let (mut parts, mut places) = (Vec::new(), Vec::new());
    for part in catalog.parts("calls", day) {
        let number = raw.number(part);
        let rows = rows_of(context, part, "key", only).await?;
        places.extend(rows.rows.iter().map(|row| RowPlace { part: number, row: *row }));
        for batch in rows.batches {
            parts.push(Calls::from_batch(batch).map_err(AppError::internal)?);
        }
    }
    let calls = Calls::concat(&parts).map_err(AppError::internal)?;
    drop(parts);
    let calls = catalog.set_aside.calls_left(calls, &mut places)?;
    Ok(match order_of(&calls) {
        None => LocatedCalls { calls, places },
        Some(order) => LocatedCalls {
            places: order.iter().map(|row| places[*row as usize]).collect(),
            calls: calls.take(&order).map_err(AppError::internal)?,
        },
    })
}

/// Calls put together, ordered by start, then key. What lies in order already is not copied once more.
pub(crate) fn in_order(parts: Vec<Calls>) -> Result<Calls, AppError> {
    let calls = Calls::concat(&parts).map_err(AppError::internal)?;
    drop(parts);
    match order_of(&calls) {
        None => Ok(calls),
        Some(order) => calls.take(&order).map_err(AppError::internal),
    }
}

/// The rows by start, then key; `None` where they lie so.
fn order_of(calls: &Calls) -> Option<Vec<u32>> {
    let (started, keys, attempts) = (calls.started_at().values(), calls.key().values(), calls.attempt().values());
    let place = |row: &u32| {
        let row = *row as usize;
        (started[row], keys[row], attempts[row], calls.content_of(row))
    };
    let mut order: Vec<u32> = (0u32..).take(calls.len()).collect();
    if order.is_sorted_by_key(place) {
        return None;
    }
    order.sort_by_key(place);
    Some(order)
}

/// Postings of a day, those that name a call with a key in `only` where given.
pub(crate) async fn postings_of(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    only: Option<&HashSet<u64>>,
) -> Result<Vec<Posting>, AppError> {
    Ok(located_postings(context, catalog, day, only, &mut RawParts::default()).await?.postings)
}

/// Postings, and where each lies.
#[derive(Default)]
struct LocatedPostings {
    postings: Vec<Posting>,
    places: Vec<RowPlace>,
}

impl LocatedPostings {
    fn add(&mut self, more: LocatedPostings, wanted: impl Fn(&Posting) -> bool) {
        if more.postings.iter().all(&wanted) {
            self.postings.extend(more.postings);
            self.places.extend(more.places);
            return;
        }
        for (posting, place) in more.postings.into_iter().zip(more.places).filter(|(p, _)| wanted(p)) {
            self.postings.push(posting);
            self.places.push(place);
        }
    }
}

/// As [`postings_of`], with where they lie.
async fn located_postings(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    only: Option<&HashSet<u64>>,
    raw: &mut RawParts,
) -> Result<LocatedPostings, AppError> {
    let mut located = LocatedPostings::default();
    for part in catalog.parts("postings", day) {
        let number = raw.number(part);
        let SomeRows { batches, rows } = rows_of(context, part, CALL_KEY, only).await?;
        located.places.extend(rows.into_iter().map(|row| RowPlace { part: number, row }));
        for batch in batches {
            located.postings.extend(from_batch::<Posting>(&batch)?);
        }
    }
    catalog.set_aside.leave_postings(&mut located.postings, &mut located.places);
    Ok(located)
}

async fn has_anonymous(context: &RunContext, catalog: &RawCatalog, day: Day) -> Result<bool, AppError> {
    for part in catalog.parts("postings", day) {
        if keys_in(context, part, CALL_KEY).await?.contains(&Some(UNNAMED)) {
            return Ok(true);
        }
    }
    Ok(false)
}
