//! Causes for the findings that are still open: one question to diagnosis for the whole day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::finding::{Certainty, Class, Finding, Leg};
use super::{CauseStatus, FindingContext, PendingFinding, PendingFindings, pending_findings};
use crate::domain::call::DictColumn;
use crate::domain::reconcile::diagnose::{Budget, Case, Context, Diagnosis, diagnose};
use crate::domain::reconcile::error::PassError;
use crate::domain::reconcile::unit_rates::Ratios;

/// Calls that are as expected, kept as controls: at most so many of each model and route.
const CONTROL_CALLS: usize = 24;

/// The day's findings of the usage, charge and posting legs with their causes.
///
/// # Errors
/// [`PassError::Overflow`].
pub(crate) fn named_findings(context: &FindingContext<'_>, ratios: &mut Ratios<'_>) -> Result<Vec<Finding>, PassError> {
    let PendingFindings { findings, cases, rows } = pending_findings(context, ratios)?;
    let diagnoses = asked_by_leg(context, ratios, &findings, &cases, &rows);
    Ok(with_causes(findings, &rows, &diagnoses))
}

/// Log and ledger are two systems: what is right in one says nothing about the other.
fn asked_by_leg<'a>(
    context: &FindingContext<'a>,
    ratios: &mut Ratios<'_>,
    findings: &[PendingFinding],
    cases: &[Case<'a>],
    rows: &[usize],
) -> Vec<Diagnosis> {
    let mut diagnoses: Vec<Option<Diagnosis>> = vec![None; cases.len()];
    for leg in [Leg::Charge, Leg::Posting] {
        let asks = |f: &PendingFinding| match f.cause {
            CauseStatus::Asked(case) | CauseStatus::AskedElse(case, _) => {
                ((f.finding.leg == Leg::Posting) == (leg == Leg::Posting)).then_some(case)
            }
            CauseStatus::Known | CauseStatus::AsCharge(_) => None,
        };
        let which: Vec<usize> = findings.iter().filter_map(asks).collect();
        if which.is_empty() {
            continue;
        }
        let of_leg: Vec<Case> = which.iter().map(|case| cases[*case].clone()).collect();
        let of_rows: Vec<usize> = which.iter().map(|case| rows[*case]).collect();
        let named = asked(context, ratios, leg, &of_leg, &of_rows);
        for (case, diagnosis) in which.into_iter().zip(named) {
            diagnoses[case] = Some(diagnosis);
        }
    }
    diagnoses.into_iter().flatten().collect()
}

fn asked<'a>(
    context: &FindingContext<'a>,
    ratios: &mut Ratios<'_>,
    leg: Leg,
    cases: &[Case<'a>],
    rows: &[usize],
) -> Vec<Diagnosis> {
    let matched = control_calls(context, ratios, leg, rows);
    let (models, groups) = seen(context);
    let places = places(context, leg, cases);
    let budget = Budget::default();
    diagnose(cases, &Context { matched: &matched, models: &models, groups: &groups, places, budget })
}

/// The most decimal places that log or ledger has of each source's amounts, which tell what it rounds to; asked only
/// where something is 0.
fn places<'a>(context: &FindingContext<'a>, leg: Leg, cases: &[Case<'a>]) -> BTreeMap<&'a str, u32> {
    let mut places: BTreeMap<&str, u32> = BTreeMap::new();
    if !cases.iter().any(|case| case.target.is_zero()) {
        return places;
    }
    let rows = context.matching.rows;
    for row in 0..rows.day {
        let amount = if leg == Leg::Posting { context.posting.posted[row] } else { rows.recorded(row) };
        if let Some(amount) = amount.filter(|amount| !amount.is_zero()) {
            let most = places.entry(rows.source_name(row)).or_default();
            *most = (*most).max(amount.to_exact().scale());
        }
    }
    places
}

/// Matched calls of the models that have cases, spread over the day.
fn control_calls<'a>(
    context: &FindingContext<'a>,
    ratios: &mut Ratios<'_>,
    leg: Leg,
    cases: &[usize],
) -> Vec<Case<'a>> {
    let calls = context.input.calls;
    let model = calls.model();
    let wanted: BTreeSet<Option<&str>> = cases.iter().map(|row| model.get(*row)).collect();
    let mut rows: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for row in 0..calls.len() {
        let is_control = is_right(context, leg, row) && context.matching.is_call(row);
        if is_control && wanted.contains(&model.get(row)) {
            let route = (model.get(row), calls.provider().get(row), calls.endpoint().get(row));
            let how = (calls.row_stream(row), calls.is_batch().value(row), calls.outcome().get(row));
            rows.entry((route, how)).or_default().push(row);
        }
    }
    let spread = |rows: Vec<usize>| {
        let step = rows.len().div_ceil(CONTROL_CALLS).max(1);
        rows.into_iter().step_by(step).map(move |row| (row, step as u64))
    };
    let case = |(row, stands_for): (usize, u64)| {
        let right = context.compared().expected[row]?;
        Some(Case { stands_for, ..context.case(ratios, row, right)? })
    };
    rows.into_values().flat_map(spread).filter_map(case).collect()
}

/// Whether the log, or the ledger, has the amount that is expected of a call.
fn is_right(context: &FindingContext<'_>, leg: Leg, row: usize) -> bool {
    if leg != Leg::Posting {
        return context.charge[row] == Class::Matched;
    }
    let posted = matches!(context.posting.class[row], Class::Matched | Class::Timing);
    posted && matches!(context.charge[row], Class::Matched | Class::NotCompared)
}

/// Model names and groups that occur in the day's log.
fn seen<'a>(context: &FindingContext<'a>) -> (Vec<&'a str>, Vec<&'a str>) {
    let calls = context.input.calls;
    let entries = |names: DictColumn<'a>| -> BTreeSet<&'a str> {
        let used: BTreeSet<usize> = (0..names.len()).filter_map(|row| names.index(row)).collect();
        used.into_iter().map(|entry| names.entry(entry)).collect()
    };
    let mut models = entries(calls.model());
    models.extend(entries(calls.model_served()));
    (models.into_iter().collect(), entries(calls.group()).into_iter().collect())
}

/// Writes diagnoses onto the findings they were asked for; `rows` are those of the cases.
fn with_causes(pending: Vec<PendingFinding>, rows: &[usize], diagnoses: &[Diagnosis]) -> Vec<Finding> {
    let mut of_charge: HashMap<usize, &Diagnosis> = HashMap::new();
    let mut findings = Vec::with_capacity(pending.len());
    for PendingFinding { finding, cause } in pending {
        let diagnosis = match cause {
            CauseStatus::Known => None,
            CauseStatus::Asked(case) => {
                let diagnosis = &diagnoses[case];
                if finding.leg == Leg::Charge {
                    of_charge.insert(rows[case], diagnosis);
                }
                Some(diagnosis)
            }
            CauseStatus::AskedElse(case, (cause, origin)) => {
                let diagnosis = &diagnoses[case];
                // Two mistakes at once are less likely than a part, unless they fit beyond doubt.
                let doubtful = diagnosis.cause.contains('+') && diagnosis.certainty != Certainty::Exact;
                if diagnosis.certainty == Certainty::Unexplained || doubtful {
                    findings.push(finding.because(cause, &origin, Certainty::Suspected));
                    continue;
                }
                Some(diagnosis)
            }
            CauseStatus::AsCharge(row) => of_charge.get(&row).copied(),
        };
        findings.push(match diagnosis {
            Some(diagnosis) => diagnosis.onto(finding),
            None => finding,
        });
    }
    findings
}
