//! From what fits to what is said, and how surely.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Case, Diagnosis};
use super::cause::Nature;
use super::chance::{self, Ways};
use super::cohort::CaseSet;
use super::cohort_search::Found;
use super::explanation::{LabelId, Labels};
use super::tie_break::{By, Candidate, SEVERAL, Supports, break_tie, candidates};
use crate::domain::money::{Amount, Mode, mul_div_round};
use crate::domain::period::Instant;
use crate::domain::reconcile::findings::finding::Certainty;

/// Fewer significant digits than this never make a single amount convincing.
const DIGITS: u32 = 4;

/// Places of most currencies, where a source wrote nothing but zeros.
const MONEY_PLACES: u32 = 2;

/// The nearest supposition is told where it leaves less than one part in so many of the difference.
const NEAR: u128 = 1_000;

struct Bar<'d> {
    case_set: &'d CaseSet<'d>,
    labels: &'d Labels,
    supports: Supports,
    /// Distinct amounts that nothing fits, by source and model.
    open: BTreeMap<(&'d str, &'d str), usize>,
    ways: Ways,
    /// Sources and models of which every call charged 0 costs so little that it is 0 in the places the source writes.
    vanishing: BTreeSet<(&'d str, &'d str)>,
    /// First and last instant of what each label fits.
    spans: Vec<Option<(Instant, Instant)>>,
}

/// A diagnosis for each case, in the order the caller gave them.
pub(crate) fn decide(case_set: &CaseSet, labels: &Labels, found: &[Found]) -> Vec<Diagnosis> {
    let bar = Bar {
        case_set,
        labels,
        supports: Supports::new(case_set, labels, found),
        open: open_amounts(case_set, found),
        ways: Ways::up_to(case_set.cases.len()),
        vanishing: vanishing(case_set),
        spans: spans(case_set, labels, found),
    };
    let mut all: Vec<(usize, Diagnosis)> =
        found.iter().enumerate().map(|(at, one)| (case_set.given[at], bar.judge(at, one))).collect();
    all.sort_by_key(|(given, _)| *given);
    all.into_iter().map(|(_, diagnosis)| diagnosis).collect()
}

fn open_amounts<'d>(case_set: &'d CaseSet, found: &[Found]) -> BTreeMap<(&'d str, &'d str), usize> {
    let mut amounts: BTreeMap<(&str, &str), BTreeSet<u32>> = BTreeMap::new();
    for (at, case) in case_set.cases.iter().enumerate().filter(|(at, _)| found[*at].fits.is_empty()) {
        amounts.entry((case.source, case.facts.model)).or_default().insert(case_set.amounts[at]);
    }
    amounts.into_iter().map(|(key, set)| (key, set.len())).collect()
}

fn vanishing<'d>(case_set: &'d CaseSet) -> BTreeSet<(&'d str, &'d str)> {
    let zeros = || case_set.cases.iter().filter(|case| case.target.is_zero());
    let place = |case: &&'d Case<'d>| (case.source, case.facts.model);
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    zeros().for_each(|case| *counts.entry((case.source, case.facts.model)).or_default() += 1);
    let mut all: BTreeSet<(&str, &str)> = counts.into_iter().filter(|(_, n)| *n >= SEVERAL).map(|(at, _)| at).collect();
    for case in case_set.cases.iter().copied().filter(|case| case.target.is_zero()) {
        let places = case_set.places.get(case.source).copied().unwrap_or(MONEY_PLACES);
        if case.expected.round(places, Mode::HalfUp) != Some(Amount::ZERO) {
            all.remove(&place(&case));
        }
    }
    all
}

fn spans(case_set: &CaseSet, labels: &Labels, found: &[Found]) -> Vec<Option<(Instant, Instant)>> {
    let mut spans: Vec<Option<(Instant, Instant)>> = vec![None; labels.len()];
    for (case, one) in case_set.cases.iter().zip(found) {
        let at = case.price_instant();
        for fit in &one.fits {
            let (first, last) = spans[fit.label].unwrap_or((at, at));
            spans[fit.label] = Some((first.min(at), last.max(at)));
        }
    }
    spans
}

impl Bar<'_> {
    fn judge(&self, at: usize, found: &Found) -> Diagnosis {
        let case = self.case_set.cases[at];
        let fitting = candidates(&found.fits, self.labels, &self.supports);
        // A pair is one of very many: without weight behind it, it says nothing.
        let is_pair = |c: &Candidate| c.code.contains('+');
        let serious: Vec<Candidate> = fitting
            .iter()
            .filter(|c| !is_pair(c) || self.bits(c.label, case, found) > 0)
            .filter(|c| !self.is_idle(case, c))
            .cloned()
            .collect();
        if serious.is_empty() {
            return unexplained(case, found, &fitting);
        }
        let all: Vec<String> = serious.iter().map(|c| c.code.clone()).collect();
        let (left, by) = break_tie(serious, self.labels, &self.supports);
        match left.as_slice() {
            [one] => self.named(case, found, one, by, &all),
            several => self.ambiguous(case, several),
        }
    }

    /// Every small amount rounds to 0 in some way: only one that shows elsewhere explains a 0.
    fn is_idle(&self, case: &Case, candidate: &Candidate) -> bool {
        let slight = self.labels.traits(candidate.label).nature == Nature::Slight;
        let idle = slight && case.target.is_zero() && self.supports.above_zero(candidate.label) < SEVERAL;
        idle && !self.vanishing.contains(&(case.source, case.facts.model))
    }

    /// Bits against the label fitting by accident all that it fits.
    fn bits(&self, label: LabelId, case: &Case, found: &Found) -> i64 {
        let distinct = self.supports.distinct(label);
        let open = self.open.get(&(case.source, case.facts.model)).copied().unwrap_or(0);
        self.ways.bits(self.supports.weight(label), distinct, distinct + open, found.tried)
    }

    fn certainty(&self, case: &Case, found: &Found, one: &Candidate, by: By) -> Certainty {
        let several = self.supports.distinct(one.label) >= SEVERAL;
        let convincing = several || case.target.significant_digits() >= DIGITS;
        let settled = match by {
            By::Alone | By::Matched | By::Support => true,
            By::Mark => several,
            By::Rank | By::Open => false,
        };
        let implausible = chance::is_implausible(self.bits(one.label, case, found));
        if settled && convincing && implausible { Certainty::Exact } else { Certainty::Suspected }
    }

    fn named(&self, case: &Case, found: &Found, one: &Candidate, by: By, all: &[String]) -> Diagnosis {
        let label = self.labels.get(one.label);
        let mut evidence =
            vec![("variant".to_owned(), label.variant.clone()), ("fits".to_owned(), self.fits(one.label))];
        evidence.extend(self.spell(case, one.label));
        let mut equal: Vec<&str> = one
            .others
            .iter()
            .filter(|l| self.supports.distinct(**l) == self.supports.distinct(one.label))
            .map(|l| self.labels.get(*l).variant.as_str())
            .collect();
        equal.sort_unstable();
        equal.dedup();
        if !equal.is_empty() {
            evidence.push(("same_amounts".to_owned(), equal.join(", ")));
        }
        let mut beaten: Vec<&str> = all.iter().filter(|c| **c != one.code).map(String::as_str).collect();
        beaten.sort_unstable();
        if !beaten.is_empty() {
            evidence.push(("also_fits".to_owned(), beaten.join(", ")));
        }
        if let Some(reason) = reason(by) {
            evidence.push(("decided_by".to_owned(), reason.to_owned()));
        }
        Diagnosis {
            cause: one.code.clone(),
            origin: label.origin.clone(),
            certainty: self.certainty(case, found, one, by),
            candidates: vec![one.code.clone()],
            version_matched: label.version,
            evidence,
        }
    }

    /// When another version's prices were seen, and how far from that version's time.
    fn spell(&self, case: &Case, label: LabelId) -> Vec<(String, String)> {
        let (Some(matched), Some((first, last))) = (self.labels.get(label).version, self.spans[label]) else {
            return Vec::new();
        };
        let mut evidence = vec![("from".to_owned(), first.to_string()), ("until".to_owned(), last.to_string())];
        match case.rater.version_for(&case.facts).map(|v| v.effective_from) {
            Some(began) if began >= matched.effective_from => {
                evidence.push(("lag".to_owned(), last.distance(began).to_string()));
            }
            _ => evidence.push(("lead".to_owned(), matched.effective_from.distance(first).to_string())),
        }
        evidence
    }

    fn ambiguous(&self, case: &Case, several: &[Candidate]) -> Diagnosis {
        let mut sorted: Vec<&Candidate> = several.iter().collect();
        sorted.sort_by(|a, b| a.code.cmp(&b.code));
        let candidates: Vec<String> = sorted.iter().map(|c| c.code.clone()).collect();
        let mut evidence = Vec::new();
        let mut deciding: Vec<&str> = Vec::new();
        for one in sorted {
            let variant = &self.labels.get(one.label).variant;
            evidence.push((one.code.clone(), format!("{variant} ({})", self.fits(one.label))));
            let by = self.labels.traits(one.label).decided_by;
            if !deciding.contains(&by) {
                deciding.push(by);
            }
        }
        evidence.push(("decided_by".to_owned(), deciding.join("; ")));
        Diagnosis {
            cause: String::new(),
            origin: format!("{}: {}", place(case), candidates.join(" or ")),
            certainty: Certainty::Ambiguous,
            candidates,
            version_matched: None,
            evidence,
        }
    }

    fn fits(&self, label: LabelId) -> String {
        let plural = |n: u64, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
        let (calls, amounts) = (self.supports.calls(label), self.supports.distinct(label) as u64);
        format!("{}, {}", plural(calls, "call"), plural(amounts, "distinct amount"))
    }
}

fn reason(by: By) -> Option<&'static str> {
    match by {
        By::Alone | By::Open => None,
        By::Matched => Some("calls that are as expected, and that the others would have changed"),
        By::Support => Some("it explains more of the mismatches"),
        By::Mark => Some("the call shows what this cause needs, and nothing of the others"),
        By::Rank => Some("the more specific of those that the call shows"),
    }
}

fn place(case: &Case) -> String {
    format!("source {}, model {}", case.source, case.facts.model)
}

fn unexplained(case: &Case, found: &Found, weak: &[Candidate]) -> Diagnosis {
    let mut evidence = Vec::new();
    if let Some(ratio) = ratio(case.target, case.expected) {
        evidence.push(("ratio".to_owned(), ratio.to_string()));
    }
    if let Some((name, amount)) = found.closest.as_ref().filter(|(_, amount)| is_near(case, *amount)) {
        evidence.push(("closest".to_owned(), format!("{name} gives {amount}")));
    }
    if case.estimated {
        evidence.push(("usage".to_owned(), "estimated by the gateway".to_owned()));
    }
    if !weak.is_empty() {
        let mut codes: Vec<&str> = weak.iter().map(|c| c.code.as_str()).collect();
        codes.sort_unstable();
        evidence.push(("too_thin".to_owned(), codes.join(", ")));
    }
    if found.cut_short {
        evidence.push(("search".to_owned(), "not every combination was tried within the budget".to_owned()));
    }
    Diagnosis {
        cause: String::new(),
        origin: place(case),
        certainty: Certainty::Unexplained,
        candidates: Vec::new(),
        version_matched: None,
        evidence,
    }
}

/// What comes nearest is worth telling where it leaves less than a thousandth of the difference, and is nearer than
/// what was expected by so much: anything farther explains nothing.
fn is_near(case: &Case, amount: Amount) -> bool {
    let gap = |a: Amount| a.raw().abs_diff(case.target.raw());
    gap(amount).checked_mul(NEAR).is_some_and(|gap_of_it| gap_of_it <= gap(case.expected))
}

/// target / expected to six places.
fn ratio(target: Amount, expected: Amount) -> Option<Amount> {
    let million = mul_div_round(target.raw(), 1_000_000, expected.raw(), Mode::HalfEven)?;
    Amount::from_raw(million.checked_mul(1_000_000_000_000)?)
}
