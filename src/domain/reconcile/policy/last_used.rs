//! A key's `last_used_at` against the log, to the minute.
//!
//! A row whose `from` is not before its `last_used_at` was read at `from`: the log's last call by
//! then must be the one. Of other rows we know only that they were read after everything the key
//! file tells of: the log must have a call in that minute, and no served call after it that the
//! file should have known.

use std::collections::BTreeMap;

use super::day_view::DayView;
use crate::domain::ledger::{Key, KeyDay, KeyState, Seen};
use crate::domain::period::Instant;
use crate::domain::reconcile::Certainty;
use crate::domain::reconcile::findings::finding::{Class, Finding, Leg};

const MINUTE: i64 = 60_000_000;

fn minute(at: Instant) -> i64 {
    at.micros().div_euclid(MINUTE)
}

fn same_minute(seen: Seen, at: Instant) -> bool {
    minute(seen.started) == minute(at) || minute(seen.ended) == minute(at)
}

/// A call of the day and whether it was served.
type Call = (Seen, bool);

pub(super) fn findings(input: &DayView, days: &[KeyDay]) -> Vec<Finding> {
    let read_by = input.parties.keys().filter_map(|k| k.last_used_at).max();
    let today: BTreeMap<&str, &KeyDay> = days.iter().map(|d| (&*d.api_key_id, d)).collect();
    let asks = |key: &&Key| {
        let Some(said) = key.last_used_at else { return false };
        let before = input.opening.keys.get(&key.api_key_id);
        let now = today.contains_key(key.api_key_id.as_str());
        if input.within(asked_at(key, said)) {
            return now || before.is_some();
        }
        now && said < input.span.0 && read_by > Some(said) && agreed(before, said)
    };
    let asked: Vec<&Key> = input.parties.keys().filter(asks).collect();
    if asked.is_empty() {
        return Vec::new();
    }
    let calls = calls_of(input, &asked);
    let judged = asked.into_iter().filter_map(|key| {
        let own = calls.get(key.api_key_id.as_str()).map_or(&[][..], Vec::as_slice);
        judge(input, key, key.last_used_at?, own, read_by)
    });
    judged.collect()
}

/// The instant at which a row can be held against the log.
fn asked_at(key: &Key, last_used_at: Instant) -> Instant {
    key.from.filter(|from| *from >= last_used_at).unwrap_or(last_used_at)
}

/// Whether the log of the days before said the same.
fn agreed(before: Option<&KeyState>, said: Instant) -> bool {
    before.and_then(|b| b.last_served).is_some_and(|seen| same_minute(seen, said))
}

/// The day's calls of the keys asked about, in order of time.
fn calls_of<'a>(input: &DayView<'a>, asked: &[&'a Key]) -> BTreeMap<&'a str, Vec<Call>> {
    let mut calls: BTreeMap<&str, Vec<Call>> = asked.iter().map(|k| (k.api_key_id.as_str(), Vec::new())).collect();
    let wanted: Vec<bool> = (0..input.key.entries()).map(|e| calls.contains_key(input.key.entry(e))).collect();
    for row in (0..input.calls.len()).filter(|row| input.is_call[*row]) {
        let Some(entry) = input.key.index(row).filter(|e| wanted[*e]) else { continue };
        if let Some(own) = calls.get_mut(input.key.entry(entry)) {
            own.push((Seen { started: input.started(row), ended: input.ended(row) }, input.served(row)));
        }
    }
    calls.values_mut().for_each(|own| own.sort_unstable());
    calls
}

fn judge(input: &DayView, key: &Key, said: Instant, calls: &[Call], read_by: Option<Instant>) -> Option<Finding> {
    let before = input.opening.keys.get(&key.api_key_id);
    if let Some(read_at) = key.from.filter(|from| *from >= said) {
        return if input.within(read_at) { as_read(input, key, said, read_at, calls, before) } else { None };
    }
    let later = |known: bool| {
        let after = calls.iter().filter(|(seen, served)| *served && minute(seen.started) > minute(said));
        after.map(|(seen, _)| *seen).find(|seen| !known || read_by.is_some_and(|read| seen.ended <= read))
    };
    if input.within(said) {
        let Some(found) = calls.iter().find(|(seen, _)| same_minute(*seen, said)) else {
            let last = calls.last().map(|(seen, _)| *seen).or_else(|| before.and_then(|b| b.last))?;
            return Some(mismatch(input, key, said, last, "last_used_not_in_log", Certainty::Exact));
        };
        let served_then = found.0;
        return match (later(true), later(false)) {
            (Some(seen), _) => Some(mismatch(input, key, said, seen, "last_used_stale", Certainty::Exact)),
            (None, Some(seen)) if !same_minute(seen, said) && seen > served_then => {
                Some(mismatch(input, key, said, seen, "last_used_stale", Certainty::Suspected))
            }
            _ => None,
        };
    }
    // An earlier day agreed with the file; the first later call it should have known is the finding.
    let seen = later(true).filter(|_| agreed(before, said) && said < input.span.0)?;
    Some(mismatch(input, key, said, seen, "last_used_stale", Certainty::Exact))
}

/// A row read at a known instant: the log's last call by then, or its last served one, is meant.
fn as_read(
    input: &DayView,
    key: &Key,
    said: Instant,
    read_at: Instant,
    calls: &[Call],
    before: Option<&KeyState>,
) -> Option<Finding> {
    let by_then = |only_served: bool| {
        let today = calls.iter().filter(|(seen, served)| seen.started <= read_at && (*served || !only_served));
        let today = today.map(|(seen, _)| *seen).max();
        today.or_else(|| before.and_then(|b| if only_served { b.last_served } else { b.last }))
    };
    let last = by_then(false)?;
    // A call under way when the row was read may not have counted yet.
    let in_flight = calls.iter().any(|(seen, _)| seen.started <= read_at && read_at <= seen.ended);
    let fits = |seen: Option<Seen>| seen.is_some_and(|seen| same_minute(seen, said));
    if fits(Some(last)) || fits(by_then(true)) || in_flight {
        return None;
    }
    let cause = if said < last.started { "last_used_stale" } else { "last_used_not_in_log" };
    Some(mismatch(input, key, said, last, cause, Certainty::Exact))
}

fn mismatch(input: &DayView, key: &Key, said: Instant, last: Seen, cause: &str, certainty: Certainty) -> Finding {
    let id = &key.api_key_id;
    let parts = [id.as_str(), &said.to_string()];
    let mut finding = Finding::new(Leg::Policy, Class::LastUsedMismatch, "last_used", &parts);
    finding.account_id = Some(key.account_id.clone());
    finding.api_key_id = Some(id.clone());
    finding.at = Some(said);
    let zone = input.rules.zone;
    finding
        .because(cause, id, certainty)
        .with("last_used_at", zone.show(said))
        .with("last_call_in_log", zone.show(last.started))
}
