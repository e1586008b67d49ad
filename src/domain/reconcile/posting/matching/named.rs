//! Pairs by call id.

use super::{Contest, Fate, Pairing, Scene, Tie, Together, number};
use crate::domain::call::name_hash;
use crate::domain::ledger::Posting;

pub(crate) fn pair(scene: &Scene<'_>, pairing: &mut Pairing) {
    let hash = |movement| scene.movements.posting(movement).call_id.as_deref().map(name_hash);
    let mut wanted: Vec<(u64, u32)> = scene.movements.iter().filter_map(|(m, _)| Some((hash(m)?, m))).collect();
    wanted.sort_unstable();
    let mut calls = scene.identities.by_key.as_slice();
    for same_hash in wanted.chunk_by(|a, b| a.0 == b.0) {
        let skip = calls.iter().take_while(|c| c.0 < same_hash[0].0).count();
        calls = &calls[skip..];
        let here = &calls[..calls.iter().take_while(|c| c.0 == same_hash[0].0).count()];
        let first_group = pairing.together.len();
        for &(_, movement) in same_hash {
            match find(scene, movement, here) {
                Found::Fate(fate) => pairing.fate[movement as usize] = fate,
                Found::Contest(contest) => pairing.contest(movement, contest),
                Found::Attempts(rows) => join(scene, pairing, first_group, rows, movement),
            }
        }
    }
    tie(pairing);
}

enum Found {
    Fate(Fate),
    Contest(Contest),
    /// Several attempts of one call id.
    Attempts(Vec<u32>),
}

/// What a movement means among the calls whose id has its hash.
fn find(scene: &Scene<'_>, movement: u32, here: &[(u64, u32)]) -> Found {
    let (posting, at) = (scene.movements.posting(movement), scene.movements.get(movement).at);
    let mut named = here.iter().map(|c| c.1).filter(|row| names(scene, movement, posting, *row as usize)).peekable();
    let Some(&first) = named.peek() else { return Found::Fate(Fate::Alone) };
    if here.len() == 1 {
        let near = scene.near(first as usize, at);
        return Found::Fate(if near { Fate::Call(first) } else { Fate::Far(first) });
    }
    let named: Vec<u32> = named.collect();
    let mut near: Vec<u32> = named.iter().copied().filter(|row| scene.near(*row as usize, at)).collect();
    if near.is_empty() {
        let distance = |row: &u32| (scene.rows.ended(*row as usize).distance(at), scene.rows.identity(*row as usize));
        return Found::Fate(
            named.into_iter().min_by(|a, b| distance(a).cmp(&distance(b))).map_or(Fate::Alone, Fate::Far),
        );
    }
    let source = |row: u32| scene.rows.source(row as usize);
    let one_source = |rows: &[u32]| rows.iter().all(|row| source(*row) == source(rows[0]));
    if !one_source(&near) {
        let own = |row: &u32| scene.rows.account(*row as usize) == scene.movements.get(movement).account;
        let of_account: Vec<u32> = near.iter().copied().filter(own).collect();
        if of_account.is_empty() || !one_source(&of_account) {
            near.sort_unstable_by_key(|row| scene.rows.identity(*row as usize));
            let mut contest = Contest::default();
            near.into_iter().for_each(|row| contest.add(row));
            return Found::Contest(contest);
        }
        near = of_account;
    }
    match near[..] {
        [only] => Found::Fate(Fate::Call(only)),
        _ => Found::Attempts(near),
    }
}

fn names(scene: &Scene<'_>, movement: u32, posting: &Posting, row: usize) -> bool {
    let source = scene.movements.get(movement).source;
    posting.call_id.as_deref() == Some(scene.rows.call_id(row))
        && source.is_none_or(|s| s == scene.rows.source(row))
        && posting.attempt.is_none_or(|a| a == scene.rows.attempt(row))
}

/// Adds a movement to the attempts it names; groups of this call id begin at `first_group`.
fn join(scene: &Scene<'_>, pairing: &mut Pairing, first_group: usize, rows: Vec<u32>, movement: u32) {
    let name = |row: u32| (scene.rows.source(row as usize), scene.rows.call_id(row as usize));
    let known = pairing.together[first_group..].iter().position(|t| name(t.rows[0]) == name(rows[0]));
    let index = known.map_or(pairing.together.len(), |i| first_group + i);
    if index == pairing.together.len() {
        pairing.together.push(Together::default());
    }
    let group = &mut pairing.together[index];
    group.rows.extend(rows);
    group.rows.sort_unstable_by_key(|row| scene.rows.attempt(*row as usize));
    group.rows.dedup();
    group.movements.push(movement);
    group.movements.sort_unstable();
    pairing.fate[movement as usize] = Fate::Attempts(number(index));
}

/// What the calls hang on: a pair of their own or of their attempts goes before a contest.
fn tie(pairing: &mut Pairing) {
    let mut contested: Vec<(u32, u32)> = Vec::new();
    for (movement, fate) in (0u32..).zip(&pairing.fate) {
        match *fate {
            Fate::Call(row) => {
                pairing.tie[row as usize] = Tie::Linked;
                pairing.links.push((row, movement));
            }
            Fate::Far(row) => pairing.far.push((row, movement)),
            Fate::Contested(contest) => {
                contested.extend(pairing.contests[contest as usize].some.iter().map(|row| (*row, movement)));
            }
            Fate::Alone | Fate::Attempts(_) | Fate::Span(_) => {}
        }
    }
    for (index, group) in (0u32..).zip(&pairing.together) {
        for row in &group.rows {
            pairing.tie[*row as usize] = Tie::Together(index);
        }
    }
    contested.sort_unstable();
    for of_row in contested.chunk_by(|a, b| a.0 == b.0) {
        let tie = &mut pairing.tie[of_row[0].0 as usize];
        if *tie == Tie::Free {
            *tie = Tie::Contested(number(pairing.rivals.len()));
            let mut rivals = Contest::default();
            of_row.iter().for_each(|(_, movement)| rivals.add(*movement));
            pairing.rivals.push(rivals);
        }
    }
}
