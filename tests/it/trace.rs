//! A trace of requests in Parquet, told again, closed, and found as planted.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use arrow::array::{Int32Array, Int64Array, RecordBatch};
use serde_json::Value;
use trueup::edge::lake::to_parquet;

use crate::desk::Desk;

/// A day of requests as research publishes them, with columns of several widths.
fn trace(rows: i64) -> Vec<u8> {
    let long = |f: fn(i64) -> i64| Arc::new(Int64Array::from_iter_values((0..rows).map(f)));
    let short = |f: fn(i32) -> i32| Arc::new(Int32Array::from_iter_values((0..rows as i32).map(f)));
    let columns: Vec<(&str, Arc<dyn arrow::array::Array>)> = vec![
        ("ts_ms", long(|n| n * 14_399)),
        ("client", short(|n| n * n % 11)),
        ("input_tokens", short(|n| 20 + n * 7919 % 30_000)),
        ("output_tokens", short(|n| n * 10_007 % 5000)),
        ("reasoning_tokens", short(|n| n * 10_007 % 5000 / 2)),
        ("not_asked_for", short(|n| n)),
    ];
    to_parquet(&RecordBatch::try_from_iter(columns).unwrap()).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn stale_prices_planted_in_a_trace_are_the_only_findings() {
    let desk = Desk::in_memory();
    desk.write("trace.parquet", trace(6000));
    let ran = desk.run(&["synth", "trace", "op", "--trace", "trace.parquet", "--truth", "truth.jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = desk.run(&["-C", "op", "run", "daily", "--date", "2026-10-06", "--as-of", "2026-10-20T00:00:00Z"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let key =
        |row: &Value| (row["call_id"].as_str().unwrap().to_owned(), row["difference"].as_str().unwrap().to_owned());
    let found = lines(&desk.run(&["-C", "op", "findings", "--format", "jsonl"]).stdout);
    let planted = lines(&fs::read_to_string(desk.path().join("truth.jsonl")).unwrap());
    assert_eq!(planted.len(), 6);
    let as_found: BTreeMap<_, _> = found.iter().map(key).collect();
    assert_eq!(as_found, planted.iter().map(key).collect());
    for finding in &found {
        assert_eq!((&finding["class"], &finding["cause"]), (&"amount_mismatch".into(), &"price_stale".into()));
        assert_eq!(finding["certainty"], "exact", "{finding}");
    }
    assert_eq!(desk.run(&["-C", "op", "verify"]).code, 0);
}

#[test]
fn a_trace_that_is_none_is_refused() {
    let desk = Desk::new();
    desk.write("text", "no parquet");
    let ran = desk.run(&["synth", "trace", "op", "--trace", "text"]);
    assert!(ran.code == 65 && ran.stderr.contains("the trace is a damaged Parquet file"), "{}", ran.stderr);
    let columns = vec![("ts_ms", Arc::new(Int64Array::from(vec![1])) as Arc<dyn arrow::array::Array>)];
    desk.write("narrow", to_parquet(&RecordBatch::try_from_iter(columns).unwrap()).unwrap());
    let ran = desk.run(&["synth", "trace", "op2", "--trace", "narrow"]);
    assert!(ran.code == 65 && ran.stderr.contains("has no column client"), "{}", ran.stderr);
    assert_eq!(desk.run(&["synth", "trace", "op3"]).code, 2);
    assert_eq!(desk.run(&["synth", "tokone", "op4", "--trace", "narrow"]).code, 2);
}
