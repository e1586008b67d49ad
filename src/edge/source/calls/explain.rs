//! How a file of calls is read, row by row, in the names of our own format.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::context::{CallContext, NO_ACCOUNT};
use super::registry::{FORMATS, call_format};
use crate::domain::call::{Call, METERS, Meter, Usage, content_hash};
use crate::domain::money::{Amount, Exact, Representation};
use crate::domain::period::Instant;
use crate::edge::blob::Body;
use crate::edge::source::record::error::SourceError;
use crate::edge::source::record::fields::dated;
use crate::edge::source::record::read::{Told, read_telling};
use crate::edge::source::record::report::FileReport;

/// What one row is; a row that holds several calls is several of these.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadRow {
    /// In our own names: see [`explain_calls`].
    Call(Map<String, Value>),
    NotACall(String),
    /// The field, empty where it is the row as a whole, and the reason.
    Reject(String, String),
}

impl ReadRow {
    /// `{"row": 1, "call": {...}}`, `{"row": 2, "not_a_call": "why"}` or `{"row": 3, "reject": "why"}`.
    pub fn to_json(&self, row: u64) -> String {
        match self {
            ReadRow::Call(call) => format!("{{\"row\":{row},\"call\":{}}}", json!(call)),
            ReadRow::NotACall(why) => format!("{{\"row\":{row},\"not_a_call\":{}}}", json!(why)),
            ReadRow::Reject(field, why) => {
                format!("{{\"row\":{row},\"reject\":{}}}", json!(format!("{field} {why}").trim_start()))
            }
        }
    }
}

/// Reads a file as [`super::read_calls`] does and gives each row with its number, counted from 1. A call has the
/// members of our own format; beside its `usage` its disjoint `buckets` by meter, and in `charge` the amount, its
/// unit and what it is written as. What is absent is not there. Of several rows of one call the
/// one of the latest version is it, else the first; the others are none.
///
/// # Errors
/// When the file as a whole cannot be trusted.
pub fn explain_calls(
    body: Body,
    context: &CallContext,
    sink: &mut dyn FnMut(u64, ReadRow),
) -> Result<FileReport, SourceError> {
    let mut recorded = Representation::Exact;
    let (mut numbers, mut rows, mut best) = (HashMap::new(), Vec::new(), HashMap::new());
    let report = read_telling(FORMATS, body, context, &mut |told: Told<'_, Call>| {
        match told {
            Told::Format(name) => recorded = call_format(name).map_or(recorded, |format| format.recorded),
            Told::Begins(row, offset) => {
                numbers.insert(offset, row);
            }
            Told::SetAside(row, why) => rows.push((row, ReadRow::NotACall(why.to_owned()), None)),
            Told::Rejected(row, field, why) => {
                rows.push((row, ReadRow::Reject(field.to_owned(), why.to_owned()), None));
            }
            Told::Given(call, exact) => {
                dated("started_at", call.started_at)?;
                let row = numbers.get(&call.offset).copied().unwrap_or_default();
                let identity = (call.call_id.clone(), call.attempt);
                let (version, content) = (call.row_version, content_hash(&call));
                let at = rows.len();
                rows.push((row, ReadRow::Call(shown(&call, recorded, exact)), Some((identity.clone(), content))));
                let latest = best.entry(identity).or_insert((version, content, at, row));
                if version > latest.0 {
                    *latest = (version, content, at, row);
                }
            }
        }
        Ok(())
    })?;
    // Stable, so that what one row holds stays in its order.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|at| rows[*at].0);
    let mut given: Vec<Option<_>> = rows.into_iter().map(Some).collect();
    for at in order {
        let Some((row, read, identity)) = given[at].take() else { continue };
        let call = identity.and_then(|(identity, content)| Some((best.get(&identity)?, content)));
        match call {
            Some(((_, theirs, winner, other), content)) if *winner != at => {
                let what = if *theirs == content { "the same content" } else { "other content" };
                sink(row, ReadRow::NotACall(format!("a call that row {other} has, with {what}: a duplicate")));
            }
            _ => sink(row, read),
        }
    }
    Ok(report)
}

/// A call in our own names, its amounts with every digit they are written with.
pub(super) fn shown(call: &Call, recorded: Representation, exact: &[Exact]) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            shown.insert(name.to_owned(), value);
        }
    };
    let digits = |amount: Amount| {
        let written = exact.iter().find(|exact| Amount::from_exact(**exact) == Some(amount));
        Value::from(written.map_or(amount.to_string(), ToString::to_string))
    };
    let text = |text: &Option<String>| text.clone().map(Value::from);
    put("call_id", Some(call.call_id.as_str().into()));
    put("attempt", Some(call.attempt.into()));
    put("account_id", Some(call.account_id.as_str()).filter(|id| *id != NO_ACCOUNT).map(Value::from));
    put("api_key_id", text(&call.api_key_id));
    put("model", Some(call.model.as_str().into()));
    put("model_served", text(&call.model_served));
    put("provider", text(&call.provider));
    put("endpoint", text(&call.endpoint));
    put("started_at", Some(shortest(call.started_at).into()));
    put("ended_at", Some(shortest(call.ended_at).into()));
    put("status", call.status.map(Value::from));
    put("outcome", Some(call.outcome.name().into()));
    put("stream", call.stream.map(Value::from));
    put("service_tier", text(&call.service_tier));
    put("service_tier_requested", text(&call.service_tier_requested));
    put("batch", call.batch.then_some(Value::Bool(true)));
    put("region", text(&call.region));
    put("group", text(&call.group));
    put("context", text(&call.context));
    put("estimated", call.estimated.then_some(Value::Bool(true)));
    put("gateway_cache", call.cache_hit.then_some("hit".into()));
    put("upstream_cost", call.upstream_cost.map(digits));
    put("row_version", call.row_version.map(Value::from));
    put("trace_id", text(&call.trace_id));
    put("usage", call.usage.as_ref().map(|usage| inclusive(usage).into()));
    put("buckets", call.usage.as_ref().map(buckets).filter(|buckets| !buckets.is_empty()).map(Value::from));
    put("usage_note", call.usage_note.as_ref().map(|note| note.0.as_str().into()));
    put(
        "charge",
        call.charge.map(|charge| {
            let mut member = Map::new();
            member.insert("amount".into(), digits(charge));
            if let Some(unit) = &call.charge_unit {
                member.insert("unit".into(), unit.as_str().into());
            }
            member.insert("as".into(), written_as(recorded).into());
            member.into()
        }),
    );
    put("balance_after", call.balance_after.map(digits));
    shown
}

/// `2026-11-30T20:19:17.3Z`: without zeros that say nothing.
fn shortest(at: Instant) -> String {
    let text = at.to_string();
    match text.strip_suffix('Z') {
        Some(digits) if digits.contains('.') => format!("{}Z", digits.trim_end_matches('0').trim_end_matches('.')),
        _ => text,
    }
}

fn written_as(recorded: Representation) -> &'static str {
    match recorded {
        Representation::Exact => "exact",
        Representation::Decimal { .. } => "decimal",
        Representation::Integer { .. } => "integer",
        Representation::Float64 => "float64",
    }
}

fn buckets(usage: &Usage) -> Map<String, Value> {
    let filled = Meter::ALL.into_iter().filter(|meter| usage.get(*meter) != 0);
    filled.map(|meter| (meter.name().to_owned(), usage.get(meter).into())).collect()
}

/// The members of our own format: totals that contain their parts.
fn inclusive(usage: &Usage) -> Map<String, Value> {
    let n = |meter: Meter| usage.get(meter);
    let parts: [(&str, i64); METERS - 2] = [
        ("cache_read_tokens", n(Meter::CacheRead)),
        ("cache_write_tokens", n(Meter::CacheWrite) + n(Meter::CacheWrite1h)),
        ("cache_write_1h_tokens", n(Meter::CacheWrite1h)),
        ("input_audio_tokens", n(Meter::InputAudio)),
        ("input_image_tokens", n(Meter::InputImage)),
        ("reasoning_tokens", n(Meter::Reasoning)),
        ("output_audio_tokens", n(Meter::OutputAudio)),
        ("output_image_tokens", n(Meter::OutputImage)),
        ("images", n(Meter::Image)),
        ("seconds", n(Meter::Second)),
        ("characters", n(Meter::Character)),
        ("requests", n(Meter::Request)),
        ("web_searches", n(Meter::WebSearch)),
        ("pages", n(Meter::Page)),
        ("file_searches", n(Meter::FileSearch)),
        ("code_sessions", n(Meter::CodeSession)),
    ];
    let mut members = Map::new();
    if usage.total_tokens() > 0 || usage.is_empty() {
        members.insert("input_tokens".into(), usage.total_input().into());
        members.insert("output_tokens".into(), usage.total_output().into());
    }
    members.extend(parts.into_iter().filter(|(_, n)| *n != 0).map(|(name, n)| (name.to_owned(), n.into())));
    for (name, text) in [("image_size", &usage.image_size), ("image_quality", &usage.image_quality)] {
        members.extend(text.as_ref().map(|text| (name.to_owned(), text.as_str().into())));
    }
    members
}
