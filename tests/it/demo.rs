//! End to end: the binary on made-up months, run twice, split otherwise, and without faults.

use std::fs;

use crate::desk::{Desk, Ran, operator};

#[test]
fn a_month_of_five_platforms_is_found_as_planted() {
    for seed in ["1", "2", "3", "77"] {
        let desk = Desk::new();
        let ran = desk.run(&["demo", "month", "--calls", "12000", "--seed", seed]);
        assert_eq!(ran.code, 0, "seed {seed}\n{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("FOUND AGAINST PLANTED"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("DIGESTS DIFFER"), "{}", ran.stdout);
        // Names in Chinese, Arabic, Korean and with an emoji are among them, and no font need be installed.
        assert!(!ran.stdout.contains("glyph"), "{}", ran.stdout);
    }
}

/// What the README shows of the demo and of an explanation is what they print, but for lines left out.
#[test]
fn the_readme_shows_what_the_demo_prints() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let shown = |first: &str| -> Vec<String> {
        let block = readme.split("```text\n").skip(1).find(|block| block.starts_with(first)).unwrap();
        let lines = block.split("```").next().unwrap().lines();
        lines.filter(|line| !["", "..."].contains(line)).map(str::to_owned).collect()
    };
    let printed = |ran: Ran, first: &str| {
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let lines: Vec<&str> = ran.stdout.lines().collect();
        let apart: Vec<String> = shown(first).into_iter().filter(|line| !lines.contains(&line.as_str())).collect();
        assert!(apart.is_empty(), "{apart:#?} is not in\n{}", ran.stdout);
    };
    let desk = Desk::new();
    printed(desk.run(&["demo", "month"]), "WHAT TIES OUT");
    let explained = shown("call      ");
    let id = explained[0].split_whitespace().nth(1).unwrap();
    printed(desk.run(&["-C", "month/tokone", "explain", id]), "call      ");
}

#[test]
fn a_month_without_faults_has_no_finding() {
    let desk = Desk::new();
    let ran = desk.run(&["demo", "month", "--calls", "12000", "--seed", "5", "--clean"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    for platform in ["tokmodel", "toki", "resayil", "tokone", "llmhub"] {
        let findings = desk.path().join(format!("month/{platform}/out/month/2026-10/findings.jsonl"));
        assert_eq!(fs::read_to_string(findings).unwrap(), "", "{platform}");
    }
}

const CLOSED: [&str; 5] = ["run", "monthly", "--period", "2026-10", "--as-of"];

fn close(desk: &Desk) -> i32 {
    let mut args = CLOSED.to_vec();
    args.push("2026-11-04T00:00:00+08:00");
    desk.run(&args).code
}

#[test]
fn the_same_run_again_changes_no_byte() {
    let desk = operator();
    assert_eq!(close(&desk), 3);
    let before = (desk.tree("out"), desk.tree("lake"));
    assert_eq!(close(&desk), 3);
    assert!(before == (desk.tree("out"), desk.tree("lake")));
    assert!(!before.0.is_empty() && !before.1.is_empty());
}

#[test]
fn file_split_row_order_and_time_zone_do_not_show_in_what_is_published() {
    let whole = operator();
    assert_eq!(close(&whole), 3);
    let split = operator();
    let calls = fs::read_to_string(split.path().join("raw/calls/2026-10-05.jsonl")).unwrap();
    fs::remove_file(split.path().join("raw/calls/2026-10-05.jsonl")).unwrap();
    for (i, line) in calls.lines().rev().enumerate() {
        split.write(&format!("raw/calls/part-{i}.jsonl"), format!("{line}\n{line}\n"));
        let ran = split.run(&["ingest", "--as-of", "2026-10-10T09:00:00+08:00"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    let args = [CLOSED.as_slice(), &["2026-11-04T00:00:00+08:00"]].concat();
    let mut command = split.command(&args);
    command.env("TZ", "America/New_York").env("LC_ALL", "ar_SA");
    assert_eq!(command.status().unwrap().code(), Some(3));
    // Pages and inputs.csv say how many files and repeated rows came in; everything else is the same.
    let same = |desk: &Desk| -> Vec<_> {
        let counted = ["html", "xlsx", "json"].map(Some);
        let is_apart = |path: &std::path::Path| {
            counted.contains(&path.extension().and_then(|e| e.to_str()))
                || path.ends_with("inputs.csv")
                || path.ends_with("days.csv")
        };
        desk.tree("out").into_iter().filter(|(path, _)| !is_apart(path)).collect()
    };
    assert!(same(&whole) == same(&split) && same(&whole).len() > 30);
}

#[test]
fn findings_name_the_cause_and_explain_shows_the_arithmetic() {
    let desk = operator();
    assert_eq!(close(&desk), 3);
    let ran = desk.run(&["findings", "--format", "jsonl"]);
    assert_eq!(ran.code, 0);
    let causes: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(causes.len(), 2, "{}", ran.stdout);
    assert!(
        causes[0].contains("\"cause\":\"cached_at_full_rate\"") && causes[0].contains("\"call_id\":\"c-2\""),
        "{}",
        causes[0]
    );
    assert!(causes[1].contains("\"class\":\"not_posted\"") && causes[1].contains("=1+1"), "{}", causes[1]);
    let receipt = desk.run(&["explain", "c-1"]).stdout;
    for line in
        ["input                   3000 x 0.0000025 = 0.0075", "= 0.0195 CNY", "expected  0.0195 CNY", "finding   none"]
    {
        assert!(receipt.contains(line), "{receipt}");
    }
    let verified = desk.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    assert!(desk.tree("out").iter().all(|(path, _)| !path.to_string_lossy().contains("..")));
}

#[test]
fn rows_that_cannot_be_read_are_listed_and_shown() {
    let desk = operator();
    let rows: Vec<String> = (0..2000)
        .map(|i| {
            format!(
                "{{\"call_id\":\"m-{i}\",\"account_id\":\"a\",\"model\":\"gpt-5.5\",\"started_at\":\"2026-10-05T12:00:00Z\",\"usage\":{{\"input_tokens\":4,\"output_tokens\":0}},\"charge\":{}}}",
                if i == 7 { "\"lots\"" } else { "0.00001" }
            )
        })
        .collect();
    desk.write("raw/calls/more.jsonl", rows.join("\n"));
    let ran = desk.run(&["ingest"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rejects = desk.run(&["rejects", "--format", "csv"]).stdout;
    assert!(rejects.contains("raw/calls/more.jsonl:8,calls gateway,charge,"), "{rejects}");
    let shown = desk.run(&["rejects", "show", "raw/calls/more.jsonl:8"]).stdout;
    assert_eq!(shown.trim_end(), rows[7]);
}
