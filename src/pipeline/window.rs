//! The rows one day's pass reads: its own, and those of other days that its rows may pair with.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::UInt64Type;

use super::desk::Desk;
use super::stop::Stop;
use super::view::View;
use crate::domain::call::{Calls, Mentioner, name_hash};
use crate::domain::hash::CanonicalBytes;
use crate::domain::ledger::{Balance, Posting, posting_hash};
use crate::domain::period::{Day, Instant, Span};
use crate::edge::lake::schema::{CALL_KEY, UNNAMED, from_batch};
use crate::edge::lake::{PartRef, Read, Rows};

/// How many civil days apart a call and a posting within `span` of each other may lie.
pub(crate) fn reach_days(span: Span) -> i64 {
    const DAY: i64 = 86_400_000_000;
    (span.micros() + DAY - 1) / DAY + 1
}

/// What is loaded for a day.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) calls: Calls,
    pub(crate) near: Calls,
    pub(crate) postings: Vec<Posting>,
    pub(crate) balances: Vec<Balance>,
    /// When the last of the day's calls ended and its last movement was posted.
    pub(crate) last_instant: Instant,
}

impl Window {
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
pub(crate) fn days_read(desk: &Desk, view: &View, day: Day) -> BTreeSet<Day> {
    let reach = 2 * reach_days(desk.config.rules.match_within);
    let mut days: BTreeSet<Day> = (-reach..=reach).map(|n| day.plus(n)).collect();
    let crossing: Vec<Day> = days.iter().flat_map(|d| view.crossings.from(*d)).map(|m| m.day).collect();
    days.extend(crossing);
    days
}

pub(crate) async fn load(desk: &Desk, view: &View, day: Day) -> Result<Window, Stop> {
    let reach = reach_days(desk.config.rules.match_within);
    let calls = calls_of(desk, view, day, None).await?;
    let own: HashSet<u64> = calls.key().values().iter().copied().collect();
    let own_postings = postings_of(desk, view, day, None).await?;
    // Postings that name no call pair by amount, so every call and posting around them counts.
    let mut anonymous = own_postings.iter().any(is_anonymous);
    for n in (-reach..=reach).filter(|n| *n != 0) {
        anonymous = anonymous || has_anonymous(desk, view, day.plus(n)).await?;
    }
    let mut keys: HashSet<u64> = own_postings.iter().filter_map(key_of).collect();
    keys.extend(&own);
    let wanted = (!anonymous).then_some(&keys);
    let mut postings = Vec::new();
    let mut near = Vec::new();
    let mut seen_days: BTreeSet<Day> = BTreeSet::from([day]);
    for n in (-2 * reach..=2 * reach).filter(|n| *n != 0) {
        seen_days.insert(day.plus(n));
        let there = postings_of(desk, view, day.plus(n), wanted).await?;
        postings.extend(there.into_iter().filter(|p| anonymous || key_of(p).is_some()));
        near.push(calls_of(desk, view, day.plus(n), wanted).await?);
    }
    postings.extend(own_postings);
    let mut far: BTreeSet<(Day, Mentioner, u64)> = BTreeSet::new();
    for at in &seen_days {
        far.extend(view.crossings.from(*at).filter(|m| !seen_days.contains(&m.day)).map(|m| (m.day, m.by, m.key)));
    }
    let far_days: BTreeSet<(Day, Mentioner)> = far.iter().map(|f| (f.0, f.1)).collect();
    for (at, by) in far_days {
        let wanted: HashSet<u64> = far.iter().filter(|f| f.0 == at && f.1 == by).map(|f| f.2).collect();
        match by {
            Mentioner::Call => near.push(calls_of(desk, view, at, Some(&wanted)).await?),
            Mentioner::Posting => {
                let there = postings_of(desk, view, at, Some(&wanted)).await?;
                postings.extend(there.into_iter().filter(|p| key_of(p).is_some()));
            }
        }
    }
    let near = Calls::concat(&near).map_err(Stop::internal)?;
    let balances = balances_of(desk, view, day).await?;
    let (_, end) = desk.config.zone.span_of(day);
    let ended = calls.ended_at().values().iter().copied().max().map_or(end, Instant::from_micros);
    let last_instant = ended.max(end);
    Ok(Window { calls, near, postings, balances, last_instant })
}

fn key_of(posting: &Posting) -> Option<u64> {
    posting.call_id.as_deref().filter(|_| posting.kind.pays_for_calls()).map(name_hash)
}

fn is_anonymous(posting: &Posting) -> bool {
    posting.kind.pays_for_calls() && posting.call_id.is_none()
}

/// Calls of a day, those with a key in `only` where given; ordered by start, then key.
pub(crate) async fn calls_of(desk: &Desk, view: &View, day: Day, only: Option<&HashSet<u64>>) -> Result<Calls, Stop> {
    let mut parts = Vec::new();
    for part in view.parts("calls", day) {
        for batch in rows_of(desk, part, "key", only).await? {
            parts.push(Calls::from_batch(batch).map_err(Stop::internal)?);
        }
    }
    in_order(parts)
}

/// Calls put together, ordered by start, then key. What lies in order already is not copied once more.
pub(crate) fn in_order(parts: Vec<Calls>) -> Result<Calls, Stop> {
    let calls = Calls::concat(&parts).map_err(Stop::internal)?;
    drop(parts);
    let (started, keys, attempts) = (calls.started_at().values(), calls.key().values(), calls.attempt().values());
    let place = |row: &u32| {
        let row = *row as usize;
        (started[row], keys[row], attempts[row], calls.content_of(row))
    };
    let mut order: Vec<u32> = (0u32..).take(calls.len()).collect();
    if order.is_sorted_by_key(place) {
        return Ok(calls);
    }
    order.sort_by_key(place);
    calls.take(&order).map_err(Stop::internal)
}

/// Postings of a day, those that name a call with a key in `only` where given.
pub(crate) async fn postings_of(
    desk: &Desk,
    view: &View,
    day: Day,
    only: Option<&HashSet<u64>>,
) -> Result<Vec<Posting>, Stop> {
    let mut postings = Vec::new();
    for part in view.parts("postings", day) {
        for batch in rows_of(desk, part, CALL_KEY, only).await? {
            postings.extend(from_batch::<Posting>(&batch)?);
        }
    }
    Ok(postings)
}

pub(crate) async fn balances_of(desk: &Desk, view: &View, day: Day) -> Result<Vec<Balance>, Stop> {
    let mut balances = Vec::new();
    for part in view.parts("balances", day) {
        for batch in desk.read(part).await? {
            balances.extend(from_batch::<Balance>(&batch)?);
        }
    }
    Ok(balances)
}

async fn has_anonymous(desk: &Desk, view: &View, day: Day) -> Result<bool, Stop> {
    for part in view.parts("postings", day) {
        if keys_in(desk, part, CALL_KEY).await?.contains(&Some(UNNAMED)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Parts up to this size are read whole and kept: days next to each other want the same ones.
const SMALL_BYTES: u64 = 1 << 20;

/// The key of every row of a part.
async fn keys_in(desk: &Desk, part: &PartRef, column: &str) -> Result<Vec<Option<u64>>, Stop> {
    let mut keys = Vec::with_capacity(usize::try_from(part.rows).unwrap_or(0));
    if part.bytes <= SMALL_BYTES {
        for batch in desk.read(part).await? {
            keys.extend(keys_of(&batch, column)?);
        }
        return Ok(keys);
    }
    let how = Read { columns: Some(&[column]), batch_rows: 1 << 16, ..Read::default() };
    for batch in desk.lake.open_part(part, how).await? {
        keys.extend(keys_of(&batch?, column)?);
    }
    Ok(keys)
}

fn keys_of<'a>(batch: &'a RecordBatch, column: &str) -> Result<impl Iterator<Item = Option<u64>> + use<'a>, Stop> {
    let column = batch.column_by_name(column).ok_or_else(|| Stop::internal(format!("no column {column}")))?;
    Ok(column.as_primitive::<UInt64Type>().iter())
}

/// A part's rows; where only some keys are wanted, the keys are read first, and then only their rows.
async fn rows_of(
    desk: &Desk,
    part: &PartRef,
    column: &str,
    only: Option<&HashSet<u64>>,
) -> Result<Vec<RecordBatch>, Stop> {
    let Some(only) = only else { return desk.read(part).await };
    let wanted = |key: Option<u64>| key.is_some_and(|k| only.contains(&k));
    if part.bytes <= SMALL_BYTES {
        let mut batches = Vec::new();
        for batch in desk.read(part).await? {
            let mask: BooleanArray = keys_of(&batch, column)?.map(|key| Some(wanted(key))).collect();
            if mask.true_count() > 0 {
                batches.push(filter_record_batch(&batch, &mask).map_err(Stop::internal)?);
            }
        }
        return Ok(batches);
    }
    let mut places: Vec<Range<usize>> = Vec::new();
    for (row, _) in keys_in(desk, part, column).await?.into_iter().enumerate().filter(|(_, key)| wanted(*key)) {
        match places.last_mut().filter(|last| last.end == row) {
            Some(last) => last.end = row + 1,
            None => places.push(row..row + 1),
        }
    }
    if places.is_empty() {
        return Ok(Vec::new());
    }
    Ok(desk.lake.read_part(part, Read { rows: Some(Rows::At(&places)), ..Read::default() }).await?)
}
