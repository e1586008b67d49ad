//! Whatever is changed behind the program's back in the lake, the state, what is published or the raw input,
//! `trueup verify` names it and exits 5; what is derived, `--repair` makes again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use crate::desk::{Desk, Ran};

const CLOCK: &str = "2026-11-05T12:00:00Z";

/// One way to change a closed month. Gives what must be named.
struct Tampering {
    name: String,
    harm: Box<dyn Fn(&Desk) -> String + Sync>,
    /// Whether everything it changes is derived, so that a repair leaves no trace of it.
    mends: bool,
}

fn run(desk: &Desk, args: &[&str]) -> Ran {
    at(desk, CLOCK, args)
}

fn at(desk: &Desk, clock: &str, args: &[&str]) -> Ran {
    Ran::of(desk.command(args).env("TRUEUP_CLOCK", clock).output().unwrap())
}

/// A month closed in two runs, so that something has more than one revision; with its bills and their messages.
fn closed() -> &'static Desk {
    static CLOSED: OnceLock<Desk> = OnceLock::new();
    CLOSED.get_or_init(|| {
        let desk = Desk::in_memory();
        let synth = ["synth", "tokone", ".", "--calls", "60", "--accounts", "4", "--seed", "5"];
        assert_eq!(desk.run(&synth).code, 0);
        let late: Vec<_> =
            desk.tree("raw").into_iter().filter(|(p, _)| p.to_str().unwrap().contains("2026-10-20")).collect();
        assert!(!late.is_empty(), "nothing is late");
        for (path, _) in &late {
            fs::remove_file(desk.path().join("raw").join(path)).unwrap();
        }
        let _ = at(&desk, "2026-11-05T11:00:00Z", &["run", "monthly", "--period", "2026-10"]);
        for (path, bytes) in &late {
            desk.write(&format!("raw/{}", path.display()), bytes);
        }
        let ran = run(&desk, &["run", "monthly", "--period", "2026-10"]);
        assert!(matches!(ran.code, 0 | 3 | 4), "{}", ran.stderr);
        let verified = run(&desk, &["verify"]);
        assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
        desk
    })
}

/// Files below a folder, by paths from the desk.
fn files(folder: &str) -> Vec<String> {
    closed().tree(folder).iter().map(|(path, _)| format!("{folder}/{}", path.display())).collect()
}

fn one(folder: &str, ending: &str) -> String {
    let found = files(folder).into_iter().find(|path| path.ends_with(ending));
    found.unwrap_or_else(|| panic!("nothing in {folder} ends with {ending}"))
}

fn edit(path: &str, how: impl Fn(&mut Vec<u8>) + Sync + 'static) -> Box<dyn Fn(&Desk) -> String + Sync> {
    let path = path.to_owned();
    Box::new(move |desk| {
        let file = desk.path().join(&path);
        let mut bytes = fs::read(&file).unwrap();
        how(&mut bytes);
        fs::write(&file, bytes).unwrap();
        named(&path)
    })
}

/// Without the folder of the desk it lies in: that is what stands in a message, behind the folder's own place.
fn named(path: &str) -> String {
    path.split_once('/').map_or(path, |(_, key)| key).to_owned()
}

fn removed(path: &str) -> Box<dyn Fn(&Desk) -> String + Sync> {
    let path = path.to_owned();
    Box::new(move |desk| {
        let place = desk.path().join(&path);
        if place.is_dir() {
            fs::remove_dir_all(place).unwrap()
        } else {
            fs::remove_file(place).unwrap()
        }
        named(&path)
    })
}

fn added(path: &str, bytes: &'static [u8]) -> Box<dyn Fn(&Desk) -> String + Sync> {
    let path = path.to_owned();
    Box::new(move |desk| {
        desk.write(&path, bytes);
        named(&path)
    })
}

fn replaced(path: &str, by: &str) -> Box<dyn Fn(&Desk) -> String + Sync> {
    let (path, by) = (path.to_owned(), by.to_owned());
    Box::new(move |desk| {
        fs::copy(desk.path().join(&by), desk.path().join(&path)).unwrap();
        named(&path)
    })
}

fn state(sql: &'static str, name: &'static str) -> Box<dyn Fn(&Desk) -> String + Sync> {
    Box::new(move |desk| {
        // Whoever changes a state by hand gets past what guards its tables.
        let guards = ["documents_stay", "documents_last", "outbox_log_stay", "outbox_log_last"];
        let guards: String = guards.map(|guard| format!("DROP TRIGGER IF EXISTS {guard}; ")).concat();
        desk.sql(&format!("{guards}{sql}"));
        name.to_owned()
    })
}

/// What happens to single files.
fn hurts(path: &str) -> Vec<(&'static str, Box<dyn Fn(&Desk) -> String + Sync>)> {
    vec![
        ("removed", removed(path)),
        ("emptied", edit(path, Vec::clear)),
        (
            "one bit",
            edit(path, |bytes| {
                let at = bytes.len() / 2;
                bytes[at] ^= 4;
            }),
        ),
        ("cut", edit(path, |bytes| bytes.truncate(bytes.len() * 2 / 3))),
        ("longer", edit(path, |bytes| bytes.push(b'\n'))),
    ]
}

fn all() -> Vec<Tampering> {
    let mut all = Vec::new();
    let mut add = |name: String, mends: bool, harm| all.push(Tampering { name, harm, mends });
    let mut tables: BTreeSet<String> = BTreeSet::new();
    for part in files("lake/tables") {
        let table = part.split('/').nth(2).unwrap().to_owned();
        if tables.insert(table.clone()) {
            for (what, harm) in hurts(&part) {
                add(format!("part of {table} {what}"), table != "watches", harm);
            }
        }
    }
    let mut jobs: BTreeSet<String> = BTreeSet::new();
    for manifest in files("lake/manifests").into_iter().rev() {
        let job = manifest.split('/').nth(2).unwrap().to_owned();
        if jobs.insert(job.clone()) {
            for (what, harm) in hurts(&manifest) {
                add(format!("newest manifest of {job} {what}"), false, harm);
            }
        }
    }
    let late =
        files("lake/manifests").into_iter().find(|m| m.ends_with("/r2.json") && m.contains("/reconcile/")).unwrap();
    let first = late.replace("/r2.json", "/r1.json");
    add("first revision of a day removed".into(), false, removed(&first));
    add("newest revision replaced by the first".into(), false, replaced(&late, &first));
    add("newest revision of a day removed".into(), false, removed(&late));
    add("all manifests of a job removed".into(), false, removed("lake/manifests/rollup/2026-10"));
    let parts: Vec<String> = files("lake/tables/charges");
    add("two parts swapped".into(), true, {
        let (a, b) = (parts[0].clone(), parts[1].clone());
        Box::new(move |desk| {
            let (a, b) = (desk.path().join(&a), desk.path().join(&b));
            let kept = fs::read(&a).unwrap();
            fs::copy(&b, &a).unwrap();
            fs::write(&b, kept).unwrap();
            named(&format!("x/{}", Path::new(&a).strip_prefix(desk.path().join("lake")).unwrap().display()))
        })
    });
    add("a part renamed".into(), true, {
        let part = parts[0].clone();
        Box::new(move |desk| {
            let to = Path::new(&part).with_file_name(format!("{}.parquet", "0".repeat(32)));
            fs::rename(desk.path().join(&part), desk.path().join(to)).unwrap();
            named(&part)
        })
    });
    add("a file among parts".into(), false, added("lake/tables/charges/2026-10-05/extra.parquet", b"PAR1"));
    add("a file among manifests".into(), false, added("lake/manifests/reconcile/2026-10-05/r1.json.bak", b"{}"));
    add("a file in the lake".into(), false, added("lake/notes.txt", b"hello"));
    add("a file among kept files".into(), false, added("lake/kept/prices/extra.toml", b"x = 1"));
    for kind in ["prices", "parties"] {
        for (what, harm) in hurts(&one(&format!("lake/kept/{kind}"), "")) {
            add(format!("kept {kind} {what}"), true, harm);
        }
    }
    add("lake.json removed".into(), true, removed("lake/lake.json"));
    add("lake.json cut".into(), false, edit("lake/lake.json", |bytes| bytes.truncate(20)));
    for (what, harm) in hurts(&one("lake/documents", ".json")) {
        add(format!("document in the lake {what}"), true, harm);
    }
    add("a number nobody gave".into(), false, added("lake/documents/STM-2026-99.json", b"{}"));
    for ending in [".calls.csv", ".pdf", ".xlsx", ".json"] {
        for (what, harm) in hurts(&one("out/documents/2026-10", ending)) {
            add(format!("published document's {ending} {what}"), true, harm);
        }
    }
    for (what, harm) in hurts("out/documents/2026-10/documents.csv") {
        add(format!("list of documents {what}"), true, harm);
    }
    add("a file among published documents".into(), false, added("out/documents/2026-10/STM-2026-99.pdf", b"%PDF"));
    for name in
        ["manifest.json", "index.html", "finance.html", "report.xlsx", "rollup.csv", "rollup.parquet", "findings.jsonl"]
    {
        for (what, harm) in hurts(&format!("out/month/2026-10/{name}")) {
            add(format!("published {name} {what}"), true, harm);
        }
    }
    for (what, harm) in hurts(&one("out/month/2026-10/customers", ".html")) {
        add(format!("customer's page {what}"), true, harm);
    }
    add("a published week removed".into(), true, {
        Box::new(|desk: &Desk| {
            fs::remove_dir_all(desk.path().join("out/week/2026-W42")).unwrap();
            "week/2026-W42".to_owned()
        })
    });
    add("a file among published files".into(), false, added("out/day/2026-10-05/extra.csv", b"a"));
    for name in ["index.json", "index.html", "latest.json", "latest/month.html"] {
        for (what, harm) in hurts(&format!("out/{name}")) {
            add(format!("published {name} {what}"), true, harm);
        }
    }
    for folder in ["raw/calls", "raw/ledger"] {
        if let Some(path) = files(folder).into_iter().find(|p| p.contains("2026-10-1")) {
            let name = path.rsplit('/').next().unwrap().to_owned();
            for (what, harm) in [("removed", removed(&path)), ("changed", edit(&path, |b| b[0] = b' '))] {
                let name = name.clone();
                add(
                    format!("raw {folder} {what}"),
                    false,
                    Box::new(move |desk| {
                        harm(desk);
                        name.clone()
                    }),
                );
            }
        }
    }
    let rows: [(&str, &str, &str); 12] = [
        (
            "last document lost",
            "DELETE FROM documents WHERE sequence = (SELECT MAX(sequence) FROM documents)",
            "document ",
        ),
        ("a document lost", "DELETE FROM documents WHERE sequence = 1", "-1"),
        (
            "a document and its number lost",
            "DELETE FROM documents WHERE sequence = (SELECT MAX(sequence) FROM documents); UPDATE series SET next = next - 1",
            "document",
        ),
        ("next number set back", "UPDATE series SET next = next - 1", "document "),
        ("next number set on", "UPDATE series SET next = next + 1", "document "),
        ("a series lost", "DELETE FROM series", "series"),
        (
            "a document's text changed",
            "UPDATE documents SET body = replace(body, '\"kind\"', '\"kin\"') WHERE sequence = 1",
            "-1",
        ),
        ("a document's hash changed", "UPDATE documents SET sha256 = 'aa' WHERE sequence = 1", "-1"),
        ("a message lost", "DELETE FROM outbox WHERE position = 1", "message "),
        ("a message marked as sent", "UPDATE outbox SET status = 'accepted' WHERE position = 1", "message "),
        (
            "a message and its log lost",
            "DELETE FROM outbox WHERE position = 1; DELETE FROM outbox_log WHERE message_key NOT IN (SELECT message_key FROM outbox)",
            "message ",
        ),
        ("a message's log lost", "DELETE FROM outbox_log", "message "),
    ];
    for (name, sql, named) in rows {
        add(format!("state: {name}"), false, state(sql, named));
    }
    all
}

/// Tries one kind on a copy; gives what is wrong with what was said.
fn fault(tampering: &Tampering) -> Option<String> {
    let desk = closed().copy();
    let named = (tampering.harm)(&desk);
    let ran = run(&desk, &["verify"]);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    if ran.code != 5 || !said.contains(&named) {
        return Some(format!("{}: exit {}, {named} to be named in:\n{said}", tampering.name, ran.code));
    }
    if !tampering.mends {
        return None;
    }
    let mended = run(&desk, &["verify", "--repair"]);
    let again = run(&desk, &["verify"]);
    if (mended.code, again.code) != (0, 0) {
        let said = format!("{}{}{}{}", mended.stdout, mended.stderr, again.stdout, again.stderr);
        return Some(format!(
            "{}: repair exit {}, then verify exit {}:\n{said}",
            tampering.name, mended.code, again.code
        ));
    }
    let same = |folder: &str| desk.tree(folder) == closed().tree(folder);
    (!same("out")).then(|| format!("{}: what is published is not what it was", tampering.name))
}

fn try_all(some: impl Iterator<Item = Tampering>) {
    let faults: Vec<String> = some.filter_map(|tampering| fault(&tampering)).collect();
    assert!(faults.is_empty(), "{} kinds are not seen:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn some_kinds_of_tampering_are_named() {
    let all = all();
    assert!(all.len() >= 97, "{} kinds", all.len());
    try_all(all.into_iter().step_by(29));
}

/// `cargo test --release --test it every_kind_of_tampering -- --ignored`, some minutes.
#[test]
#[ignore = "minutes: run it by its name"]
fn every_kind_of_tampering_is_named() {
    try_all(all().into_iter());
}
