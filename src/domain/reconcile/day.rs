//! One day's pass: assign, rate, identify, compare, match, classify, name, sum up, check.

use std::sync::Arc;

use super::charge::assign_book::assign;
use super::charge::classify::charge_leg;
use super::charge::expected_amounts::{Compared, RatedCalls, compare};
use super::dedupe::{Identities, identify, standing};
use super::error::{PassError, aligned};
use super::findings::finding::{Certainty, Class, Finding, Leg};
use super::findings::{CauseStatus, FindingContext, PendingFinding, pending};
use super::input::{DayInput, DayResult, MovementRow, PostingConflict};
use super::laws::check;
use super::posting::classify::{PostingLeg, posting_leg};
use super::posting::matching::{MatchInput, Movements, pair};
use super::row_view::Rows;
use super::seams::{Judged, LedgerLegs, Naming, Suspect};
use super::sums::{Legs, sums};
use super::unit_rates::Ratios;
use crate::domain::ledger::{Posting, posting_hash};
use crate::domain::money::Amount;
use crate::domain::price::Header;
use crate::domain::rating::{Rater, rate};

/// What is plugged into a pass.
#[derive(Clone, Copy)]
pub struct Seams<'a> {
    pub naming: &'a dyn Naming,
    pub ledger: &'a dyn LedgerLegs,
}

/// Rates and reconciles a day.
///
/// # Errors
/// [`PassError`]: a sum that does not fit, a source or book that is not declared, a broken law.
pub fn reconcile_day(input: &DayInput<'_>, seams: Seams<'_>) -> Result<DayResult, PassError> {
    let rated = |calls| -> Result<RatedCalls, PassError> {
        let assignment = assign(input.rules, input.raters, input.parties, calls)?;
        let charges = rate(input.raters, calls, &assignment);
        Ok(RatedCalls { assignment, charges })
    };
    reconcile_rated(input, rated(input.calls)?, &rated(input.context_calls)?, seams)
}

/// Reconciles a day whose calls are rated.
///
/// # Errors
/// As [`reconcile_day`].
pub fn reconcile_rated(
    input: &DayInput<'_>,
    mut rated: RatedCalls,
    near: &RatedCalls,
    seams: Seams<'_>,
) -> Result<DayResult, PassError> {
    aligned(input.calls, rated.charges.len())?;
    aligned(input.context_calls, near.charges.len())?;
    let mut rows = Rows::new(input.calls, input.context_calls);
    let identities = identify(&rows);
    refuse_copies(&rows, &identities)?;
    let books: Vec<&Header> = input.raters.iter().map(Rater::book).map(|b| &b.header).collect();
    let mut ratios = Ratios::new(&input.rules.units);
    let compared = compare(&mut rows, input.rules, &books, [&rated, near], &identities, &mut ratios)?;
    for row in (0..rows.day).filter(|row| !identities.is_call(*row)) {
        rated.charges.amount[row] = Amount::ZERO;
    }
    let stands = standing(input.postings);
    let movements = Movements::new(input.postings, &stands.postings, &mut rows);
    let rows = &rows;
    let matching = MatchInput {
        rows,
        identities: &identities,
        compared: &compared,
        movements: &movements,
        within: input.rules.match_within,
    };
    let charge = charge_leg(rows, &compared, &rated, &identities, input.rules)?;
    let pairing = pair(&matching, &mut ratios)?;
    let posting = posting_leg(input, &matching, &pairing, &mut ratios)?;
    let context = FindingContext {
        input,
        matching: &matching,
        rated: &rated,
        pairing: &pairing,
        charge: &charge,
        posting: &posting,
    };
    let pending = pending(&context, &mut ratios)?;
    let usage = usage_leg(rows, &identities, input);
    let movement_rows = movement_rows(&matching, &posting);
    let unmatched: Vec<_> =
        posting.unmatched.iter().zip(&movement_rows).map(|(l, m)| loose_entry(&matching, l.movement, m)).collect();
    let legs = Legs {
        unit: &compared.unit,
        expected: &compared.expected,
        charge: &charge,
        posting: &posting,
        unmatched: &unmatched,
        usage: &usage,
    };
    let sums = sums(rows, &legs)?;
    let in_day = |at| input.span.0 <= at && at < input.span.1;
    let Compared { unit, mut expected, moved, .. } = compared;
    expected.truncate(input.calls.len());
    let unit: Vec<Arc<str>> = unit[..input.calls.len()].iter().map(|u| rows.names.name(*u).clone()).collect();
    let postings: Vec<_> = stands.postings.iter().map(|p| &input.postings[*p as usize]).collect();
    let is_call: Vec<bool> = (0..rows.len()).map(|row| identities.is_call(row)).collect();
    let mut judged = Judged {
        input,
        rated: &rated,
        near,
        is_call: &is_call,
        unit: &unit,
        expected: &expected,
        posted: &posting.posted,
        charge_class: &charge,
        posting_class: &posting.class,
        postings: &postings,
        findings: &[],
    };
    let mut findings = named(pending, seams.naming, &judged);
    judged.findings = &findings;
    let outcome = seams.ledger.judge(&judged)?;
    findings.extend(outcome.findings);
    let conflicts: Vec<_> = stands.conflicts.into_iter().filter(|c| in_day(c.posted_at)).collect();
    findings.extend(conflicts.iter().map(|c| conflict_finding(&input.postings[c.posting as usize], c)));
    sort(&mut findings);
    let result = DayResult {
        charges: rated.charges,
        unit,
        expected,
        posted: posting.posted,
        charge_class: charge,
        posting_class: posting.class,
        movements: movement_rows,
        conflicts,
        findings,
        sums,
        representation: moved,
        carry: outcome.carry,
        roll_forward: outcome.roll_forward,
    };
    check(input.calls, &result)?;
    Ok(result)
}

/// A ledger that says two things under one id: one of them stands, and a person must see the other.
fn conflict_finding(set_aside: &Posting, conflict: &PostingConflict) -> Finding {
    let content = format!("{:032x}", posting_hash(set_aside));
    let mut finding = Finding::of_posting(
        Leg::Funding,
        Class::PostingConflict,
        "posting_conflict",
        &[&set_aside.posting_id, &content],
        set_aside,
    );
    finding.expected = Some(-conflict.stands_for);
    finding.difference = conflict.stands_for.checked_sub(conflict.amount);
    finding
        .because("posting_conflict", &set_aside.account_id, Certainty::Exact)
        .with("stands", format_args!("{} {}", conflict.stands_for, set_aside.unit))
        .with("set_aside", format_args!("{} {}", conflict.amount, set_aside.unit))
}

/// Whoever reads the calls drops copies, and counts them.
fn refuse_copies(rows: &Rows<'_>, identities: &Identities) -> Result<(), PassError> {
    match identities.copies.first().map(|row| *row as usize).filter(|row| *row < rows.day) {
        Some(row) => Err(PassError::IdenticalRows {
            source_name: rows.source_name(row).to_string(),
            call_id: rows.call_id(row).to_owned(),
        }),
        None => Ok(()),
    }
}

fn usage_leg(rows: &Rows<'_>, identities: &Identities, input: &DayInput<'_>) -> Vec<Class> {
    let has_usage = input.calls.has_usage();
    let class = |row: usize| match rows.usage_note(row) {
        Some(_) if identities.is_call(row) => Class::UsageOverlap,
        _ if has_usage.value(row) => Class::Matched,
        _ => Class::NotCompared,
    };
    (0..rows.day).map(class).collect()
}

fn movement_rows(matching: &MatchInput<'_>, posting: &PostingLeg) -> Vec<MovementRow> {
    let row = |unmatched: &super::posting::classify::UnmatchedPosting| {
        let p = matching.movements.posting(unmatched.movement);
        MovementRow {
            posting_id: p.posting_id.clone(),
            account_id: p.account_id.to_string(),
            unit: p.unit.to_string(),
            class: unmatched.class,
            posted: unmatched.posted,
            difference: Some(unmatched.posted),
        }
    };
    posting.unmatched.iter().map(row).collect()
}

/// Movements without a call are summed under no source.
fn loose_entry(matching: &MatchInput<'_>, movement: u32, row: &MovementRow) -> (u32, u32, Class, Amount) {
    (matching.rows.no_name(), matching.movements.get(movement).unit, row.class, row.posted)
}

/// Asks for the causes that are still open, and writes them down.
fn named(pending: Vec<PendingFinding>, naming: &dyn Naming, judged: &Judged<'_>) -> Vec<Finding> {
    let ask = |d: &PendingFinding| if let CauseStatus::Ask(suspect) = &d.open { Some(suspect.clone()) } else { None };
    let suspects: Vec<Suspect> = pending.iter().filter_map(ask).collect();
    let verdicts = if suspects.is_empty() { Vec::new() } else { naming.name(judged, &suspects) };
    let mut verdicts = suspects.iter().zip(&verdicts);
    let mut findings = Vec::with_capacity(pending.len());
    let mut of_charge = std::collections::HashMap::new();
    for PendingFinding { mut finding, open } in pending {
        match open {
            CauseStatus::Known => {}
            CauseStatus::Ask(_) => {
                if let Some((suspect, verdict)) = verdicts.next() {
                    verdict.onto(&mut finding);
                    if suspect.leg == Leg::Charge {
                        of_charge.insert(suspect.row, verdict);
                    }
                }
            }
            CauseStatus::AsCharge(row) => {
                if let Some(verdict) = of_charge.get(&row) {
                    verdict.onto(&mut finding);
                }
            }
        }
        findings.push(finding);
    }
    findings
}

/// Any order of input gives this order of findings.
fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let order = |f: &'_ Finding| (f.leg, f.at, f.attempt);
        let text = |a: &Finding, b: &Finding| {
            (&a.source, &a.call_id, &a.posting_id, &a.finding_id).cmp(&(
                &b.source,
                &b.call_id,
                &b.posting_id,
                &b.finding_id,
            ))
        };
        order(a).cmp(&order(b)).then_with(|| text(a, b))
    });
}
