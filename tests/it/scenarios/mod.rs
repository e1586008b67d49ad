//! Scenarios: stories in `fixtures/scenarios`, written in tables that need no programming, told to
//! the binary and held against what they expect. `fixtures/scenarios/README.md` explains the format.
//!
//! With `TRUEUP_SCENARIOS=write` the expectations of a failing scenario are rewritten to what came
//! of it, to be read and judged before they are kept; the test still fails. With
//! `TRUEUP_SCENARIO=tokone/` only scenarios whose path holds that text are told.

mod arithmetic;
mod expect;
mod found;
mod inputs;
mod page;
mod prices;
mod setup;
mod story;
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use trueup::domain::reconcile::{Class, cause_codes, structural_cause_codes};

use self::expect::Edit;
use self::page::Page;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scenarios")
}

/// The scenarios of a folder, by name.
fn scenarios(folder: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    found.sort();
    found
}

fn named(path: &Path) -> String {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string()
}

/// Tells every scenario of a folder; each thing that is otherwise is said with its file and line.
fn tell(folder: &str) {
    let only = std::env::var("TRUEUP_SCENARIO").unwrap_or_default();
    let rewrite = std::env::var("TRUEUP_SCENARIOS").is_ok_and(|v| v == "write");
    let mut wrong = Vec::new();
    for path in scenarios(folder).iter().filter(|path| named(path).contains(&only)) {
        let text = fs::read_to_string(path).unwrap();
        let told = story::tell(&text);
        wrong.extend(told.problems.iter().map(|p| format!("{}:{p}", named(path))));
        if rewrite && !told.edits.is_empty() {
            fs::write(path, rewritten(&text, told.edits)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The text with some of its lines replaced.
fn rewritten(text: &str, mut edits: Vec<Edit>) -> String {
    let mut lines: Vec<String> = text.lines().map(|l| format!("{l}\n")).collect();
    edits.sort_by_key(|e| std::cmp::Reverse(e.first));
    for edit in edits {
        lines.splice(edit.first - 1..edit.last, [edit.text]);
    }
    lines.concat()
}

macro_rules! folders {
    ($($name:ident),*) => {
        const FOLDERS: &[&str] = &[$(stringify!($name)),*];
        $(#[test]
        fn $name() {
            tell(stringify!($name));
        })*
    };
}

folders!(
    tokmodel,
    toki,
    resayil,
    tokone,
    llmhub,
    time,
    prices,
    matching,
    causes,
    input,
    given_back,
    whose_money,
    places
);

#[test]
fn no_folder_is_forgotten() {
    let mut there: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    there.sort();
    let mut told = FOLDERS.to_vec();
    told.sort_unstable();
    assert_eq!(there, told);
}

/// What stands in a column of every table of a section, over all scenarios.
fn said(sections: &[&str], column: &str) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for path in FOLDERS.iter().flat_map(|folder| scenarios(folder)) {
        let Page { sections: all } =
            page::parse(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|p| panic!("{}:{p}", named(&path)));
        for section in all.iter().filter(|s| sections.iter().any(|wanted| s.title.starts_with(wanted))) {
            for table in section.tables() {
                let cells = table.rows.iter().flat_map(|row| table.filled(row));
                said.extend(cells.filter(|(name, _)| *name == column).map(|(_, cell)| cell.to_owned()));
            }
        }
    }
    said
}

#[test]
fn every_cause_has_a_scenario() {
    let mut named = said(&["Expected findings"], "cause");
    let parts: Vec<String> = named.iter().flat_map(|c| c.split('+').map(str::to_owned)).collect();
    named.extend(parts);
    let known: BTreeSet<&str> = cause_codes().into_iter().chain(structural_cause_codes()).collect();
    let missing: Vec<&str> = known.iter().copied().filter(|c| !named.contains(*c)).collect();
    assert!(missing.is_empty(), "no scenario expects {}", missing.join(", "));
    let unknown: Vec<&String> = named.iter().filter(|c| !c.contains('+') && !known.contains(c.as_str())).collect();
    assert!(unknown.is_empty(), "these causes have no words: {unknown:?}");
}

#[test]
fn every_class_has_a_scenario() {
    let named = said(&["Expected findings", "Expected classes"], "class");
    let missing: Vec<&str> = Class::ALL.iter().map(|c| c.name()).filter(|c| !named.contains(*c)).collect();
    assert!(missing.is_empty(), "no scenario expects {}", missing.join(", "));
}
