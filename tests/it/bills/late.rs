//! What comes late for accounts that get documents when they ask.

use std::fs;

use serde_json::Value;

use super::{ACCOUNTS, call, document, listed, monthly, october, posting};
use crate::desk::{Desk, Ran};

const ASKED: &str = "asked,Asker AG,postpaid,EUR,Weg 9,Bonn,DE,standard:19,request,30,1000:5,,,\n";

/// October with a postpaid account that is invoiced on request and used 1,200.
fn asking() -> Desk {
    let desk = october();
    desk.write("accounts.csv", format!("{ACCOUNTS}{ASKED}"));
    desk.write("raw/calls/asked.jsonl", call("c-50", "asked", "m-1", "2099-10-05T12:00:00Z", 1200));
    desk
}

fn ask(desk: &Desk, account: &str, period: &str, as_of: &str) -> Ran {
    desk.run(&["invoice", "--account", account, "--final", "--period", period, "--as-of", as_of])
}

/// kind, month and net of each line.
fn lines(document: &Value) -> Vec<String> {
    let line = |l: &Value| format!("{} {} {}", l["kind"], l["period"], l["net"]).replace('"', "");
    document["lines"].as_array().unwrap().iter().map(line).collect()
}

/// The one invoice of an account for a month.
fn invoice_of(desk: &Desk, account: &str, period: &str) -> Value {
    let own = |row: &&String| row.starts_with("INV-") && row.split(' ').nth(2) == Some(account);
    let listed = listed(desk, period);
    let numbers: Vec<&str> = listed.iter().filter(own).map(|row| row.split(' ').next().unwrap()).collect();
    let [number] = numbers[..] else { panic!("{account} {period}: {listed:?}") };
    document(desk, period, number)
}

#[test]
fn late_usage_of_a_month_asked_for_is_on_the_next_one_asked_for() {
    let desk = asking();
    assert_eq!(monthly(&desk, "2099-10", "2099-11-04T00:00:00Z").code, 0);
    assert_eq!(ask(&desk, "asked", "2099-10", "2099-11-05T00:00:00Z").code, 0);
    // 1,200 less 5 % of what is above 1,000.
    assert_eq!(invoice_of(&desk, "asked", "2099-10")["net"], "1190.00");
    desk.write("raw/calls/late.jsonl", call("c-51", "asked", "m-1", "2099-10-30T10:00:00Z", 300));
    desk.write("raw/calls/november.jsonl", call("c-52", "asked", "m-1", "2099-11-10T10:00:00Z", 100));
    assert_eq!(monthly(&desk, "2099-10", "2099-12-04T00:00:00Z").code, 0);
    assert_eq!(monthly(&desk, "2099-11", "2099-12-04T00:00:00Z").code, 0);
    let waiting = listed(&desk, "2099-11");
    assert!(waiting.iter().any(|row| row.starts_with("on_request asked ")), "{waiting:?}");
    assert_eq!(ask(&desk, "asked", "2099-11", "2099-12-05T00:00:00Z").code, 0);
    // 1,500 less 25 is 1,475, of which 1,190 is billed.
    let next = invoice_of(&desk, "asked", "2099-11");
    assert_eq!(lines(&next), ["usage 2099-11 100.00", "late 2099-10 285.00"]);
    assert_eq!(monthly(&desk, "2099-12", "2100-01-04T00:00:00Z").code, 0);
    assert!(listed(&desk, "2099-12").iter().all(|row| !row.contains("asked")), "late usage is billed once");
}

#[test]
fn late_usage_of_a_month_nobody_asked_for_is_on_its_own_document() {
    let desk = asking();
    assert_eq!(monthly(&desk, "2099-10", "2099-11-04T00:00:00Z").code, 0);
    desk.write("raw/calls/late.jsonl", call("c-51", "asked", "m-1", "2099-10-30T10:00:00Z", 300));
    desk.write("raw/calls/november.jsonl", call("c-52", "asked", "m-1", "2099-11-10T10:00:00Z", 100));
    assert_eq!(monthly(&desk, "2099-11", "2099-12-04T00:00:00Z").code, 0);
    for period in ["2099-11", "2099-10"] {
        let asked = ask(&desk, "asked", period, "2099-12-05T00:00:00Z");
        assert_eq!(asked.code, 0, "{}", asked.stderr);
    }
    assert_eq!(lines(&invoice_of(&desk, "asked", "2099-11")), ["usage 2099-11 100.00"]);
    assert_eq!(invoice_of(&desk, "asked", "2099-10")["net"], "1475.00");
}

#[test]
fn what_an_asker_was_billed_too_much_comes_back_unasked() {
    let desk = asking();
    assert_eq!(monthly(&desk, "2099-10", "2099-11-04T00:00:00Z").code, 0);
    assert_eq!(ask(&desk, "asked", "2099-10", "2099-11-05T00:00:00Z").code, 0);
    let number = invoice_of(&desk, "asked", "2099-10")["number"].clone();
    let corrected = call("c-50", "asked", "m-1", "2099-10-05T12:00:00Z", 1100).replace("}\n", ",\"row_version\":2}\n");
    desk.write("raw/calls/corrected.jsonl", corrected);
    assert!([0, 3].contains(&monthly(&desk, "2099-10", "2099-12-04T00:00:00Z").code));
    let ran = monthly(&desk, "2099-11", "2099-12-04T00:00:00Z");
    assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
    let note = document(&desk, "2099-10", "CN-2099-1");
    assert_eq!((&note["corrects"], &note["net"]), (&number, &"95.00".into()));
}

#[test]
fn a_late_payment_is_on_the_next_document_asked_for() {
    let desk = october();
    assert_eq!(monthly(&desk, "2099-10", "2099-11-04T00:00:00Z").code, 0);
    assert_eq!(ask(&desk, "req", "2099-10", "2099-11-05T00:00:00Z").code, 0);
    let paid = r#","money":"8","currency":"EUR","reference":"PAY-9""#;
    desk.write("raw/postings/late.jsonl", posting("p-9", "req", "top_up", "8", "2099-10-29T00:00:00Z", paid));
    desk.write("raw/calls/november.jsonl", call("c-52", "least", "m-1", "2099-11-10T10:00:00Z", 100));
    for period in ["2099-10", "2099-11"] {
        assert_eq!(monthly(&desk, period, "2099-12-04T00:00:00Z").code, 0);
    }
    assert_eq!(ask(&desk, "req", "2099-11", "2099-12-05T00:00:00Z").code, 0);
    let next = invoice_of(&desk, "req", "2099-11");
    assert_eq!(lines(&next), ["late 2099-10 8.00"]);
}

#[test]
fn a_month_billed_is_billed_no_second_way() {
    let desk = asking();
    assert_eq!(monthly(&desk, "2099-10", "2099-11-04T00:00:00Z").code, 0);
    let before = desk.tree("lake/documents").len();
    let changed = fs::read_to_string(desk.path().join("accounts.csv")).unwrap();
    let changed = changed.replace("DE,standard:19,,30,1000:5;5000:10", "DE,standard:19,request,30,1000:5;5000:10");
    assert!(changed.contains("acme,Acme GmbH,postpaid,EUR,Weg 2,Bonn,DE,standard:19,request"));
    desk.write("accounts.csv", changed);
    let asked = ask(&desk, "acme", "2099-10", "2099-11-06T00:00:00Z");
    assert_eq!(asked.code, 0, "{}", asked.stderr);
    assert_eq!(desk.tree("lake/documents").len(), before, "October of acme has its invoice");
}
