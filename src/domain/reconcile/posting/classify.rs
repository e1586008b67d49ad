//! The posting leg: what was charged against what the ledger debited, one class a row.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::matching::{AttemptGroup, CallMatch, MatchInput, Pairing, PostingMatch};
use crate::domain::ledger::{Mode, PostingKind};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::error::{PassError, fits};
use crate::domain::reconcile::findings::finding::Class;
use crate::domain::reconcile::input::DayInput;
use crate::domain::reconcile::tolerance::ToleranceBudget;
use crate::domain::reconcile::unit_rates::Ratios;

/// A movement of the day that is no call's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnmatchedPosting {
    pub(crate) movement: u32,
    pub(crate) class: Class,
    /// What it took; of a span, what is left over the calls inside.
    pub(crate) posted: Amount,
}

/// Classes of the day's rows and of the movements without a call.
#[derive(Debug, Default)]
pub(crate) struct PostingLeg {
    pub(crate) class: Vec<Class>,
    pub(crate) posted: Vec<Option<Amount>>,
    /// In the order of movements.
    pub(crate) unmatched: Vec<UnmatchedPosting>,
    /// Movements of the day that are no call's, each with the place of its row in `unmatched`.
    pub(crate) in_unmatched: Vec<(u32, u32)>,
    /// Rows whose account never pays by ledger; in order.
    pub(crate) on_account: Vec<usize>,
}

/// Judges every row of the leg.
///
/// # Errors
/// [`PassError::Overflow`].
pub(crate) fn posting_leg(
    input: &DayInput<'_>,
    matching: &MatchInput<'_>,
    pairing: &Pairing,
    ratios: &mut Ratios<'_>,
) -> Result<PostingLeg, PassError> {
    let rows = matching.rows;
    let mut classifier = PostingClassifier {
        input,
        matching,
        pairing,
        ratios,
        budget: ToleranceBudget::new(input.rules, &rows.names),
        shares: HashMap::new(),
        has_ledger: matching.movements.iter().map(|(_, m)| m.account).collect(),
        leg: PostingLeg::default(),
    };
    for row in 0..rows.day {
        let (class, posted) = classifier.call(row)?;
        classifier.leg.class.push(class);
        classifier.leg.posted.push(posted);
    }
    if input.rules.has_postings {
        for (movement, m) in matching.movements.iter() {
            if classifier.in_day(m.at) {
                classifier.movement(movement)?;
            }
        }
    }
    let PostingClassifier { budget, mut leg, .. } = classifier;
    for slot in budget.refused()? {
        match slot.checked_sub(rows.day) {
            None => leg.class[slot] = Class::AmountMismatch,
            Some(unmatched) => leg.unmatched[unmatched].class = Class::AmountMismatch,
        }
    }
    (leg.unmatched, leg.in_unmatched) = gather(matching, leg.unmatched)?;
    Ok(leg)
}

/// Movements of the day that name one call which is nowhere are one row: a hold, its release and the
/// debit stand under the debit, with their net. Where nothing is left, nothing is missing. Gives the rows,
/// and for each movement its row.
fn gather(
    matching: &MatchInput<'_>,
    unmatched: Vec<UnmatchedPosting>,
) -> Result<(Vec<UnmatchedPosting>, Vec<(u32, u32)>), PassError> {
    let mut rows: Vec<UnmatchedPosting> = Vec::with_capacity(unmatched.len());
    let mut row_of: Vec<(u32, u32)> = Vec::with_capacity(unmatched.len());
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mut known: HashMap<(&str, Option<&str>, Option<u32>, &str, &str), usize> = HashMap::new();
    for one in unmatched {
        let p = matching.movements.posting(one.movement);
        let Some(id) = p.call_id.as_deref().filter(|_| one.class == Class::NoCall) else {
            row_of.push((one.movement, place(rows.len())));
            rows.push(one);
            continue;
        };
        let key = (id, p.source.as_deref(), p.attempt, &*p.account_id, &*p.unit);
        match known.get(&key) {
            None => {
                known.insert(key, rows.len());
                row_of.push((one.movement, place(rows.len())));
                rows.push(one);
            }
            Some(&at) => {
                row_of.push((one.movement, place(at)));
                let row = &mut rows[at];
                let held = matching.movements.posting(row.movement).kind;
                if held != PostingKind::Usage && p.kind == PostingKind::Usage {
                    row.movement = one.movement;
                }
                row.posted = fits(row.posted.checked_add(one.posted), "a posted amount")?;
                row.class = if row.posted.is_zero() { Class::Matched } else { Class::NoCall };
            }
        }
    }
    Ok((rows, row_of))
}

struct PostingClassifier<'a, 'r, 'u> {
    input: &'a DayInput<'a>,
    matching: &'a MatchInput<'a>,
    pairing: &'a Pairing,
    ratios: &'r mut Ratios<'u>,
    budget: ToleranceBudget<'a>,
    /// By group of attempts; `None` where it cannot be compared.
    shares: HashMap<u32, Option<BTreeMap<u32, Amount>>>,
    /// Accounts that the ledger knows.
    has_ledger: HashSet<u32>,
    leg: PostingLeg,
}

impl PostingClassifier<'_, '_, '_> {
    fn in_day(&self, at: Instant) -> bool {
        self.input.span.0 <= at && at < self.input.span.1
    }

    /// Whether what is missing may still come.
    fn is_young(&self, at: Instant) -> bool {
        at.plus(self.input.rules.match_within) > self.input.watermark
    }

    fn call(&mut self, row: usize) -> Result<(Class, Option<Amount>), PassError> {
        let matching = self.matching;
        if !matching.is_call(row) {
            return Ok((Class::DuplicateCall, None));
        }
        let Some(target) = matching.target(row).filter(|_| self.input.rules.has_postings) else {
            return Ok((Class::NotCompared, None));
        };
        match self.pairing.call_match[row] {
            CallMatch::Contested(_) => Ok((Class::Undecided, Some(Amount::ZERO))),
            CallMatch::Span(_) => Ok((Class::Matched, Some(target))),
            CallMatch::Free => Ok(self.unposted(row, target)),
            CallMatch::Linked | CallMatch::Attempts(_) => self.posted(row, target),
        }
    }

    fn unposted(&mut self, row: usize, target: Amount) -> (Class, Option<Amount>) {
        let rows = self.matching.rows;
        if target.is_zero() {
            return (Class::Matched, Some(Amount::ZERO));
        }
        let mode = || self.input.parties.account(rows.account_name(row), rows.started(row)).map(|a| a.mode);
        if !self.has_ledger.contains(&rows.account(row)) && mode() == Some(Mode::Postpaid) {
            self.leg.on_account.push(row);
            return (Class::NotCompared, None);
        }
        let class = if self.is_young(rows.ended(row)) { Class::Pending } else { Class::NotPosted };
        (class, Some(Amount::ZERO))
    }

    fn posted(&mut self, row: usize, target: Amount) -> Result<(Class, Option<Amount>), PassError> {
        let mut own = Amount::ZERO;
        for &(_, movement) in self.pairing.links_of(row) {
            let Some(debit) = self.matching.debit(self.ratios, movement, row)? else {
                return Ok((Class::NotCompared, None));
            };
            own = fits(own.checked_add(debit), "a posted amount")?;
        }
        let mut posted = own;
        if let CallMatch::Attempts(group) = self.pairing.call_match[row] {
            let Some(share) = self.share(group, row)? else { return Ok((Class::NotCompared, None)) };
            posted = fits(own.checked_add(share), "a posted amount")?;
            if share.is_zero() && self.pairing.links_of(row).is_empty() {
                return Ok(self.unposted(row, target));
            }
        }
        Ok((self.compare(row, target, posted)?, Some(posted)))
    }

    fn compare(&mut self, row: usize, target: Amount, posted: Amount) -> Result<Class, PassError> {
        let matching = self.matching;
        let movements = movements_of(self.pairing, row);
        let residual = fits(posted.checked_sub(target), "a difference")?;
        if residual.is_positive() && self.is_repeated(row, &movements, residual)? {
            return Ok(Class::DuplicatePosting);
        }
        if movements.iter().any(|m| matching.movements.get(*m).account != matching.rows.account(row)) {
            return Ok(Class::WrongAccount);
        }
        if !matching.compared.representation(matching.rows, row).same(posted, target) {
            let held = movements.iter().all(|m| matching.movements.posting(*m).kind == PostingKind::Hold);
            if held && self.is_young(matching.rows.ended(row)) {
                return Ok(Class::Pending);
            }
            let (at, id) = (matching.rows.started(row), matching.rows.identity(row));
            return Ok(self.budget.judge(row, matching.compared.unit[row], at, id, residual));
        }
        let same_day = movements.iter().all(|m| self.in_day(matching.movements.get(*m).at));
        Ok(if same_day { Class::Matched } else { Class::Timing })
    }

    /// Whether one amount, posted several times, makes up all that was posted too much.
    fn is_repeated(&mut self, row: usize, movements: &[u32], residual: Amount) -> Result<bool, PassError> {
        if movements.len() < 2 {
            return Ok(false);
        }
        let mut debits: Vec<(PostingKind, Amount)> = Vec::new();
        for &movement in movements {
            let debit = self.matching.debit(self.ratios, movement, row)?.filter(|d| d.is_positive());
            debits.extend(debit.map(|d| (self.matching.movements.posting(movement).kind, d)));
        }
        debits.sort_unstable();
        Ok(debits.chunk_by(|a, b| a == b).any(|same| {
            let more = i64::try_from(same.len()).unwrap_or(i64::MAX);
            (1..more).any(|times| same[0].1.checked_mul(times) == Some(residual))
        }))
    }

    /// What of the movements without an attempt falls to one attempt. `Ok(None)` without a conversion.
    fn share(&mut self, group: u32, row: usize) -> Result<Option<Amount>, PassError> {
        if !self.shares.contains_key(&group) {
            let shares =
                shares(self.matching, self.pairing, self.ratios, &self.pairing.attempt_groups[group as usize])?;
            self.shares.insert(group, shares);
        }
        let shares = self.shares.get(&group).and_then(Option::as_ref);
        Ok(shares.and_then(|s| s.iter().find(|(r, _)| **r as usize == row)).map(|(_, share)| *share))
    }

    fn movement(&mut self, movement: u32) -> Result<(), PassError> {
        let m = self.matching.movements.get(movement);
        let alone = if self.is_young(m.at) { Class::Pending } else { Class::NoCall };
        let (class, posted) = match self.pairing.posting_match[movement as usize] {
            PostingMatch::Call(_) | PostingMatch::Attempts(_) => return Ok(()),
            PostingMatch::Alone => (alone, m.debit),
            PostingMatch::OutOfWindow(_) => (Class::NoCall, m.debit),
            PostingMatch::Contested(_) => (Class::Undecided, m.debit),
            PostingMatch::Span(span) => {
                let group = &self.pairing.spans[span as usize];
                let left = fits(group.debit.checked_sub(group.due), "what is left of a span")?;
                if group.calls == 0 {
                    (alone, m.debit)
                } else if group.movements[0] != movement || left.is_zero() {
                    (Class::Matched, left_at(group.movements[0] == movement, left))
                } else {
                    let slot = self.matching.rows.day + self.leg.unmatched.len();
                    let id = (self.matching.movements.posting(movement).posting_id.as_str(), "", 0);
                    (self.budget.judge(slot, m.unit, m.at, id, left), left)
                }
            }
        };
        self.leg.unmatched.push(UnmatchedPosting { movement, class, posted });
        Ok(())
    }
}

/// The first movement of a span carries what is left, the others nothing.
fn left_at(first: bool, left: Amount) -> Amount {
    if first { left } else { Amount::ZERO }
}

/// Every movement that is about a call, those of its attempts together included.
pub(crate) fn movements_of(pairing: &Pairing, row: usize) -> Vec<u32> {
    let mut movements: Vec<u32> = pairing.links_of(row).iter().map(|l| l.1).collect();
    if let CallMatch::Attempts(group) = pairing.call_match[row] {
        movements.extend(&pairing.attempt_groups[group as usize].movements);
    }
    movements
}

/// Spreads the movements of a group over its attempts: each gets what it still wants. What is too
/// much or too little falls to the attempt it equals; else too much to the last that costs, too
/// little to the last in the order of attempts.
fn shares(
    matching: &MatchInput<'_>,
    pairing: &Pairing,
    ratios: &mut Ratios<'_>,
    group: &AttemptGroup,
) -> Result<Option<BTreeMap<u32, Amount>>, PassError> {
    const WHAT: &str = "the sum of a call's attempts";
    let unit = matching.compared.unit[group.rows[0] as usize];
    let mut wants: Vec<(u32, Amount, Amount)> = Vec::new();
    for &row in &group.rows {
        let Some(target) = matching.target(row as usize).filter(|_| matching.compared.unit[row as usize] == unit)
        else {
            return Ok(None);
        };
        let mut want = target;
        for &(_, movement) in pairing.links_of(row as usize) {
            let Some(debit) = matching.debit(ratios, movement, row as usize)? else { return Ok(None) };
            want = fits(want.checked_sub(debit), WHAT)?;
        }
        wants.push((row, target, want.max(Amount::ZERO)));
    }
    let mut taken = Amount::ZERO;
    for &movement in &group.movements {
        let Some(debit) = matching.debit(ratios, movement, group.rows[0] as usize)? else { return Ok(None) };
        taken = fits(taken.checked_add(debit), WHAT)?;
    }
    let wanted = fits(Amount::sum(wants.iter().map(|w| w.2)), WHAT)?;
    let residual = fits(taken.checked_sub(wanted), WHAT)?;
    let mut shares: BTreeMap<u32, Amount> = wants.iter().map(|w| (w.0, w.2)).collect();
    let last = |which: &dyn Fn(Amount) -> bool| wants.iter().rev().find(|w| which(w.1)).map(|w| w.0);
    let equals = last(&|target| !residual.is_zero() && target.abs() == residual.abs());
    let costs = last(&|target| !target.is_zero()).unwrap_or(group.rows[group.rows.len() - 1]);
    match equals.or_else(|| residual.is_positive().then_some(costs)) {
        Some(row) => {
            let share = shares.entry(row).or_default();
            *share = fits(share.checked_add(residual), WHAT)?;
        }
        None => {
            let mut rest = taken;
            for (row, _, want) in &wants {
                let share = if *row == costs { rest } else { rest.min(*want) };
                rest = fits(rest.checked_sub(share), WHAT)?;
                shares.insert(*row, share);
            }
        }
    }
    Ok(Some(shares))
}
