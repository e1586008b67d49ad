//! Rows that should be there and are not, and rows that come too late.

use std::fmt::Write;

use crate::bills::{close_october, october};
use crate::desk::{Desk, operator};

const DAY: [&str; 6] = ["run", "daily", "--date", "2026-10-05", "--as-of", "2026-10-08T12:00:00+08:00"];

/// An operator whose gateway promises a row an hour, with a call in each hour of 2026-10-05 but `silent`.
fn hourly(silent: &[u32]) -> Desk {
    let desk = operator();
    let config = include_str!("../../fixtures/operator/trueup.toml");
    desk.write("trueup.toml", config.replacen("settle = \"0s\"", "settle = \"0s\"\nexpect = \"hourly\"", 1));
    desk.write("raw/calls/2026-10-05.jsonl", "");
    desk.write("raw/postings/2026-10-05.jsonl", "");
    let top_up = r#"{"posting_id":"t","account_id":"a","kind":"top_up","amount":"100","unit":"CNY","posted_at":"2026-10-05T00:00:00+08:00"}"#;
    desk.write("raw/postings/t.jsonl", format!("{top_up}\n"));
    desk.write("raw/calls/a.jsonl", calls((0..24).filter(|hour| !silent.contains(hour))));
    desk.write("raw/postings/a.jsonl", postings((0..24).filter(|hour| !silent.contains(hour))));
    desk
}

fn calls(hours: impl Iterator<Item = u32>) -> String {
    hours.fold(String::new(), |mut lines, hour| {
        let _ = writeln!(
            lines,
            r#"{{"call_id":"c-{hour}","account_id":"a","model":"gpt-5.5","started_at":"2026-10-05T{hour:02}:59:59.999999+08:00","outcome":"ok","usage":{{"input_tokens":1000000}},"charge":"2.5"}}"#
        );
        lines
    })
}

fn postings(hours: impl Iterator<Item = u32>) -> String {
    hours.fold(String::new(), |mut lines, hour| {
        let _ = writeln!(
            lines,
            r#"{{"posting_id":"p-{hour}","account_id":"a","wallet":"main","kind":"usage","amount":"-2.5","unit":"CNY","posted_at":"2026-10-05T{hour:02}:59:59.999999+08:00","call_id":"c-{hour}"}}"#
        );
        lines
    })
}

#[test]
fn silent_hours_hold_a_day_open_until_the_rows_come() {
    let desk = hourly(&[3, 4, 17]);
    let ran = desk.run(&DAY);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert_eq!(
        ran.stderr,
        "silent     gateway has no row from 2026-10-05T03:00:00+08:00 until 2026-10-05T05:00:00+08:00\n\
         silent     gateway has no row from 2026-10-05T17:00:00+08:00 until 2026-10-05T18:00:00+08:00\n           \
         the day stays open: send the rows, or say under [[waive]] why there are none\n"
    );
    assert!(desk.run(&["status"]).stdout.contains("0 closed, 1 provisional"));
    let page =
        String::from_utf8(desk.tree("out/day/2026-10-05").into_iter().find(|f| f.0.ends_with("index.html")).unwrap().1);
    assert!(page.unwrap().contains("3 hours without a row of a source that promised one in each."));
    // Said again each night, though nothing is new.
    assert_eq!(desk.run(&DAY).code, 4);

    desk.write("raw/calls/b.jsonl", calls([3, 4, 17].into_iter()));
    desk.write("raw/postings/b.jsonl", postings([3, 4, 17].into_iter()));
    let ran = desk.run(&DAY);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(desk.run(&["status"]).stdout.contains("1 closed, 0 provisional"));
}

#[test]
fn silent_hours_are_waived_for_a_reason() {
    let desk = hourly(&[3, 4, 17]);
    let config = std::fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    let waive = |until: &str| {
        let waive = format!(
            "[[waive]]\nsource = \"gateway\"\nfrom = \"2026-10-05T03:00:00+08:00\"\nuntil = \"{until}\"\nreason = \"upgrade of the gateway\"\n"
        );
        desk.write("trueup.toml", format!("{config}\n{waive}"));
        desk.run(&DAY)
    };
    let ran = waive("2026-10-05T05:00:00+08:00");
    assert_eq!(ran.code, 4);
    assert!(!ran.stderr.contains("T03:00:00") && ran.stderr.contains("T17:00:00"), "{}", ran.stderr);
    let ran = waive("2026-10-06T00:00:00+08:00");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let ran = waive("2026-10-05T03:00:00+08:00");
    assert_eq!(ran.code, 78);
    assert!(ran.stderr.contains("until is not after from"), "{}", ran.stderr);
}

#[test]
fn a_day_without_a_row_is_silent_from_end_to_end() {
    let desk = hourly(&[]);
    let ran = desk.run(&["run", "daily", "--date", "2026-10-06", "--as-of", "2026-10-09T12:00:00+08:00"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("no row from 2026-10-06T00:00:00+08:00 until 2026-10-07T00:00:00+08:00"),
        "{}",
        ran.stderr
    );
}

/// A hole in the log would be a bill that is too small for ever.
#[test]
fn no_bill_becomes_final_over_silent_hours() {
    let desk = october();
    let config = std::fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    let config = config.replacen("unit = \"EUR\"", "unit = \"EUR\"\nexpect = \"hourly\"", 1);
    let final_ones = || {
        let documents = desk.tree("out/documents/2099-10");
        documents.iter().filter(|f| f.0.to_string_lossy().starts_with("INV-")).count()
    };
    desk.write("trueup.toml", &config);
    let ran = close_october(&desk);
    assert_eq!((ran.code, final_ones()), (4, 0), "{}", ran.stderr);
    let now = ["invoice", "--period", "2099-10", "--final", "--as-of", "2099-11-04T00:00:00Z"];
    let asked = desk.run(&now);
    assert_eq!(asked.code, 75, "{}", asked.stderr);
    assert!(asked.stderr.contains("2099-10 is open: gateway has no row from"), "{}", asked.stderr);

    let waive = "[[waive]]\nsource = \"gateway\"\nfrom = \"2099-10-01T00:00:00Z\"\nuntil = \"2099-11-01T00:00:00Z\"\nreason = \"few customers yet\"\n";
    desk.write("trueup.toml", format!("{config}\n{waive}"));
    let ran = close_october(&desk);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(final_ones() > 0);
}

#[test]
fn rows_older_than_max_late_are_kept_and_listed() {
    let desk = operator();
    let late = ["run", "daily", "--date", "2027-03-01", "--as-of", "2027-03-02T12:00:00+08:00"];
    let ran = desk.run(&late);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("6 rows of 2026-10-05 to 2026-10-09 are older than max_late: kept, in no new revision"),
        "{}",
        ran.stderr
    );
    let status = desk.run(&["status"]).stdout;
    assert!(status.contains("too late"), "{status}");
    assert!(desk.tree("lake/manifests/reconcile").iter().all(|(path, _)| !path.starts_with("2026-10-05")));
    // Kept: they can be explained.
    assert_eq!(desk.run(&["explain", "c-1"]).code, 0);
}
