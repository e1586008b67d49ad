//! One absurd row stops nobody: whatever one field of one row says, everybody else's bills and pages are the
//! same bytes, and once the row is gone all is as if it had never been.

use std::fs;
use std::time::{Duration, Instant};

use crate::desk::{Desk, Ran, month};

const NOW: &str = "2026-11-05T12:00:00Z";
/// A day of the month that is billed.
const AT: &str = "2026-10-30T10:00:00+08:00";
/// Whose row it is.
const POISONED: &str = "to-acct-0001";
const HUGE: &str = "99999999999999999999.999999999999999999";
/// What zero times, missing times and times that never come are written as, and a clock that is a year off.
const TIMES: [&str; 5] = [
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2027-06-01T00:00:00Z",
    "1999-12-31T00:00:00Z",
];

/// One row, and the file it is written to.
struct Poison {
    what: String,
    file: &'static str,
    row: String,
}

fn object(fields: &[(&str, &str)], changed: (&str, &str)) -> String {
    let mut members: Vec<String> = fields
        .iter()
        .filter(|(name, _)| *name != changed.0)
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    members.push(format!("\"{}\":{}", changed.0, changed.1));
    format!("{{{}}}\n", members.join(","))
}

fn poison(file: &'static str, fields: &[(&str, &str)], name: &str, value: &str) -> Poison {
    Poison { what: format!("{file} {name} {value}"), file, row: object(fields, (name, value)) }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn call(name: &str, value: &str) -> Poison {
    let (account, at) = (quoted(POISONED), quoted(AT));
    let fields = [
        ("call_id", "\"poison-1\""),
        ("account_id", &account),
        ("model", "\"gpt-5.5\""),
        ("started_at", &at),
        ("usage", r#"{"input_tokens":3000,"output_tokens":800}"#),
        ("charge", "\"0.0195\""),
    ];
    poison("raw/calls/poison.jsonl", &fields, name, value)
}

fn posting(name: &str, value: &str) -> Poison {
    let (account, at) = (quoted(POISONED), quoted(AT));
    let fields = [
        ("posting_id", "\"poison-1\""),
        ("account_id", &account),
        ("kind", "\"top_up\""),
        ("amount", "\"1\""),
        ("unit", "\"CNY\""),
        ("posted_at", &at),
    ];
    poison("raw/postings/poison.jsonl", &fields, name, value)
}

fn balance(name: &str, value: &str) -> Poison {
    let (account, at) = (quoted(POISONED), quoted(AT));
    let fields = [("account_id", account.as_str()), ("unit", "\"CNY\""), ("at", &at), ("balance", "\"1\"")];
    poison("raw/balances/poison.jsonl", &fields, name, value)
}

/// The few that once stopped everything.
fn few() -> Vec<Poison> {
    vec![
        call("charge", &quoted(HUGE)),
        posting("amount", &quoted(HUGE)),
        balance("balance", &quoted(HUGE)),
        call("started_at", &quoted(TIMES[0])),
        posting("posted_at", &quoted(TIMES[2])),
        call("usage", r#"{"input_tokens":1000000000000000,"output_tokens":1000000000000000}"#),
    ]
}

fn all() -> Vec<Poison> {
    let mut all = few();
    let amounts = [quoted(HUGE), quoted(&format!("-{HUGE}")), quoted("1000000000000000"), "1e19".to_owned()];
    for amount in &amounts {
        all.extend(["charge", "upstream_cost", "balance_after"].map(|name| call(name, amount)));
        all.extend(["amount", "money"].map(|name| posting(name, amount)));
        all.push(balance("balance", amount));
    }
    for time in TIMES.map(quoted) {
        all.extend(["started_at", "ended_at"].map(|name| call(name, &time)));
        all.extend(["posted_at", "valid_from", "valid_until", "covers_from"].map(|name| posting(name, &time)));
        all.push(balance("at", &time));
    }
    for count in ["1000000000000000", "9223372036854775807", "-1", "1e300"] {
        let meters = ["input_tokens", "output_tokens", "images", "seconds", "characters", "cached_tokens"];
        all.extend(meters.map(|meter| call("usage", &format!("{{\"{meter}\":{count}}}"))));
        all.extend(["attempt", "row_version", "status"].map(|name| call(name, count)));
    }
    all
}

/// A document names the days it was made from by their digests, and such a row is one of its day's.
fn without_digests(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().filter(|line| !line.contains("\"digest\": \"c1:")).collect::<Vec<_>>().join("\n").into_bytes()
}

/// Of everybody else: every bill and every page for a customer.
fn of_others(desk: &Desk) -> Vec<(String, Vec<u8>)> {
    of_all_but(desk, POISONED)
}

fn of_all_but(desk: &Desk, poisoned: &str) -> Vec<(String, Vec<u8>)> {
    let documents = desk.tree("lake/documents").into_iter();
    let documents = documents.filter(|(_, bytes)| !String::from_utf8_lossy(bytes).contains(poisoned));
    let documents = documents.map(|(path, bytes)| (path, without_digests(&bytes)));
    let pages = desk.tree("out/month/2026-10/customers").into_iter();
    let pages = pages.filter(|(path, _)| !path.to_string_lossy().contains(poisoned));
    documents.chain(pages).map(|(path, bytes)| (path.display().to_string(), bytes)).collect()
}

fn close(desk: &Desk) -> Ran {
    Ran::of(desk.command(&["run", "monthly", "--period", "2026-10"]).env("TRUEUP_CLOCK", NOW).output().unwrap())
}

/// A month of a made-up operator that takes rejects.
fn operator() -> Desk {
    let desk = month("tokone", 60, 5);
    let settings = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    desk.write("trueup.toml", settings.replace("max_rejects = \"1%\"", "max_rejects = \"100%\""));
    desk
}

fn prove(poisons: &[Poison]) {
    let fresh = operator();
    let calm = fresh.copy();
    let began = Instant::now();
    assert_eq!(close(&calm).code, 4);
    // Other tests share the machine, so only what grows by far is found.
    let patience = began.elapsed() * 5 + Duration::from_secs(20);
    let expected = of_others(&calm);
    assert!(expected.len() > 20, "{}", expected.len());
    for Poison { what, file, row } in poisons {
        let desk = fresh.copy();
        desk.write(file, row);
        let began = Instant::now();
        let ran = close(&desk);
        assert!(began.elapsed() < patience, "{what}: {:?}", began.elapsed());
        assert!(matches!(ran.code, 3 | 4), "{what}: {} {}", ran.code, ran.stderr);
        let found = of_others(&desk);
        let names = |of: &[(String, Vec<u8>)]| of.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&found), names(&expected), "{what}");
        let other: Vec<&str> =
            found.iter().zip(&expected).filter(|(a, b)| a != b).map(|((name, _), _)| name.as_str()).collect();
        assert!(other.is_empty(), "{what}: {other:?}");
        fs::remove_file(desk.path().join(file)).unwrap();
        let again = close(&desk);
        assert!(matches!(again.code, 3 | 4), "{what}, gone again: {} {}", again.code, again.stderr);
        assert_eq!(of_others(&desk), expected, "{what}, gone again");
    }
}

/// The file with another value in one column of an account's first row.
fn with_value(file: &str, account: &str, column: &str, value: &str) -> String {
    let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
    let at = lines[0].split(',').position(|name| name == column).unwrap_or_else(|| panic!("{column}"));
    let row = lines.iter_mut().find(|line| line.split(',').any(|cell| cell == account)).unwrap();
    let mut cells: Vec<&str> = row.split(',').collect();
    cells[at] = value;
    *row = cells.join(",");
    lines.join("\n") + "\n"
}

/// An account with a row that nobody can understand is billed nothing until it is mended; a key with one is not judged.
#[test]
fn an_absurd_row_of_an_account_or_key_stops_only_its_own_bills() {
    let fresh = operator();
    let calm = fresh.copy();
    assert_eq!(close(&calm).code, 4);
    // Whose statement has the last number, so that nobody's number moves when it waits.
    let number =
        |path: &std::path::Path| path.to_string_lossy().rsplit('-').next()?.trim_end_matches(".json").parse().ok();
    let documents = calm.tree("lake/documents");
    let last = documents.iter().max_by_key(|(path, _)| number(path).unwrap_or(0u64)).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&last.1).unwrap();
    let poisoned = document["customer"]["account_id"].as_str().unwrap().to_owned();
    let expected = of_all_but(&calm, &poisoned);
    assert!(expected.len() > 10, "{}", expected.len());
    let read = |name: &str| fs::read_to_string(fresh.path().join(name)).unwrap();
    let (accounts, keys) = (read("accounts.csv"), read("keys.csv"));
    for (file, column, value) in [
        ("accounts.csv", "name", ""),
        ("accounts.csv", "email", "nonsense"),
        ("accounts.csv", "time_zone", "Mars/Olympus"),
        ("accounts.csv", "mode", "barter"),
        ("accounts.csv", "currency", "XXQ"),
        ("accounts.csv", "terms_days", "99999999999"),
        ("accounts.csv", "tax", "standard:1e9"),
        ("accounts.csv", "low_balance", "-5"),
        ("accounts.csv", "volume_discount", "1000:5;10:200"),
        ("keys.csv", "quota", HUGE),
        ("keys.csv", "expires_at", "soon"),
        ("keys.csv", "status", "perhaps"),
    ] {
        let what = format!("{file} {column} {value}");
        let before = if file == "keys.csv" { &keys } else { &accounts };
        let desk = fresh.copy();
        desk.write(file, with_value(before, &poisoned, column, value));
        let ran = close(&desk);
        assert_eq!(ran.code, 4, "{what}: {}", ran.stderr);
        let told = ran.stderr.lines().find(|line| line.starts_with("parties    ")).unwrap_or_else(|| panic!("{what}"));
        assert!(told.contains(&format!("{file}:")) && told.contains(column), "{told}");
        assert_eq!(of_all_but(&desk, &poisoned), expected, "{what}");
        if file == "accounts.csv" {
            let held = format!("of {poisoned}");
            let held = ran.stderr.lines().find(|line| line.starts_with("held ") && line.contains(&held));
            assert!(held.is_some_and(|line| line.contains(&format!("accounts file: {column} is "))), "{}", ran.stderr);
        }
        desk.write(file, before);
        assert!(!close(&desk).stderr.contains("parties    "));
        let numbers = |of: &Desk| of.tree("lake/documents").into_iter().map(|(path, _)| path).collect::<Vec<_>>();
        assert_eq!((numbers(&desk), of_all_but(&desk, &poisoned)), (numbers(&calm), expected.clone()), "{what}");
    }
}

#[test]
fn one_absurd_row_changes_nobody_elses_bill() {
    prove(&few());
}

/// `cargo test --release --test it poison -- --ignored`
#[test]
#[ignore = "every field of every table takes minutes"]
fn no_absurd_value_of_any_field_changes_anybody_elses_bill() {
    prove(&all());
}

/// The ledger's watermark follows rows whose time has come, so what is on its way stays `pending`.
#[test]
fn a_posting_of_next_year_does_not_say_how_far_the_ledger_reaches() {
    let desk = Desk::new();
    let made = operator();
    for (path, bytes) in made.tree("") {
        let name = path.to_string_lossy().into_owned();
        if !name.starts_with("raw/") || name.contains("2026-10-30") && !name.contains("balances") {
            desk.write(&name, bytes);
        }
    }
    let Poison { file, row, .. } = posting("posted_at", &quoted("2027-06-01T00:00:00Z"));
    desk.write(file, row);
    desk.write("raw/calls/late.jsonl", call("started_at", &quoted("2026-10-30T23:59:50+08:00")).row);
    let day = |args: &[&str]| Ran::of(desk.command(args).env("TRUEUP_CLOCK", "2026-10-30T16:05:00Z").output().unwrap());
    let ran = day(&["run", "daily", "--date", "2026-10-30"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("future     1 posting (1 CNY) dated in the future, 2027-06-01T00:00:00Z"),
        "{}",
        ran.stderr
    );
    let findings = day(&["findings", "--format", "jsonl"]).stdout;
    assert!(!findings.contains("\"poison-1\""), "{findings}");
    let settings = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    desk.write(
        "trueup.toml",
        format!("{settings}\n[accept]\nfuture = {{ rows = \"1\" }}\nunwatched = {{ wallets = \"9\" }}\n"),
    );
    let ran = day(&["run", "daily", "--date", "2026-10-30"]);
    assert_ne!(ran.code, 4, "{}", ran.stderr);
}
