//! From what calls should have cost to what the ledger debited, line by line.

use std::collections::BTreeMap;

use crate::domain::money::Amount;
use crate::domain::reconcile::{Certainty, Class, Finding, Leg, LegSum};

/// A sum of a report has more digits than can be held exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sum of the report has more digits than can be held exactly")]
pub(crate) struct ReportOverflow;

/// What the findings of one class, cause and certainty come to in a leg and unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CauseSum {
    pub leg: Leg,
    pub unit: String,
    pub class: Class,
    /// Empty where unexplained; several joined by ` or ` where ambiguous.
    pub cause: String,
    pub certainty: Certainty,
    pub findings: u64,
    /// Of differences above and below 0.
    pub above: Amount,
    pub below: Amount,
    pub net: Amount,
}

impl CauseSum {
    pub(crate) fn size(&self) -> Amount {
        self.above.checked_sub(self.below).unwrap_or(self.above)
    }
}

/// Findings by leg, unit, class, cause and certainty; the largest size first within a leg and unit.
/// Findings without a difference are counted under their unit, or none.
///
/// # Errors
/// When a sum overflows.
pub(crate) fn by_cause<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Result<Vec<CauseSum>, ReportOverflow> {
    let mut sums: BTreeMap<(Leg, String, Class, String, Certainty), CauseSum> = BTreeMap::new();
    for f in findings {
        let cause = if f.cause.is_empty() { f.candidates.join(" or ") } else { f.cause.clone() };
        let unit = f.unit.clone().unwrap_or_default();
        let sum = sums.entry((f.leg, unit.clone(), f.class, cause.clone(), f.certainty)).or_insert_with(|| CauseSum {
            leg: f.leg,
            unit,
            class: f.class,
            cause,
            certainty: f.certainty,
            findings: 0,
            above: Amount::ZERO,
            below: Amount::ZERO,
            net: Amount::ZERO,
        });
        sum.findings += 1;
        let difference = f.difference.unwrap_or_default();
        let side = if difference.is_negative() { &mut sum.below } else { &mut sum.above };
        *side = side.checked_add(difference).ok_or(ReportOverflow)?;
        sum.net = sum.net.checked_add(difference).ok_or(ReportOverflow)?;
    }
    let mut sums: Vec<CauseSum> = sums.into_values().collect();
    sums.sort_by(|a, b| (a.leg, &a.unit).cmp(&(b.leg, &b.unit)).then(b.size().cmp(&a.size())));
    Ok(sums)
}

/// One line of a tie-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub kind: LineKind,
    pub amount: Amount,
    /// Rows or findings behind it.
    pub rows: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LineKind {
    Expected,
    /// Findings of a leg by class, cause and certainty.
    Cause(Leg, Class, String, Certainty),
    /// A class that differs without a finding: tolerated, in time, pending.
    Quiet(Leg, Class),
    /// What the gateway recorded for calls that have no expected amount, less what is expected where
    /// nothing is recorded; in the posting leg what such rows were debited beyond that.
    NotCompared(Leg),
    Recorded,
    /// Other loggings of a call: they cost nothing and are debited nothing.
    Repeated,
    /// Expected of calls for which nothing is recorded: the ledger is held against it.
    Unrecorded,
    Posted,
    /// What no finding itemises; 0 where the books are right.
    Rest(Leg),
}

impl LineKind {
    /// Whether it is a stage rather than a step between stages.
    pub(crate) fn is_stage(&self) -> bool {
        matches!(self, LineKind::Expected | LineKind::Recorded | LineKind::Posted)
    }
}

/// The way from expected over recorded to posted in one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TieOut {
    pub unit: String,
    pub lines: Vec<Line>,
    /// Whether the ledger is compared at all.
    pub has_ledger: bool,
    pub expected: Amount,
    pub recorded: Amount,
    pub posted: Amount,
    /// Sizes of differences by certainty, over the charge, posting, balance and funding legs.
    pub sizes: BTreeMap<Certainty, (u64, Amount)>,
}

impl TieOut {
    /// What is left when every step is added to where the way begins: 0, or the page does not tie out.
    pub(crate) fn control(&self) -> Option<Amount> {
        let steps = self.lines.iter().filter(|l| l.kind == LineKind::Expected || !l.kind.is_stage());
        let end = if self.has_ledger { self.posted } else { self.recorded };
        Amount::sum(steps.map(|l| l.amount))?.checked_sub(end)
    }

    pub(crate) fn size(&self, certainty: Certainty) -> (u64, Amount) {
        self.sizes.get(&certainty).copied().unwrap_or_default()
    }
}

fn fits(sum: Option<Amount>) -> Result<Amount, ReportOverflow> {
    sum.ok_or(ReportOverflow)
}

/// Every unit of the classes and findings, tied out.
///
/// # Errors
/// When a sum overflows.
pub(crate) fn tie_out(classes: &[LegSum], findings: &[Finding]) -> Result<Vec<TieOut>, ReportOverflow> {
    let causes = by_cause(findings)?;
    let mut units: Vec<&str> = classes.iter().map(|c| c.unit.as_str()).filter(|u| !u.is_empty()).collect();
    units.extend(causes.iter().map(|c| c.unit.as_str()).filter(|u| !u.is_empty()));
    units.sort_unstable();
    units.dedup();
    units.into_iter().map(|unit| one(unit, classes, &causes)).collect()
}

fn one(unit: &str, classes: &[LegSum], causes: &[CauseSum]) -> Result<TieOut, ReportOverflow> {
    let leg = |leg: Leg| classes.iter().filter(move |c| c.leg == leg && c.unit == unit);
    let total = |of: Leg, amount: fn(&LegSum) -> Amount| fits(Amount::sum(leg(of).map(amount)));
    let rows = |of: Leg| leg(of).map(|c| c.rows).sum::<u64>();
    let (expected, recorded) = (total(Leg::Charge, |c| c.expected)?, total(Leg::Charge, |c| c.recorded)?);
    let posted = total(Leg::Posting, |c| c.posted)?;
    let mut lines = vec![Line { kind: LineKind::Expected, amount: expected, rows: rows(Leg::Charge) }];
    steps(Leg::Charge, &leg(Leg::Charge).collect::<Vec<_>>(), causes, unit, &mut lines)?;
    lines.push(Line { kind: LineKind::Recorded, amount: recorded, rows: rows(Leg::Charge) });
    let has_ledger = leg(Leg::Posting).any(|c| c.class != Class::NotCompared);
    if has_ledger {
        let compared = total(Leg::Posting, |c| c.recorded)?;
        let unrecorded = total(Leg::Posting, |c| c.expected)?;
        let repeated = fits(compared.checked_sub(recorded))?;
        for (kind, amount) in [(LineKind::Repeated, repeated), (LineKind::Unrecorded, unrecorded)] {
            if !amount.is_zero() {
                lines.push(Line { kind, amount, rows: 0 });
            }
        }
        steps(Leg::Posting, &leg(Leg::Posting).collect::<Vec<_>>(), causes, unit, &mut lines)?;
        lines.push(Line { kind: LineKind::Posted, amount: posted, rows: rows(Leg::Posting) });
    }
    let mut sizes: BTreeMap<Certainty, (u64, Amount)> = BTreeMap::new();
    for cause in causes.iter().filter(|c| c.unit == unit && !matches!(c.leg, Leg::Usage | Leg::Policy)) {
        let size = sizes.entry(cause.certainty).or_default();
        *size = (size.0 + cause.findings, fits(size.1.checked_add(cause.size()))?);
    }
    Ok(TieOut { unit: unit.to_owned(), lines, has_ledger, expected, recorded, posted, sizes })
}

/// The differences of one leg: its findings by cause, its quiet classes, what cannot be compared.
fn steps(
    leg: Leg,
    classes: &[&LegSum],
    causes: &[CauseSum],
    unit: &str,
    lines: &mut Vec<Line>,
) -> Result<(), ReportOverflow> {
    let mut rest = fits(Amount::sum(classes.iter().map(|c| c.difference)))?;
    let apart = |class: Class| matches!(class, Class::Unpriced | Class::NotCompared);
    for cause in causes.iter().filter(|c| c.leg == leg && c.unit == unit && !apart(c.class)) {
        rest = fits(rest.checked_sub(cause.net))?;
        let kind = LineKind::Cause(leg, cause.class, cause.cause.clone(), cause.certainty);
        lines.push(Line { kind, amount: cause.net, rows: cause.findings });
    }
    for class in Class::ALL.iter().filter(|c| c.is_quiet()) {
        let of_class = || classes.iter().filter(|c| c.class == *class);
        let amount = fits(Amount::sum(of_class().map(|c| c.difference)))?;
        if !amount.is_zero() {
            rest = fits(rest.checked_sub(amount))?;
            lines.push(Line { kind: LineKind::Quiet(leg, *class), amount, rows: of_class().map(|c| c.rows).sum() });
        }
    }
    let mut uncompared = (Amount::ZERO, 0);
    for class in classes.iter().filter(|c| apart(c.class)) {
        let amount = match leg {
            Leg::Charge => class.recorded.checked_sub(class.expected),
            _ => class.posted.checked_sub(class.recorded).and_then(|a| a.checked_sub(class.expected)),
        };
        uncompared = (fits(uncompared.0.checked_add(fits(amount)?))?, uncompared.1 + class.rows);
    }
    if !uncompared.0.is_zero() {
        lines.push(Line { kind: LineKind::NotCompared(leg), amount: uncompared.0, rows: uncompared.1 });
    }
    if !rest.is_zero() {
        lines.push(Line { kind: LineKind::Rest(leg), amount: rest, rows: 0 });
    }
    Ok(())
}
