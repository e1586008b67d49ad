//! Findings as a table, in the field order of the contract.

use super::table::{Cell, Table};
use crate::domain::reconcile::{Finding, Incident};

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
pub(crate) fn finding_table<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Table {
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
pub(crate) fn explain(f: &Finding) -> String {
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

/// A few columns for a terminal.
pub(crate) fn finding_summary<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Table {
    let mut table =
        Table::new(&["at", "leg", "class", "certainty", "account", "about", "difference", "unit", "explanation"]);
    for f in findings {
        let about = [&f.call_id, &f.posting_id, &f.api_key_id, &f.wallet].into_iter().flatten().next();
        table.push(vec![
            f.at.or(f.until).into(),
            f.leg.name().into(),
            f.class.name().into(),
            f.certainty.name().into(),
            f.account_id.clone().into(),
            about.cloned().into(),
            f.difference.into(),
            f.unit.clone().into(),
            explain(f).into(),
        ]);
    }
    table
}

/// One row an incident and unit, largest money first.
pub(crate) fn incident_table(incidents: &[Incident]) -> Table {
    let mut table = Table::new(&[
        "incident_id",
        "cause",
        "origin",
        "findings",
        "calls",
        "accounts",
        "first_at",
        "last_at",
        "unit",
        "difference",
        "absolute",
        "certainty",
    ]);
    for i in incidents {
        let certainty: Vec<String> = i.certainties.iter().map(|(c, n)| format!("{} {n}", c.name())).collect();
        let cause = if i.cause.is_empty() {
            let candidates: Vec<&str> = i.candidates.iter().map(String::as_str).collect();
            if candidates.is_empty() { "unexplained".to_owned() } else { candidates.join(" or ") }
        } else {
            i.cause.clone()
        };
        let mut push = |unit: &str, stake: Option<&crate::domain::reconcile::Stake>| {
            table.push(vec![
                i.id.as_str().into(),
                cause.as_str().into(),
                i.origin.as_str().into(),
                Cell::count(i.findings.len() as u64),
                i.calls.into(),
                Cell::count(i.accounts.len() as u64),
                i.first_at.into(),
                i.last_at.into(),
                unit.into(),
                stake.map(|s| s.difference).into(),
                stake.map(|s| s.absolute).into(),
                certainty.join(", ").into(),
            ]);
        };
        if i.stakes.is_empty() {
            push("", None);
        }
        for (unit, stake) in &i.stakes {
            push(unit, Some(stake));
        }
    }
    table
}
