//! The pass with everything plugged in: causes named by diagnosis, wallets judged by policy.

use std::collections::{BTreeMap, BTreeSet};

use super::day::{Seams, reconcile_day};
use super::diagnose::{Budget, Case, Context, diagnose};
use super::error::PassError;
use super::findings::finding::{Class, Leg};
use super::input::{DayInput, DayResult};
use super::policy::{LedgerDay, check};
use super::seams::{Judged, LedgerLegs, LedgerOutcome, Naming, Suspect, Verdict};
use crate::domain::money::Amount;
use crate::domain::rating::Facts;

/// Calls that are as expected, kept as witnesses: at most so many of each model and route.
const WITNESSES: usize = 24;

/// Reconciles a day in full.
///
/// # Errors
/// [`PassError`]: a sum that does not fit, a source or book that is not declared, a broken law.
pub fn reconcile(input: &DayInput<'_>) -> Result<DayResult, PassError> {
    reconcile_day(input, Seams { naming: &ByCounterfactual, ledger: &ByPolicy })
}

struct ByCounterfactual;

impl Naming for ByCounterfactual {
    fn name(&self, judged: &Judged<'_>, suspects: &[Suspect]) -> Vec<Verdict> {
        let cases: Vec<Case<'_>> = suspects.iter().map(|s| case(judged, s)).collect();
        let witnesses: Vec<Suspect> = witnesses(judged, suspects);
        let matched: Vec<Case<'_>> = witnesses.iter().map(|s| case(judged, s)).collect();
        let (models, groups) = seen(judged);
        let context = Context { matched: &matched, models: &models, groups: &groups, budget: Budget::default() };
        diagnose(&cases, &context)
            .into_iter()
            .map(|d| Verdict {
                candidates: if d.candidates.len() > 1 { d.candidates } else { Vec::new() },
                cause: d.cause,
                origin: d.origin,
                certainty: d.certainty,
                version_matched: d.version_matched,
                evidence: d.evidence,
            })
            .collect()
    }
}

fn case<'a>(judged: &Judged<'a>, suspect: &Suspect) -> Case<'a> {
    let (input, row) = (judged.input, suspect.row);
    let calls = input.calls;
    Case {
        key: calls.call_id().value(row),
        source: calls.source().get(row).unwrap_or_default(),
        facts: Facts::of_row(calls, row, judged.rated.assignment.group_of(row)),
        rater: &input.raters[usize::from(suspect.book)],
        target: suspect.target,
        expected: suspect.expected,
        ratio: suspect.ratio,
        representation: suspect.representation,
        stream: calls.row_stream(row),
        service_tier_requested: calls.service_tier_requested().get(row),
        upstream_cost: calls.recorded_upstream(row),
        estimated: calls.estimated().value(row),
    }
}

/// Matched calls of the models that have suspects, spread over the day.
fn witnesses(judged: &Judged<'_>, suspects: &[Suspect]) -> Vec<Suspect> {
    let calls = judged.input.calls;
    let model = calls.model();
    let wanted: BTreeSet<Option<&str>> = suspects.iter().map(|s| model.get(s.row)).collect();
    let mut rows: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for row in 0..calls.len() {
        let is_witness = judged.charge_class[row] == Class::Matched && judged.is_call[row];
        if is_witness && wanted.contains(&model.get(row)) {
            let route = (model.get(row), calls.provider().get(row), calls.endpoint().get(row));
            let how = (calls.row_stream(row), calls.is_batch().value(row), calls.outcome().get(row));
            rows.entry((route, how)).or_default().push(row);
        }
    }
    let spread = |rows: Vec<usize>| {
        let step = rows.len().div_ceil(WITNESSES).max(1);
        rows.into_iter().step_by(step)
    };
    rows.into_values().flat_map(spread).filter_map(|row| judged.suspect(row)).collect()
}

/// Model names and groups that occur in the day's log.
fn seen<'a>(judged: &Judged<'a>) -> (Vec<&'a str>, Vec<&'a str>) {
    let calls = judged.input.calls;
    let entries = |names: crate::domain::call::Names<'a>| -> BTreeSet<&'a str> {
        let used: BTreeSet<usize> = (0..names.len()).filter_map(|row| names.index(row)).collect();
        used.into_iter().map(|entry| names.entry(entry)).collect()
    };
    let mut models = entries(calls.model());
    models.extend(entries(calls.model_served()));
    (models.into_iter().collect(), entries(calls.group()).into_iter().collect())
}

struct ByPolicy;

impl LedgerLegs for ByPolicy {
    fn judge(&self, judged: &Judged<'_>) -> Result<LedgerOutcome, PassError> {
        let input = judged.input;
        let rows = input.calls.len();
        let cost: Vec<Option<Amount>> =
            (0..rows).map(|row| input.calls.recorded(row).or(judged.expected[row])).collect();
        let postings: Vec<_> = judged.postings.iter().map(|p| (*p).clone()).collect();
        let posting_findings: Vec<_> = judged.findings.iter().filter(|f| f.leg == Leg::Posting).cloned().collect();
        let day = LedgerDay {
            day: input.day,
            span: input.span,
            rules: input.rules,
            parties: input.parties,
            calls: input.calls,
            is_call: &judged.is_call[..rows],
            cost: &cost,
            unit: judged.unit,
            postings: &postings,
            balances: input.balances,
            opening: input.opening,
            posting_findings: &posting_findings,
        };
        let outcome = check(&day).map_err(|e| PassError::Ledger(e.to_string()))?;
        Ok(LedgerOutcome { findings: outcome.findings, carry: outcome.carry, roll_forward: outcome.roll_forward })
    }
}
