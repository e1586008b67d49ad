//! Whether what an export writes is what its version says it writes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::content::to_bytes;
use super::customers::CallFiles;
use crate::domain::period::PeriodKind;
use crate::report::fixture::{MadeUp, calls, groups};
use crate::report::{EXPORTS, Export, Scope, Write, exports_of};

/// One line an export and version: `by-day.csv 1 HASH`. Lines are added, never changed: a version once
/// written is what its files were.
const WRITTEN: &str = include_str!("../../../fixtures/exports/written.txt");
const DOCS: &str = include_str!("../../../docs/exports.md");

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// One hash over every file that an export writes of a made-up month, day and empty month.
fn hash_of(export: &Export) -> String {
    let mut files = String::new();
    for (name, made_up) in [("month", MadeUp::month()), ("day", MadeUp::day()), ("empty", MadeUp::empty())] {
        let report = made_up.report();
        let mut put = |file: &str, bytes: &[u8]| writeln!(files, "{name}/{file}={}", sha256(bytes)).unwrap();
        match export.write {
            Write::File(content) => put(export.name, &to_bytes(content(&report).unwrap()).unwrap()),
            Write::Customers(customers) => {
                let (mut customers, mut open) = (customers(&report), CallFiles::default());
                for fact in report.days {
                    customers.add_groups(&groups(fact.day)).unwrap();
                    for (account, calls) in calls(fact.day) {
                        if let Some((file, bytes)) = open.add(customers.add_calls(fact.day, account, calls)) {
                            put(&file, &bytes);
                        }
                    }
                }
                open.finish().for_each(|(file, bytes)| put(&file, &bytes));
                customers.finish().for_each(|(file, content)| put(&file, &to_bytes(content).unwrap()));
            }
        }
    }
    sha256(files.as_bytes())
}

#[test]
fn an_export_that_writes_other_bytes_has_another_version() {
    let known: Vec<Vec<&str>> = WRITTEN.lines().map(|line| line.split(' ').collect()).collect();
    let mut wrong = Vec::new();
    for export in EXPORTS {
        let (name, version, hash) = (export.name, export.version, hash_of(export));
        let version = version.to_string();
        match known.iter().find(|line| line[0] == name && line[1] == version) {
            Some(line) if line[2] == hash => {}
            Some(_) => wrong.push(format!("raise the version of export {name}: it writes other bytes than {version}")),
            None => wrong.push(format!("add to fixtures/exports/written.txt: {name} {version} {hash}")),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn versions_only_rise_and_no_two_exports_have_one_name() {
    let names: BTreeSet<&str> = EXPORTS.iter().map(|e| e.name).collect();
    assert_eq!(names.len(), EXPORTS.len());
    for line in WRITTEN.lines() {
        let [name, version, _] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line:?}") };
        let version: u32 = version.parse().unwrap();
        let now = EXPORTS.iter().find(|e| e.name == name).map_or(version, |e| e.version);
        assert!(version <= now, "export {name} was {version} and is {now}");
        let lines = WRITTEN.lines().filter(|l| l.starts_with(&format!("{name} {version} "))).count();
        assert_eq!(lines, 1, "{name} {version} was written in {lines} ways");
    }
}

#[test]
fn the_page_that_leads_to_the_others_is_written_last() {
    assert_eq!(EXPORTS.last().unwrap().name, "index.html");
    let of = |kind, customers| exports_of(Scope { kind, customers }).map(|e| e.name).collect::<Vec<_>>();
    assert!(of(PeriodKind::Month, true).contains(&"customers.csv"));
    for (kind, customers) in [(PeriodKind::Month, false), (PeriodKind::Week, true), (PeriodKind::Day, true)] {
        assert_eq!(of(kind, customers).len(), EXPORTS.len() - 1, "{kind:?}");
    }
}

/// When a period has an export.
fn when(export: &Export) -> String {
    let kinds = |customers: bool| -> Vec<&str> {
        PeriodKind::ALL
            .into_iter()
            .filter(|kind| (export.applies)(Scope { kind: *kind, customers }))
            .map(PeriodKind::name)
            .collect()
    };
    let (all, without) = (kinds(true), kinds(false));
    let kinds = if all.len() == PeriodKind::ALL.len() { "day, week, month".to_owned() } else { all.join(", ") };
    if all == without { kinds } else { format!("{kinds}, with customers' pages") }
}

#[test]
fn the_documentation_names_every_export() {
    let rows = EXPORTS.iter().map(|e| format!("| `{}` | {} | {} | {} |\n", e.name, e.version, when(e), e.about));
    let table: String = rows.collect();
    assert!(DOCS.contains(&table), "docs/exports.md is to have these rows:\n{table}");
}

/// Files of calls of a month's first customer, and those that were whole while days went by.
fn call_files(made_up: &MadeUp) -> (Vec<String>, Vec<(String, Vec<u8>)>) {
    let report = made_up.report();
    let customers = EXPORTS.iter().find_map(|export| match export.write {
        Write::Customers(customers) => Some(customers(&report)),
        Write::File(_) => None,
    });
    let (mut customers, mut open, mut whole) = (customers.unwrap(), CallFiles::default(), Vec::new());
    for fact in report.days {
        for (account, calls) in calls(fact.day) {
            whole.extend(open.add(customers.add_calls(fact.day, account, calls)).map(|(file, _)| file));
        }
    }
    (whole, open.finish().collect())
}

#[test]
fn a_customers_calls_are_one_file_under_one_header() {
    let (whole, files) = call_files(&MadeUp::month());
    assert_eq!((whole.len(), files.len()), (0, 2));
    let csv = String::from_utf8(files[0].1.clone()).unwrap();
    assert_eq!((csv.matches("started_at").count(), csv.lines().count()), (1, 1 + 4));
}

#[test]
fn in_a_large_month_each_day_has_its_file() {
    let (whole, files) = call_files(&MadeUp::month().with_calls(250_001));
    assert_eq!(files.len(), 0);
    let names: Vec<&str> = whole.iter().filter_map(|file| file.rsplit('/').next()).collect();
    assert_eq!(names, ["calls-2026-10-04.csv", "calls-2026-10-04.csv", "calls-2026-10-05.csv", "calls-2026-10-05.csv"]);
}
