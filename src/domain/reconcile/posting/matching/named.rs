//! Pairs by call id.

use super::{AttemptGroup, CallMatch, Candidates, MatchInput, Pairing, PostingMatch, number};
use crate::domain::call::name_hash;
use crate::domain::ledger::Posting;

pub(crate) fn pair(matching: &MatchInput<'_>, pairing: &mut Pairing) {
    let hash = |movement| matching.movements.posting(movement).call_id.as_deref().map(name_hash);
    let mut wanted: Vec<(u64, u32)> = matching.movements.iter().filter_map(|(m, _)| Some((hash(m)?, m))).collect();
    wanted.sort_unstable();
    let mut calls = matching.identities.by_key.as_slice();
    for same_hash in wanted.chunk_by(|a, b| a.0 == b.0) {
        let skip = calls.iter().take_while(|c| c.0 < same_hash[0].0).count();
        calls = &calls[skip..];
        let here = &calls[..calls.iter().take_while(|c| c.0 == same_hash[0].0).count()];
        let first_group = pairing.attempt_groups.len();
        for &(_, movement) in same_hash {
            match find(matching, movement, here) {
                Found::PostingMatch(posting_match) => pairing.posting_match[movement as usize] = posting_match,
                Found::Candidates(contest) => pairing.contest(movement, contest),
                Found::Attempts(rows) => join(matching, pairing, first_group, rows, movement),
            }
        }
    }
    tie(pairing);
}

enum Found {
    PostingMatch(PostingMatch),
    Candidates(Candidates),
    /// Several attempts of one call id.
    Attempts(Vec<u32>),
}

/// What a movement means among the calls whose id has its hash.
fn find(matching: &MatchInput<'_>, movement: u32, here: &[(u64, u32)]) -> Found {
    let (posting, at) = (matching.movements.posting(movement), matching.movements.get(movement).at);
    let mut named = here.iter().map(|c| c.1).filter(|row| names(matching, movement, posting, *row as usize)).peekable();
    let Some(&first) = named.peek() else { return Found::PostingMatch(PostingMatch::Alone) };
    if here.len() == 1 {
        let near = matching.is_within(first as usize, at);
        return Found::PostingMatch(if near { PostingMatch::Call(first) } else { PostingMatch::OutOfWindow(first) });
    }
    let named: Vec<u32> = named.collect();
    let mut near: Vec<u32> = named.iter().copied().filter(|row| matching.is_within(*row as usize, at)).collect();
    if near.is_empty() {
        let distance =
            |row: &u32| (matching.rows.ended(*row as usize).distance(at), matching.rows.identity(*row as usize));
        return Found::PostingMatch(
            named
                .into_iter()
                .min_by(|a, b| distance(a).cmp(&distance(b)))
                .map_or(PostingMatch::Alone, PostingMatch::OutOfWindow),
        );
    }
    let source = |row: u32| matching.rows.source(row as usize);
    let one_source = |rows: &[u32]| rows.iter().all(|row| source(*row) == source(rows[0]));
    if !one_source(&near) {
        let own = |row: &u32| matching.rows.account(*row as usize) == matching.movements.get(movement).account;
        let of_account: Vec<u32> = near.iter().copied().filter(own).collect();
        if of_account.is_empty() || !one_source(&of_account) {
            near.sort_unstable_by_key(|row| matching.rows.identity(*row as usize));
            let mut contest = Candidates::default();
            near.into_iter().for_each(|row| contest.add(row));
            return Found::Candidates(contest);
        }
        near = of_account;
    }
    match near[..] {
        [only] => Found::PostingMatch(PostingMatch::Call(only)),
        _ => Found::Attempts(near),
    }
}

fn names(matching: &MatchInput<'_>, movement: u32, posting: &Posting, row: usize) -> bool {
    let source = matching.movements.get(movement).source;
    posting.call_id.as_deref() == Some(matching.rows.call_id(row))
        && source.is_none_or(|s| s == matching.rows.source(row))
        && posting.attempt.is_none_or(|a| a == matching.rows.attempt(row))
}

/// Adds a movement to the attempts it names; groups of this call id begin at `first_group`.
fn join(matching: &MatchInput<'_>, pairing: &mut Pairing, first_group: usize, rows: Vec<u32>, movement: u32) {
    let name = |row: u32| (matching.rows.source(row as usize), matching.rows.call_id(row as usize));
    let known = pairing.attempt_groups[first_group..].iter().position(|t| name(t.rows[0]) == name(rows[0]));
    let index = known.map_or(pairing.attempt_groups.len(), |i| first_group + i);
    if index == pairing.attempt_groups.len() {
        pairing.attempt_groups.push(AttemptGroup::default());
    }
    let group = &mut pairing.attempt_groups[index];
    group.rows.extend(rows);
    group.rows.sort_unstable_by_key(|row| matching.rows.attempt(*row as usize));
    group.rows.dedup();
    group.movements.push(movement);
    group.movements.sort_unstable();
    pairing.posting_match[movement as usize] = PostingMatch::Attempts(number(index));
}

/// What the calls hang on: a pair of their own or of their attempts goes before a contest.
fn tie(pairing: &mut Pairing) {
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
