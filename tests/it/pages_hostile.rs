//! Names that would act if anything let them: in pages, tables, workbooks, file names, terminals.

use std::fs;
use std::io::Read;

use crate::desk::Desk;

pub(crate) const NAMES: [&str; 10] = [
    "../../x",
    "=1+1",
    "<script>alert(1)</script>",
    "a\r\nb",
    "\u{202e}gnp.exe",
    "nul\u{0}l",
    "\"><img src=x onerror=alert(1)>",
    "@SUM(A1)",
    "\u{1b}[31mred\u{1b}[0m",
    "王小明",
];

/// One call of each name as account, key, model and id, one of them with 10,000 characters.
fn hostile() -> Desk {
    let desk = Desk::new();
    let settings = include_str!("../../fixtures/operator/trueup.toml")
        .replace("settle = \"0s\"", "settle = \"0s\"\nmax_rejects = \"100%\"");
    desk.write("trueup.toml", format!("{settings}[parties]\naccounts = \"accounts.csv\"\n"));
    let book = include_str!("../../fixtures/operator/prices.toml").replace("model = \"gpt-5.5\"", "pattern = \"*\"");
    desk.write("prices/tokone.toml", book);
    let (long, longer) = ("L".repeat(1_000), "L".repeat(10_000));
    let (mut calls, mut postings) = (String::new(), String::new());
    let mut accounts = csv::Writer::from_writer(Vec::new());
    accounts.write_record(["account_id", "name"]).unwrap();
    for (i, name) in NAMES.into_iter().chain([long.as_str(), longer.as_str()]).enumerate() {
        let text = serde_json::Value::from(name);
        let call = serde_json::Value::from(format!("c{i}-{}", name.chars().take(900).collect::<String>()));
        let charge = format!("0.01{i:02}");
        calls.push_str(&format!(
            "{{\"call_id\":{call},\"account_id\":{text},\"api_key_id\":{text},\"model\":{text},\"provider\":{text},\
             \"started_at\":\"2026-10-05T10:{i:02}:00+08:00\",\"usage\":{{\"input_tokens\":3000,\"output_tokens\":800}},\
             \"charge\":\"{charge}\"}}\n"
        ));
        postings.push_str(&format!(
            "{{\"posting_id\":{call},\"account_id\":{text},\"kind\":\"usage\",\"amount\":\"-{charge}\",\"unit\":\"CNY\",\
             \"posted_at\":\"2026-10-05T10:{i:02}:03+08:00\",\"call_id\":{call}}}\n"
        ));
        if is_taken(name) {
            accounts.write_record([name, name]).unwrap();
        }
    }
    desk.write("raw/calls/a.jsonl", calls);
    desk.write("raw/postings/a.jsonl", postings);
    desk.write("accounts.csv", accounts.into_inner().unwrap());
    let ran = desk.run(&["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-04T00:00:00+08:00"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(calm(&ran.stderr), "{:?}", ran.stderr);
    desk
}

/// Whether a name gets into the lake at all; the others make their rows rejects.
pub(crate) fn is_taken(name: &str) -> bool {
    name.len() <= 1000 && !name.contains(char::is_control)
}

/// No control character but the line break, nothing that turns the direction of writing.
pub(crate) fn calm(text: &str) -> bool {
    !text.chars().any(|c| c != '\n' && c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[test]
fn nothing_acts_and_nothing_leaves_the_folder() {
    let desk = hostile();
    let files = desk.tree("out");
    for (path, bytes) in &files {
        for part in path.iter() {
            let part = part.to_str().unwrap();
            assert!(part.len() <= 64 && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)), "{part}");
        }
        match path.extension().and_then(|e| e.to_str()) {
            Some("html") => page_is_inert(&path.to_string_lossy(), std::str::from_utf8(bytes).unwrap()),
            Some("csv") => table_is_inert(&path.to_string_lossy(), bytes),
            Some("xlsx") => workbook_is_inert(&path.to_string_lossy(), bytes),
            _ => {}
        }
    }
    let customers = files.iter().filter(|(path, _)| path.ends_with("calls.csv")).count();
    assert_eq!(customers, NAMES.iter().filter(|n| is_taken(n)).count() + 1);
    let mut beside: Vec<String> = fs::read_dir(desk.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("state.db"))
        .collect();
    beside.sort();
    assert_eq!(beside, ["accounts.csv", "lake", "out", "prices", "raw", "trueup.toml"]);
}

pub(crate) fn page_is_inert(path: &str, page: &str) {
    assert!(calm(page), "{path}");
    assert!(page.len() < 200_000, "{path}: {} bytes", page.len());
    let lower = page.to_lowercase();
    for active in ["<script", "<img", "<iframe", "<link", "javascript:", "http:", "https:", "//", "@import", "url("] {
        assert!(!lower.contains(active), "{active} in {path}");
    }
    // Every tag is one of ours, and none has a handler or a source.
    for tag in page.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let name: String = tag.trim_start_matches('/').chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        let known = "!DOCTYPE html head meta title style body header nav ul ol li a h1 h2 p bdi main section div span dl dt \
                     dd figure figcaption svg desc g rect line text table caption thead tbody tfoot tr th td time data footer";
        assert!(tag.starts_with("!DOCTYPE") || known.split(' ').any(|k| k == name), "<{tag}> in {path}");
        assert!(!tag.contains(" on") && !tag.contains(" src"), "<{tag}> in {path}");
    }
    for link in page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let up = path.matches('/').count();
        assert!(link.starts_with('#') || link.matches("../").count() <= up && !link.contains(':'), "{link} in {path}");
    }
}

pub(crate) fn table_is_inert(path: &str, bytes: &[u8]) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    for record in reader.records() {
        for field in record.unwrap().iter() {
            let number = field.parse::<rust_decimal::Decimal>().is_ok();
            let first = field.chars().next().unwrap_or('x');
            assert!(number || !"=+-@\t\r\n\0".contains(first), "{field:?} in {path}");
        }
    }
}

pub(crate) fn workbook_is_inert(path: &str, bytes: &[u8]) {
    let parts = unzip(bytes);
    assert!(parts.iter().any(|(name, _)| name == "xl/workbook.xml"));
    for (name, content) in &parts {
        assert!(calm(&content.replace('\r', "")), "{name} in {path}");
        assert!(!content.contains("<f>") && !content.contains("<f "), "a formula in {name} of {path}");
        if name == "xl/sharedStrings.xml" {
            for text in content.split("<t").skip(1).filter_map(|t| t.split_once('>')).map(|t| t.1) {
                let first = text.chars().next().unwrap_or('x');
                assert!(
                    !"=+-@\t".contains(first) || text.starts_with("-0") || text.starts_with("-1"),
                    "{text:.40} in {path}"
                );
            }
        }
        if name == "docProps/core.xml" {
            let first = path.contains("2026-10") || path.contains("2026-W4");
            assert!(first && content.contains("T00:00:00Z"), "{content}");
        }
    }
}

/// Names and texts of the parts of a ZIP file, by its directory.
fn unzip(bytes: &[u8]) -> Vec<(String, String)> {
    let number = |at: usize, n: usize| bytes[at..at + n].iter().rev().fold(0usize, |sum, b| sum << 8 | usize::from(*b));
    let end = (0..bytes.len() - 21).rev().find(|at| &bytes[*at..at + 4] == b"PK\x05\x06").unwrap();
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut parts = Vec::new();
    for _ in 0..count {
        assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
        let (method, packed, local) = (number(at + 10, 2), number(at + 20, 4), number(at + 42, 4));
        let (name, extra, comment) = (number(at + 28, 2), number(at + 30, 2), number(at + 32, 2));
        let title = String::from_utf8(bytes[at + 46..at + 46 + name].to_vec()).unwrap();
        let data = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let packed = &bytes[data..data + packed];
        let mut text = String::new();
        match method {
            0 => text.push_str(std::str::from_utf8(packed).unwrap()),
            _ => drop(flate2::read::DeflateDecoder::new(packed).read_to_string(&mut text).unwrap()),
        }
        parts.push((title, text));
        at += 46 + name + extra + comment;
    }
    parts
}

#[test]
fn a_terminal_is_left_alone() {
    let desk = hostile();
    for args in [
        vec!["findings"],
        vec!["incidents"],
        vec!["rejects"],
        vec!["status"],
        vec!["explain", "c8-\u{1b}[31mred\u{1b}[0m"],
        vec!["explain", "c4-\u{202e}gnp.exe"],
        vec!["explain", "c3-a\r\nb"],
        vec!["explain", "\u{1b}]0;unknown\u{7}"],
    ] {
        let ran = desk.run(&args);
        assert!(calm(&ran.stdout) && calm(&ran.stderr), "{args:?}: {:?} {:?}", ran.stdout, ran.stderr);
        let widest = ran.stdout.lines().map(|l| l.chars().count()).max().unwrap_or(0);
        assert!(widest < 2_000 || args[0] == "explain", "{args:?}: {widest}");
    }
}

#[test]
fn files_for_machines_keep_every_character() {
    let desk = hostile();
    let lines = fs::read_to_string(desk.path().join("out/month/2026-10/findings.jsonl")).unwrap();
    let mut accounts: Vec<String> = lines
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap())
        .filter_map(|f| Some(f["account_id"].as_str()?.to_owned()))
        .collect();
    accounts.sort();
    accounts.dedup();
    assert!(NAMES.iter().filter(|n| is_taken(n)).all(|name| accounts.iter().any(|a| a == name)), "{accounts:?}");
}
