//! What observations of Langfuse and spans of OpenTelemetry are beside the samples.

use serde_json::{Value, json};

use crate::edge::blob::Body;
use crate::edge::source::calls::context::CallContext;
use crate::edge::source::calls::explain::{ReadRow, explain_calls};

fn reading(format: &'static str, lines: &[Value]) -> Vec<ReadRow> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let context = CallContext { source: "gateway".into(), format: Some(format), ..CallContext::default() };
    let mut rows = Vec::new();
    explain_calls(Body::from_vec(text.into()), &context, &mut |_, read| rows.push(read)).unwrap();
    rows
}

fn call(read: &ReadRow) -> Value {
    match read {
        ReadRow::Call(call) => call.clone().into(),
        other => panic!("{other:?}"),
    }
}

fn observation(counts: Value, updated: &str) -> Value {
    json!({
        "id": "o", "traceId": "t", "type": "GENERATION", "startTime": "2026-10-07T00:08:58.859Z", "model": "m",
        "usageDetails": counts, "totalCost": 0.5, "updatedAt": updated,
    })
}

const FIRST: &str = "2026-10-07T00:09:00Z";

#[test]
fn counts_of_langfuse_are_disjoint_but_for_writes_a_total_leaves_out() {
    let buckets = |counts: Value| call(&reading("langfuse", &[observation(counts, FIRST)])[0])["buckets"].clone();
    let beside =
        json!({"input": 10, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 4, "output": 2, "total": 19});
    assert_eq!(buckets(beside), json!({"input": 10, "cache_read": 3, "cache_write": 4, "output": 2}));
    let inside =
        json!({"input": 10, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 4, "output": 2, "total": 15});
    assert_eq!(buckets(inside), json!({"input": 6, "cache_read": 3, "cache_write": 4, "output": 2}));
    let quoted = json!({"input": "10", "output": "2", "output_reasoning_tokens": 5.0});
    assert_eq!(buckets(quoted), json!({"input": 10, "output": 2, "reasoning": 5}));
    let read = reading("langfuse", &[observation(json!({"input": 1, "search_units": 7}), FIRST)]);
    assert_eq!(call(&read[0])["usage_note"], "search_units: a count that no meter takes");
    assert_eq!(call(&read[0])["usage"], Value::Null);
}

#[test]
fn the_latest_version_of_an_observation_is_the_call() {
    let rows = [observation(json!({"input": 1}), FIRST), observation(json!({"input": 2}), "2026-10-07T00:10:00Z")];
    let newer = reading("langfuse", &rows);
    assert_eq!(newer[0], ReadRow::NotACall("a call that row 2 has, with other content: a duplicate".into()));
    assert_eq!(call(&newer[1])["buckets"], json!({"input": 2}));
    let [older, newer] = rows;
    let turned = reading("langfuse", &[newer, older]);
    assert_eq!(call(&turned[0])["buckets"], json!({"input": 2}));
    assert!(matches!(turned[1], ReadRow::NotACall(_)));
}

fn span(id: &str, parent: &str, attributes: Value) -> Value {
    let attributes: Vec<Value> = attributes
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| match value {
            Value::String(text) => json!({"key": key, "value": {"stringValue": text}}),
            other => json!({"key": key, "value": {"intValue": other.to_string()}}),
        })
        .collect();
    json!({
        "traceId": "t", "spanId": id, "parentSpanId": parent, "startTimeUnixNano": "1796071564118785804",
        "endTimeUnixNano": 1_796_071_564_173_447_835_i64, "attributes": attributes, "status": {},
    })
}

fn export(spans: &[Value]) -> Value {
    json!({"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"scope": {}, "spans": spans}]}]})
}

fn model(more: Value) -> Value {
    let mut attributes =
        json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5});
    for (name, value) in more.as_object().unwrap() {
        attributes[name] = value.clone();
    }
    attributes
}

#[test]
fn whose_a_span_is_may_stand_on_one_that_comes_later() {
    let lines = [
        export(&[span("c", "b", model(json!({})))]),
        export(&[span("b", "a", json!({"x": "y"}))]),
        export(&[span("a", "", json!({"tenant.id": "acme"}))]),
    ];
    let read = reading("otel", &lines);
    let calls: Vec<Value> = read.iter().filter(|row| matches!(row, ReadRow::Call(_))).map(call).collect();
    assert_eq!((calls.len(), &calls[0]["account_id"]), (1, &json!("acme")));
    assert_eq!(calls[0]["started_at"], "2026-11-30T20:46:04.118785Z");
    assert_eq!(calls[0]["ended_at"], "2026-11-30T20:46:04.173447Z");
    assert_eq!(read.len(), 3);
    // One that never comes names no one.
    let alone = reading("otel", &lines[..2]);
    assert_eq!(call(&alone[0])["account_id"], Value::Null);
}

#[test]
fn a_span_that_cannot_be_read_leaves_the_others() {
    let bad = span("d", "", model(json!({"gen_ai.usage.output_tokens": "many"})));
    let uncounted = span("e", "", model(json!({"gen_ai.usage.searches": 2})));
    let tool = span("f", "", json!({"gen_ai.operation.name": "execute_tool"}));
    let read = reading("otel", &[export(&[bad, uncounted, tool, span("g", "", model(json!({})))])]);
    let rejects =
        read.iter().filter(|row| matches!(row, ReadRow::Reject(field, _) if field == "gen_ai.usage.output_tokens"));
    assert_eq!((read.len(), rejects.count()), (4, 1));
    let calls: Vec<Value> = read.iter().filter(|row| matches!(row, ReadRow::Call(_))).map(call).collect();
    assert_eq!(calls[0]["usage_note"], "gen_ai.usage.searches: a count that no meter takes");
    assert_eq!(calls[1]["buckets"], json!({"input": 5}));
    let torn = reading("otel", &[json!({"resourceSpans": [{"scopeSpans": 7}]})]);
    assert!(matches!(&torn[0], ReadRow::Reject(field, _) if field == "resourceSpans"), "{torn:?}");
}
