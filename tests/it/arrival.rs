//! When rows arrive, in how many files, on how many threads and in which locale: none of it shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::desk::{Desk, month};

const CLOSE: [&str; 6] = ["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-05T12:00:00Z"];

/// Content digests of the latest revision of every sealed day, week and month.
fn digests(desk: &Desk) -> BTreeMap<PathBuf, Value> {
    let mut latest: BTreeMap<PathBuf, (u64, Value)> = BTreeMap::new();
    for (path, bytes) in desk.tree("lake/manifests") {
        if path.starts_with("reconcile") || path.starts_with("rollup") {
            let manifest: Value = serde_json::from_slice(&bytes).unwrap();
            let revision = manifest["revision"].as_u64().unwrap();
            let sealed = latest.entry(path.parent().unwrap().to_owned()).or_default();
            if revision > sealed.0 {
                *sealed = (revision, manifest["digests"].clone());
            }
        }
    }
    latest.into_iter().map(|(period, (_, digests))| (period, digests)).collect()
}

/// What tells how a day came to be what it is: its revisions, and pages and lists that name them.
const HISTORY: [&str; 8] = [
    "days.csv",
    "inputs.csv",
    "index.html",
    "index.json",
    "finance.html",
    "report.xlsx",
    "manifest.json",
    "latest.json",
];

/// Days of November may have been published as well, as far as they had come.
fn same(one: &Desk, other: &Desk, story: &str) {
    let (one_digests, other_digests) = (digests(one), digests(other));
    assert!(one_digests.len() > 31);
    for (period, digests) in &one_digests {
        assert_eq!(Some(digests), other_digests.get(period), "{story}: {}", period.display());
    }
    let out = |desk: &Desk| {
        let mut tree = desk.tree("out");
        let tells_history = |path: &Path| path.starts_with("latest") || HISTORY.iter().any(|name| path.ends_with(name));
        tree.retain(|(path, _)| !path.to_string_lossy().contains("2026-11") && !tells_history(path));
        // A bill names the revisions it was made from, in every form but its tables.
        let bills = |path: &Path| path.starts_with("documents");
        tree.retain(|(path, _)| !bills(path) || path.extension().is_some_and(|e| e == "csv" || e == "json"));
        for (_, bytes) in
            tree.iter_mut().filter(|(path, _)| bills(path) && path.extension().is_some_and(|e| e == "json"))
        {
            let mut bill: Value = serde_json::from_slice(bytes).unwrap();
            assert!(bill.as_object_mut().unwrap().remove("sources").is_some());
            *bytes = bill.to_string().into_bytes();
        }
        tree
    };
    let (one, other) = (out(one), out(other));
    let names = |tree: &[(PathBuf, Vec<u8>)]| tree.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other), "{story}");
    for (a, b) in one.iter().zip(&other) {
        assert!(a == b, "{story}: {} differs", a.0.display());
    }
}

/// The day a raw file is named after; a balance file named by an instant belongs to that instant's day.
fn day_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    (0..name.len()).filter_map(|at| name.get(at..at + 10)).find(|d| d.starts_with("2026-1")).map(str::to_owned)
}

/// The same month whose raw files arrive day by day, with a daily run every night.
fn nightly(start: &Desk) -> Desk {
    let desk = Desk::in_memory();
    let mut waiting: BTreeMap<String, Vec<(PathBuf, Vec<u8>)>> = BTreeMap::new();
    for (path, bytes) in start.tree("") {
        match day_of(&path).filter(|_| path.starts_with("raw")) {
            Some(day) => waiting.entry(day).or_default().push((path, bytes)),
            None => desk.write(path.to_str().unwrap(), bytes),
        }
    }
    let days: BTreeSet<String> = waiting.keys().cloned().collect();
    for day in days {
        for (path, bytes) in waiting.remove(&day).unwrap() {
            desk.write(path.to_str().unwrap(), bytes);
        }
        let at = format!("{day}T23:59:00Z");
        let ran = desk.run(&["run", "daily", "--as-of", &at]);
        assert!([0, 3].contains(&ran.code), "{day}: {}", ran.stderr);
    }
    desk
}

fn night_by_night(platform: &str, calls: u64, seed: u64) {
    let start = month(platform, calls, seed);
    let once = start.copy();
    let code = once.run(&CLOSE).code;
    let nights = nightly(&start);
    let revised = nights.tree("lake/manifests/reconcile").iter().any(|f| f.0.ends_with("r2.json"));
    assert!(revised, "{platform}: late rows make new revisions");
    assert_eq!(nights.run(&CLOSE).code, code);
    same(&once, &nights, platform);
}

#[test]
fn a_month_read_night_by_night_is_the_month_read_at_once() {
    night_by_night("tokone", 1000, 11);
}

/// `cargo test --release --test it nights_of_five_platforms -- --ignored`
#[test]
#[ignore = "170 nightly runs, some minutes"]
fn nights_of_five_platforms() {
    for (seed, platform) in (30..).zip(["tokmodel", "toki", "resayil", "tokone", "llmhub"]) {
        night_by_night(platform, 4000, seed);
    }
}

#[test]
fn threads_time_zone_and_locale_do_not_show() {
    let start = month("tokone", 1200, 21);
    let plain = start.copy();
    let code = plain.run(&CLOSE).code;
    for (threads, zone, locale) in [("1", "Pacific/Apia", "tr_TR.UTF-8"), ("7", "America/St_Johns", "ar_SA.UTF-8")] {
        let desk = start.copy();
        let mut command = desk.command(&CLOSE);
        command.env("TOKIO_WORKER_THREADS", threads).env("TZ", zone).env("LC_ALL", locale).env("LANG", locale);
        assert_eq!(command.output().unwrap().status.code(), Some(code));
        same(&plain, &desk, zone);
    }
}

#[test]
fn a_raw_file_changed_behind_its_size_and_time_is_read_again() {
    let desk = crate::desk::operator();
    for _ in 0..2 {
        let ran = desk.run(&["ingest"]);
        assert!(ran.code == 0 && !ran.stderr.contains("changed"), "{}", ran.stderr);
    }
    let path = desk.path().join("raw/calls/2026-10-05.jsonl");
    let (text, modified) = (fs::read_to_string(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    let changed = text.replacen("\"c-1\"", "\"c-9\"", 1);
    assert!(changed != text && changed.len() == text.len());
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(&path, changed).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let ran = desk.run(&["ingest"]);
    assert!(ran.code == 0 && ran.stderr.contains("changed in the part that was read before"), "{}", ran.stderr);
    assert_eq!(desk.run(&["explain", "c-9"]).code, 0);
}
