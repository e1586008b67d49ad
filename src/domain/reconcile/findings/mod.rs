//! Writing down findings: one for every row whose class is not quiet.
//!
//! Causes that follow from the structure of a difference are named here; the rest is asked of
//! [`diagnose`](super::diagnose). Knows nothing of: how classes came about, counterfactuals.

mod causes;
mod charge;
pub(crate) mod finding;
mod habits;
pub(crate) mod incidents;
pub(crate) mod known_causes;
mod posting;

pub(crate) use causes::named_findings;
pub(crate) use posting::conflict_finding;

use super::charge::expected_amounts::{Compared, RatedCalls};
use super::diagnose::Case;
use super::error::PassError;
use super::input::DayInput;
use super::posting::classify::PostingLeg;
use super::posting::matching::{MatchInput, Pairing};
use super::unit_rates::Ratios;
use crate::domain::money::{Amount, Representation};
use crate::domain::period::Instant;
use crate::domain::rating::CallAttributes;
use finding::{Class, Finding, Leg};

/// A finding, and how its cause is still to be found.
#[derive(Debug)]
struct PendingFinding {
    finding: Finding,
    cause: CauseStatus,
}

/// What is left to do for a finding.
#[derive(Debug)]
enum CauseStatus {
    Known,
    /// Diagnosis says it: the number of the case.
    Asked(usize),
    /// The same; where diagnosis has no answer, this cause with its origin.
    AskedElse(usize, (&'static str, String)),
    /// The ledger is right and the log is not: the cause is that of the charge finding of this row.
    AsCharge(usize),
}

/// Findings of a day in the order they were written, and what diagnosis is asked for them.
#[derive(Debug, Default)]
struct PendingFindings<'a> {
    findings: Vec<PendingFinding>,
    cases: Vec<Case<'a>>,
    /// The row of each case.
    rows: Vec<usize>,
}

impl<'a> PendingFindings<'a> {
    fn push(&mut self, finding: Finding, cause: CauseStatus) {
        self.findings.push(PendingFinding { finding, cause });
    }

    /// Asks why a row's amount is `target`, where there is something to hold it against.
    fn ask(
        &mut self,
        context: &FindingContext<'a>,
        ratios: &mut Ratios<'_>,
        row: usize,
        target: Amount,
    ) -> CauseStatus {
        let Some(case) = context.case(ratios, row, target) else { return CauseStatus::Known };
        self.cases.push(case);
        self.rows.push(row);
        CauseStatus::Asked(self.cases.len() - 1)
    }
}

/// Everything findings are written from.
#[derive(Clone, Copy)]
pub(super) struct FindingContext<'a> {
    pub(super) input: &'a DayInput<'a>,
    pub(super) matching: &'a MatchInput<'a>,
    pub(super) rated: &'a RatedCalls,
    pub(super) pairing: &'a Pairing,
    pub(super) charge: &'a [Class],
    pub(super) posting: &'a PostingLeg,
}

/// Findings of the usage, charge and posting legs.
///
/// # Errors
/// [`PassError::Overflow`].
fn pending_findings<'a>(
    context: &FindingContext<'a>,
    ratios: &mut Ratios<'_>,
) -> Result<PendingFindings<'a>, PassError> {
    let mut pending = PendingFindings::default();
    charge::usage(context, &mut pending);
    charge::charge(context, ratios, &mut pending);
    let respelled = habits::Respelled::of(context);
    posting::calls(context, &respelled, ratios, &mut pending)?;
    posting::unmatched(context, &respelled, &mut pending);
    Ok(pending)
}

impl<'a> FindingContext<'a> {
    fn compared(&self) -> &'a Compared<'a> {
        self.matching.compared
    }

    fn representation(&self, row: usize) -> Representation {
        self.compared().representation(self.matching.rows, row)
    }

    /// A finding about a call, with what every leg says of it.
    fn of_call(&self, leg: Leg, class: Class, row: usize) -> Finding {
        let rows = self.matching.rows;
        let (call_id, source, attempt) = rows.identity(row);
        let key = [source, call_id, &attempt.to_string()];
        let content = format!("{:032x}", rows.content(row));
        // Rows of one identity have findings of their own.
        let mut finding = if self.matching.is_call(row) {
            Finding::new(leg, class, leg.name(), &key)
        } else {
            Finding::new(leg, class, leg.name(), &[key[0], key[1], key[2], &content])
        };
        finding.source = Some(source.to_owned());
        finding.account_id = Some(rows.account_name(row).to_string());
        finding.api_key_id = rows.api_key(row).map(|k| rows.names.name(k).to_string());
        finding.call_id = Some(call_id.to_owned());
        finding.attempt = Some(attempt);
        finding.at = Some(rows.started(row));
        finding.unit = Some(rows.names.name(self.compared().unit[row]).to_string());
        finding.expected = self.compared().expected[row];
        finding.recorded = rows.recorded(row);
        finding.version_in_force = self.rated.charges.version(row).map(|v| v.to_string());
        finding.with("model", rows.model(row))
    }

    /// The source and civil day of a call: where duplicates come from.
    fn source_day(&self, row: usize) -> String {
        format!("{} {}", self.matching.rows.source_name(row), self.input.day)
    }

    /// A row of the day as diagnosis sees it; `None` without an expected amount or a conversion.
    fn case(&self, ratios: &mut Ratios<'_>, row: usize, target: Amount) -> Option<Case<'a>> {
        let (input, rows, compared) = (self.input, self.matching.rows, self.compared());
        let book = self.rated.assignment.book[row];
        let (unit, at) = (compared.unit[row], compared.price_instant(rows, row, book));
        let calls = input.calls;
        Some(Case {
            key: rows.call_id(row),
            source: rows.source_name(row),
            facts: CallAttributes::of_row(calls, row, self.rated.assignment.group_of(row)),
            rater: &input.raters[usize::from(book)],
            target,
            expected: compared.expected[row]?,
            ratio: ratios.get(&rows.names, compared.book_unit(book), unit, at)?,
            representation: self.representation(row),
            stream: calls.row_stream(row),
            service_tier_requested: calls.service_tier_requested().get(row),
            upstream_cost: calls.recorded_upstream(row),
            estimated: calls.estimated().value(row),
            stands_for: 1,
        })
    }
}

/// The clock hour an instant lies in, in UTC.
fn hour(at: Instant) -> Instant {
    Instant::from_micros(at.micros() - at.micros().rem_euclid(3_600_000_000))
}

/// Any order of input gives this order of findings.
pub(crate) fn sort(findings: &mut [Finding]) {
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
