//! Pairs by call id.

use super::{AttemptGroup, CallMatch, Candidates, Movements, Pairing, PostingMatch, number};
use crate::domain::ledger::Posting;
use crate::domain::period::{Instant, Span};
use crate::domain::reconcile::row_view::Rows;

/// Everything matching by call id reads. What calls and movements of one id decide needs no other id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByName<'a> {
    pub(crate) rows: &'a Rows<'a>,
    pub(crate) movements: &'a Movements<'a>,
    pub(crate) within: Span,
}

/// What was found for the movements that name calls of one range of keys. Groups and candidates are
/// numbered from 0.
#[derive(Debug, Default)]
pub(crate) struct NamedMatches {
    of: Vec<(u32, PostingMatch)>,
    attempt_groups: Vec<AttemptGroup>,
    candidate_calls: Vec<Candidates>,
}

impl NamedMatches {
    /// Adds the matches behind those of the ranges before this one.
    pub(super) fn put_into(self, pairing: &mut Pairing) {
        let (groups, candidates) = (number(pairing.attempt_groups.len()), number(pairing.candidate_calls.len()));
        for (movement, found) in self.of {
            pairing.posting_match[movement as usize] = match found {
                PostingMatch::Attempts(group) => PostingMatch::Attempts(groups + group),
                PostingMatch::Contested(index) => PostingMatch::Contested(candidates + index),
                other => other,
            };
        }
        pairing.attempt_groups.extend(self.attempt_groups);
        pairing.candidate_calls.extend(self.candidate_calls);
    }
}

impl ByName<'_> {
    /// What the movements mean among the calls, both with the key of their call id; `calls` in order.
    pub(crate) fn matches(&self, mut calls: &[(u64, u32)], named: &[(u64, u32)]) -> NamedMatches {
        let mut wanted = named.to_vec();
        wanted.sort_unstable();
        let mut matches = NamedMatches { of: Vec::with_capacity(wanted.len()), ..NamedMatches::default() };
        for same_hash in wanted.chunk_by(|a, b| a.0 == b.0) {
            let skip = calls.iter().take_while(|c| c.0 < same_hash[0].0).count();
            calls = &calls[skip..];
            let here = &calls[..calls.iter().take_while(|c| c.0 == same_hash[0].0).count()];
            let first_group = matches.attempt_groups.len();
            for &(_, movement) in same_hash {
                let found = match find(self, movement, here) {
                    Found::Match(found) => found,
                    Found::Candidates(candidates) => {
                        matches.candidate_calls.push(candidates);
                        PostingMatch::Contested(number(matches.candidate_calls.len() - 1))
                    }
                    Found::Attempts(rows) => join(self, &mut matches, first_group, rows, movement),
                };
                matches.of.push((movement, found));
            }
        }
        matches
    }

    /// Whether a movement lies close enough to a call to be its pair.
    fn is_within(&self, row: usize, at: Instant) -> bool {
        self.rows.ended(row).distance(at) <= self.within
    }
}

enum Found {
    Match(PostingMatch),
    Candidates(Candidates),
    /// Several attempts of one call id.
    Attempts(Vec<u32>),
}

/// What a movement means among the calls whose id has its hash.
fn find(input: &ByName<'_>, movement: u32, here: &[(u64, u32)]) -> Found {
    let (posting, at) = (input.movements.posting(movement), input.movements.get(movement).at);
    let mut named = here.iter().map(|c| c.1).filter(|row| names(input, movement, posting, *row as usize)).peekable();
    let Some(&first) = named.peek() else { return Found::Match(PostingMatch::Alone) };
    if here.len() == 1 {
        let near = input.is_within(first as usize, at);
        return Found::Match(if near { PostingMatch::Call(first) } else { PostingMatch::OutOfWindow(first) });
    }
    let named: Vec<u32> = named.collect();
    let mut near: Vec<u32> = named.iter().copied().filter(|row| input.is_within(*row as usize, at)).collect();
    if near.is_empty() {
        let distance = |row: &u32| (input.rows.ended(*row as usize).distance(at), input.rows.identity(*row as usize));
        return Found::Match(
            named
                .into_iter()
                .min_by(|a, b| distance(a).cmp(&distance(b)))
                .map_or(PostingMatch::Alone, PostingMatch::OutOfWindow),
        );
    }
    let source = |row: u32| input.rows.source(row as usize);
    let one_source = |rows: &[u32]| rows.iter().all(|row| source(*row) == source(rows[0]));
    if !one_source(&near) {
        let own = |row: &u32| input.rows.account(*row as usize) == input.movements.get(movement).account;
        let of_account: Vec<u32> = near.iter().copied().filter(own).collect();
        if of_account.is_empty() || !one_source(&of_account) {
            near.sort_unstable_by_key(|row| input.rows.identity(*row as usize));
            let mut contest = Candidates::default();
            near.into_iter().for_each(|row| contest.add(row));
            return Found::Candidates(contest);
        }
        near = of_account;
    }
    match near[..] {
        [only] => Found::Match(PostingMatch::Call(only)),
        _ => Found::Attempts(near),
    }
}

fn names(input: &ByName<'_>, movement: u32, posting: &Posting, row: usize) -> bool {
    let source = input.movements.get(movement).source;
    posting.call_id.as_deref() == Some(input.rows.call_id(row))
        && source.is_none_or(|s| s == input.rows.source(row))
        && posting.attempt.is_none_or(|a| a == input.rows.attempt(row))
}

/// Adds a movement to the attempts it names; groups of this call id begin at `first_group`.
fn join(
    input: &ByName<'_>,
    matches: &mut NamedMatches,
    first_group: usize,
    rows: Vec<u32>,
    movement: u32,
) -> PostingMatch {
    let name = |row: u32| (input.rows.source(row as usize), input.rows.call_id(row as usize));
    let known = matches.attempt_groups[first_group..].iter().position(|t| name(t.rows[0]) == name(rows[0]));
    let index = known.map_or(matches.attempt_groups.len(), |i| first_group + i);
    if index == matches.attempt_groups.len() {
        matches.attempt_groups.push(AttemptGroup::default());
    }
    let group = &mut matches.attempt_groups[index];
    group.rows.extend(rows);
    group.rows.sort_unstable_by_key(|row| input.rows.attempt(*row as usize));
    group.rows.dedup();
    group.movements.push(movement);
    group.movements.sort_unstable();
    PostingMatch::Attempts(number(index))
}

/// What the calls hang on: a pair of their own or of their attempts goes before a contest.
pub(super) fn link_calls(pairing: &mut Pairing) {
    let mut contested: Vec<(u32, u32)> = Vec::new();
    for (movement, posting_match) in (0u32..).zip(&pairing.posting_match) {
        match *posting_match {
            PostingMatch::Call(row) => {
                pairing.call_match[row as usize] = CallMatch::Linked;
                pairing.links.push((row, movement));
            }
            PostingMatch::OutOfWindow(row) => pairing.out_of_window.push((row, movement)),
            PostingMatch::Contested(contest) => {
                contested.extend(pairing.candidate_calls[contest as usize].some.iter().map(|row| (*row, movement)));
            }
            PostingMatch::Alone | PostingMatch::Attempts(_) | PostingMatch::Span(_) => {}
        }
    }
    for (index, group) in (0u32..).zip(&pairing.attempt_groups) {
        for row in &group.rows {
            pairing.call_match[*row as usize] = CallMatch::Attempts(index);
        }
    }
    contested.sort_unstable();
    for of_row in contested.chunk_by(|a, b| a.0 == b.0) {
        let call_match = &mut pairing.call_match[of_row[0].0 as usize];
        if *call_match == CallMatch::Free {
            *call_match = CallMatch::Contested(number(pairing.candidate_movements.len()));
            let mut candidate_movements = Candidates::default();
            of_row.iter().for_each(|(_, movement)| candidate_movements.add(*movement));
            pairing.candidate_movements.push(candidate_movements);
        }
    }
}
