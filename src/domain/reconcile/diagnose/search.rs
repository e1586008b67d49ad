//! The search: a spread sample of each cohort first, the cohort under what fits, then one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Budget, Case};
use super::cause::{Cause, Hypothesis, Nature};
use super::causes::PRICE_MISSING_ZERO;
use super::cohort::{CaseSet, spread};
use super::cohort_search::{Fit, Found, RerateBudget, Table, concerns};
use super::explanation::{Label, Labels};
use super::pairs;
use super::repricer::Repricer;
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// So many matched calls of a cohort are asked whether they speak against a cause.
const CONTROL_CALLS: usize = 24;

/// A cause is contradicted where one call is right for every so many that it explains.
const AGAINST: u64 = 4;

/// Everything that fits each case, in canonical order.
pub(crate) fn search(case_set: &CaseSet, budget: &Budget, labels: &mut Labels) -> Vec<Found> {
    let mut found = vec![Found::default(); case_set.cases.len()];
    let mut rerates = RerateBudget::new(budget.reratings, case_set.cohorts.len());
    let mut open = Vec::new();
    for cohort in &case_set.cohorts {
        let table = Table { case_set, cohort, suppositions: case_set.hypotheses(cohort, budget) };
        let spent = singles(&table, budget, rerates.share(), labels, &mut found);
        rerates.pay(spent);
        let rest: Vec<usize> = cohort.members.iter().copied().filter(|at| found[*at].fits.is_empty()).collect();
        if !rest.is_empty() {
            open.push((cohort, rest));
        }
    }
    contradict_lone_zeros(case_set, labels, &mut found);
    let mut rerates = RerateBudget::new(rerates.left, open.len());
    for (cohort, rest) in open {
        let table = Table { case_set, cohort, suppositions: case_set.hypotheses(cohort, budget) };
        let spent = pairs::pairs(&table, &rest, budget, rerates.share(), labels, &mut found);
        rerates.pay(spent);
    }
    found
}

fn singles(table: &Table, budget: &Budget, allowance: u64, labels: &mut Labels, found: &mut [Found]) -> u64 {
    let members = &table.cohort.members;
    let sample = spread(members, budget.sample.max(1));
    let (mut spent, mut tried) = (0, 0);
    for at in &sample {
        spent += try_all(table, *at, None, labels, &mut found[*at]);
        tried = tried.max(found[*at].tried);
    }
    let early = fitting(sample.iter().map(|at| &found[*at]));
    let others: Vec<usize> = members.iter().copied().filter(|at| !sample.contains(at)).collect();
    for at in &others {
        try_all(table, *at, Some(&early), labels, &mut found[*at]);
        found[*at].tried = tried;
    }
    let (rest, explained): (Vec<usize>, Vec<usize>) = others.into_iter().partition(|at| found[*at].fits.is_empty());
    for at in &rest {
        if spent > allowance {
            found[*at].cut_short = true;
        } else {
            spent += try_all(table, *at, None, labels, &mut found[*at]);
        }
    }
    let late = fitting(rest.iter().map(|at| &found[*at]));
    let late: Vec<usize> = late.into_iter().filter(|h| !early.contains(h)).collect();
    for at in explained.iter().filter(|_| !late.is_empty()) {
        spent += try_all(table, *at, Some(&late), labels, &mut found[*at]);
    }
    for at in members {
        found[*at].fits.sort_by_key(|fit| fit.hypothesis);
    }
    spent + contradict(table, found)
}

/// Positions of the hypotheses that fit any of the cases.
fn fitting<'f>(cases: impl Iterator<Item = &'f Found>) -> Vec<usize> {
    let mut all: Vec<usize> = cases.flat_map(|f| f.fits.iter().filter_map(|fit| fit.hypothesis)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Tries hypotheses (all, or some) on one case and notes those that fit; returns how often it was re-rated.
fn try_all(table: &Table, at: usize, some: Option<&[usize]>, labels: &mut Labels, found: &mut Found) -> u64 {
    let mut repricer = Repricer::new(table.case_set.cases[at]);
    let target = repricer.case.target;
    let mut amounts = BTreeSet::new();
    for (index, (cause, hypothesis)) in table.suppositions.iter().enumerate() {
        if some.is_some_and(|some| !some.contains(&index)) || !concerns(cause, repricer.case) {
            continue;
        }
        let Some(amount) = repricer.suppose(hypothesis).filter(|amount| repricer.case.is_unexpected(*amount)) else {
            continue;
        };
        amounts.insert(amount);
        if repricer.case.reproduces(amount) {
            note(cause, hypothesis, index, labels, found);
        } else {
            consider_closest(found, target, amount, || describe(cause, hypothesis));
        }
    }
    if some.is_none() {
        found.tried = amounts.len() as u64;
    }
    repricer.spent
}

/// Marks the fits of contested cases that would have changed a matched call too.
fn contradict(table: &Table, found: &mut [Found]) -> u64 {
    let members = &table.cohort.members;
    let contested = members
        .iter()
        .map(|at| &found[*at])
        .filter(|f| f.fits.windows(2).any(|two| two[0].hypothesis != two[1].hypothesis));
    let contested = fitting(contested);
    if contested.is_empty() || table.cohort.matched.is_empty() {
        return 0;
    }
    let all: Vec<usize> = (0..table.cohort.matched.len()).collect();
    let mut repricers: Vec<Repricer> =
        spread(&all, CONTROL_CALLS).into_iter().map(|at| Repricer::new(table.cohort.matched[at])).collect();
    for index in contested {
        let (cause, hypothesis) = &table.suppositions[index];
        let fits = |at: &&usize| found[**at].fits.iter().any(|fit| fit.hypothesis == Some(index));
        let when = |at: &usize| table.case_set.cases[*at].price_instant();
        let (first, last) = (members.iter().find(fits).map(when), members.iter().rev().find(fits).map(when));
        let hits = members.iter().filter(fits).count() as u64;
        // A fault begins and ends at any time: what was right before or after says nothing.
        let speaks = |control: &Case| match cause.nature {
            Nature::Systematic | Nature::Slight | Nature::Spell => {
                Some(control.price_instant()) >= first && Some(control.price_instant()) <= last
            }
            Nature::Incidental => false,
        };
        let against: u64 = repricers
            .iter_mut()
            .filter(|b| speaks(b.case) && (cause.applies)(b.case))
            .filter_map(|repricer| {
                let changes = repricer.suppose(hypothesis).is_some_and(|amount| repricer.case.is_unexpected(amount));
                changes.then_some(repricer.case.stands_for)
            })
            .sum();
        // One that is right among many that are not is a witness, no veto: fleets change one node at a time.
        if against > 0 && against.saturating_mul(AGAINST) >= hits {
            for at in members {
                let fits = found[*at].fits.iter_mut().filter(|fit| fit.hypothesis == Some(index));
                fits.for_each(|fit| fit.contradicted = true);
            }
        }
    }
    repricers.iter().map(|repricer| repricer.spent).sum()
}

/// A price that is missing is missing for every call of the model. What shows another reason for its 0, and has
/// calls that were charged between itself and the next 0 without one, lacks no price.
fn contradict_lone_zeros(case_set: &CaseSet, labels: &Labels, found: &mut [Found]) {
    let is_missing = |fit: &Fit| labels.get(fit.label).code == PRICE_MISSING_ZERO;
    let has_reason = |found: &Found| found.fits.iter().any(|fit| fit.marked && !fit.contradicted && !is_missing(fit));
    let place = |at: usize| (case_set.cases[at].source, case_set.cases[at].facts.model);
    let mut lone: BTreeMap<(&str, &str), Vec<Instant>> = BTreeMap::new();
    for at in (0..found.len()).filter(|at| found[*at].fits.iter().any(is_missing) && !has_reason(&found[*at])) {
        lone.entry(place(at)).or_default().push(case_set.cases[at].price_instant());
    }
    for (at, one) in found.iter_mut().enumerate() {
        if !one.fits.iter().any(is_missing) || !has_reason(one) {
            continue;
        }
        let when = case_set.cases[at].price_instant();
        let (zeros_before, zeros_after) = around(lone.get(&place(at)), when);
        let (right_before, right_after) = around(case_set.right.get(&place(at)), when);
        let none = right_before.is_none() && right_after.is_none();
        let after_is_right = zeros_after.is_none_or(|zero| right_after.is_some_and(|right| right < zero));
        if !none && zeros_before <= right_before && after_is_right {
            one.fits.iter_mut().filter(|fit| is_missing(fit)).for_each(|fit| fit.contradicted = true);
        }
    }
}

/// The last of ordered instants up to one, and the first after it.
fn around(instants: Option<&Vec<Instant>>, at: Instant) -> (Option<Instant>, Option<Instant>) {
    let Some(instants) = instants else { return (None, None) };
    let next = instants.partition_point(|one| *one <= at);
    (next.checked_sub(1).map(|last| instants[last]), instants.get(next).copied())
}

fn note(cause: &Cause, hypothesis: &Hypothesis, index: usize, labels: &mut Labels, found: &mut Found) {
    for member in &hypothesis.members {
        let label = Label {
            code: cause.code.to_owned(),
            origin: member.origin.clone(),
            variant: member.variant.clone(),
            version: member.version,
        };
        let fit = Fit {
            label: labels.intern(label, cause.into()),
            marked: hypothesis.marked,
            contradicted: false,
            hypothesis: Some(index),
        };
        if !found.fits.contains(&fit) {
            found.fits.push(fit);
        }
    }
}

fn describe(cause: &Cause, hypothesis: &Hypothesis) -> String {
    let variant = hypothesis.members.first().map_or("", |m| m.variant.as_str());
    format!("{}: {variant}", cause.code)
}

fn consider_closest(found: &mut Found, target: Amount, amount: Amount, name: impl FnOnce() -> String) {
    let gap = |a: Amount| a.raw().abs_diff(target.raw());
    if found.closest.as_ref().is_none_or(|(_, best)| gap(amount) < gap(*best)) {
        found.closest = Some((name(), amount));
    }
}
