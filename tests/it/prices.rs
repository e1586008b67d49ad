//! Comparing, checking and looking up price books.

use crate::desk::{Desk, operator};

const BEFORE: &str = r#"{
  "kept": {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06},
  "gone": {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06},
  "slip": {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06}
}"#;
const AFTER: &str = r#"{
  "kept": {"mode": "chat", "input_cost_per_token": 1.25e-06, "output_cost_per_token": 4e-06,
           "input_cost_per_token_priority": 2e-06},
  "new": {"mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 4e-06},
  "slip": {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 4e-08}
}"#;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("before.json", BEFORE);
    desk.write("after-2026-11-01.json", AFTER);
    desk
}

#[test]
fn a_diff_says_by_how_much() {
    let ran = desk().run(&["prices", "diff", "before.json", "after-2026-11-01.json", "--format", "csv"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let expected = "change,model,component,when,before,after,percent,row\n\
        removed,gone,,,,,,before.json:3\n\
        changed,kept,input,,0.000001,0.00000125,25,after-2026-11-01.json:2\n\
        changed,kept,input,service tier fast,,0.000002,,after-2026-11-01.json:2\n\
        changed,kept,output,service tier fast,,0.000004,,after-2026-11-01.json:2\n\
        changed,kept,input,service tier priority,,0.000002,,after-2026-11-01.json:2\n\
        changed,kept,output,service tier priority,,0.000004,,after-2026-11-01.json:2\n\
        added,new,,,,,,after-2026-11-01.json:4\n\
        changed,slip,output,,0.000004,0.00000004,-99,after-2026-11-01.json:5\n";
    let shown: Vec<&str> = ran.stdout.lines().filter(|line| !line.contains("batch")).collect();
    assert_eq!(shown.join("\n") + "\n", expected);
}

#[test]
fn lint_points_at_what_looks_wrong() {
    let desk = desk();
    desk.write("before-2026-10-01.json", BEFORE);
    let files = ["before-2026-10-01.json", "after-2026-11-01.json"];
    let ran = desk.run(&["prices", "import", "litellm", files[0], files[1], "--out", "book.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = desk.run(&["prices", "lint", "book.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for remark in [
        "gone has no price any more",
        "slip: output went from 0.000004 to 0.00000004",
        "slip: output costs 0.00000004 where input costs 0.000001",
    ] {
        assert!(ran.stdout.contains(remark), "{remark:?} is not in:\n{}", ran.stdout);
    }
    let ran = desk.run(&["prices", "lint", "book.toml", "--format", "csv"]);
    assert!(ran.stdout.contains("jump,slip,"), "{}", ran.stdout);
}

#[test]
fn lint_in_an_operators_folder_names_calls_without_a_price() {
    let desk = operator();
    let ran = desk.run(&["prices", "lint"]);
    assert!(ran.code == 0 && !ran.stdout.contains("have no price"), "{}{}", ran.stdout, ran.stderr);
    desk.write(
        "raw/calls/more.jsonl",
        r#"{"call_id":"x","account_id":"a","model":"gpt-9","started_at":"2026-10-05T12:00:00Z","usage":{"input_tokens":4}}"#,
    );
    let ran = desk.run(&["ingest", "--as-of", "2026-10-10T06:00:00+08:00"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = desk.run(&["prices", "lint"]);
    assert!(
        ran.stdout.contains("gateway: 1 calls of gpt-9 have no price (no_row), from 2026-10-05T12:00:00Z"),
        "{}",
        ran.stdout
    );
}

#[test]
fn show_prints_every_rate_variant_and_place() {
    let desk = desk();
    let ran = desk.run(&["prices", "show", "kept", "--book", "after-2026-11-01.json", "--at", "2026-11-05T00:00:00Z"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for line in [
        "kept in after-2026-11-01, version 1970-01-01T00:00:00Z, after-2026-11-01.json:2",
        "input           0.00000125 USD each (1.25 a million)",
        "cache_write_1h  as input",
        "    input           0.000002 USD each (2 a million)",
        "service tier priority",
        "half_batch",
    ] {
        assert!(ran.stdout.contains(line), "{line:?} is not in:\n{}", ran.stdout);
    }
    let ran = desk.run(&["prices", "show", "other", "--book", "after-2026-11-01.json"]);
    assert!(ran.code == 78 && ran.stderr.contains("no price for other"), "{}", ran.stderr);
}

#[test]
fn what_was_known_then_is_shown() {
    let desk = Desk::new();
    let sheet = "effective_from,known_from,unit,model,per,input,output\n\
        2026-10-01T00:00:00Z,2026-10-01T00:00:00Z,CNY,m,1000000,2,4\n\
        2026-10-01T00:00:00Z,2026-10-09T00:00:00Z,CNY,m,1000000,3,4\n";
    desk.write("book.csv", sheet);
    for (known, rate) in [("2026-10-08T00:00:00Z", "(2 a million)"), ("2026-10-09T00:00:00Z", "(3 a million)")] {
        let args = ["prices", "show", "m", "--book", "book.csv", "--at", "2026-10-05T00:00:00Z", "--known", known];
        let ran = desk.run(&args);
        assert!(ran.code == 0 && ran.stdout.contains(rate), "{}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn a_sheet_is_a_price_book_wherever_one_is_wanted() {
    let desk = operator();
    let settings = std::fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    desk.write("trueup.toml", settings.replace("prices/tokone.toml", "prices/tokone.csv"));
    std::fs::remove_file(desk.path().join("prices/tokone.toml")).unwrap();
    let sheet = "effective_from,unit,rounding,model,per,input,output,cache_read\n\
        2026-10-01T00:00:00+08:00,CNY,call:half_up:6,gpt-5.5,1000000,2.5,15,0.25\n";
    desk.write("prices/tokone.csv", sheet);
    let close = ["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-04T00:00:00+08:00"];
    for _ in 0..2 {
        let ran = desk.run(&close);
        assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
    }
    let receipt = desk.run(&["explain", "c-1"]).stdout;
    assert!(receipt.contains("3000 x 0.0000025 = 0.0075") && receipt.contains("prices/tokone.csv:2"), "{receipt}");
    assert_eq!(desk.run(&["verify"]).code, 0);
}
