//! A trace told again, against the plainest arithmetic over the written files.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{Faults, Replay, Request, TracePlan};
use super::Memory;
use crate::domain::period::Day;

fn plan(faults: Faults) -> TracePlan {
    let first = Day::parse("2026-10-05").unwrap();
    TracePlan { first, faults, folder: "trace".into(), truth: "truth.jsonl".into() }
}

/// A day and a bit of requests, one a half minute.
fn requests() -> impl Iterator<Item = Request> {
    (0..3000u64).map(|n| Request {
        at: n * 30_011,
        client: n * n % 7,
        input_tokens: 17 + n * 7919 % 9000,
        output_tokens: n * 104_729 % 4000,
        reasoning_tokens: n * 104_729 % 4000 / 3,
    })
}

fn told(faults: Faults) -> BTreeMap<String, String> {
    let mut sink = Memory::default();
    let mut replay = Replay::begin(plan(faults), &mut sink).unwrap();
    requests().for_each(|r| replay.request(&r).unwrap());
    let summary = replay.end().unwrap();
    assert_eq!((summary.calls, summary.postings, summary.balances), (3000, 3000, 8));
    let files = sink.0.take();
    files.into_iter().map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect()
}

fn rows(files: &BTreeMap<String, String>, folder: &str) -> Vec<Value> {
    let texts = files.iter().filter(|(path, _)| path.starts_with(folder)).map(|(_, text)| text);
    texts.flat_map(|text| text.lines()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Millionths.
fn amount(row: &Value, name: &str) -> i128 {
    let text = row[name].as_str().unwrap();
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    assert!(places.len() <= 6, "{text}");
    format!("{whole}{places:0<6}").parse().unwrap()
}

#[test]
fn calls_and_postings_and_balances_tie_out() {
    let files = told(Faults::Planted);
    let truths = rows(&files, "truth.jsonl");
    let mut wrong: BTreeMap<&str, i128> =
        truths.iter().map(|t| (t["call_id"].as_str().unwrap(), amount(t, "difference"))).collect();
    assert_eq!(wrong.len(), 4);
    let mut spent: BTreeMap<String, i128> = BTreeMap::new();
    let (calls, postings) = (rows(&files, "trace/raw/calls/"), rows(&files, "trace/raw/postings/"));
    for (call, posting) in calls.iter().zip(&postings) {
        let afternoon = call["started_at"].as_str().unwrap() >= "2026-10-05T12:00:00Z";
        let (input, output) = if afternoon { (500, 2180) } else { (550, 2190) };
        let count = |name: &str| i128::from(call["usage"][name].as_u64().unwrap());
        // Rates are thousandths of the unit a million tokens; half up.
        let right = (2 * (count("input_tokens") * input + count("output_tokens") * output) + 1000) / 2000;
        let difference = wrong.remove(call["call_id"].as_str().unwrap()).unwrap_or(0);
        assert_eq!(amount(call, "charge"), right + difference, "{call}");
        assert_eq!(amount(posting, "amount"), -right - difference);
        assert_eq!(posting["call_id"], call["call_id"]);
        *spent.entry(call["account_id"].as_str().unwrap().to_owned()).or_default() += right + difference;
    }
    assert!(wrong.is_empty() && truths.iter().all(|t| t["cause"] == "price_stale"));
    let balances = rows(&files, "trace/raw/balances/");
    for pair in balances.chunks(2) {
        let account = pair[0]["account_id"].as_str().unwrap();
        assert_eq!(amount(&pair[0], "balance") - amount(&pair[1], "balance"), spent[account]);
    }
    assert!(rows(&told(Faults::None), "truth.jsonl").is_empty());
}

#[test]
fn a_trace_out_of_order_is_refused() {
    let mut sink = Memory::default();
    let mut replay = Replay::begin(plan(Faults::None), &mut sink).unwrap();
    let request = Request { at: 10, client: 1, input_tokens: 1, output_tokens: 5, reasoning_tokens: 2 };
    replay.request(&request).unwrap();
    for wrong in [Request { at: 9, ..request }, Request { reasoning_tokens: 6, ..request }] {
        assert_eq!(replay.request(&wrong).unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
    }
}
