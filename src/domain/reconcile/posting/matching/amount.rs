//! Pairs by account and amount, where each is the other's only candidate.

use std::collections::{BTreeMap, BTreeSet};

use super::{CallMatch, Candidates, MatchInput, Movement, Pairing, PostingMatch, number};
use crate::domain::period::{Instant, Span};
use crate::domain::reconcile::unit_rates::Ratios;

/// What both sides must agree on. Which of key and source count is the posting's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    says: (bool, bool),
    account: u32,
    key: Option<u32>,
    source: Option<u32>,
    unit: u32,
    /// The range of time in which no rate changes.
    range: u32,
    amount: i128,
}

/// A call or a movement in a slot.
#[derive(Clone, Copy, Debug)]
struct Entry {
    slot: Slot,
    at: Instant,
    id: u32,
}

/// How many candidates were seen, and one of them.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    count: u32,
    one: u32,
}

pub(crate) fn pair(matching: &MatchInput<'_>, ratios: &mut Ratios<'_>, pairing: &mut Pairing) {
    let free: Vec<(u32, &Movement)> = matching
        .movements
        .iter()
        .filter(|(m, _)| {
            pairing.posting_match[*m as usize] == PostingMatch::Alone
                && matching.movements.posting(*m).call_id.is_none()
        })
        .collect();
    if free.is_empty() {
        return;
    }
    let calls = calls(matching, ratios, pairing, &free);
    let movements = movements(matching, ratios, &calls, &free);
    let mut of_movement = vec![Seen::default(); matching.movements.len()];
    let mut of_call = vec![Seen::default(); matching.rows.len()];
    let see = |seen: &mut Seen, some: &[Entry]| {
        seen.count = seen.count.saturating_add(number(some.len()));
        seen.one = some[0].id;
    };
    windows(&movements, &calls, matching.within, |m, some| see(&mut of_movement[m as usize], some));
    windows(&calls, &movements, matching.within, |c, some| see(&mut of_call[c as usize], some));
    for &(movement, _) in &free {
        let seen = of_movement[movement as usize];
        if seen.count == 1 && of_call[seen.one as usize].count == 1 {
            pairing.posting_match[movement as usize] = PostingMatch::Call(seen.one);
            pairing.call_match[seen.one as usize] = CallMatch::Linked;
            pairing.links.push((seen.one, movement));
        }
    }
    contest(matching, pairing, &calls, &movements);
}

/// Those that have candidates and no pair.
fn contest(matching: &MatchInput<'_>, pairing: &mut Pairing, calls: &[Entry], movements: &[Entry]) {
    let mut of_movement: BTreeMap<u32, Candidates> = BTreeMap::new();
    let mut of_call: BTreeMap<u32, Candidates> = BTreeMap::new();
    let add = |candidate_calls: &mut BTreeMap<u32, Candidates>, id, some: &[Entry]| {
        let contest = candidate_calls.entry(id).or_default();
        some.iter().take(Candidates::SHOWN).for_each(|e| contest.add(e.id));
        contest.total = contest.total.saturating_add(number(some.len().saturating_sub(Candidates::SHOWN)));
    };
    windows(movements, calls, matching.within, |m, some| {
        if pairing.posting_match[m as usize] == PostingMatch::Alone {
            add(&mut of_movement, m, some);
        }
    });
    windows(calls, movements, matching.within, |c, some| {
        if pairing.call_match[c as usize] == CallMatch::Free {
            add(&mut of_call, c, some);
        }
    });
    for (movement, contest) in of_movement {
        pairing.contest(movement, contest);
    }
    for (call, contest) in of_call {
        pairing.call_match[call as usize] = CallMatch::Contested(number(pairing.candidate_movements.len()));
        pairing.candidate_movements.push(contest);
    }
}

/// Calls without a pair, in each way a free movement may speak of them.
fn calls(matching: &MatchInput<'_>, ratios: &Ratios<'_>, pairing: &Pairing, free: &[(u32, &Movement)]) -> Vec<Entry> {
    let said: BTreeSet<(bool, bool)> = free.iter().map(|(_, m)| (m.key.is_some(), m.source.is_some())).collect();
    let rows = matching.rows;
    let mut entries = Vec::new();
    for row in (0..rows.len()).filter(|row| pairing.call_match[*row] == CallMatch::Free && matching.wants(*row)) {
        let Some(target) = matching.target(row) else { continue };
        for &says in said.iter().filter(|says| !says.0 || rows.api_key(row).is_some()) {
            let slot = Slot {
                says,
                account: rows.account(row),
                key: rows.api_key(row).filter(|_| says.0),
                source: says.1.then(|| rows.source(row)),
                unit: matching.compared.unit[row],
                range: ratios.range(rows.started(row)),
                amount: target.raw(),
            };
            entries.push(Entry { slot, at: rows.ended(row), id: number(row) });
        }
    }
    let id = |e: &Entry| rows.identity(e.id as usize);
    entries.sort_unstable_by(|a, b| (a.slot, a.at).cmp(&(b.slot, b.at)).then_with(|| id(a).cmp(&id(b))));
    entries
}

/// Free movements, in every unit and range of time a call is in.
fn movements(
    matching: &MatchInput<'_>,
    ratios: &mut Ratios<'_>,
    calls: &[Entry],
    free: &[(u32, &Movement)],
) -> Vec<Entry> {
    let where_calls_are: BTreeSet<(u32, u32)> = calls.iter().map(|e| (e.slot.unit, e.slot.range)).collect();
    let mut entries = Vec::new();
    for &(id, m) in free {
        for &(unit, range) in &where_calls_are {
            let ratio = ratios.during(&matching.rows.names, m.unit, unit, range);
            let Some(amount) = ratio.and_then(|r| r.apply(m.debit)) else { continue };
            let says = (m.key.is_some(), m.source.is_some());
            let (account, key, source) = (m.account, m.key, m.source);
            let slot = Slot { says, account, key, source, unit, range, amount: amount.raw() };
            entries.push(Entry { slot, at: m.at, id });
        }
    }
    entries.sort_unstable_by_key(|e| (e.slot, e.at, e.id));
    entries
}

/// For every entry of `these` that has any: those of `others` in its slot and within reach of it.
/// Both are sorted by slot and time, and walked once.
fn windows(these: &[Entry], others: &[Entry], within: Span, mut each: impl FnMut(u32, &[Entry])) {
    let mut rest = others;
    for group in these.chunk_by(|a, b| a.slot == b.slot) {
        let skip = rest.iter().take_while(|e| e.slot < group[0].slot).count();
        rest = &rest[skip..];
        let here = &rest[..rest.iter().take_while(|e| e.slot == group[0].slot).count()];
        let (mut from, mut until) = (0, 0);
        for entry in group {
            from += here[from..].iter().take_while(|e| e.at < entry.at.minus(within)).count();
            until = until.max(from);
            until += here[until..].iter().take_while(|e| e.at <= entry.at.plus(within)).count();
            if from < until {
                each(entry.id, &here[from..until]);
            }
        }
    }
}
