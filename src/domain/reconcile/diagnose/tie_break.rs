//! Between several causes that fit a case: what else they explain, what speaks against them, what the
//! call itself shows.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::cause::Nature;
use super::chance;
use super::cohort::CaseSet;
use super::cohort_search::{Fit, Found};
use super::explanation::{Label, LabelId, Labels};
use crate::domain::money::Amount;
use crate::domain::price::VersionId;

/// From so many distinct amounts on, a pattern is one.
pub(crate) const SEVERAL: usize = 3;

/// The distinct amounts each label explains.
pub(crate) struct Supports {
    by_label: Vec<Vec<u32>>,
    /// How many of them are not 0.
    above_zero: Vec<usize>,
    calls: Vec<u64>,
    weights: Vec<i64>,
    compared: RefCell<BTreeMap<(LabelId, LabelId), Overlap>>,
}

/// What a label supposes, wherever it does: source, cause, variant, version. Where a cause comes from (a route, a
/// model) does not split what speaks for it.
type Theme<'l> = (&'l str, &'l str, &'l str, Option<VersionId>);

fn theme(label: &Label) -> Theme<'_> {
    let source = label.origin.split(", ").next().unwrap_or_default();
    (source, &label.code, &label.variant, label.version)
}

/// Distinct amounts that only the first, both, and only the second of two labels explain.
type Overlap = (usize, usize, usize);

impl Supports {
    pub(crate) fn new(case_set: &CaseSet, labels: &Labels, found: &[Found]) -> Supports {
        let mut themes: BTreeMap<Theme, (Vec<u32>, BTreeSet<usize>)> = BTreeMap::new();
        for (at, one) in found.iter().enumerate() {
            for fit in &one.fits {
                let (amounts, calls) = themes.entry(theme(labels.get(fit.label))).or_default();
                amounts.push(case_set.amounts[at]);
                calls.insert(at);
            }
        }
        for (amounts, _) in themes.values_mut() {
            amounts.sort_unstable();
            amounts.dedup();
        }
        let of = |label: LabelId| themes.get(&theme(labels.get(label)));
        let by_label: Vec<Vec<u32>> =
            (0..labels.len()).map(|label| of(label).map_or_else(Vec::new, |t| t.0.clone())).collect();
        let calls = (0..labels.len()).map(|label| of(label).map_or(0, |t| t.1.len() as u64)).collect();
        let targets: BTreeMap<u32, Amount> =
            case_set.amounts.iter().copied().zip(case_set.cases.iter().map(|c| c.target)).collect();
        let is_something = |a: &&u32| targets.get(a).is_some_and(|target| !target.is_zero());
        let above_zero = by_label.iter().map(|amounts| amounts.iter().filter(is_something).count()).collect();
        let weigh = |(label, amounts): (LabelId, &Vec<u32>)| {
            let slight = labels.traits(label).nature == Nature::Slight;
            amounts.iter().filter_map(|a| targets.get(a)).map(|target| chance::weight(*target, slight)).sum()
        };
        let weights = by_label.iter().enumerate().map(weigh).collect();
        Supports { by_label, above_zero, calls, weights, compared: RefCell::default() }
    }

    /// How many distinct amounts a label explains.
    pub(crate) fn distinct(&self, label: LabelId) -> usize {
        self.by_label[label].len()
    }

    /// How many distinct amounts other than 0 a label explains.
    pub(crate) fn above_zero(&self, label: LabelId) -> usize {
        self.above_zero[label]
    }

    pub(crate) fn calls(&self, label: LabelId) -> u64 {
        self.calls[label]
    }

    /// What fitting all of them says against an accident.
    pub(crate) fn weight(&self, label: LabelId) -> i64 {
        self.weights[label]
    }

    fn compare(&self, a: LabelId, b: LabelId) -> Overlap {
        *self.compared.borrow_mut().entry((a, b)).or_insert_with(|| {
            let (a, b) = (&self.by_label[a], &self.by_label[b]);
            let both = a.iter().filter(|amount| b.binary_search(amount).is_ok()).count();
            (a.len() - both, both, b.len() - both)
        })
    }
}

/// A cause that fits a case, with the best supported of its labels.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) code: String,
    pub(crate) label: LabelId,
    /// Other labels of the cause that fit the case.
    pub(crate) others: Vec<LabelId>,
    pub(crate) marked: bool,
    contradicted: bool,
}

/// What settled a contest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Nothing else fits.
    Alone,
    /// Calls that are as expected speak against the others.
    Matched,
    /// It explains more.
    Support,
    /// Only this one shows on the call.
    Mark,
    /// Several show on the call, and this is the nearest to hand.
    Rank,
    /// Nothing did.
    Open,
}

/// One candidate a cause, in the order in which they were tried.
pub(crate) fn candidates(fits: &[Fit], labels: &Labels, supports: &Supports) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = Vec::new();
    for fit in fits {
        let code = &labels.get(fit.label).code;
        let Some(known) = all.iter_mut().find(|c| c.code == *code) else {
            let (label, marked, contradicted) = (fit.label, fit.marked, fit.contradicted);
            all.push(Candidate { code: code.clone(), label, others: Vec::new(), marked, contradicted });
            continue;
        };
        if fit.label == known.label {
            continue;
        }
        let standing = |label, contradicted: bool| (!contradicted, supports.distinct(label));
        if standing(fit.label, fit.contradicted) > standing(known.label, known.contradicted) {
            known.others.push(known.label);
            (known.label, known.marked, known.contradicted) = (fit.label, fit.marked, fit.contradicted);
        } else {
            known.others.push(fit.label);
        }
    }
    all
}

/// Which candidates are left, and what ruled out the others.
pub(crate) fn break_tie(mut all: Vec<Candidate>, labels: &Labels, supports: &Supports) -> (Vec<Candidate>, By) {
    if all.len() == 1 {
        return (all, By::Alone);
    }
    let sound = |c: &Candidate| !c.contradicted && labels.traits(c.label).nature != Nature::Incidental;
    if all.iter().any(sound) && all.iter().any(|c| c.contradicted) {
        all.retain(|c| !c.contradicted);
        if all.len() == 1 {
            return (all, By::Matched);
        }
    }
    let unbeaten: Vec<Candidate> = all.iter().filter(|b| !all.iter().any(|a| beats(a, b, supports))).cloned().collect();
    match unbeaten.len() {
        0 => {}
        1 => return (unbeaten, By::Support),
        _ => all = unbeaten,
    }
    let shown: Vec<Candidate> = all.iter().filter(|c| c.marked && !c.contradicted).cloned().collect();
    match shown.len() {
        0 => return (all, By::Open),
        1 => return (shown, By::Mark),
        _ => {}
    }
    let rank = |c: &Candidate| labels.traits(c.label).rank;
    let lowest = shown.iter().map(rank).min();
    let nearest: Vec<Candidate> = shown.iter().filter(|c| Some(rank(c)) == lowest).cloned().collect();
    if nearest.len() == 1 { (nearest, By::Rank) } else { (shown, By::Open) }
}

/// Whether what `a` explains beyond `b` makes `b` an accident or a part of `a`.
fn beats(a: &Candidate, b: &Candidate, supports: &Supports) -> bool {
    let (only_a, both, only_b) = supports.compare(a.label, b.label);
    if only_b > 0 {
        return only_a >= SEVERAL && only_a >= 10 * only_b;
    }
    // A few more calls do not outweigh that all the others show the mark of `b`.
    let outweighs = a.marked || !b.marked || both < SEVERAL || 4 * only_a >= both;
    only_a > 0 && outweighs
}
