//! Installations as earlier builds left them: every build opens, explains, verifies and continues them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::desk::{Desk, Ran};

type Tree = Vec<(PathBuf, Vec<u8>)>;

/// One earlier build's installation: a closed October with final documents, two days of November.
const FIRST: &str = "2026-11-30-72f2559";

fn installed(name: &str) -> Desk {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/compat").join(name);
    let desk = Desk::in_memory();
    let mut folders = vec![from.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                desk.write(path.strip_prefix(&from).unwrap().to_str().unwrap(), fs::read(&path).unwrap());
            }
        }
    }
    desk
}

/// A command at a moment.
fn at(desk: &Desk, moment: &str, args: &[&str]) -> Ran {
    Ran::of(desk.command(args).env("TRUEUP_CLOCK", moment).output().unwrap())
}

fn job(desk: &Desk, moment: &str, args: &[&str]) {
    let ran = at(desk, moment, &[args, &["--as-of", moment]].concat());
    assert!(matches!(ran.code, 0 | 3 | 4), "{args:?}: {} {}", ran.code, ran.stderr);
}

/// What must never change: sealed revisions, kept files, documents, mail that left.
fn sealed(desk: &Desk) -> Vec<(&'static str, Tree)> {
    ["lake/manifests", "lake/kept", "lake/documents", "lake/tables", "outbox"].map(|f| (f, desk.tree(f))).into()
}

/// Files that are new; what was there is as it was.
fn new_ones(desk: &Desk, before: &[(&'static str, Tree)]) -> Vec<String> {
    let mut new = Vec::new();
    for (folder, was) in before {
        let is = desk.tree(folder);
        let lost: Vec<_> = was.iter().filter(|one| is.binary_search(one).is_err()).map(|(path, _)| path).collect();
        assert!(lost.is_empty(), "{folder}: lost or changed: {lost:?}");
        new.extend(is.iter().filter(|one| !was.contains(one)).map(|(path, _)| format!("{folder}/{}", path.display())));
    }
    // What was published is hashed once, as it lies: builds that noted nothing of it left nothing to compare.
    new.retain(|path| !path.starts_with("lake/manifests/print/"));
    new
}

const NIGHT: &str = "2026-11-04T08:00:00Z";

#[test]
fn an_installation_of_the_first_builds_is_opened_explained_and_verified() {
    let desk = installed(FIRST);
    let before = sealed(&desk);
    let status = at(&desk, NIGHT, &["status"]);
    assert_eq!(status.code, 0, "{}", status.stderr);
    assert!(status.stdout.contains("2026-10-27 to 2026-11-03: 6 closed, 2 provisional"), "{}", status.stdout);
    let explained = at(&desk, NIGHT, &["explain", "c-021"]);
    assert_eq!(explained.code, 0, "{}", explained.stderr);
    for said in ["price stale", "expected  3.51 EUR", "recorded  2.8 EUR"] {
        assert!(explained.stdout.contains(said), "{said} is not in {}", explained.stdout);
    }
    // Of what was published only the lists were kept.
    fs::remove_dir_all(desk.path().join("out")).unwrap();
    let verified = at(&desk, NIGHT, &["verify", "2026-10"]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    assert!(verified.stdout.contains("of earlier rules"), "{}", verified.stdout);
    assert_eq!(new_ones(&desk, &before), [] as [String; 0]);
}

#[test]
fn an_installation_of_the_first_builds_is_not_sealed_numbered_or_told_again() {
    let desk = installed(FIRST);
    let before = sealed(&desk);
    let documents = desk.tree("out/documents");
    // A balance at a day's very end now closes that day: days that have one have a revision more, and that is all.
    job(&desk, NIGHT, &["run", "daily"]);
    let new = new_ones(&desk, &before);
    let is_day = |path: &&String| path.starts_with("lake/tables/") || path.starts_with("lake/manifests/reconcile/");
    assert!(new.iter().filter(|path| !is_day(path)).all(|path| path.starts_with("lake/manifests/rollup/")), "{new:?}");
    let before = sealed(&desk);
    for args in [&["run", "daily"][..], &["run", "monthly", "--period", "2026-10"], &["run", "weekly"]] {
        job(&desk, NIGHT, args);
        assert_eq!(new_ones(&desk, &before), [] as [String; 0], "{args:?}");
    }
    let still = |path: &PathBuf| desk.tree("out/documents").iter().find(|(p, _)| p == path).map(|(_, b)| b.clone());
    assert!(documents.iter().all(|(path, bytes)| still(path).as_ref() == Some(bytes)));
    // What was found to be the same is remembered: the next night reads no row.
    fs::remove_dir_all(desk.path().join("lake/tables/calls")).unwrap();
    job(&desk, "2026-11-04T09:00:00Z", &["run", "daily"]);
}

#[test]
fn an_installation_of_the_first_builds_goes_on() {
    let desk = installed(FIRST);
    let before = sealed(&desk);
    // A new day, and a row for a month whose bills are out.
    let call = |id: &str, at: &str| {
        format!(
            r#"{{"call_id":"{id}","account_id":"acme","api_key_id":"k-acme","model":"small","endpoint":"chat","provider":"prov","started_at":"{at}","usage":{{"input_tokens":1000,"output_tokens":100,"total_tokens":1100}},"charge":"3.51"}}
"#
        )
    };
    desk.write("raw/calls/2026-11-03.jsonl", call("n-1", "2026-11-03T10:00:00Z"));
    desk.write("raw/calls/late.jsonl", call("n-2", "2026-10-30T20:00:00Z"));
    job(&desk, "2026-11-04T09:00:00Z", &["run", "daily"]);
    let new = new_ones(&desk, &before);
    let has = |what: &str| new.iter().any(|path| path.ends_with(what));
    assert!(has("reconcile/2026-11-03/r2.json") && has("reconcile/2026-10-30/r3.json"), "{new:?}");
    assert!(!new.iter().any(|path| path.starts_with("outbox/") || path.starts_with("lake/documents")), "{new:?}");
    let manifest = fs::read_to_string(desk.path().join("lake/manifests/reconcile/2026-10-30/r3.json")).unwrap();
    assert!(manifest.contains("\"fingerprint\": \"c1:"), "{manifest}");

    job(&desk, "2026-12-04T06:00:00Z", &["run", "monthly", "--period", "2026-11"]);
    let new = new_ones(&desk, &before);
    let documents: Vec<&String> = new.iter().filter(|path| path.starts_with("lake/documents/")).collect();
    assert!(documents.iter().any(|path| path.ends_with("/INV-2026-3.json")), "{documents:?}");
    let invoice = documents.iter().map(|path| fs::read_to_string(desk.path().join(path)).unwrap());
    let invoice = invoice.into_iter().find(|text| text.contains("\"account_id\": \"acme\"")).unwrap();
    assert!(invoice.contains("Late usage of 2026-10") && invoice.contains("\"digest\": \"c1:"), "{invoice}");
    for month in ["2026-10", "2026-11"] {
        let verified = at(&desk, "2026-12-04T07:00:00Z", &["verify", month]);
        assert_eq!(verified.code, 0, "{month}: {}{}", verified.stdout, verified.stderr);
    }
    let again = sealed(&desk);
    job(&desk, "2026-12-04T08:00:00Z", &["run", "monthly", "--period", "2026-11"]);
    assert_eq!(new_ones(&desk, &again), [] as [String; 0]);
}
