//! Two causes at once, for cases that no single one explains.

use super::case::Budget;
use super::cause::{After, Cause, Hypothesis, Mutation, Nature};
use super::cohort::spread;
use super::cohort_search::{Fit, Found, Table, concerns, mutations};
use super::explanation::{Label, Labels, Traits};
use super::repricer::Repricer;

/// After so many calls of a cohort in a row that no pair explains, the rest of it is tried only with the pairs that
/// fitted others, and says so: a month in which every call is wrong must close too.
const ENOUGH: usize = 64;

/// Two positions in a cohort's suppositions, the alphabetically earlier cause first.
type Pair = (usize, usize);

/// Tries pairs on a cohort's unexplained cases: a sample, the rest under what fits, then one by one.
pub(crate) fn pairs(
    table: &Table,
    rest: &[usize],
    budget: &Budget,
    allowance: u64,
    labels: &mut Labels,
    found: &mut [Found],
) -> u64 {
    let sample = spread(rest, budget.sample.max(1));
    let mut fitting: Vec<Pair> = Vec::new();
    let (mut spent, mut tried) = (0, 0);
    for at in &sample {
        if spent > allowance {
            found[*at].cut_short = true;
        } else {
            spent += try_all(table, *at, labels, &mut found[*at], &mut fitting);
        }
        tried = tried.max(found[*at].tried);
    }
    let mut in_vain = 0;
    for at in rest.iter().filter(|at| !sample.contains(at)) {
        let known = fitting.clone();
        spent += try_some(table, *at, &known, labels, &mut found[*at]);
        found[*at].tried = tried;
        if !found[*at].fits.is_empty() {
            continue;
        }
        if spent > allowance || in_vain >= ENOUGH {
            found[*at].cut_short = true;
        } else {
            spent += try_all(table, *at, labels, &mut found[*at], &mut fitting);
            in_vain = if found[*at].fits.is_empty() { in_vain + 1 } else { 0 };
        }
    }
    spent
}

fn try_all(table: &Table, at: usize, labels: &mut Labels, found: &mut Found, fitting: &mut Vec<Pair>) -> u64 {
    let mut repricer = Repricer::new(table.case_set.cases[at]);
    if repricer.case.target.is_zero() {
        return 0;
    }
    let single = mutations(table, &mut repricer);
    // Each of them was tried alone before.
    let mut tried = single.len() as u64;
    for (place, (a, first)) in single.iter().enumerate() {
        for (b, second) in &single[place + 1..] {
            let Some((pair, both)) = compose(table, (*a, first), (*b, second)) else { continue };
            tried += 1;
            if repricer.amount_once(&both).is_some_and(|amount| repricer.case.reproduces(amount)) {
                note(table, pair, labels, found);
                if !fitting.contains(&pair) {
                    fitting.push(pair);
                }
            }
        }
    }
    found.tried = tried;
    repricer.spent
}

/// Tries pairs that fit other cases; the case counts as searched as widely as those.
fn try_some(table: &Table, at: usize, which: &[Pair], labels: &mut Labels, found: &mut Found) -> u64 {
    let mut repricer = Repricer::new(table.case_set.cases[at]);
    if repricer.case.target.is_zero() {
        return 0;
    }
    let of = |index: usize, repricer: &Repricer| {
        let (cause, hypothesis) = &table.suppositions[index];
        concerns(cause, repricer.case).then(|| repricer.mutation(hypothesis)).flatten()
    };
    for (a, b) in which {
        let (Some(first), Some(second)) = (of(*a, &repricer), of(*b, &repricer)) else { continue };
        let Some((pair, both)) = compose(table, (*a, &first), (*b, &second)) else { continue };
        if repricer.amount(&both).is_some_and(|amount| repricer.case.reproduces(amount)) {
            note(table, pair, labels, found);
        }
    }
    repricer.spent
}

/// Both changes together, in the order of the causes' names. `None` within one family, and where one
/// of them says the amount whatever the price.
fn compose(table: &Table, a: (usize, &Mutation), b: (usize, &Mutation)) -> Option<(Pair, Mutation)> {
    let cause = |index: usize| table.suppositions[index].0;
    if cause(a.0).family == cause(b.0).family {
        return None;
    }
    let (first, second) = if cause(a.0).code <= cause(b.0).code { (a, b) } else { (b, a) };
    let fixed = |m: &Mutation| m.after.iter().any(|step| matches!(step, After::Is(_)));
    if fixed(first.1) || fixed(second.1) {
        return None;
    }
    let both = Mutation {
        edits: [first.1.edits.as_slice(), &second.1.edits].concat(),
        after: [first.1.after.as_slice(), &second.1.after].concat(),
    };
    Some(((first.0, second.0), both))
}

fn note(table: &Table, pair: Pair, labels: &mut Labels, found: &mut Found) {
    let (a, b): (&(&'static Cause, Hypothesis), _) = (&table.suppositions[pair.0], &table.suppositions[pair.1]);
    let (Some(x), Some(y)) = (a.1.members.first(), b.1.members.first()) else { return };
    let origin = if x.origin == y.origin { x.origin.clone() } else { format!("{}; {}", x.origin, y.origin) };
    let label = Label {
        code: format!("{}+{}", a.0.code, b.0.code),
        origin,
        variant: format!("{}; {}", x.variant, y.variant),
        version: x.version.or(y.version),
    };
    let harder = if a.0.rank >= b.0.rank { a.0 } else { b.0 };
    let incidental = [a.0, b.0].iter().any(|c| c.nature == Nature::Incidental);
    let nature = if incidental { Nature::Incidental } else { harder.nature };
    let traits = Traits { rank: harder.rank, nature, decided_by: harder.decided_by };
    let fit = Fit {
        label: labels.intern(label, traits),
        marked: a.1.marked && b.1.marked,
        contradicted: false,
        hypothesis: None,
    };
    if !found.fits.contains(&fit) {
        found.fits.push(fit);
    }
}
