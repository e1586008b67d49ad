//! What a price change would have billed: by customer, to the digit, and without leaving a trace.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use trueup::domain::money::Amount;

use crate::desk::{Desk, Ran, month, operator};

/// The operator's day, sealed.
fn sealed() -> Desk {
    let desk = operator();
    let ran = desk.run(&["run", "daily", "--date", "2026-10-05", "--as-of", "2026-10-10T00:00:00+08:00"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    desk
}

const BOOK: &str = include_str!("../../fixtures/operator/prices.toml");

fn rehearse(desk: &Desk, book: &str, more: &[&str]) -> Ran {
    desk.write("proposed.toml", book);
    desk.run(&[&["prices", "rehearse", "proposed.toml", "--period", "2026-10"], more].concat())
}

/// Output at 16.5 in place of 15.
fn raised() -> String {
    BOOK.replace("\"15\"", "\"16.5\"")
}

#[test]
fn a_raised_price_is_told_by_customer_and_model() {
    let desk = sealed();
    let ran = rehearse(&desk, &raised(), &["--format", "csv"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "2026-10 at proposed.toml in place of book tokone\n"));
    // 800, 811 and 100 output tokens at 1.5 a million more.
    let expected = "by,name,customer,reason,unit,calls,dearer,cheaper,no_price_calls,no_price,gained,expected,rehearsed,difference,percent\n\
        total,,,,CNY,3,3,0,0,0,0,0.06567825,0.06824475,0.0025665,3.9%\n\
        account,王小明,,,CNY,1,1,0,0,0,0,0.04217825,0.04339475,0.0012165,2.9%\n\
        account,alice,,,CNY,1,1,0,0,0,0,0.0195,0.0207,0.0012,6.2%\n\
        account,'=1+1,,,CNY,1,1,0,0,0,0,0.004,0.00415,0.00015,3.8%\n\
        model,gpt-5.5,,,CNY,3,3,0,0,0,0,0.06567825,0.06824475,0.0025665,3.9%\n";
    assert_eq!(ran.stdout, expected);
    let text = rehearse(&desk, &raised(), &["--limit", "1"]).stdout;
    for line in [
        "2026-10 at proposed.toml in place of book tokone",
        "1 day sealed; before discounts, commitments and tax",
        "CNY: 3 calls dearer, 0 cheaper, 0 the same, 0 would have no price any more, 0 gain one",
        "WHO PAYS MORE: 3 accounts, 0.0025665 CNY",
        "(2 more)  CNY       2        2  0.0235      0.02485      0.00135       5.7%",
    ] {
        assert!(text.contains(line), "{line:?} is not in:\n{text}");
    }
    let few = rehearse(&desk, &raised(), &["--limit", "1", "--format", "jsonl"]).stdout;
    assert_eq!(few.lines().count(), 3, "{few}");
}

#[test]
fn nothing_is_registered_or_written_and_an_edited_file_can_be_tried() {
    let desk = sealed();
    let before = [desk.tree("lake"), desk.tree("out")];
    fs::write(desk.path().join("prices/tokone.toml"), raised()).unwrap();
    let args = ["prices", "rehearse", "prices/tokone.toml", "--period", "2026-10-05", "--format", "csv"];
    let ran = desk.run(&args);
    assert!(ran.code == 0 && ran.stdout.contains("0.0025665"), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(before, [desk.tree("lake"), desk.tree("out")]);
}

#[test]
fn prices_that_come_and_go_are_counted_apart() {
    let desk = operator();
    let calls = fs::read_to_string(desk.path().join("raw/calls/2026-10-05.jsonl")).unwrap();
    let other = r#"{"call_id":"n","account_id":"alice","model":"new","started_at":"2026-10-05T11:00:00+08:00","usage":{"input_tokens":1000000}}"#;
    desk.write("raw/calls/2026-10-05.jsonl", format!("{calls}{other}\n"));
    let ran = desk.run(&["run", "daily", "--date", "2026-10-05", "--as-of", "2026-10-10T00:00:00+08:00"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let ran = rehearse(&desk, &BOOK.replace("gpt-5.5", "new"), &["--format", "csv"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    for row in [
        "total,,,,CNY,4,0,0,3,0.06567825,2.5,0.06567825,2.5,0,",
        "no_price_any_more,gpt-5.5,,no_row,CNY,3,,,,,,0.06567825,,,",
        "price_gained,new,,no_row,CNY,1,,,,,,,2.5,,",
    ] {
        assert!(ran.stdout.lines().any(|line| line == row), "{row} is not in:\n{}", ran.stdout);
    }
    let text = rehearse(&desk, &BOOK.replace("gpt-5.5", "new"), &[]).stdout;
    assert!(text.contains("NO PRICE ANY MORE (no figure for these; nothing is taken as 0)"), "{text}");
    assert!(text.contains("3 accounts pay the same"), "{text}");
}

#[test]
fn a_version_that_begins_later_is_tried_at_its_moment() {
    let desk = sealed();
    let version = raised();
    let version = &version[version.find("[[version]]").unwrap()..];
    let book = format!("{BOOK}\n{}", version.replace("2026-10-01T", "2027-01-01T"));
    let ran = rehearse(&desk, &book, &["--format", "csv"]);
    assert!(ran.code == 0 && ran.stdout.contains("0.06567825,0.06567825,0,0.0%"), "{}", ran.stdout);
    let hint = "version 2026-12-31T16:00:00Z of proposed.toml begins after 2026-10 and was not used; \
                --at 2026-12-31T16:00:00Z prices the calls by it";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    let ran = rehearse(&desk, &book, &["--format", "csv", "--at", "2026-12-31T16:00:00Z"]);
    assert!(ran.code == 0 && ran.stdout.contains("0.06567825,0.06824475,0.0025665"), "{}", ran.stdout);
    assert!(ran.stderr.contains("at version 2026-12-31T16:00:00Z of proposed.toml"), "{}", ran.stderr);
    let ran = rehearse(&desk, &book, &["--at", "2020-01-01"]);
    assert!(ran.code == 78 && ran.stderr.contains("no version of the proposed book is in force"), "{}", ran.stderr);
}

/// Sums of a table's column by unit, over the rows of one kind.
fn sums(rows: &[Value], by: &str, column: &str) -> BTreeMap<String, Amount> {
    let mut sums: BTreeMap<String, Amount> = BTreeMap::new();
    for row in rows.iter().filter(|row| row["by"] == by) {
        let sum = sums.entry(row["unit"].as_str().unwrap().to_owned()).or_default();
        *sum = sum.checked_add(row[column].as_str().unwrap().parse().unwrap()).unwrap();
    }
    sums
}

#[test]
fn a_made_up_month_ties_out() {
    let desk = month("tokone", 1500, 7);
    let ran = desk.run(&["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-04T00:00:00+08:00"]);
    assert!([3, 4].contains(&ran.code), "{}", ran.stderr);
    let own = fs::read_to_string(desk.path().join("prices/tokone.toml")).unwrap();
    let rows = |ran: &Ran| -> Vec<Value> { serde_json::from_str(&ran.stdout).unwrap() };
    let same = rehearse(&desk, &own, &["--format", "json"]);
    assert_eq!(same.code, 0, "{}", same.stderr);
    let total = rows(&same).remove(0);
    assert_eq!((&total["difference"], &total["dearer"], &total["cheaper"]), (&"0".into(), &0.into(), &0.into()));
    // What the month was published with.
    let published = fs::read_to_string(desk.path().join("out/month/2026-10/rollup.csv")).unwrap();
    let columns: Vec<&str> = published.lines().next().unwrap().split(',').collect();
    let expected = columns.iter().position(|c| *c == "expected").unwrap();
    let sum = published.lines().skip(1).map(|line| line.split(',').nth(expected).unwrap().parse().unwrap());
    assert_eq!(total["expected"], Amount::sum(sum).unwrap().to_string());
    let doubled = own.replace("\noutput = { rate = \"1", "\noutput = { rate = \"21");
    let raised = rows(&rehearse(&desk, &doubled, &["--format", "json"]));
    for column in ["expected", "rehearsed", "difference"] {
        let total = sums(&raised, "total", column);
        assert_eq!(sums(&raised, "account", column), total, "{column}");
        assert_eq!(sums(&raised, "model", column), total, "{column}");
    }
    assert!(sums(&raised, "total", "difference")["CNY"].is_positive());
}

fn refused(ran: &Ran, code: i32, say: &str) {
    assert!(ran.code == code && ran.stderr.contains(say), "{} {}", ran.code, ran.stderr);
}

#[test]
fn what_cannot_be_rehearsed_says_why() {
    let desk = sealed();
    let run = |book: &str, period: &str| {
        desk.write("proposed.toml", book);
        desk.run(&["prices", "rehearse", "proposed.toml", "--period", period])
    };
    refused(&run(BOOK, "October"), 2, "\"October\" is not a day, week or month");
    refused(&run(BOOK, "2026-12"), 65, "there are no calls in 2026-12");
    refused(&run("[book]\nid = 7", "2026-10"), 78, "proposed.toml:2");
    refused(&run("not a book", "2026-10"), 78, "proposed.toml");
    refused(&run(&BOOK.replace("CNY", "EUR"), "2026-10"), 78, "the proposed book is in EUR, tokone is in CNY");
    let other = BOOK.replace("\"tokone\"", "\"next\"");
    refused(&run(&other, "2026-10"), 78, "there is no price book next to replace");
    assert!(run(&other, "2026-10").stderr.contains("--replaces says which one is meant: tokone"));
    assert_eq!(rehearse(&desk, &other, &["--replaces", "tokone"]).code, 0);
    refused(&desk.run(&["prices", "rehearse", "gone.toml", "--period", "2026-10"]), 78, "gone.toml");
    refused(&desk.run(&["prices", "rehearse", "proposed.toml"]), 2, "--period");
    let open = operator();
    assert_eq!(open.run(&["ingest", "--as-of", "2026-10-10T06:00:00+08:00"]).code, 0);
    open.write("proposed.toml", BOOK);
    let ran = open.run(&["prices", "rehearse", "proposed.toml", "--period", "2026-10"]);
    refused(&ran, 65, "no day of 2026-10 is sealed");
    assert!(ran.stderr.contains("Hint: `trueup reconcile --period 2026-10`"), "{}", ran.stderr);
}

#[test]
fn days_that_are_not_sealed_and_figures_that_are_old_are_said() {
    let desk = sealed();
    let call = r#"{"call_id":"l","account_id":"bob","model":"gpt-5.5","started_at":"2026-10-07T10:00:00+08:00","usage":{"input_tokens":1}}"#;
    desk.write("raw/calls/later.jsonl", call);
    assert_eq!(desk.run(&["ingest", "--as-of", "2026-10-11T06:00:00+08:00"]).code, 0);
    let ran = rehearse(&desk, BOOK, &[]);
    refused(&ran, 4, "left out: 1 day with calls that no run has sealed, from 2026-10-07 to 2026-10-07");
    let settings = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    let whole = "unit = \"CNY\"\nrecorded = { as = \"decimal\", scale = 2, mode = \"half_up\" }";
    desk.write("trueup.toml", settings.replace("unit = \"CNY\"", whole));
    let ran = rehearse(&desk, BOOK, &[]);
    refused(&ran, 4, "3 calls sealed at another figure than the prices of the day give now");
}
