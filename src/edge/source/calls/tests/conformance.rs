//! Every format is run over its samples: `fixtures/gateways/NAME/` holds files as its system writes them and
//! `EXPECTED*.jsonl`, what each row is: a call's members with `from` (`file`, `row` counted from 1, and `version`
//! where one is declared), or `reason` where it is none, or `reject`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::edge::blob::Body;
use crate::edge::source::calls::context::CallContext;
use crate::edge::source::calls::explain::{ReadRow, explain_calls};
use crate::edge::source::calls::registry::{FORMATS, call_format, format_of_calls};

/// Members of an expected call that no call has: who else took part, what its row claims, where it comes from.
const BESIDE_THE_CALL: [&str; 7] = ["from", "model_requested", "claims", "parties", "path", "hints", PARTIAL];
/// Set where a file of variants names only what differs between releases; what else a call has is not looked at.
const PARTIAL: &str = "partial";

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gateways").join(name)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("no samples in {}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn samples(name: &str) -> Vec<PathBuf> {
    let files = files_below(&folder(name));
    files.into_iter().filter(|path| !file_name(path).starts_with("EXPECTED")).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The lines of a format's `EXPECTED*.jsonl`, by file and row.
fn expected(name: &str) -> BTreeMap<(String, u64), Vec<Map<String, Value>>> {
    let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for path in files_below(&folder(name)).into_iter().filter(|path| file_name(path).starts_with("EXPECTED")) {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let mut line: Map<String, Value> = serde_json::from_str(line).unwrap();
            if file_name(&path).contains("variants") {
                line.insert(PARTIAL.to_owned(), Value::Bool(true));
            }
            let from = line.get("from").and_then(Value::as_object).unwrap_or(&line);
            let file = from["file"].as_str().unwrap().to_owned();
            lines.entry((file, from["row"].as_u64().unwrap())).or_default().push(line.clone());
        }
    }
    lines
}

fn read(path: &Path, version: Option<&str>, format: &str) -> Vec<(u64, ReadRow)> {
    let (source, name) = ("gateway".to_owned(), file_name(path));
    let version = version.map(|version| call_format(format).unwrap().version(version).unwrap().to_owned());
    let context = CallContext { source, name, version, ..CallContext::default() };
    let mut rows = Vec::new();
    explain_calls(Body::File(fs::File::open(path).unwrap()), &context, &mut |row, read| rows.push((row, read)))
        .unwrap_or_else(|e| panic!("{} {e}", path.display()));
    rows
}

/// What is not as expected of a call, member by member.
fn differences(is: &Map<String, Value>, expected: &Map<String, Value>) -> Vec<String> {
    let more = is.keys().filter(|_| !expected.contains_key(PARTIAL));
    let names = expected.keys().chain(more).filter(|name| !BESIDE_THE_CALL.contains(&name.as_str()));
    let mut found: Vec<String> = names
        .filter(|name| is.get(*name) != expected.get(*name))
        .map(|name| format!("{name} is {:?}, expected {:?}", is.get(name), expected.get(name)))
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_format_reads_its_samples_as_expected() {
    for format in FORMATS {
        let mut expected = expected(format.name);
        let mut wrong = Vec::new();
        for file in samples(format.name) {
            let name = file_name(&file);
            let of_file = expected.iter().filter(|((file, _), _)| *file == name).flat_map(|(_, lines)| lines);
            let version = |line: &Map<String, Value>| Some(line.get("from")?.get("version")?.as_str()?.to_owned());
            let declared = of_file.filter_map(version).next();
            for (row, is) in read(&file, declared.as_deref(), format.name) {
                let here = format!("{name} row {row}");
                // A row may hold several calls, and things that are none.
                let lines = expected.entry((name.clone(), row)).or_default();
                let found = lines.iter().position(|line| match &is {
                    ReadRow::Call(call) => line.get("call_id") == call.get("call_id"),
                    ReadRow::NotACall(_) => line.contains_key("reason"),
                    ReadRow::Reject(..) => line.contains_key("reject"),
                });
                match (&is, found.map(|at| lines.remove(at))) {
                    (ReadRow::Call(call), Some(line)) => {
                        wrong.extend(differences(call, &line).into_iter().map(|what| format!("{here}: {what}")));
                    }
                    (ReadRow::NotACall(_), Some(_)) => {}
                    (ReadRow::Reject(..), Some(line)) => {
                        let told: Value = serde_json::from_str(&is.to_json(row)).unwrap();
                        if told["reject"] != line["reject"] {
                            wrong.push(format!("{here}: {told}"));
                        }
                    }
                    (_, None) => wrong.push(format!("{here} is {}", is.to_json(row))),
                }
            }
        }
        let left = expected
            .into_iter()
            .flat_map(|((file, row), lines)| lines.into_iter().map(move |line| (file.clone(), row, line)));
        wrong.extend(left.map(|(file, row, line)| format!("{file} row {row} is not {line:?}")));
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), format.name, wrong.join("\n"));
    }
}

#[test]
fn samples_of_every_format_are_told_by_their_members() {
    for format in FORMATS {
        for file in samples(format.name) {
            let body = Body::File(fs::File::open(&file).unwrap());
            assert_eq!(format_of_calls(body, &file_name(&file)).unwrap(), format.name, "{}", file.display());
        }
    }
}

#[test]
fn names_of_formats_are_one_formats_alone() {
    let mut names: Vec<&str> = FORMATS.iter().flat_map(|f| [&[f.name], f.aliases].concat()).collect();
    names.push("auto");
    let many = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), many, "{names:?}");
    assert!(FORMATS.iter().all(|f| !f.about.is_empty()));
}
