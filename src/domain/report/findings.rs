//! Findings as a table, in the field order of the contract.

use super::table::{Cell, Table};
use crate::domain::reconcile::Finding;

const COLUMNS: [&str; 27] = [
    "finding_id",
    "incident_id",
    "leg",
    "class",
    "cause",
    "certainty",
    "candidates",
    "source",
    "account_id",
    "api_key_id",
    "wallet",
    "call_id",
    "attempt",
    "posting_id",
    "at",
    "from",
    "until",
    "unit",
    "expected",
    "recorded",
    "posted",
    "difference",
    "version_in_force",
    "version_matched",
    "origin",
    "explanation",
    "evidence",
];

/// One row a finding; several candidates and pieces of evidence are joined with `; `.
pub fn finding_table<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Table {
    let mut table = Table::new(&COLUMNS);
    for f in findings {
        let evidence: Vec<String> = f.evidence.iter().map(|(name, value)| format!("{name}={value}")).collect();
        table.push(vec![
            f.finding_id.as_str().into(),
            f.incident_id.as_str().into(),
            f.leg.name().into(),
            f.class.name().into(),
            f.cause.as_str().into(),
            f.certainty.name().into(),
            f.candidates.join("; ").into(),
            f.source.clone().into(),
            f.account_id.clone().into(),
            f.api_key_id.clone().into(),
            f.wallet.clone().into(),
            f.call_id.clone().into(),
            f.attempt.map(u64::from).into(),
            f.posting_id.clone().into(),
            f.at.into(),
            f.from.into(),
            f.until.into(),
            f.unit.clone().into(),
            f.expected.into(),
            f.recorded.into(),
            f.posted.into(),
            f.difference.into(),
            f.version_in_force.clone().into(),
            f.version_matched.clone().into(),
            f.origin.as_str().into(),
            Cell::from(explain(f)),
            evidence.join("; ").into(),
        ]);
    }
    table
}

/// One sentence for a person who has not read the manual.
pub fn explain(f: &Finding) -> String {
    let amount = |a: Option<crate::domain::money::Amount>| a.map_or("nothing".into(), |a| a.to_string());
    let unit = f.unit.as_deref().unwrap_or("");
    let cause = match (f.certainty, f.cause.as_str()) {
        (crate::domain::reconcile::Certainty::Ambiguous, _) => format!("one of {}", f.candidates.join(", ")),
        (_, "") => "no known cause fits".into(),
        (_, cause) => cause.replace('_', " "),
    };
    let figures = match f.leg {
        crate::domain::reconcile::Leg::Charge => {
            format!("recorded {} {unit}, expected {}", amount(f.recorded), amount(f.expected))
        }
        crate::domain::reconcile::Leg::Posting => {
            format!("posted {} {unit}, recorded {}", amount(f.posted), amount(f.recorded.or(f.expected)))
        }
        _ if f.difference.is_some() => format!("difference {} {unit}", amount(f.difference)),
        _ => String::new(),
    };
    if figures.is_empty() { cause } else { format!("{cause}: {figures}") }
}
