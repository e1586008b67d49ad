//! What LiteLLM's releases count differently, and what its rows are beside the samples.

use serde_json::{Value, json};

use crate::edge::blob::Body;
use crate::edge::source::calls::context::CallContext;
use crate::edge::source::calls::explain::{ReadRow, explain_calls};

/// A row of the table with these members changed, read as a release.
fn read(version: Option<&str>, changes: Value) -> ReadRow {
    let mut row = json!({
        "request_id": "r", "call_type": "acompletion", "api_key": "hash", "spend": 0.5, "startTime": "2026-11-30T20:19:30.358",
        "endTime": "2026-11-30T20:19:31", "model": "m", "custom_llm_provider": "anthropic", "user": "", "team_id": null,
        "prompt_tokens": 0, "completion_tokens": 0, "status": "success",
        "metadata": {"usage_object": {"prompt_tokens": 100, "completion_tokens": 10}},
    });
    for (name, value) in changes.as_object().unwrap() {
        row[name] = value.clone();
    }
    let context = CallContext {
        source: "gateway".into(),
        format: Some("litellm"),
        version: version.map(str::to_owned),
        ..CallContext::default()
    };
    let mut rows = Vec::new();
    explain_calls(Body::from_vec(format!("{row}\n").into()), &context, &mut |_, read| rows.push(read)).unwrap();
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

fn call(version: Option<&str>, changes: Value) -> Value {
    match read(version, changes) {
        ReadRow::Call(call) => call.into(),
        other => panic!("{other:?}"),
    }
}

fn usage(version: Option<&str>, provider: &str, usage: Value) -> (Value, Value) {
    let row = json!({"custom_llm_provider": provider, "stream": true, "metadata": {"usage_object": usage}});
    let call = call(version, row);
    (call["buckets"].clone(), call["usage_note"].clone())
}

#[test]
fn writes_to_a_cache_stand_beside_the_prompt_until_1_77() {
    let row = || json!({"prompt_tokens": 5000, "completion_tokens": 7, "cache_creation_input_tokens": 300});
    let beside = json!({"input": 5000, "cache_write": 300, "output": 7});
    let inside = json!({"input": 4700, "cache_write": 300, "output": 7});
    assert_eq!(usage(Some("1.77"), "anthropic", row()), (beside.clone(), Value::Null));
    assert_eq!(usage(Some("1.72"), "anthropic", row()), (beside.clone(), Value::Null));
    assert_eq!(usage(Some("1.78"), "anthropic", row()), (inside.clone(), Value::Null));
    // Nothing in the row says which it is, so the call says that.
    let (assumed, note) = usage(None, "anthropic", row());
    assert_eq!(assumed, inside);
    assert!(note.as_str().unwrap().contains("declare the version"), "{note}");
    // Its own total proves it, and so do parts that do not fit into it.
    let mut proven = row();
    proven["total_tokens"] = 5307.into();
    assert_eq!(usage(None, "bedrock", proven), (beside, Value::Null));
    let small = json!({"prompt_tokens": 63, "completion_tokens": 7, "cache_creation_input_tokens": 3378});
    assert_eq!(usage(None, "anthropic", small).0, json!({"input": 63, "cache_write": 3378, "output": 7}));
}

#[test]
fn thoughts_of_gemini_streams_stand_beside_in_1_72() {
    let row = || json!({"prompt_tokens": 100, "completion_tokens": 50, "completion_tokens_details": {"reasoning_tokens": 40}});
    let beside = json!({"input": 100, "output": 50, "reasoning": 40});
    assert_eq!(usage(Some("1.72"), "gemini", row()).0, beside);
    let inside = json!({"input": 100, "output": 10, "reasoning": 40});
    assert_eq!(usage(Some("1.77"), "gemini", row()).0, inside);
    assert_eq!(usage(Some("1.72"), "openai", row()).0, inside);
}

#[test]
fn what_a_row_does_not_say_is_absent() {
    let plain = call(None, json!({}));
    assert_eq!((&plain["account_id"], &plain["charge"]["unit"]), (&json!("hash"), &json!("USD")));
    assert_eq!(plain["started_at"], "2026-11-30T20:19:30.358Z");
    let none = call(None, json!({"api_key": "", "metadata": {}}));
    assert_eq!((&none["account_id"], &none["usage"]), (&Value::Null, &Value::Null));
    // A release before the usage object has totals; those of a call that failed are the gateway's own count.
    let totals = call(None, json!({"metadata": "{}", "prompt_tokens": 3, "completion_tokens": 2}));
    assert_eq!((&totals["buckets"], &totals["estimated"]), (&json!({"input": 3, "output": 2}), &Value::Null));
    let failed = call(None, json!({"metadata": {}, "prompt_tokens": 13, "status": "failure"}));
    assert_eq!((&failed["buckets"], &failed["estimated"]), (&json!({"input": 13}), &json!(true)));
}

#[test]
fn acts_and_batches_without_usage_are_no_calls() {
    for (call_type, why) in
        [("acreate_file", "a file upload"), ("_acancel_batch", ""), ("afile_content", "a file download")]
    {
        match read(None, json!({"call_type": call_type, "model": ""})) {
            ReadRow::NotACall(said) if why.is_empty() || said == why => {}
            other => panic!("{call_type} {other:?}"),
        }
    }
    let waits = json!({"call_type": "aretrieve_batch", "model": "", "spend": 0, "metadata": {}});
    assert_eq!(read(None, waits), ReadRow::NotACall("a batch that has no usage yet".into()));
    assert_eq!(call(None, json!({"call_type": "aocr"}))["endpoint"], "aocr");
}

#[test]
fn a_member_that_is_not_what_it_should_be_makes_a_reject() {
    for (change, expect) in [
        (json!({"spend": "much"}), "spend"),
        (json!({"startTime": "soon"}), "startTime"),
        (json!({"status": "odd"}), "status"),
        (json!({"metadata": {"usage_object": {"prompt_tokens": -1}}}), "metadata.usage_object.prompt_tokens"),
        (json!({"model": ""}), "model"),
    ] {
        match read(None, change) {
            ReadRow::Reject(field, _) => assert_eq!(field, expect),
            other => panic!("{expect} {other:?}"),
        }
    }
}
