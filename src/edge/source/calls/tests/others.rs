//! What rows of OpenRouter, Helicone, Portkey, Cloudflare and Bedrock are beside the samples.

use serde_json::{Value, json};

use crate::edge::blob::Body;
use crate::edge::source::calls::context::CallContext;
use crate::edge::source::calls::explain::{ReadRow, explain_calls};

fn read(format: &'static str, row: &Value) -> ReadRow {
    let context = CallContext {
        source: "gateway".into(),
        format: Some(format),
        name: "log.jsonl".into(),
        ..CallContext::default()
    };
    let mut rows = Vec::new();
    explain_calls(Body::from_vec(format!("{row}\n").into()), &context, &mut |_, read| rows.push(read)).unwrap();
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

fn with(mut row: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

fn call(format: &'static str, row: &Value) -> Value {
    match read(format, row) {
        ReadRow::Call(call) => call.into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_generation_is_read_with_and_without_data_around_it() {
    let bare = json!({
        "id": 14, "generation_id": "gen-1", "provider_name": "Anthropic", "model": "m", "streamed": true,
        "cancelled": false, "created_at": "2025-06-29T10:19:41.721754+00:00", "tokens_prompt": 12,
        "native_tokens_prompt": 100, "native_tokens_completion": 7, "native_tokens_cached": 60, "usage": 0.0117111,
    });
    let read = call("openrouter", &bare);
    assert_eq!(read["call_id"], "gen-1");
    assert_eq!(read["buckets"], json!({"input": 40, "cache_read": 60, "output": 7}));
    assert_eq!(read["charge"]["amount"], "0.0117111");
    let wrapped = call("openrouter", &json!({"data": with(bare.clone(), json!({"total_cost": 0.5}))}));
    assert_eq!((&wrapped["call_id"], &wrapped["charge"]["amount"]), (&json!("gen-1"), &json!("0.5")));
    let refused =
        with(bare, json!({"finish_reason": "error", "native_tokens_prompt": null, "native_tokens_completion": null}));
    let refused = call("openrouter", &refused);
    assert_eq!((&refused["outcome"], &refused["usage"]), (&json!("error"), &Value::Null));
}

#[test]
fn helicone_counts_parts_beside_and_has_codes_of_its_own() {
    let row = |changes: Value| {
        let plain = json!({
            "request_id": "r", "request_created_at": "2026-10-07T00:01:49.223Z", "response_status": 200, "model": "m",
            "provider": "OPENAI", "prompt_tokens": 10, "completion_tokens": 5, "costUSD": 0.5,
        });
        with(plain, changes)
    };
    let parts = row(json!({"prompt_cache_read_tokens": 3, "prompt_audio_tokens": 2, "reasoning_tokens": 4}));
    let expect = json!({"input": 10, "cache_read": 3, "input_audio": 2, "output": 5, "reasoning": 4});
    assert_eq!(call("helicone", &parts)["buckets"], expect);
    for (code, outcome) in [(-1, "error"), (-3, "cancelled"), (503, "error"), (200, "ok")] {
        let read = call("helicone", &row(json!({"response_status": code})));
        assert_eq!(read["outcome"], outcome, "{code}");
        assert_eq!(read.get("status").is_some(), code > 0, "{code}");
    }
    assert_eq!(
        read("helicone", &row(json!({"response_status": -2}))),
        ReadRow::NotACall("a request that has no answer yet".into())
    );
}

/// Read as dollars, every charge of such a log was a hundred times what it is.
#[test]
fn portkeys_cost_is_in_cents_with_every_digit() {
    let row = |changes: Value| {
        let plain = json!({
            "created_at": "2026-10-07T00:05:43.126Z", "ai_org": "openai", "ai_model": "m", "req_units": 9, "res_units": 4,
            "cost": 0.5137, "response_time": 1.5, "is_success": 1,
        });
        with(plain, changes)
    };
    let read = call("portkey", &row(json!({"cost": 0.513_700_000_000_000_2})));
    assert_eq!(read["charge"], json!({"amount": "0.005137000000000002", "unit": "USD", "as": "float64"}));
    assert_eq!(read["call_id"], "log.jsonl:1");
    assert_eq!(read["ended_at"], "2026-10-07T00:05:43.1275Z");
    assert_eq!(read["buckets"], json!({"input": 9, "output": 4}));
    let flat = row(json!({"response.body": {"usage": {"prompt_tokens": 9, "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 8}}}, "cache_status": "SEMANTIC HIT", "stream_mode": "TRUE"}));
    let read = call("portkey", &flat);
    assert_eq!(read["buckets"], json!({"input": 1, "cache_read": 8, "output": 4}));
    assert_eq!((&read["gateway_cache"], &read["stream"]), (&json!("hit"), &json!(true)));
    let text = row(json!({"response": {"body": "Bad gateway"}, "is_success": 0, "req_units": 0, "res_units": 0}));
    let read = call("portkey", &text);
    assert_eq!((&read["outcome"], &read["usage"]), (&json!("error"), &Value::Null));
}

#[test]
fn bedrock_takes_an_hours_writes_from_the_body() {
    let row = json!({
        "schemaType": "ModelInvocationLog", "timestamp": "2026-10-07T00:03:42Z", "requestId": "r", "modelId": "m",
        "operation": "InvokeModelWithResponseStream", "region": "us-east-1",
        "input": {"inputTokenCount": 10, "cacheWriteInputTokenCount": 30},
        "output": {"outputTokenCount": 5, "outputBodyJson": {"usage": {"input_tokens": 10, "output_tokens": 5,
            "cache_creation_input_tokens": 30, "cache_creation": {"ephemeral_1h_input_tokens": 20}}}},
    });
    let read = call("bedrock", &row);
    assert_eq!(read["buckets"], json!({"input": 10, "cache_write": 10, "cache_write_1h": 20, "output": 5}));
    assert_eq!((&read["stream"], &read["charge"]), (&json!(true), &Value::Null));
    let by_body = with(
        row.clone(),
        json!({"input": {}, "output": {"outputBodyJson": {"usage": {"inputTokens": 3, "outputTokens": 2}}}}),
    );
    assert_eq!(call("bedrock", &by_body)["buckets"], json!({"input": 3, "output": 2}));
    let pieces = with(row, json!({"output": {"outputTokenCount": 5, "outputBodyJson": [{"type": "message_start"}]}}));
    assert_eq!(call("bedrock", &pieces)["buckets"], json!({"input": 10, "cache_write": 30, "output": 5}));
}

#[test]
fn cloudflare_counts_nothing_of_what_failed() {
    let row = |changes: Value| {
        let plain = json!({
            "id": "1", "created_at": "2026-10-07T00:09:09.797Z", "model": "m", "path": "chat/completions", "cached": false,
            "provider": "openai", "success": true, "tokens_in": 0, "tokens_out": 0, "cost": 0, "metadata": "{\"user\":\"u\"}",
        });
        with(plain, changes)
    };
    let idle = call("cloudflare", &row(json!({})));
    assert_eq!((&idle["usage"], &idle["account_id"]), (&json!({"input_tokens": 0, "output_tokens": 0}), &json!("u")));
    assert_eq!(call("cloudflare", &row(json!({"success": false})))["usage"], Value::Null);
    match read("cloudflare", &row(json!({"duration": -5}))) {
        ReadRow::Reject(field, _) => assert_eq!(field, "duration"),
        other => panic!("{other:?}"),
    }
}
