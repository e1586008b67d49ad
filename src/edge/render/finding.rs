//! Findings as JSON Lines, the shape other programs read.

use serde_json::{Map, Value};

use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::Finding;

/// One object a line; members absent where a finding has none, amounts as decimal strings.
pub fn findings_to_json_lines<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<u8> {
    let mut out = Vec::new();
    for finding in findings {
        out.extend_from_slice(object(finding).as_bytes());
        out.push(b'\n');
    }
    out
}

fn object(f: &Finding) -> String {
    let mut members: Vec<String> = Vec::new();
    let mut put = |name: &str, value: Value| {
        let absent = matches!(&value, Value::Null) || matches!(&value, Value::String(s) if s.is_empty());
        if !absent {
            members.push(format!("\"{name}\":{value}"));
        }
    };
    let text = |value: &Option<String>| value.as_deref().map_or(Value::Null, Value::from);
    let amount = |value: Option<Amount>| value.map_or(Value::Null, |a| Value::from(a.to_string()));
    let instant = |value: Option<Instant>| value.map_or(Value::Null, |t| Value::from(t.to_string()));
    put("finding_id", f.finding_id.as_str().into());
    put("incident_id", f.incident_id.as_str().into());
    put("leg", f.leg.name().into());
    put("class", f.class.name().into());
    put("cause", f.cause.as_str().into());
    put("certainty", f.certainty.name().into());
    put("candidates", if f.candidates.is_empty() { Value::Null } else { f.candidates.clone().into() });
    put("source", text(&f.source));
    put("account_id", text(&f.account_id));
    put("api_key_id", text(&f.api_key_id));
    put("wallet", text(&f.wallet));
    put("call_id", text(&f.call_id));
    put("attempt", f.attempt.map_or(Value::Null, Value::from));
    put("posting_id", text(&f.posting_id));
    put("at", instant(f.at));
    put("from", instant(f.from));
    put("until", instant(f.until));
    put("unit", text(&f.unit));
    put("expected", amount(f.expected));
    put("recorded", amount(f.recorded));
    put("posted", amount(f.posted));
    put("difference", amount(f.difference));
    put("version_in_force", text(&f.version_in_force));
    put("version_matched", text(&f.version_matched));
    let evidence: Map<String, Value> =
        f.evidence.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    put("evidence", if evidence.is_empty() { Value::Null } else { Value::Object(evidence) });
    format!("{{{}}}", members.join(","))
}
