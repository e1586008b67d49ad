//! What new-api's rows are beside the samples: conventions, attempts, tools, and what is no log.

use serde_json::{Value, json};

use crate::edge::blob::Body;
use crate::edge::source::calls::context::CallContext;
use crate::edge::source::calls::explain::{ReadRow, explain_calls};

fn row(changes: &Value, other: &Value) -> Value {
    let mut row = json!({
        "id": 5000, "user_id": 7, "created_at": 1_760_000_000, "type": 2, "content": "", "username": "u",
        "token_name": "k", "model_name": "m", "quota": 10, "prompt_tokens": 100, "completion_tokens": 5, "use_time": 2,
        "is_stream": false, "channel": 3, "channel_name": "", "token_id": 9, "group": "default",
        "other": other.to_string(),
    });
    for (name, value) in changes.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

fn try_read(rows: &[Value], version: Option<&str>) -> Result<Vec<ReadRow>, String> {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let context = CallContext {
        source: "gateway".into(),
        format: Some("new-api"),
        version: version.map(str::to_owned),
        ..CallContext::default()
    };
    let mut read = Vec::new();
    explain_calls(Body::from_vec(text.into()), &context, &mut |_, row| read.push(row)).map_err(|e| e.to_string())?;
    Ok(read)
}

fn call(changes: Value, other: Value, version: Option<&str>) -> Value {
    match try_read(&[row(&changes, &other)], version).unwrap().remove(0) {
        ReadRow::Call(call) => call.into(),
        refused => panic!("{refused:?}"),
    }
}

fn usage(other: Value, version: Option<&str>) -> (Value, Value) {
    let call = call(json!({}), other, version);
    (call["buckets"].clone(), call["usage_note"].clone())
}

#[test]
fn what_the_prompt_contains_is_said_by_the_row_or_its_version() {
    let inside = json!({"input": 60, "cache_read": 40, "output": 5});
    let beside = json!({"input": 100, "cache_read": 40, "output": 5});
    let claude = || json!({"claude": true, "cache_tokens": 40});
    assert_eq!(usage(json!({"cache_tokens": 40}), None), (inside.clone(), Value::Null));
    let semantic = json!({"claude": true, "cache_tokens": 40, "usage_semantic": "anthropic"});
    for version in [None, Some("v1"), Some("v2")] {
        assert_eq!(usage(semantic.clone(), version), (beside.clone(), Value::Null), "{version:?}");
    }
    assert_eq!(usage(claude(), Some("v1b")), (beside.clone(), Value::Null));
    assert_eq!(usage(claude(), Some("v2")), (inside.clone(), Value::Null));
    let mut later = claude();
    later["request_path"] = "/v1/messages".into();
    assert_eq!(usage(later, None), (inside, Value::Null));
    let (assumed, note) = usage(claude(), None);
    assert_eq!(assumed, beside);
    assert!(note.as_str().unwrap().contains("declare the version"), "{note}");
    let proven = json!({"claude": true, "cache_tokens": 90, "cache_creation_tokens_5m": 20});
    assert_eq!(
        usage(proven, None),
        (json!({"input": 100, "cache_read": 90, "cache_write": 20, "output": 5}), Value::Null)
    );
}

#[test]
fn tools_are_counted_or_said_to_be_uncounted() {
    let other = json!({"web_search": true, "web_search_call_count": 2, "tool_surcharges": [{"name": "web_search", "count": 2}]});
    assert_eq!(usage(other, None), (json!({"input": 100, "output": 5, "web_search": 2}), Value::Null));
    let other = json!({"file_search_call_count": 3, "image_generation_call": true});
    assert_eq!(usage(other, None).0, json!({"input": 100, "output": 5, "file_search": 3, "image": 1}));
    let (_, note) =
        usage(json!({"tool_surcharges": [{"name": "shell", "count": 1}, {"name": "none", "count": 0}]}), None);
    assert_eq!(note, "1 of tool shell, which no meter counts");
}

#[test]
fn pictures_are_counted_by_their_text_and_calls_of_one_price_as_requests() {
    let drawn = call(
        json!({"content": "模型价格 0.08，大小 1024x1024, 品质 hd, 生成数量 2", "prompt_tokens": 1}),
        json!({}),
        None,
    );
    assert_eq!(drawn["usage"], json!({"images": 2, "image_size": "1024x1024", "image_quality": "hd"}));
    assert_eq!(drawn["endpoint"], "image");
    let sung = call(json!({"prompt_tokens": 0, "completion_tokens": 0}), json!({"model_price": 0.1}), None);
    assert_eq!(sung["usage"], json!({"requests": 1}));
}

#[test]
fn a_stream_ends_as_it_says() {
    for (reason, status, outcome) in [
        ("client_gone", "error", "cancelled"),
        ("done", "ok", "ok"),
        ("eof", "error", "ok"),
        ("timeout", "error", "error"),
    ] {
        let other = json!({"stream_status": {"end_reason": reason, "status": status}});
        assert_eq!(call(json!({"is_stream": true}), other, None)["outcome"], outcome, "{reason}");
    }
}

#[test]
fn rows_of_one_request_are_its_attempts_in_time() {
    let at = |id: i64, of_type: i64, at: i64| {
        let changes = json!({"id": id, "type": of_type, "created_at": at, "request_id": "r"});
        row(&changes, &json!({"status_code": 429}))
    };
    let rows = [at(3, 2, 30), at(2, 5, 20), at(1, 5, 10)];
    let attempts = |rows: &[Value]| -> Vec<(Value, Value)> {
        let read = try_read(rows, None).unwrap();
        let calls = read.iter().map(|row| match row {
            ReadRow::Call(call) => (call["attempt"].clone(), call["outcome"].clone()),
            other => panic!("{other:?}"),
        });
        calls.collect()
    };
    let (first, second, third) = ((json!(1), json!("error")), (json!(2), json!("error")), (json!(3), json!("ok")));
    // In 1970 as they are, these are no rows of any log.
    let later: Vec<Value> = rows
        .iter()
        .cloned()
        .map(|mut row| {
            row["created_at"] = (row["created_at"].as_i64().unwrap() + 1_760_000_000).into();
            row
        })
        .collect();
    assert_eq!(attempts(&later), [third.clone(), second.clone(), first.clone()]);
    let oldest_first: Vec<Value> = later.into_iter().rev().collect();
    assert_eq!(attempts(&oldest_first), [first, second, third]);
}

/// Such pages give `id % 1024`: calls of half a year once fell on each other.
#[test]
fn a_page_of_one_user_has_no_identities() {
    let own = |id: i64, at: i64| row(&json!({"id": id, "created_at": at}), &json!({"frt": 300, "model_ratio": 1}));
    let said = try_read(&[own(20, 1_760_000_100), own(18, 1_760_000_000)], None).unwrap_err();
    assert!(said.contains("is the page of one user"), "{said}");
    let mut with_requests = [own(20, 1_760_000_100), own(18, 1_760_000_000)];
    for row in &mut with_requests {
        row["request_id"] = format!("r{}", row["id"]).into();
    }
    assert_eq!(try_read(&with_requests, None).unwrap().len(), 2);
}

#[test]
fn a_member_that_is_not_what_it_should_be_makes_a_reject() {
    for (changes, other, expect) in [
        (json!({"quota": "much"}), json!({}), "quota"),
        (json!({"created_at": "soon"}), json!({}), "created_at"),
        (json!({"type": 99}), json!({}), "type"),
        (json!({"model_name": ""}), json!({}), "model_name"),
        (json!({"use_time": -1}), json!({}), "use_time"),
        (json!({}), json!({"cache_tokens": -4}), "other.cache_tokens"),
        (json!({}), json!({"tool_surcharges": [{"name": 1}]}), "other.tool_surcharges"),
        (json!({"other": "{\"cache_tokens\":"}), json!({}), "other"),
        (json!({"is_stream": "perhaps"}), json!({}), "is_stream"),
    ] {
        match try_read(&[row(&changes, &other)], None).unwrap().remove(0) {
            ReadRow::Reject(field, _) => assert_eq!(field, expect),
            other => panic!("{expect} {other:?}"),
        }
    }
}
