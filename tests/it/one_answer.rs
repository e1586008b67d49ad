//! A log that says things twice has one answer wherever it is asked: every step reads the rows that the
//! sealed day names.

use std::collections::BTreeMap;
use std::fs;

use rust_decimal::Decimal;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::bills::{call, close_october, october};
use crate::desk::{Desk, Ran};

/// October, in which files repeat rows and the gateway logs calls a second time: one of them on the next day.
fn october_twice() -> Desk {
    let desk = october();
    let repeated = call("c-1", "acme", "m-1", "2099-10-05T10:00:00Z", 700);
    let until = |call: String, end: &str| call.replacen("\"usage\"", &format!("\"ended_at\":\"{end}\",\"usage\""), 1);
    let second = until(call("c-2", "acme", "m-2", "2099-10-06T10:00:00Z", 500), "2099-10-06T10:00:30Z");
    let next_day = until(call("c-3", "pre", "m-1", "2099-10-08T00:00:00Z", 10), "2099-10-08T00:00:30Z");
    desk.write("raw/calls/again.jsonl", [repeated, second, next_day].concat());
    let postings = fs::read_to_string(desk.path().join("raw/postings/october.jsonl")).unwrap();
    let debit = postings.lines().find(|line| line.contains("\"p-3\"")).unwrap();
    desk.write("raw/postings/again.jsonl", format!("{debit}\n"));
    desk
}

/// Closes the month; that calls are logged twice is a finding.
fn close(desk: &Desk) {
    let ran = close_october(desk);
    assert!([0, 3, 4].contains(&ran.code), "{}", ran.stderr);
}

fn read(desk: &Desk, path: &str) -> String {
    fs::read_to_string(desk.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// The sum of a column over the rows that are asked for.
fn sum(text: &str, column: &str, wanted: impl Fn(&BTreeMap<String, String>) -> bool) -> Decimal {
    let rows = rows(text);
    rows.iter().filter(|row| wanted(row)).map(|row| row[column].parse::<Decimal>().unwrap_or_default()).sum()
}

/// Runs when the month is closed.
fn run(desk: &Desk, args: &[&str]) -> Ran {
    Ran::of(desk.command(args).env("TRUEUP_CLOCK", "2099-11-05T00:00:00Z").output().unwrap())
}

fn rate(desk: &Desk) -> String {
    let ran = run(desk, &["rate", "--period", "2099-10", "--format", "csv"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout
}

fn explain(desk: &Desk, id: &str) -> Vec<Value> {
    let ran = run(desk, &["explain", id, "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn dispute(desk: &Desk, account: &str, out: &str) -> Value {
    let args = ["dispute", "--from", "2099-10-01", "--to", "2099-10-31", "--out", out, account];
    let ran = run(desk, &args);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&read(desk, &format!("{out}/pack.json"))).unwrap()
}

/// Every sealed day's manifest, by its path.
fn sealed(desk: &Desk) -> Vec<(String, Value)> {
    let manifests = desk.tree("lake/manifests/reconcile").into_iter();
    manifests.map(|(path, bytes)| (path.display().to_string(), serde_json::from_slice(&bytes).unwrap())).collect()
}

fn whole(amount: i64) -> Decimal {
    Decimal::from(amount)
}

#[test]
fn every_step_counts_a_repeated_row_once() {
    let desk = october_twice();
    assert_eq!(run(&desk, &["ingest"]).code, 0);
    let before = rate(&desk);
    assert!(rows(&before).iter().all(|row| row["status"].ends_with(" (not sealed)")), "{before}");
    close(&desk);
    let rated = rate(&desk);
    assert_eq!(rated, before.replace(" (not sealed)", ""));
    let of_row = |row: &BTreeMap<String, String>| format!("{} {}", row["call_id"], row["status"]);
    let mut statuses: Vec<String> = rows(&rated).iter().map(of_row).collect();
    statuses.sort();
    assert_eq!(
        statuses,
        ["c-1 priced", "c-2 duplicate", "c-2 priced", "c-3 duplicate", "c-3 priced", "c-4 priced", "c-5 priced"]
    );
    let total = whole(1240);
    let all = |_: &BTreeMap<String, String>| true;
    assert_eq!(sum(&rated, "expected", all), total);

    let totals = sealed(&desk).into_iter().flat_map(|(_, manifest)| manifest["totals"].as_array().cloned().unwrap());
    let expected = totals.filter(|total| total["name"] == "expected");
    assert_eq!(expected.map(|t| t["amount"].as_str().unwrap().parse::<Decimal>().unwrap()).sum::<Decimal>(), total);

    let rollup = read(&desk, "out/month/2099-10/rollup.csv");
    assert_eq!(sum(&rollup, "expected", all), total);
    // What a second logging recorded was charged; its usage does not count.
    assert_eq!(sum(&rollup, "recorded", all), whole(1750));
    assert_eq!(sum(&rollup, "posted", all), whole(10));
    for customer in rows(&read(&desk, "out/month/2099-10/customers.csv")) {
        let calls = read(&desk, &format!("out/month/2099-10/{}/calls.csv", customer["folder"]));
        let own = |row: &BTreeMap<String, String>| row["account_id"] == customer["account_id"];
        for (of_call, of_rollup) in [("charge", "recorded"), ("debited", "posted"), ("input_tokens", "input_tokens")] {
            assert_eq!(sum(&calls, of_call, all), sum(&rollup, of_rollup, own), "{of_call} of {customer:?}");
        }
    }

    let billed: Vec<String> = desk
        .tree("out/documents/2099-10")
        .into_iter()
        .filter(|(path, _)| path.to_string_lossy().ends_with(".calls.csv"))
        .map(|(_, bytes)| String::from_utf8(bytes).unwrap())
        .collect();
    let billed_of = |id: &str| -> usize {
        billed.iter().map(|file| rows(file).iter().filter(|row| row["call_id"] == id).count()).sum()
    };
    assert_eq!(["c-1", "c-2", "c-3"].map(billed_of), [1, 1, 1]);
    assert_eq!(billed.iter().map(|file| sum(file, "expected", all)).sum::<Decimal>(), total);

    for (id, figures) in [("c-1", vec!["700"]), ("c-2", vec!["500", "0"]), ("c-3", vec!["10", "0"])] {
        let explained = explain(&desk, id);
        let expected: Vec<&str> = explained.iter().map(|e| e["expected"].as_str().unwrap()).collect();
        assert_eq!(expected, figures, "{id}");
        assert!(explained.iter().all(|e| e.get("differs").is_none()), "{id}: {explained:?}");
    }
    let debit = &explain(&desk, "c-3")[0];
    assert_eq!((debit["posted"].as_str(), debit["postings"].as_array().unwrap().len()), (Some("10"), 1), "{debit}");

    let pre = dispute(&desk, "pre", "pack-pre");
    assert_eq!((&pre["units"][0]["expected"], &pre["units"][0]["debited"]), (&"10".into(), &"10".into()), "{pre}");
    assert_eq!(read(&desk, "pack-pre/movements.csv").matches("p-3").count(), 1);
    let acme = dispute(&desk, "acme", "pack-acme");
    assert_eq!(
        (&acme["units"][0]["expected"], &acme["units"][0]["recorded"]),
        (&"1200".into(), &"1700".into()),
        "{acme}"
    );
}

#[test]
fn a_sealed_call_is_explained_by_the_prices_and_accounts_of_its_seal() {
    let desk = october_twice();
    close(&desk);
    let answers = |desk: &Desk| ["c-1", "c-2", "c-3"].map(|id| explain(desk, id));
    let before = answers(&desk);
    assert_eq!(before[0][0]["price"]["row"], "prices/main.toml:7");
    let prices = read(&desk, "prices/main.toml");
    desk.write("prices/main.toml", prices.replace("rate = \"1\"", "rate = \"3\""));
    let accounts = read(&desk, "accounts.csv");
    desk.write("accounts.csv", accounts.replace("acme,Acme GmbH,postpaid", "acme,Acme GmbH,prepaid"));
    let mut after = answers(&desk);
    // The line is now that of the file as it was kept.
    for one in after.iter_mut().flatten() {
        let row = one["price"]["row"].as_str().unwrap();
        assert!(row.starts_with("kept/prices/") && row.ends_with(":7"), "{row}");
        one["price"]["row"] = "prices/main.toml:7".into();
    }
    assert_eq!(before, after);
}

#[test]
fn a_row_that_came_after_the_seal_is_told_as_such() {
    let desk = october();
    close(&desk);
    desk.write("raw/calls/late.jsonl", call("c-late", "acme", "m-1", "2099-10-05T11:00:00Z", 70));
    assert_eq!(run(&desk, &["ingest"]).code, 0);
    // A sum that leaves out what came later says so, in every format.
    for format in ["csv", "text"] {
        let rated = run(&desk, &["rate", "--period", "2099-10", "--format", format]);
        assert!(!rated.stdout.contains("c-late"));
        let said = "2099-10-05: 1 call came after the day was sealed, in none of these figures";
        assert_eq!(rated.stderr.lines().filter(|line| line.contains("came after")).collect::<Vec<_>>(), [said]);
    }
    let late = &explain(&desk, "c-late")[0];
    assert_eq!((&late["state"], &late["expected"]), (&"not sealed yet".into(), &"70".into()));
    assert_eq!(explain(&desk, "c-1")[0]["state"], "closed");
    let provisional = |pack: &str| dispute(&desk, "pre", pack)["days_provisional"].clone();
    assert_eq!(provisional("before"), serde_json::json!([]));
    let october = read(&desk, "raw/postings/october.jsonl");
    let debit = october.lines().find(|line| line.contains("\"p-3\"")).unwrap();
    // A row said again changes nothing; another one is not in the pack, and its day may still change.
    desk.write("raw/postings/again.jsonl", format!("{debit}\n"));
    assert_eq!(run(&desk, &["ingest"]).code, 0);
    assert_eq!(provisional("again"), serde_json::json!([]));
    desk.write("raw/postings/late.jsonl", format!("{}\n", debit.replace("\"p-3\"", "\"p-late\"")));
    assert_eq!(run(&desk, &["ingest"]).code, 0);
    assert_eq!(provisional("late").as_array().unwrap().len(), 1);
}

/// Days of earlier builds name no rows: theirs are told apart again.
#[test]
fn a_day_that_names_no_rows_gives_the_same_answers() {
    let desk = october_twice();
    close(&desk);
    let answers = |desk: &Desk, pack: &str| {
        let explained = ["c-1", "c-2", "c-3", "c-5"].map(|id| explain(desk, id));
        let packs = ["pre", "acme"].map(|id| dispute(desk, id, &format!("{pack}-{id}"))["units"].clone());
        (rate(desk), explained, packs)
    };
    let named = answers(&desk, "named");
    for (path, mut manifest) in sealed(&desk) {
        let members = manifest.as_object_mut().unwrap();
        assert!(members.remove("raw_parts").is_some() && members.remove("sha256").is_some());
        members["notes"].as_object_mut().unwrap().retain(|note, _| !note.starts_with("book of "));
        let json = serde_json::to_string_pretty(&manifest).unwrap();
        let body = json.strip_suffix("\n}").unwrap();
        let hash: String = Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect();
        desk.write(&format!("lake/manifests/reconcile/{path}"), format!("{body},\n  \"sha256\": \"{hash}\"\n}}\n"));
    }
    assert_eq!(named, answers(&desk, "unnamed"));
    // The state has seen the revisions as they were; what it has seen may be forgotten.
    desk.sql("DELETE FROM checked");
    assert_eq!(run(&desk, &["verify"]).code, 0);
}
