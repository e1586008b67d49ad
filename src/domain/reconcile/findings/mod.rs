//! Writing down findings: one for every row whose class is not quiet.
//!
//! Causes that follow from the structure of a difference are named here; the rest is asked of
//! [`Naming`](super::seams::Naming). Knows nothing of: how classes came about, counterfactuals.

mod charge;
pub(crate) mod finding;
pub(crate) mod incidents;
mod posting;

use super::charge::expected_amounts::Compared;
use super::input::DayInput;
use super::posting::classify::PostingLeg;
use super::posting::matching::{MatchInput, Pairing};
use super::seams::Suspect;
use crate::domain::money::Representation;
use crate::domain::period::Instant;
use finding::{Class, Finding, Leg};

/// A finding, and how its cause is still to be found.
#[derive(Debug)]
pub(super) struct PendingFinding {
    pub(super) finding: Finding,
    pub(super) open: CauseStatus,
}

/// What is left to do for a finding.
#[derive(Debug)]
pub(super) enum CauseStatus {
    Known,
    Ask(Suspect),
    /// The ledger is right and the log is not: the cause is that of the charge finding of this row.
    AsCharge(usize),
}

/// Everything findings are written from.
#[derive(Clone, Copy)]
pub(super) struct FindingContext<'a> {
    pub(super) input: &'a DayInput<'a>,
    pub(super) matching: &'a MatchInput<'a>,
    pub(super) rated: &'a super::charge::expected_amounts::RatedCalls,
    pub(super) pairing: &'a Pairing,
    pub(super) charge: &'a [Class],
    pub(super) posting: &'a PostingLeg,
}

/// Pending findings of the usage, charge and posting legs.
///
/// # Errors
/// [`super::error::PassError::Overflow`].
pub(super) fn pending(
    context: &FindingContext<'_>,
    ratios: &mut super::unit_rates::Ratios<'_>,
) -> Result<Vec<PendingFinding>, super::error::PassError> {
    let mut pending = charge::usage(context);
    charge::charge(context, ratios, &mut pending);
    posting::calls(context, ratios, &mut pending)?;
    posting::unmatched(context, &mut pending);
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
        let mut finding = if self.matching.identities.is_call(row) {
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

    /// A question to diagnosis, where there is something to hold against.
    fn suspect(
        &self,
        ratios: &mut super::unit_rates::Ratios<'_>,
        leg: Leg,
        row: usize,
        target: crate::domain::money::Amount,
    ) -> CauseStatus {
        let (rows, compared) = (self.matching.rows, self.compared());
        let book = self.rated.assignment.book[row];
        let (unit, at) = (compared.unit[row], compared.price_instant(rows, row, book));
        let ratio = ratios.get(&rows.names, compared.book_unit(book), unit, at);
        let (Some(expected), Some(ratio)) = (compared.expected[row], ratio) else { return CauseStatus::Known };
        let (unit, representation) = (rows.names.name(unit).clone(), self.representation(row));
        CauseStatus::Ask(Suspect { row, leg, book, unit, expected, target, ratio, representation })
    }
}

/// The clock hour an instant lies in, in UTC.
fn hour(at: Instant) -> Instant {
    Instant::from_micros(at.micros() - at.micros().rem_euclid(3_600_000_000))
}
