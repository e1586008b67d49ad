//! Rows that cannot be priced: each gets an error of its own, and the others their price.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;
use trueup::domain::money::Amount;

use crate::desk::{Desk, Ran};

const TABLE: &str = r#"{"m": {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}}"#;

fn quote(rows: impl AsRef<[u8]>) -> (i32, Vec<Value>) {
    let desk = Desk::new();
    desk.write("table.json", TABLE);
    desk.write("rows.jsonl", rows);
    let ran = desk.run(&["prices", "quote", "--book", "table.json", "--in", "rows.jsonl", "--out", "quotes.jsonl"]);
    let text = fs::read_to_string(desk.path().join("quotes.jsonl")).unwrap();
    (ran.code, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn with(member: &str) -> String {
    format!("{{\"id\":\"r\",\"model\":\"m\",{member}}}")
}

#[test]
fn every_wrong_row_is_an_error_with_a_code() {
    let long = "9".repeat(40);
    let cases: Vec<(String, &str, &str)> = vec![
        (with(r#""usage":{"input_tokens":NaN}"#), "not_json", "expected a value"),
        (with(r#""usage":{"input_tokens":1e400}"#), "bad_field", "usage.input_tokens is not a whole number"),
        (with(r#""usage":{"input_tokens":-1}"#), "bad_field", "usage.input_tokens is below 0"),
        (with(r#""usage":{"input_tokens":9223372036854775808}"#), "bad_field", "usage.input_tokens"),
        (with(&format!(r#""usage":{{"input_tokens":{long}}}"#)), "bad_field", "usage.input_tokens"),
        (with(r#""usage":{"input_tokens":1.5}"#), "bad_field", "is not a whole number"),
        (with(r#""usage":{"input_tokens":"7"}"#), "bad_field", "usage.input_tokens"),
        (with(r#""usage":[1]"#), "bad_field", "usage is not an object"),
        (with(r#""usage":{"input_tokens":1,"input_tokens":2}"#), "repeated_field", "usage.input_tokens is named twice"),
        (with(r#""usage":{"input_tokens":1},"model":"m""#), "repeated_field", "model is named twice"),
        (with(r#""usage":{"input_tokns":1}"#), "unknown_field", "usage.input_tokns is not known"),
        (with(r#""serivce_tier":"flex","usage":{"input_tokens":1}"#), "unknown_field", "serivce_tier is not known"),
        (with(r#""batch":"yes","usage":{"input_tokens":1}"#), "bad_field", "batch is not true or false"),
        (with(r#""ts":"2026-10-01","usage":{"input_tokens":1}"#), "bad_field", "ts is not an RFC 3339 time"),
        (with(r#""ts":"2026-10-01T00:00:00","usage":{"input_tokens":1}"#), "bad_field", "ts has no offset"),
        (with(r#""outcome":"maybe","usage":{"input_tokens":1}"#), "bad_field", "outcome is not ok, error or cancelled"),
        (with(r#""context":{"speed":1},"usage":{"input_tokens":1}"#), "bad_field", "context"),
        (
            with(r#""service_tier":"flex","context":{"service_tier":"priority"},"usage":{"input_tokens":1}"#),
            "bad_field",
            "service_tier is not what the context says",
        ),
        (with(r#""usage":null"#), "no_usage", "has no usage to price"),
        (with(r#""usage":{}"#), "no_usage", "has no usage to price"),
        (r#"{"id":"r","model":"m"}"#.into(), "no_usage", "has no usage to price"),
        (r#"{"id":"r","usage":{"input_tokens":1}}"#.into(), "missing_field", "model is missing"),
        (r#"{"id":"r","model":"","usage":{"input_tokens":1}}"#.into(), "missing_field", "model is empty"),
        (r#"{"id":"r","model":"other","usage":{"input_tokens":1}}"#.into(), "no_row", "no price for other"),
        (r#"{"id":"r","model":"m","usage":{"images":1}}"#.into(), "no_rate", "says nothing of image"),
    ];
    let good = with(r#""usage":{"input_tokens":1,"output_tokens":1}"#);
    let rows: Vec<String> = cases.iter().flat_map(|case| [case.0.clone(), good.clone()]).collect();
    let (code, quotes) = quote(rows.join("\n"));
    assert_eq!((code, quotes.len()), (4, rows.len()));
    for ((row, code, says), pair) in cases.iter().zip(quotes.chunks(2)) {
        let error = &pair[0]["error"];
        assert_eq!((&pair[0]["id"], &error["code"]), (&"r".into(), &Value::from(*code)), "{row}: {}", pair[0]);
        assert!(error["message"].as_str().unwrap().contains(says), "{row}: {}", pair[0]);
        assert!(pair[0].get("amount").is_none());
        assert_eq!(pair[1]["amount"], "0.000003", "{row}");
    }
}

#[test]
fn lines_that_are_no_rows_have_errors_without_an_id() {
    let mut rows = b"\n  \n[1]\n7\nnot json\n{\"model\":\"m\"}\n{\"id\":[],\"model\":\"m\"}\n\xff\xfe\n".to_vec();
    rows.extend(br#"{"id":8,"model":"m","usage":{"input_tokens":5}}"#);
    rows.extend(b"\r\n{\"id\":\"torn\",\"model\":\"m\",\"usage\":{\"input_to");
    let (code, quotes) = quote(rows);
    let codes: Vec<&str> = quotes.iter().map(|q| q["error"]["code"].as_str().unwrap_or("priced")).collect();
    let expected = [
        "empty_line",
        "empty_line",
        "not_json",
        "not_json",
        "not_json",
        "missing_field",
        "bad_field",
        "not_utf8",
        "priced",
        "not_json",
    ];
    assert_eq!((code, codes), (4, expected.to_vec()));
    assert_eq!((&quotes[8]["id"], &quotes[8]["amount"]), (&8.into(), &"0.000005".into()));
    assert!(quotes[..8].iter().all(|q| q["id"].is_null()));
    assert_eq!(quotes[9]["id"], "torn");
    assert!(quotes[0]["error"]["message"].as_str().unwrap().starts_with("line 1 "));
}

#[test]
fn the_largest_counts_stay_exact_and_too_large_a_sum_is_an_error() {
    let rows = [
        with(r#""usage":{"input_tokens":1000000000000000,"output_tokens":999999999999999}"#),
        with(r#""usage":{"input_tokens":1000000000000001}"#),
    ];
    let (code, quotes) = quote(rows.join("\n"));
    assert_eq!((code, &quotes[0]["amount"]), (4, &"2999999999.999998".into()));
    assert_eq!(quotes[1]["error"]["code"], "bad_field");
    let desk = Desk::new();
    let rate = "9".repeat(38);
    desk.write("t.json", format!(r#"{{"m":{{"input_cost_per_token":{rate},"output_cost_per_token":1}}}}"#));
    desk.write("rows.jsonl", with(r#""usage":{"input_tokens":1000000}"#));
    let ran = desk.run(&["prices", "quote", "--book", "t.json", "--in", "rows.jsonl"]);
    assert!(ran.code == 4 && ran.stdout.contains("\"code\":\"overflow\""), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_rate_of_forty_digits_is_refused_and_the_other_models_keep_their_price() {
    let desk = Desk::new();
    let long = "9".repeat(40);
    let fine = format!("0.{}1", "0".repeat(60));
    desk.write(
        "t.json",
        format!(
            r#"{{"long": {{"input_cost_per_token": {long}, "output_cost_per_token": 1}},
                "fine": {{"input_cost_per_token": {fine}, "output_cost_per_token": 1}},
                "wild": {{"input_cost_per_token": 1e400, "output_cost_per_token": 1}},
                "m": {{"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}}}}"#
        ),
    );
    let row = |model: &str| with(r#""usage":{"input_tokens":7}"#).replace("\"m\"", &format!("{model:?}"));
    desk.write("rows.jsonl", ["long", "fine", "wild", "m"].map(row).join("\n"));
    let ran = desk.run(&["prices", "quote", "--book", "t.json", "--in", "rows.jsonl"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    let quotes: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(quotes.len(), 4);
    for quote in &quotes[..3] {
        assert_eq!(quote["error"]["code"], "no_row", "{quote}");
        assert!(quote["error"]["message"].as_str().unwrap().contains("was refused"), "{quote}");
    }
    assert_eq!(quotes[3]["amount"], "0.000007");
    // A book of ours is refused whole: its owner can mend it.
    let book = "[book]\nid = \"b\"\nunit = \"USD\"\n[[version]]\neffective_from = \"2026-01-01T00:00:00Z\"\n\
                [[version.price]]\nmodel = \"m\"\ninput = { rate = \"LONG\", per = 1 }\n";
    desk.write("book.toml", book.replace("LONG", &long));
    let ran = desk.run(&["prices", "quote", "--book", "book.toml", "--in", "rows.jsonl"]);
    assert!(ran.code == 78 && ran.stdout.is_empty() && ran.stderr.contains("book.toml:"), "{}", ran.stderr);
}

#[test]
fn answers_come_in_the_order_of_the_rows_however_many_there_are() {
    // Several megabytes, so that every thread gets some of them more than once.
    let row = |n: u32| match n % 7 {
        3 => format!("{{\"id\":{n},\"model\":\"other\",\"usage\":{{\"input_tokens\":1}}}}"),
        5 => format!("{{\"id\":{n},\"model\":\"m\",\"usage\":{{\"input_tokens\":-{n}}}}}"),
        _ => format!("{{\"id\":{n},\"model\":\"m\",\"usage\":{{\"input_tokens\":{n}}}}}"),
    };
    let rows: Vec<String> = (1..=100_000).map(row).collect();
    let (code, quotes) = quote(rows.join("\n"));
    assert_eq!((code, quotes.len()), (4, rows.len()));
    for (n, quote) in (1u32..).zip(&quotes) {
        assert_eq!(quote["id"], n);
        match n % 7 {
            3 => assert_eq!(quote["error"]["code"], "no_row"),
            5 => assert!(quote["error"]["message"].as_str().unwrap().starts_with(&format!("line {n}: "))),
            _ => {
                let expected = Amount::from_raw(i128::from(n) * 10i128.pow(12)).unwrap();
                assert_eq!(quote["amount"], expected.to_string());
            }
        }
    }
}

#[test]
fn rows_come_from_standard_input_and_go_to_standard_output() {
    let desk = Desk::new();
    desk.write("table.json", TABLE);
    let mut command = desk.command(&["prices", "quote", "--book", "table.json", "--in", "-", "--out", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let row = with(r#""usage":{"input_tokens":1000}"#);
    child.stdin.take().unwrap().write_all(row.as_bytes()).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let expected = "{\"id\":\"r\",\"amount\":\"0.001\",\"unit\":\"USD\",\"input\":\"0.001\",\"output\":\"0\",\
                    \"other\":\"0\",\"version\":\"1970-01-01T00:00:00Z\",\"row\":\"table.json:1\"}\n";
    assert_eq!(ran.stdout, expected);
    assert_eq!(ran.stderr, "");
}

#[test]
fn files_that_are_not_there() {
    let desk = Desk::new();
    desk.write("table.json", TABLE);
    let ran = desk.run(&["prices", "quote", "--book", "gone.json", "--in", "rows.jsonl"]);
    assert!(ran.code == 78 && ran.stderr.contains("gone.json"), "{}", ran.stderr);
    let ran = desk.run(&["prices", "quote", "--book", "table.json", "--in", "rows.jsonl"]);
    assert!(ran.code == 65 && ran.stderr.contains("rows.jsonl"), "{}", ran.stderr);
}

/// The tables and the checks computed by their own systems, where they are at hand.
#[test]
fn other_systems_own_figures_are_met_digit_for_digit() {
    let Some(data) = std::env::var_os("TRUEUP_DATA").map(std::path::PathBuf::from) else {
        eprintln!("skipped: TRUEUP_DATA names no folder with samples/price-checks.jsonl and prices/");
        return;
    };
    let checks = fs::read_to_string(data.join("samples/price-checks.jsonl")).unwrap();
    let desk = Desk::new();
    for (table, file) in
        [("litellm-1.90.0", "litellm-1.90.0.json.zst"), ("genai-prices-0.2.3", "genai-prices-0.2.3-bundled.json.zst")]
    {
        let named = format!("\"table\": \"{table}\"");
        let rows: Vec<&str> = checks.lines().filter(|row| row.contains(&named)).collect();
        assert!(!rows.is_empty());
        desk.write("rows.jsonl", rows.join("\n"));
        let book = data.join("prices").join(file);
        let ran = desk.run(&["prices", "quote", "--book", book.to_str().unwrap(), "--in", "rows.jsonl"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        for (row, quote) in rows.iter().zip(ran.stdout.lines()) {
            let [row, quote]: [Value; 2] = [row, quote].map(|text| serde_json::from_str(text).unwrap());
            for (part, exact) in [("input", "input"), ("output", "output"), ("amount", "total")] {
                let [found, wanted] = [&quote[part], &row["exact"][exact]].map(|text| plain(text.as_str().unwrap()));
                assert_eq!(found, wanted, "{part} of {row}");
            }
        }
    }
}

/// A decimal without zeros at its end.
fn plain(text: &str) -> &str {
    let fraction = if text.contains('.') { text.trim_end_matches('0') } else { text };
    fraction.trim_end_matches('.')
}
