//! Findings as JSON Lines, the shape other programs read.

use super::object::Object;
use crate::domain::reconcile::Finding;

/// One object a line; members absent where a finding has none, amounts as decimal strings.
pub fn findings_to_json_lines<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<u8> {
    let mut out = Vec::new();
    for finding in findings {
        out.extend_from_slice(format!("{}\n", finding_object(finding)).as_bytes());
    }
    out
}

/// The members a finding has, in the order of the contract.
pub(super) fn finding_object(f: &Finding) -> Object {
    let mut evidence = Object::default();
    for (name, value) in &f.evidence {
        evidence.put(name, value.as_str());
    }
    let mut object = Object::default();
    object
        .put("finding_id", f.finding_id.as_str())
        .put("incident_id", f.incident_id.as_str())
        .put("leg", f.leg.name())
        .put("class", f.class.name())
        .put("cause", f.cause.as_str())
        .put("certainty", f.certainty.name())
        .put("candidates", f.candidates.clone())
        .put("source", f.source.clone())
        .put("account_id", f.account_id.clone())
        .put("api_key_id", f.api_key_id.clone())
        .put("wallet", f.wallet.clone())
        .put("call_id", f.call_id.clone())
        .put("attempt", f.attempt)
        .put("posting_id", f.posting_id.clone())
        .show("at", f.at)
        .show("from", f.from)
        .show("until", f.until)
        .put("unit", f.unit.clone())
        .show("expected", f.expected)
        .show("recorded", f.recorded)
        .show("posted", f.posted)
        .show("difference", f.difference)
        .put("version_in_force", f.version_in_force.clone())
        .put("version_matched", f.version_matched.clone())
        .object("evidence", &evidence);
    object
}
