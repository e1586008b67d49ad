//! Nights, weeks and months that no run saw, and what comes late for those that were published.

use std::fs;

use crate::bills::{call, close_october, october};
use crate::desk::{Desk, Ran, operator};

fn chat(id: &str, day: &str) -> String {
    format!(
        r#"{{"call_id":"{id}","account_id":"alice","model":"gpt-5.5","started_at":"{day}T10:00:00+08:00","usage":{{"input_tokens":3000,"output_tokens":800}},"charge":"0.0195"}}
"#
    )
}

/// Calls on the 5th, 14th, 21st and 22nd: in weeks 41, 42 and 43.
fn october_weeks() -> Desk {
    let desk = operator();
    for day in ["2026-10-14", "2026-10-21", "2026-10-22"] {
        desk.write(&format!("raw/calls/{day}.jsonl"), chat(&format!("c-{day}"), day));
    }
    desk.accepts_the_future();
    desk
}

/// What the job says when it runs at six in the morning.
fn run(desk: &Desk, job: &str, day: &str) -> String {
    let Ran { code, stderr, .. } = desk.run(&["run", job, "--as-of", &format!("{day}T06:00:00+08:00")]);
    assert!([0, 3].contains(&code), "{job} {day}: {stderr}");
    stderr
}

fn sealed(desk: &Desk, job: &str) -> Vec<String> {
    let text = |(path, _): (std::path::PathBuf, Vec<u8>)| path.to_str().unwrap().to_owned();
    desk.tree(&format!("lake/manifests/{job}")).into_iter().map(text).collect()
}

fn calls_in(desk: &Desk, folder: &str) -> u64 {
    let list = fs::read(desk.path().join(format!("out/{folder}/manifest.json"))).unwrap();
    serde_json::from_slice::<serde_json::Value>(&list).unwrap()["calls"].as_u64().unwrap()
}

#[test]
fn missed_nights_are_made_up_for() {
    let desk = october_weeks();
    run(&desk, "daily", "2026-10-08");
    assert_eq!(sealed(&desk, "reconcile"), ["2026-10-05/r1.json", "2026-10-06/r1.json", "2026-10-07/r1.json"]);
    // Two nights without a run.
    run(&desk, "daily", "2026-10-11");
    for day in ["05", "06", "07", "08", "09", "10"] {
        let day = format!("2026-10-{day}");
        assert!(sealed(&desk, "reconcile").contains(&format!("{day}/r1.json")), "{day}");
        assert!(desk.path().join(format!("out/day/{day}/index.html")).exists(), "{day}");
    }
}

#[test]
fn missed_weeks_are_made_up_for_as_far_back_as_the_job_says() {
    let desk = october_weeks();
    for day in ["2026-10-12", "2026-10-19", "2026-10-26"] {
        run(&desk, "daily", day);
    }
    let short = desk.copy();
    short.write("jobs/weekly.toml", "period = \"week\"\nsteps = [\"rollup\", \"publish\"]\ncatch_up = \"8d\"\n");
    assert!(run(&short, "weekly", "2026-10-26").contains("catch up   2026-W42: "));
    assert_eq!(sealed(&short, "rollup"), ["2026-W42/r1.json", "2026-W43/r1.json"]);
    let said = run(&desk, "weekly", "2026-10-26");
    assert!(said.contains("catch up   2026-W41, 2026-W42: "), "{said}");
    assert_eq!(sealed(&desk, "rollup"), ["2026-W41/r1.json", "2026-W42/r1.json", "2026-W43/r1.json"]);
    assert_eq!(["2026-W41", "2026-W42", "2026-W43"].map(|w| calls_in(&desk, &format!("week/{w}"))), [3, 1, 2]);
    let trees = (desk.tree("out"), desk.tree("lake"));
    assert!(!run(&desk, "weekly", "2026-10-26").contains("catch up"));
    assert!(trees == (desk.tree("out"), desk.tree("lake")), "nothing is missed twice");
    let one = october_weeks();
    for day in ["2026-10-12", "2026-10-19", "2026-10-26"] {
        run(&one, "daily", day);
    }
    let named = one.run(&["run", "weekly", "--period", "2026-W43", "--as-of", "2026-10-26T06:00:00+08:00"]);
    assert!(named.code == 0 && sealed(&one, "rollup") == ["2026-W43/r1.json"], "{}", named.stderr);
}

#[test]
fn a_week_whose_days_change_is_brought_up_to_date_by_the_daily_job() {
    let desk = october_weeks();
    run(&desk, "daily", "2026-10-12");
    run(&desk, "weekly", "2026-10-12");
    assert_eq!(calls_in(&desk, "week/2026-W41"), 3);
    desk.write("raw/calls/late.jsonl", chat("c-late", "2026-10-07"));
    run(&desk, "daily", "2026-10-15");
    assert!(sealed(&desk, "reconcile").contains(&"2026-10-07/r2.json".to_owned()));
    assert_eq!(sealed(&desk, "rollup"), ["2026-W41/r1.json", "2026-W41/r2.json"]);
    assert_eq!((calls_in(&desk, "week/2026-W41"), calls_in(&desk, "day/2026-10-07")), (4, 1));
    // A run that died between the days and their week: the next one finishes what it began.
    desk.write("raw/calls/later.jsonl", chat("c-later", "2026-10-06"));
    let at = "2026-10-16T06:00:00+08:00";
    assert_eq!(desk.run(&["ingest", "--as-of", at]).code, 0);
    let by_hand = desk.run(&["reconcile", "--date", "2026-10-15", "--as-of", at]);
    assert!([0, 3].contains(&by_hand.code), "{}", by_hand.stderr);
    assert!(sealed(&desk, "reconcile").contains(&"2026-10-06/r2.json".to_owned()));
    assert_eq!((calls_in(&desk, "week/2026-W41"), calls_in(&desk, "day/2026-10-06")), (4, 0));
    run(&desk, "daily", "2026-10-16");
    assert_eq!((calls_in(&desk, "week/2026-W41"), calls_in(&desk, "day/2026-10-06")), (5, 1));
    let trees = (desk.tree("out"), desk.tree("lake"));
    run(&desk, "daily", "2026-10-16");
    assert!(trees == (desk.tree("out"), desk.tree("lake")), "no byte changed");
}

fn billed(desk: &Desk, month: &str) -> usize {
    let pdf = |path: &std::path::Path| path.extension().is_some_and(|e| e == "pdf");
    desk.tree(&format!("out/documents/{month}")).iter().filter(|(path, _)| pdf(path)).count()
}

#[test]
fn a_month_that_was_missed_is_billed_with_the_next() {
    let desk = october();
    desk.write("raw/calls/november.jsonl", call("c-91", "acme", "m-1", "2099-11-10T10:00:00Z", 100));
    desk.write("raw/calls/december.jsonl", call("c-92", "acme", "m-1", "2099-12-10T10:00:00Z", 10));
    desk.accepts_the_future();
    let first = desk.copy();
    assert_eq!(close_october(&desk).code, 0);
    let january = ["run", "monthly", "--as-of", "2100-01-04T00:00:00Z"];
    let ran = desk.run(&january);
    assert!(ran.code == 0 && ran.stderr.contains("catch up   2099-11: "), "{} {}", ran.code, ran.stderr);
    assert!(desk.path().join("out/month/2099-11/index.html").exists());
    let number = |month: &str| {
        let list = fs::read_to_string(desk.path().join(format!("out/documents/{month}/documents.csv"))).unwrap();
        let own = |row: &&str| row.contains(",final,invoice,usage,acme,");
        list.lines().find(own).and_then(|row| row.split(',').next()).map(str::to_owned).unwrap()
    };
    assert_eq!((number("2099-10"), number("2099-11")), ("INV-2099-1".into(), "INV-2100-1".into()));
    assert_eq!(number("2099-12"), "INV-2100-3", "November first");
    let trees = (desk.tree("out"), desk.tree("lake"));
    assert_eq!(desk.run(&january).code, 0);
    assert!(trees == (desk.tree("out"), desk.tree("lake")), "nothing is missed twice");
    // Whoever begins in December is not billed for what lies before.
    for _ in 0..2 {
        let ran = first.run(&january);
        assert!(ran.code == 0 && !ran.stderr.contains("catch up"), "{}", ran.stderr);
    }
    assert_eq!((billed(&first, "2099-11"), billed(&first, "2099-10")), (0, 0));
    assert!(billed(&first, "2099-12") > 0);
}
