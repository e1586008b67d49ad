//! Ids that show up on days far apart: one identity logged on two days, a posting long after its
//! call. Days are reconciled one at a time; these few ids tell which other days to look at.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::hash::{Canonical, CanonicalBytes};
use crate::domain::period::Day;

/// Who sightings an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdSightingKind {
    Call,
    Posting,
}

impl IdSightingKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            IdSightingKind::Call => "call",
            IdSightingKind::Posting => "posting",
        }
    }
}

/// One sighting of a call's id: its hash, the day of the row, and what kind of row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdSighting {
    pub key: u64,
    pub day: Day,
    pub by: IdSightingKind,
}

impl Canonical for IdSighting {
    fn write(&self, to: &mut CanonicalBytes) {
        let IdSighting { key, day, by } = self;
        to.record("sighting", |to| {
            to.member("key", key);
            to.member("day", day);
            to.member("by", by.name());
        });
    }
}

/// Finds the ids that cross days, among the ids newly seen.
///
/// An id crosses when calls on two days have it, or a call and a posting more than `reach` days
/// apart. All its sightings are returned, in order, so that either day finds the other. Of `old`, only
/// sightings of ids in `new` count.
pub fn cross_day_ids(new: &[IdSighting], old: &[IdSighting], reach: i64) -> Vec<IdSighting> {
    let mut new = new.to_vec();
    new.sort_unstable();
    new.dedup();
    let mut old = old.to_vec();
    old.sort_unstable();
    let mut all = of_known_ids(&new, old);
    all.extend(new);
    all.sort_unstable();
    all.dedup();
    all.chunk_by(|a, b| a.key == b.key).filter(|sightings| crosses(sightings, reach)).flatten().copied().collect()
}

/// Of sightings in the order of their ids, those whose id is in `known`, which has the same order.
pub fn of_known_ids(known: &[IdSighting], sightings: impl IntoIterator<Item = IdSighting>) -> Vec<IdSighting> {
    let mut known = known;
    let mut found = Vec::new();
    for sighting in sightings {
        let behind = known.iter().take_while(|k| k.key < sighting.key).count();
        known = &known[behind..];
        if known.first().is_some_and(|k| k.key == sighting.key) {
            found.push(sighting);
        }
    }
    found
}

fn crosses(sightings: &[IdSighting], reach: i64) -> bool {
    let of = |by| sightings.iter().filter(move |m| m.by == by).map(|m| i64::from(m.day.number()));
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    for day in of(IdSightingKind::Call) {
        (first, last) = (first.min(day), last.max(day));
    }
    if first == i64::MAX {
        return false;
    }
    first != last || of(IdSightingKind::Posting).any(|day| (day - first).abs() > reach)
}

/// Every crossing known, by day.
#[derive(Clone, Debug, Default)]
pub struct CrossDayIndex {
    by_key: BTreeMap<u64, BTreeSet<(Day, IdSightingKind)>>,
    by_day: BTreeMap<Day, BTreeSet<u64>>,
}

impl CrossDayIndex {
    pub fn add(&mut self, sighting: IdSighting) {
        self.by_key.entry(sighting.key).or_default().insert((sighting.day, sighting.by));
        self.by_day.entry(sighting.day).or_default().insert(sighting.key);
    }

    /// Ids mentioned on a day that are mentioned elsewhere as well, with where.
    pub fn from(&self, day: Day) -> impl Iterator<Item = IdSighting> {
        self.by_day.get(&day).into_iter().flatten().flat_map(move |key| {
            let elsewhere = self.by_key.get(key).into_iter().flatten().filter(move |m| m.0 != day);
            elsewhere.map(move |(day, by)| IdSighting { key: *key, day: *day, by: *by })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sighting(key: u64, day: u32, by: IdSightingKind) -> IdSighting {
        IdSighting { key, day: Day::new(2026, 10, day).unwrap(), by }
    }

    #[test]
    fn only_ids_far_apart_cross() {
        use IdSightingKind::{Call, Posting};
        let check = |sightings: &[(u32, IdSightingKind)], expect: bool| {
            let all: Vec<IdSighting> = sightings.iter().map(|(d, by)| sighting(7, *d, *by)).collect();
            for split in 0..all.len() {
                let found = cross_day_ids(&all[split..], &all[..split], 3);
                assert_eq!(!found.is_empty(), expect, "{sightings:?} split at {split}");
            }
        };
        check(&[(1, Call), (1, Posting)], false);
        check(&[(1, Call), (4, Posting)], false);
        check(&[(1, Call), (5, Posting)], true);
        check(&[(9, Call), (5, Posting)], true);
        check(&[(1, Call), (2, Call)], true);
        check(&[(1, Posting), (9, Posting)], false);
    }

    #[test]
    fn each_day_finds_the_others() {
        let mut index = CrossDayIndex::default();
        index.add(sighting(7, 1, IdSightingKind::Call));
        index.add(sighting(7, 9, IdSightingKind::Posting));
        let from = |day| index.from(Day::new(2026, 10, day).unwrap()).collect::<Vec<_>>();
        assert_eq!(from(1), [sighting(7, 9, IdSightingKind::Posting)]);
        assert_eq!(from(9), [sighting(7, 1, IdSightingKind::Call)]);
        assert_eq!(from(2), []);
    }
}
