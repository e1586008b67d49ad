//! Which rows are one call, and which of them is the call.

use std::cmp::{Ordering, Reverse};

use super::input::PostingConflict;
use super::row_view::Rows;
use crate::domain::call::Calls;
use crate::domain::call::name_hash;
use crate::domain::ledger::{Posting, posting_hash};

/// What is said of some rows, the same whichever day looks at them. `at` is a row's place among them.
#[derive(Debug)]
pub(super) struct Identities {
    /// By place: the row that is the call. A row that is the call names itself.
    pub(super) call_of: Vec<u32>,
    /// By place.
    is_call: Vec<bool>,
    /// Rows with the content of another; they are no rows at all.
    pub(super) copies: Vec<u32>,
    /// The calls by the hash of their id.
    pub(super) by_key: Vec<(u64, u32)>,
}

impl Identities {
    pub(super) fn is_call(&self, at: usize) -> bool {
        self.is_call[at]
    }
}

/// Groups rows by identity: hashes first, texts where hashes meet. `some` are rows in their order; all
/// rows of an identity are among them, or none.
pub(super) fn identify(rows: &Rows<'_>, some: &[u32]) -> Identities {
    let mut keys: Vec<(u64, u32)> = some.iter().map(|row| (rows.key(*row as usize), *row)).collect();
    keys.sort_unstable();
    let mut found =
        Identities { call_of: some.to_vec(), is_call: vec![true; some.len()], copies: Vec::new(), by_key: Vec::new() };
    let mut repeats: Vec<u32> = Vec::new();
    let mut run = Vec::new();
    for same_hash in keys.chunk_by(|a, b| a.0 == b.0) {
        if same_hash.len() == 1 {
            continue;
        }
        run.clear();
        run.extend(same_hash.iter().map(|k| k.1));
        run.sort_unstable_by(|&a, &b| by_identity(rows, a, b).then_with(|| by_rank(rows, a, b)).then(a.cmp(&b)));
        for one in run.chunk_by(|&a, &b| by_identity(rows, a, b).is_eq()) {
            settle(rows, some, one, &mut found);
            repeats.extend(&one[1..]);
        }
    }
    repeats.sort_unstable();
    if !repeats.is_empty() {
        keys.retain(|k| repeats.binary_search(&k.1).is_err());
    }
    found.by_key = keys;
    found.copies.sort_unstable();
    found
}

/// `rows_of_one` is ordered by rank: the first is the call.
fn settle(rows: &Rows<'_>, some: &[u32], rows_of_one: &[u32], found: &mut Identities) {
    let call = rows_of_one[0];
    for pair in rows_of_one.windows(2) {
        let (before, row) = (pair[0] as usize, pair[1]);
        let at = some.partition_point(|one| *one < row);
        (found.call_of[at], found.is_call[at]) = (call, false);
        if rows.content(before) == rows.content(row as usize) {
            found.copies.push(row);
        }
    }
}

fn by_identity(rows: &Rows<'_>, a: u32, b: u32) -> Ordering {
    let name = |row: u32| (rows.call_id(row as usize), rows.source(row as usize), rows.attempt(row as usize));
    name(a).cmp(&name(b))
}

/// The call first: the higher row version, else the later end, else the smaller hash.
fn by_rank(rows: &Rows<'_>, a: u32, b: u32) -> Ordering {
    let rank = |row: u32| {
        let row = row as usize;
        (Reverse(rows.row_version(row)), Reverse(rows.ended(row)), rows.content(row))
    };
    rank(a).cmp(&rank(b))
}

/// The rows to keep when rows of one identity and one content are one call: of equals the one
/// read from the earliest place. In the order of the rows.
pub fn distinct_rows(calls: &Calls) -> Vec<u32> {
    let (keys, files, offsets) = (calls.key().values(), calls.file().values(), calls.offset().values());
    let place = |row: u32| (files[row as usize], offsets[row as usize], row);
    let mut order: Vec<u32> = (0u32..).take(calls.len()).collect();
    // The content hash covers the identity, so no text is compared.
    let content = |row: u32| calls.content_of(row as usize);
    order.sort_unstable_by(|&a, &b| {
        let by_key = keys[a as usize].cmp(&keys[b as usize]);
        by_key.then_with(|| content(a).cmp(&content(b))).then_with(|| place(a).cmp(&place(b)))
    });
    let same = |a: &u32, b: &u32| keys[*a as usize] == keys[*b as usize] && content(*a) == content(*b);
    let mut kept: Vec<u32> = order.chunk_by(same).map(|copies| copies[0]).collect();
    kept.sort_unstable();
    kept
}

/// Postings that stand, by position, and those that contradict one of them.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) postings: Vec<u32>,
    pub(super) conflicts: Vec<PostingConflict>,
}

/// One posting an id. Equal content is one posting; of other content the later one stands, of two
/// at one instant the smaller hash.
pub(super) fn standing(postings: &[Posting]) -> Standing {
    let mut keys: Vec<(u64, u32)> =
        (0u32..).zip(postings).map(|(position, p)| (name_hash(&p.posting_id), position)).collect();
    keys.sort_unstable();
    let mut found = Standing::default();
    for same_hash in keys.chunk_by(|a, b| a.0 == b.0) {
        if let [(_, only)] = same_hash {
            found.postings.push(*only);
            continue;
        }
        let mut run: Vec<Ranked<'_>> = same_hash.iter().map(|k| Ranked::new(postings, k.1)).collect();
        run.sort_unstable();
        for one in run.chunk_by(|a, b| a.id == b.id) {
            found.settle(postings, one);
        }
    }
    found.postings.sort_unstable();
    found.conflicts.sort_unstable();
    found
}

/// Positions of the postings that stand, one an id, in order.
pub fn distinct_postings(postings: &[Posting]) -> Vec<u32> {
    standing(postings).postings
}

/// Ordered so that of one id the posting that stands comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ranked<'a> {
    id: &'a str,
    later: Reverse<crate::domain::period::Instant>,
    hash: u128,
    place: (u32, u64, u32),
}

impl<'a> Ranked<'a> {
    fn new(postings: &'a [Posting], position: u32) -> Ranked<'a> {
        let p = &postings[position as usize];
        Ranked {
            id: &p.posting_id,
            later: Reverse(p.posted_at),
            hash: posting_hash(p),
            place: (p.file, p.offset, position),
        }
    }
}

impl Standing {
    fn settle(&mut self, postings: &[Posting], one: &[Ranked<'_>]) {
        let stands = &one[0];
        self.postings.push(stands.place.2);
        for pair in one.windows(2) {
            if pair[0].hash != pair[1].hash {
                let other = &postings[pair[1].place.2 as usize];
                self.conflicts.push(PostingConflict {
                    posting_id: other.posting_id.clone(),
                    posted_at: other.posted_at,
                    amount: other.amount,
                    stands_for: postings[stands.place.2 as usize].amount,
                    place: (other.file, other.offset),
                    stands: (stands.place.0, stands.place.1),
                    posting: pair[1].place.2,
                });
            }
        }
    }
}
