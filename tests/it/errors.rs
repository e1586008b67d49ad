//! A gallery of what goes wrong: the message says where, what and what to do; the exit code says who.

use std::fs;

use crate::desk::{Desk, Ran, operator};

fn check(ran: &Ran, code: i32, say: &[&str]) {
    assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
    for words in say {
        assert!(ran.stderr.contains(words), "{words:?} is not in:\n{}", ran.stderr);
    }
}

fn edit(desk: &Desk, file: &str, from: &str, to: &str) {
    let path = desk.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

const RUN: [&str; 5] = ["run", "daily", "--date", "2026-10-05", "--as-of"];

fn run(desk: &Desk) -> Ran {
    let mut args = RUN.to_vec();
    args.push("2026-10-10T06:00:00+08:00");
    desk.run(&args)
}

#[test]
fn no_configuration() {
    check(&run(&Desk::new()), 78, &["Error: there is no trueup.toml here", "Hint: `trueup init`"]);
}

#[test]
fn an_unknown_key() {
    let desk = operator();
    edit(&desk, "trueup.toml", "settle", "setle");
    check(&run(&desk), 78, &["unknown field `setle`", "trueup.toml:9:1"]);
}

#[test]
fn an_unknown_job_and_a_wrong_period() {
    check(&operator().run(&["run", "yearly"]), 2, &["there is no job yearly", "hourly, daily, weekly and monthly"]);
    check(&operator().run(&["run", "daily", "--date", "2026-13-01"]), 2, &["2026-13-01"]);
    check(&operator().run(&["run", "daily", "--period", "2026-10"]), 2, &["for a day"]);
    check(&operator().run(&["frobnicate"]), 2, &["unrecognized subcommand"]);
}

#[test]
fn a_missing_price_is_a_finding_and_not_zero() {
    let desk = operator();
    edit(&desk, "raw/calls/2026-10-05.jsonl", "gpt-5.5", "gpt-6");
    check(
        &run(&desk),
        4,
        &["unpriced   1 call (0.0195 CNY) of 2026-10-05 not judged", "no price applies to them: no_row gpt-6"],
    );
    let found = desk.run(&["findings", "--format", "jsonl"]).stdout;
    assert!(found.contains("\"class\":\"unpriced\""), "{found}");
    let status = desk.run(&["status"]).stdout;
    assert!(status.contains("unpriced   1 call (0.0195 CNY) of 2026-10-05 not judged"), "{status}");
    let page = fs::read_to_string(desk.path().join("out/day/2026-10-05/index.html")).unwrap();
    assert!(page.contains("1 call not judged") && !page.contains("Every call was charged"), "{page}");
}

/// A night in which nothing could be compared ended with 0 and "open differences none".
#[test]
fn what_was_not_judged_ends_partly_done_unless_its_kind_is_accepted() {
    let desk = operator();
    edit(&desk, "raw/calls/2026-10-05.jsonl", "gpt-5.5", "gpt-6");
    edit(&desk, "trueup.toml", "[ledger]", "[accept]\nunpriced = { calls = \"0\" }\n\n[ledger]");
    let ran = run(&desk);
    check(&ran, 4, &["unpriced   1 call (0.0195 CNY) of 2026-10-05 not judged"]);
    assert!(!ran.stderr.contains("open differences none\n"), "{}", ran.stderr);
    edit(&desk, "trueup.toml", "calls = \"0\"", "calls = \"1\"");
    let ran = run(&desk);
    assert!(
        ran.code != 4 && ran.stderr.contains("unpriced   1 call (0.0195 CNY) of 2026-10-05 not judged"),
        "{}: {}",
        ran.code,
        ran.stderr
    );
}

/// Two clocks, or a wrong year: accepted without a word.
#[test]
fn a_call_that_ended_before_it_began_is_named() {
    let desk = operator();
    let start = "\"started_at\":\"2026-10-05T10:06:00+08:00\"";
    let ended = format!("{start},\"ended_at\":\"2026-10-05T10:05:58+08:00\"");
    edit(&desk, "raw/calls/2026-10-05.jsonl", start, &ended);
    let said = "backward   2026-10-05: 1 call with an ended_at before its started_at: call c-3 of =1+1";
    check(&run(&desk), 3, &[said]);
    assert!(desk.run(&["status"]).stdout.contains(said));
}

/// A file refused whole named one line a run: as many runs as it had bad rows.
#[test]
fn a_file_refused_whole_shows_every_row_it_is_refused_for() {
    let desk = operator();
    let text = fs::read_to_string(desk.path().join("raw/calls/2026-10-05.jsonl")).unwrap();
    let bad = text.replacen("0.0195", "a lot", 1).replacen("\"output_tokens\":100}", "\"output_tokens\":-1}", 1);
    desk.write("raw/calls/2026-10-05.jsonl", &bad);
    check(&run(&desk), 65, &["2 of 3 rows are rejects"]);
    let before = desk.tree("");
    let listed = desk.run(&["rejects"]).stdout;
    let lines: Vec<&str> = listed.lines().filter(|line| line.contains("raw/calls/2026-10-05.jsonl")).collect();
    assert_eq!(lines.len(), 3, "{listed}");
    assert!(lines[0].contains("refused whole: 2 of 3 rows are rejects"), "{listed}");
    assert!(lines[1].contains("jsonl:1 ") && lines[2].contains("jsonl:3 "), "{listed}");
    let shown = desk.run(&["rejects", "show", "raw/calls/2026-10-05.jsonl:3"]);
    assert_eq!(shown.stdout.trim_end(), bad.lines().nth(2).unwrap(), "{}", shown.stderr);
    assert!(before == desk.tree(""), "a question changes nothing");
    desk.write("raw/calls/2026-10-05.jsonl", text);
    assert_ne!(run(&desk).code, 65);
    assert!(!desk.run(&["rejects"]).stdout.contains("refused whole"));
}

#[test]
fn overlapping_versions() {
    let desk = operator();
    let path = desk.path().join("prices/tokone.toml");
    let book = fs::read_to_string(&path).unwrap();
    let version = &book[book.find("[[version]]").unwrap()..];
    fs::write(&path, format!("{book}\n{version}")).unwrap();
    check(&run(&desk), 78, &["two versions have the same times", "prices/tokone.toml:"]);
}

#[test]
fn a_version_changed_in_place() {
    let desk = operator();
    check(&run(&desk), 3, &[]);
    edit(&desk, "prices/tokone.toml", "\"2.5\"", "\"2.6\"");
    check(&run(&desk), 78, &["was known with other content", "add a new version"]);
}

#[test]
fn a_torn_gzip_and_a_binary_file_are_refused_and_the_others_go_on() {
    let desk = operator();
    let mut torn = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    torn.extend([0xab; 5]);
    desk.write("raw/calls/torn.jsonl.gz", torn);
    desk.write("raw/calls/picture.png", [0x89, b'P', b'N', b'G', 0, 1, 2, 3, 0xff]);
    let ran = run(&desk);
    check(&ran, 65, &["raw/calls/torn.jsonl.gz", "raw/calls/picture.png"]);
    let status = desk.run(&["status"]).stdout;
    assert!(status.contains("2 files, 6 rows"), "{status}");
    assert!(status.contains("daily 2026-10-05 began") && status.contains("with exit code 65"), "{status}");
}

#[test]
fn an_empty_folder_is_no_error() {
    let desk = operator();
    fs::remove_dir_all(desk.path().join("raw")).unwrap();
    check(&run(&desk), 0, &[]);
    let doctor = desk.run(&["doctor"]);
    assert!(doctor.code == 78 && doctor.stdout.contains("FAIL source gateway"), "{}", doctor.stdout);
}

#[test]
fn a_lake_that_cannot_be_written() {
    let desk = operator();
    desk.write("lake", "a file where a folder should be");
    let ran = run(&desk);
    assert!([75, 78].contains(&ran.code), "{}", ran.stderr);
    assert!(ran.stderr.contains("lake"), "{}", ran.stderr);
}

#[test]
fn a_state_that_belongs_to_another_lake() {
    let desk = operator();
    check(&run(&desk), 3, &[]);
    for file in ["state.db", "state.db-wal", "state.db-shm"] {
        let _ = fs::remove_file(desk.path().join(file));
    }
    check(&run(&desk), 78, &["this lake belongs to another state"]);
}

#[test]
fn a_bucket_that_is_not_there() {
    let desk = operator();
    edit(
        &desk,
        "trueup.toml",
        "[[source]]",
        "[lake]\nurl = \"s3://nowhere/lake\"\n[s3]\nregion = \"eu-central-1\"\n[[source]]",
    );
    check(&run(&desk), 78, &["credentials"]);
}

#[test]
fn two_runs_at_once() {
    let desk = operator();
    check(&run(&desk), 3, &[]);
    let lock = fs::File::open(desk.path().join("state.db.lock")).unwrap();
    lock.lock().unwrap();
    check(&run(&desk), 75, &["this lake is in use by"]);
    drop(lock);
    check(&run(&desk), 3, &[]);
}

#[test]
fn help_lists_every_command_and_exit_code() {
    let ran = operator().run(&["--help"]);
    assert_eq!(ran.code, 0);
    for word in ["demo", "run", "ingest", "explain", "findings", "verify", "doctor", "synth", "78  configuration"] {
        assert!(ran.stdout.contains(word), "{}", ran.stdout);
    }
}
