//! The fences of the house: which room may not name which, checked on the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// What a pure room does not name: no effect, no clock, no float near money.
const PURE: &[&str] = &[
    "crate::edge",
    "crate::pipeline",
    "crate::cli",
    "crate::synth",
    "std::fs",
    "std::env",
    "std::net",
    "std::thread",
    "std::time",
    "tokio",
    "async fn",
    "Utc::now",
    "Local::now",
    "serde::",
    "println!",
    "f64",
    "f32",
];

/// Files below the first may not contain any of the second.
const FENCES: &[(&str, &[&str])] = &[
    ("src/domain", PURE),
    ("src/domain", &["crate::report"]),
    ("src/report", PURE),
    ("src/domain/money", &["domain::call", "domain::price", "domain::rating", "domain::ledger", "domain::reconcile"]),
    ("src/domain/period", &["domain::money", "domain::call", "domain::price", "domain::rating", "domain::ledger"]),
    ("src/domain/call", &["domain::price", "domain::rating", "domain::ledger", "domain::reconcile", "domain::rollup"]),
    ("src/domain/price", &["domain::rating", "domain::ledger", "domain::reconcile", "domain::rollup"]),
    ("src/domain/rating", &["domain::ledger", "domain::reconcile", "domain::rollup"]),
    ("src/domain/ledger", &["domain::rating", "domain::reconcile", "domain::rollup"]),
    ("src/domain/reconcile", &["domain::rollup"]),
    ("src/domain/invoice", &["domain::rating", "domain::rollup", "domain::notice"]),
    ("src/domain/notice", &["domain::rating", "domain::reconcile", "domain::rollup"]),
    ("src/edge", &["crate::pipeline", "crate::cli", "crate::synth"]),
    ("src/edge/source", &["edge::lake", "edge::state", "edge::render"]),
    ("src/edge/lake", &["edge::source", "edge::state", "edge::render"]),
    ("src/edge/state", &["edge::source", "edge::lake", "edge::blob", "edge::render"]),
    ("src/edge/render", &["edge::source", "edge::lake", "edge::blob", "edge::state"]),
    ("src/edge/mail", &["edge::source", "edge::lake", "edge::state", "edge::render"]),
    ("src/edge/blob", &["edge::source", "edge::lake", "edge::state", "edge::render"]),
    ("src/pipeline", &["crate::cli", "clap", "println!"]),
    ("src/synth", &["crate::edge", "crate::pipeline", "crate::cli", "domain::rating", "domain::reconcile"]),
];

/// What says in which format a file is. The pipeline orders steps: documents are kept, printed and published
/// by `edge::render`'s `document_files` alone.
const FORMATS: &[&str] = &[
    "to_csv",
    "to_html",
    "to_json_lines",
    "to_parquet",
    "to_xlsx",
    "document_to_json",
    "document_from_json",
    "document_tables",
    "document_workbook",
    "pdf",
    "serde_json",
    ".csv",
    ".html",
    ".json",
    ".parquet",
    ".pdf",
    ".xlsx",
    ".xml",
];

/// Files of the pipeline that still name a format, by the end of their path, each with its reason.
const FORMATS_NAMED: &[(&str, &str)] = &[
    ("pipeline/publish/", "the files of a period are listed where they are written"),
    ("calls_file.rs", "the calls behind a document are streamed as they are read"),
    ("dispute.rs", "a pack names its own files"),
    ("books.rs", "a price book is read as its ending says"),
    ("tables.rs", "a price table is called by its name without ending"),
    ("discover.rs", "patterns of input files, in tests"),
];

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code of a file: no comments, and nothing from its test modules.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let name = path.to_string_lossy();
    if name.ends_with("tests.rs") || name.contains("/tests/") {
        return String::new();
    }
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn word_in(text: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| {
        let starts_word = word.starts_with(|c: char| c.is_alphanumeric());
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let ends_word = word.ends_with(|c: char| c.is_alphanumeric());
        !(starts_word && is_part(before) || ends_word && is_part(after))
    })
}

#[test]
fn no_room_names_what_it_must_not_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for (room, forbidden) in FENCES {
        let files = sources(&root.join(room));
        assert!(!files.is_empty(), "{room} is gone: take it out of the fences");
        for file in files {
            let code = code(&file);
            for word in *forbidden {
                if word_in(&code, word) {
                    broken.push(format!("{} names {word}", file.strip_prefix(root).unwrap().display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Rooms whose texts are stored or compared over time: `derive(Debug)` text changes with the names in the code.
const NO_DEBUG_TEXT: &[&str] = &[
    "src/domain/call",
    "src/domain/invoice",
    "src/domain/ledger",
    "src/domain/money",
    "src/domain/notice",
    "src/domain/period",
    "src/domain/reconcile",
    "src/domain/rollup",
    "src/edge/lake",
    "src/edge/state",
    "src/pipeline",
];

/// Messages to people, which nothing compares.
const MESSAGES: &[&str] = &[
    r#"revision {} cannot replace {:?}"#,
    r#"is {cell:?}"#,
    r#"is {v:?}, which is not known"#,
    r#"has the kind {kind:?}"#,
    r#"has {amount:?}, which {e}"#,
    r#"{text:?} is not known"#,
    r#"a text to be kept holds a zero byte: {value:?}"#,
];

#[test]
fn no_debug_text_is_stored_or_compared() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for file in NO_DEBUG_TEXT.iter().flat_map(|room| sources(&root.join(room))) {
        let code = code(&file);
        let code = code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let is_debug = |line: &&str| line.contains(":?}") || line.contains(":#?}") || line.contains("x?}");
        for line in code.lines().filter(is_debug).filter(|line| !MESSAGES.iter().any(|m| line.contains(m))) {
            found.push(format!("{}: {}", file.strip_prefix(root).unwrap().display(), line.trim()));
        }
    }
    assert!(found.is_empty(), "write it by domain::hash, or by Display:\n{}", found.join("\n"));
}

#[test]
fn the_pipeline_names_no_file_format() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = Vec::new();
    for file in sources(&root.join("src/pipeline")) {
        let path = file.strip_prefix(root).unwrap().display().to_string();
        if FORMATS_NAMED.iter().any(|(known, _)| path.contains(known)) {
            continue;
        }
        let code = code(&file);
        named.extend(FORMATS.iter().filter(|word| word_in(&code, word)).map(|word| format!("{path} names {word}")));
    }
    assert!(named.is_empty(), "{}", named.join("\n"));
}

#[test]
fn every_room_says_what_it_does_not_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in sources(&root.join("src")) {
        let depth = file.strip_prefix(root).unwrap().components().count();
        if file.ends_with("mod.rs") && (depth == 4 || file.ends_with("src/report/mod.rs")) {
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.contains("Knows nothing of:"), "{}", file.display());
        }
    }
}

#[test]
fn a_word_is_found_only_as_a_word() {
    assert!(word_in("use tokio::fs;", "tokio") && word_in("x as f64", "f64"));
    assert!(!word_in("half64x", "f64") && !word_in("tokiomon", "tokio"));
}
