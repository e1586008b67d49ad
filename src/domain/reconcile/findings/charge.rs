//! Findings of the usage and charge legs.

use std::collections::HashSet;

use super::finding::{Certainty, Class, Finding, Leg};
use super::{CauseStatus, FindingContext, PendingFindings};
use crate::domain::rating::{ChargeStatus, Unpriced};
use crate::domain::reconcile::unit_rates::Ratios;

/// Calls whose token counts contradict themselves.
pub(super) fn usage(context: &FindingContext<'_>, pending: &mut PendingFindings<'_>) {
    let rows = context.matching.rows;
    for row in (0..rows.day).filter(|row| context.matching.is_call(*row)) {
        let Some(note) = rows.usage_note(row) else { continue };
        let mut finding = context.of_call(Leg::Usage, Class::UsageOverlap, row).with("usage", note);
        (finding.expected, finding.recorded, finding.unit) = (None, None, None);
        let origin = format!("{} model {}", rows.source_name(row), rows.model(row));
        pending.push(finding.because("usage_overlap", &origin, Certainty::Exact), CauseStatus::Known);
    }
}

/// Rows of the charge leg; a source that never records a charge has none.
pub(super) fn charge<'a>(context: &FindingContext<'a>, ratios: &mut Ratios<'_>, pending: &mut PendingFindings<'a>) {
    let rows = context.matching.rows;
    let recording: HashSet<u32> =
        (0..rows.day).filter(|row| rows.recorded(*row).is_some()).map(|row| rows.source(row)).collect();
    for row in 0..rows.day {
        let class = context.charge[row];
        if class.is_quiet() || !recording.contains(&rows.source(row)) {
            continue;
        }
        let mut finding = context.of_call(Leg::Charge, class, row);
        let mut cause = CauseStatus::Known;
        finding = match class {
            Class::AmountMismatch => {
                finding.difference = finding.recorded.zip(finding.expected).and_then(|(r, e)| r.checked_sub(e));
                if let Some(recorded) = finding.recorded {
                    cause = pending.ask(context, ratios, row, recorded);
                }
                finding
            }
            Class::DuplicateCall => {
                finding.difference = finding.recorded;
                duplicate(context, row, finding)
            }
            Class::Unpriced => unpriced(context, row, finding),
            _ if !context.matching.is_call(row) => duplicate(context, row, finding),
            _ => not_compared(context, row, finding),
        };
        pending.push(finding, cause);
    }
}

/// A row of an identity that another row is the call of.
fn duplicate(context: &FindingContext<'_>, row: usize, finding: Finding) -> Finding {
    let rows = context.matching.rows;
    let call = context.matching.call_of(row);
    let costs = rows.recorded(row).is_some_and(|r| !r.is_zero());
    let cause = if costs { "duplicate_charge" } else { "duplicate_row" };
    let mut finding = finding
        .because(cause, &context.source_day(row), Certainty::Exact)
        .with("ended_at", rows.ended(row))
        .with("call_started_at", rows.started(call))
        .with("call_ended_at", rows.ended(call));
    if let Some(recorded) = rows.recorded(call) {
        finding = finding.with("call_recorded", recorded);
    }
    for (name, version) in [("row_version", rows.row_version(row)), ("call_row_version", rows.row_version(call))] {
        if let Some(version) = version {
            finding = finding.with(name, version);
        }
    }
    finding
}

fn unpriced(context: &FindingContext<'_>, row: usize, finding: Finding) -> Finding {
    match context.rated.charges.status(row) {
        ChargeStatus::Unpriced(why) => because_unpriced(context, row, why, finding),
        _ => finding,
    }
}

fn because_unpriced(context: &FindingContext<'_>, row: usize, why: &Unpriced, finding: Finding) -> Finding {
    let origin = format!("model {}", context.matching.rows.model(row));
    let finding = finding.because("price_missing", &origin, Certainty::Exact).with("unpriced", why.code());
    match why {
        Unpriced::NoRate(meter) => finding.with("meter", meter.name()),
        Unpriced::NoServiceTier(tier) => finding.with("service_tier", tier),
        Unpriced::NoContext(fact) => finding.with("context", fact),
        _ => finding,
    }
}

/// Why a row cannot be compared; also for the posting leg, where nothing was recorded.
pub(super) fn not_compared(context: &FindingContext<'_>, row: usize, finding: Finding) -> Finding {
    let rows = context.matching.rows;
    let source = rows.source_name(row);
    let because = |finding: Finding, cause| finding.because(cause, source, Certainty::Exact);
    let missing_charge = rows.recorded(row).is_none();
    match context.rated.charges.status(row) {
        _ if missing_charge && finding.leg == Leg::Charge => because(finding, "no_charge"),
        ChargeStatus::NoUsage => because(finding, "no_usage"),
        ChargeStatus::Unpriced(why) if missing_charge => because_unpriced(context, row, why, finding),
        _ => because(finding, "no_conversion"),
    }
}
