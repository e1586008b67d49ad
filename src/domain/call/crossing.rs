//! Ids that show up on days far apart: one identity logged on two days, a posting long after its
//! call. Days are reconciled one at a time; these few ids tell which other days to look at.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::hash::{Canonical, CanonicalBytes};
use crate::domain::period::Day;

/// Who mentions an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mentioner {
    Call,
    Posting,
}

impl Mentioner {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Mentioner::Call => "call",
            Mentioner::Posting => "posting",
        }
    }
}

/// One mention of a call's id: its hash, the day of the row, and what kind of row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mention {
    pub key: u64,
    pub day: Day,
    pub by: Mentioner,
}

impl Canonical for Mention {
    fn write(&self, to: &mut CanonicalBytes) {
        let Mention { key, day, by } = self;
        to.record("mention", |to| {
            to.member("key", key);
            to.member("day", day);
            to.member("by", by.name());
        });
    }
}

/// Finds the ids that cross days, among the ids newly seen.
///
/// An id crosses when calls on two days have it, or a call and a posting more than `reach` days
/// apart. All its mentions are returned, in order, so that either day finds the other. Of `old`, only
/// mentions of ids in `new` count.
pub fn crossings(new: &[Mention], old: &[Mention], reach: i64) -> Vec<Mention> {
    let mut new = new.to_vec();
    new.sort_unstable();
    new.dedup();
    let mut old = old.to_vec();
    old.sort_unstable();
    let mut all = of_known_ids(&new, old);
    all.extend(new);
    all.sort_unstable();
    all.dedup();
    all.chunk_by(|a, b| a.key == b.key).filter(|mentions| crosses(mentions, reach)).flatten().copied().collect()
}

/// Of mentions in the order of their ids, those whose id is in `known`, which has the same order.
pub fn of_known_ids(known: &[Mention], mentions: impl IntoIterator<Item = Mention>) -> Vec<Mention> {
    let mut known = known;
    let mut found = Vec::new();
    for mention in mentions {
        let behind = known.iter().take_while(|k| k.key < mention.key).count();
        known = &known[behind..];
        if known.first().is_some_and(|k| k.key == mention.key) {
            found.push(mention);
        }
    }
    found
}

fn crosses(mentions: &[Mention], reach: i64) -> bool {
    let of = |by| mentions.iter().filter(move |m| m.by == by).map(|m| i64::from(m.day.number()));
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    for day in of(Mentioner::Call) {
        (first, last) = (first.min(day), last.max(day));
    }
    if first == i64::MAX {
        return false;
    }
    first != last || of(Mentioner::Posting).any(|day| (day - first).abs() > reach)
}

/// Every crossing known, by day.
#[derive(Clone, Debug, Default)]
pub struct Crossings {
    by_key: BTreeMap<u64, BTreeSet<(Day, Mentioner)>>,
    by_day: BTreeMap<Day, BTreeSet<u64>>,
}

impl Crossings {
    pub fn add(&mut self, mention: Mention) {
        self.by_key.entry(mention.key).or_default().insert((mention.day, mention.by));
        self.by_day.entry(mention.day).or_default().insert(mention.key);
    }

    /// Ids mentioned on a day that are mentioned elsewhere as well, with where.
    pub fn from(&self, day: Day) -> impl Iterator<Item = Mention> {
        self.by_day.get(&day).into_iter().flatten().flat_map(move |key| {
            let elsewhere = self.by_key.get(key).into_iter().flatten().filter(move |m| m.0 != day);
            elsewhere.map(move |(day, by)| Mention { key: *key, day: *day, by: *by })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mention(key: u64, day: u32, by: Mentioner) -> Mention {
        Mention { key, day: Day::new(2026, 10, day).unwrap(), by }
    }

    #[test]
    fn only_ids_far_apart_cross() {
        use Mentioner::{Call, Posting};
        let check = |mentions: &[(u32, Mentioner)], expect: bool| {
            let all: Vec<Mention> = mentions.iter().map(|(d, by)| mention(7, *d, *by)).collect();
            for split in 0..all.len() {
                let found = crossings(&all[split..], &all[..split], 3);
                assert_eq!(!found.is_empty(), expect, "{mentions:?} split at {split}");
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
        let mut crossings = Crossings::default();
        crossings.add(mention(7, 1, Mentioner::Call));
        crossings.add(mention(7, 9, Mentioner::Posting));
        let from = |day| crossings.from(Day::new(2026, 10, day).unwrap()).collect::<Vec<_>>();
        assert_eq!(from(1), [mention(7, 9, Mentioner::Posting)]);
        assert_eq!(from(9), [mention(7, 1, Mentioner::Call)]);
        assert_eq!(from(2), []);
    }
}
