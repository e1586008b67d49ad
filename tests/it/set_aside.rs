//! A row that should never have been in the lake is set aside by hand, with who and why, and everything is as if it
//! had never been read; taken back, it counts again.

use std::path::Path;

use crate::desk::{Desk, Ran, operator};

const NOW: &str = "2026-10-10T00:00:00Z";
const ODD: &str = "raw/calls/odd.jsonl";

fn odd(minute: u32) -> String {
    format!(
        r#"{{"call_id":"odd-{minute}","account_id":"alice","model":"gpt-5.5","started_at":"2026-10-05T11:{minute:02}:00+08:00","usage":{{"input_tokens":3000,"output_tokens":800}},"charge":"77"}}
"#
    )
}

fn at_now(desk: &Desk, args: &[&str]) -> Ran {
    Ran::of(desk.command(args).env("TRUEUP_CLOCK", NOW).env("USER", "ann").output().unwrap())
}

fn daily(desk: &Desk) -> i32 {
    at_now(desk, &["run", "daily", "--date", "2026-10-05"]).code
}

/// What the day says: its pages and tables, but for what counts files and rows read.
fn day(desk: &Desk) -> Vec<(String, Vec<u8>)> {
    let is_figure = |path: &Path| {
        path.extension().is_some_and(|e| e == "csv") && !path.ends_with("inputs.csv") && !path.ends_with("days.csv")
    };
    let files = desk.tree("out/day/2026-10-05").into_iter();
    files.filter(|(path, _)| is_figure(path)).map(|(path, bytes)| (path.display().to_string(), bytes)).collect()
}

fn desks() -> (Desk, Desk) {
    let (calm, desk) = (operator(), operator());
    desk.write(ODD, format!("\n{}{}", odd(1), odd(2)));
    (calm, desk)
}

#[test]
fn a_row_that_is_set_aside_counts_nowhere_until_that_is_taken_back() {
    let (calm, desk) = desks();
    assert_eq!((daily(&calm), daily(&desk)), (3, 3));
    let with_both = day(&desk);
    assert_ne!(day(&calm), with_both);
    for (place, named) in [(format!("{ODD}:2"), format!("{ODD}:2")), (format!("{ODD} at byte 1"), String::new())] {
        let ran = at_now(&desk, &["rejects", "set-aside", &place, "--reason", "a test of the gateway's"]);
        match named.as_str() {
            "" => assert!(ran.code == 2 && ran.stderr.contains("no row stands there that is not set aside")),
            named => assert_eq!(ran.stdout, format!("set aside: {named} (calls gateway, 2026-10-05)\n")),
        }
    }
    let ran = at_now(&desk, &["rejects", "set-aside", &format!("{ODD}:3"), "--reason", "another", "--by", "bob"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let listed = at_now(&desk, &["rejects", "--format", "csv"]).stdout;
    assert!(
        listed.contains(&format!("{ODD}:2,calls gateway,,set aside by ann: a test of the gateway's\n")),
        "{listed}"
    );
    assert!(listed.contains(&format!("{ODD}:3,calls gateway,,set aside by bob: another\n")), "{listed}");
    assert_eq!(at_now(&desk, &["rejects", "show", &format!("{ODD}:3")]).stdout, odd(2));
    assert_eq!(daily(&desk), 3);
    assert_eq!(day(&desk), day(&calm), "as if it had never been");
    // The same rows come again in a file that has grown, and under another name.
    desk.write(ODD, format!("\n{}{}{}", odd(1), odd(2), odd(3)));
    desk.write("raw/calls/copy.jsonl", format!("{}\n", odd(2)));
    let ran = at_now(&desk, &["rejects", "set-aside", &format!("{ODD}:4"), "--reason", "not read yet"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    daily(&desk);
    assert_eq!(at_now(&desk, &["rejects", "set-aside", &format!("{ODD}:4"), "--reason", "and this"]).code, 0);
    assert_eq!(daily(&desk), 3);
    assert_eq!(day(&desk), day(&calm), "nor when it is read again");
    for line in 2..=4 {
        let place = format!("{ODD}:{line}");
        let ran = at_now(&desk, &["rejects", "set-aside", &place, "--reason", "it was real", "--undo"]);
        assert_eq!(ran.stdout, format!("stands again: {place} (calls gateway, 2026-10-05)\n"), "{}", ran.stderr);
    }
    desk.write(ODD, format!("\n{}{}", odd(1), odd(2)));
    assert_eq!(daily(&desk), 3);
    let verified = at_now(&desk, &["verify", "--lake"]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    let findings = at_now(&desk, &["findings", "--format", "jsonl"]).stdout;
    assert!((1..=3).all(|n| findings.contains(&format!("\"odd-{n}\""))), "{findings}");
}

#[test]
fn a_whole_file_is_set_aside_with_all_its_later_readings() {
    let (calm, desk) = desks();
    desk.write("raw/postings/odd.jsonl", "{\"posting_id\":\"odd\",\"account_id\":\"alice\",\"kind\":\"fee\",\"amount\":\"-5\",\"unit\":\"CNY\",\"posted_at\":\"2026-10-05T12:00:00Z\"}\n");
    assert_eq!((daily(&calm), daily(&desk)), (3, 3));
    for file in [ODD, "raw/postings/odd.jsonl"] {
        let ran = at_now(&desk, &["rejects", "set-aside", file, "--reason", "of another system"]);
        assert!(ran.stdout.contains(" rows of 2026-10-05 ("), "{}{}", ran.stdout, ran.stderr);
    }
    assert_eq!(daily(&desk), 3);
    assert_eq!(day(&desk), day(&calm));
    desk.write(ODD, format!("\n{}{}{}", odd(1), odd(2), odd(3)));
    assert_eq!(daily(&desk), 3);
    assert_eq!(day(&desk), day(&calm), "nor what is added to it");
    assert_eq!(at_now(&desk, &["rejects", "set-aside", ODD, "--reason", "ours", "--undo"]).code, 0);
    assert_eq!(daily(&desk), 3);
    assert_ne!(day(&desk), day(&calm));
}

#[test]
fn what_cannot_be_set_aside_says_why() {
    let desk = operator();
    assert_eq!(daily(&desk), 3);
    let asked = |place: &str| at_now(&desk, &["rejects", "set-aside", place, "--reason", "why"]);
    let before = desk.tree("lake");
    for (place, says) in [
        ("nowhere.jsonl:1", "no file nowhere.jsonl was read"),
        ("raw/calls/2026-10-05.jsonl:99", "has fewer than 99 lines"),
        ("raw/calls/2026-10-05.jsonl at byte 5", "no row stands there"),
    ] {
        let ran = asked(place);
        assert!(ran.code == 2 && ran.stderr.contains(says), "{place}: {} {}", ran.code, ran.stderr);
    }
    assert!(before == desk.tree("lake"), "nothing is written");
}
