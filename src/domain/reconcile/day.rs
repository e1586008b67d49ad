//! A day from its partitions: what needs whole accounts or the whole day.
//!
//! The partitions' results are merged; then movements are matched by span and by amount, both legs get
//! their classes and sums, findings their causes, and wallets are rolled forward.

use std::sync::Arc;

use super::charge::expected_amounts::Compared;
use super::counted::counted;
use super::error::PassError;
use super::findings::finding::{Class, Finding, Leg};
use super::findings::{FindingContext, conflict_finding, named_findings, sort};
use super::input::{DayInput, DayResult, MovementRow};
use super::laws::check;
use super::merge::{MergedDay, merge};
use super::partition::{DayIndex, Partition, PartitionResult};
use super::policy::{self, LedgerDay, LedgerOutcome};
use super::posting::classify::{PostingLeg, posting_leg};
use super::posting::matching::{MatchInput, pair};
use super::sums::{Legs, sums};
use super::unit_rates::Ratios;
use crate::domain::ledger::Posting;
use crate::domain::money::Amount;

/// Reconciles a day from the results of all its partitions, in their order.
///
/// # Errors
/// [`PassError`]: a sum that does not fit, a source or book that is not declared, a broken law. Which
/// of several is told does not depend on how the day was cut.
pub fn close_day<'d>(
    index: &'d DayIndex<'d>,
    partitions: &[Partition<'d>],
    results: Vec<Result<PartitionResult<'d>, PassError>>,
) -> Result<DayResult, PassError> {
    if partitions.len() > 1 && results.iter().any(Result::is_err) {
        // One partition meets the day's first error first.
        let whole = index.partitions(1);
        let results: Vec<_> = whole.iter().map(Partition::reconcile).collect();
        return from_merged(index, merge(index, &whole, results)?);
    }
    from_merged(index, merge(index, partitions, results)?)
}

/// Everything that follows once the partitions are one day.
pub(super) fn from_merged(index: &DayIndex<'_>, merged: MergedDay<'_>) -> Result<DayResult, PassError> {
    let (input, rows) = (index.input, &index.rows);
    let MergedDay { rated, call_of, compared, matches, charge } = merged;
    let mut ratios = Ratios::new(&input.rules.units);
    let matching = MatchInput {
        rows,
        call_of: &call_of,
        compared: &compared,
        movements: &index.movements,
        within: input.rules.match_within,
    };
    let pairing = pair(&matching, matches, &mut ratios)?;
    let posting = posting_leg(input, &matching, &pairing, &mut ratios)?;
    let usage = usage_leg(&matching, input);
    let counted = counted(input, &index.standing.postings, &matching, &pairing, &posting);
    let movements = movement_rows(&matching, &posting);
    let legs = Legs {
        unit: &compared.unit,
        expected: &compared.expected,
        charge: &charge,
        posting: &posting,
        unmatched: &unmatched_entries(&matching, &posting, &movements),
        usage: &usage,
    };
    let sums = sums(rows, &legs)?;
    let context = FindingContext {
        input,
        matching: &matching,
        rated: &rated,
        pairing: &pairing,
        charge: &charge,
        posting: &posting,
    };
    let mut findings = named_findings(&context, &mut ratios)?;
    let is_call: Vec<bool> = (0..rows.day).map(|row| matching.is_call(row)).collect();
    let representation = compared.representation_moved(&rows.names)?;
    let Compared { unit, mut expected, .. } = compared;
    expected.truncate(rows.day);
    let unit: Vec<Arc<str>> = unit[..rows.day].iter().map(|u| rows.names.name(*u).clone()).collect();
    let wallets = check_ledger(index, (&is_call, &unit, &expected), &findings)?;
    findings.extend(wallets.findings);
    let in_day = |at| input.span.0 <= at && at < input.span.1;
    let conflicts: Vec<_> = index.standing.conflicts.iter().filter(|c| in_day(c.posted_at)).cloned().collect();
    findings.extend(conflicts.iter().map(|c| conflict_finding(&input.postings[c.posting as usize], c)));
    sort(&mut findings);
    let result = DayResult {
        charges: rated.charges,
        unit,
        expected,
        posted: posting.posted,
        charge_class: charge,
        posting_class: posting.class,
        movements,
        counted,
        conflicts,
        findings,
        sums,
        representation,
        carry: wallets.carry,
        roll_forward: wallets.roll_forward,
    };
    check(input.calls, &result)?;
    Ok(result)
}

fn usage_leg(matching: &MatchInput<'_>, input: &DayInput<'_>) -> Vec<Class> {
    let (rows, has_usage) = (matching.rows, input.calls.has_usage());
    let class = |row: usize| match rows.usage_note(row) {
        Some(_) if matching.is_call(row) => Class::UsageOverlap,
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
fn unmatched_entries(
    matching: &MatchInput<'_>,
    posting: &PostingLeg,
    rows: &[MovementRow],
) -> Vec<(u32, u32, Class, Amount)> {
    let unit = |movement| matching.movements.get(movement).unit;
    let entries = posting.unmatched.iter().zip(rows);
    entries.map(|(u, row)| (matching.rows.no_name(), unit(u.movement), row.class, row.posted)).collect()
}

/// The legs that watch the ledger, over the day's own rows.
fn check_ledger(
    index: &DayIndex<'_>,
    (is_call, unit, expected): (&[bool], &[Arc<str>], &[Option<Amount>]),
    findings: &[Finding],
) -> Result<LedgerOutcome, PassError> {
    let input = index.input;
    let cost: Vec<Option<Amount>> =
        expected.iter().enumerate().map(|(row, expected)| input.calls.recorded(row).or(*expected)).collect();
    let postings: Vec<Posting> =
        index.standing.postings.iter().map(|at| input.postings[*at as usize].clone()).collect();
    let posting_findings: Vec<Finding> = findings.iter().filter(|f| f.leg == Leg::Posting).cloned().collect();
    let day = LedgerDay {
        span: input.span,
        rules: input.rules,
        parties: input.parties,
        calls: input.calls,
        is_call,
        cost: &cost,
        unit,
        postings: &postings,
        balances: input.balances,
        opening: input.opening,
        posting_findings: &posting_findings,
    };
    policy::check(&day).map_err(|e| PassError::Ledger(e.to_string()))
}
