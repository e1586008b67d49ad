//! Names that would act if anything let them: in bills, their files and the mail they go with.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;

use crate::desk::Desk;
use crate::pages_hostile::{NAMES, calm, is_taken, page_is_inert, table_is_inert, workbook_is_inert};

const AS_OF: &str = "2026-11-04T00:00:00Z";
const MORE: [&str; 4] =
    ["x\r\nBcc: evil@example.com", "#panic(\"typst\")", "%PDF-1.7 /JavaScript (app.alert(1))", "=HYPERLINK(\"x\")"];

const SETTINGS: &str = r#"
[time]
zone = "UTC"
[[source]]
name = "gateway"
path = "raw/calls/*"
book = "prices/main.toml"
unit = "EUR"
settle = "0s"
max_rejects = "100%"
[ledger]
postings = "raw/postings/*"
settle = "0s"
complete_from = "2026-10-01"
max_rejects = "100%"
[parties]
accounts = "accounts.csv"
[notice]
default = "10%"
[mail]
url = "file:outbox"
from = "Hub <billing@hub.example>"
[issuer]
name = "Hub <b>&\"' Ltd"
street = "Main Street 1"
city = "Berlin"
country = "DE"
tax_id = "DE1"
email = "billing@hub.example"
"#;

const PRICES: &str = r#"
[book]
id = "main"
unit = "EUR"
[[version]]
effective_from = "2026-01-01T00:00:00Z"
[[version.price]]
pattern = "*"
input = { rate = "1", per = 1 }
"#;

/// Each name as a postpaid account's id, and as the name of customers with plain ids, postpaid and prepaid; as
/// model, key, wallet and reference as well.
fn hostile() -> Desk {
    let desk = Desk::new();
    desk.write("trueup.toml", SETTINGS);
    desk.write("prices/main.toml", PRICES);
    let (mut calls, mut postings) = (String::new(), String::new());
    let mut accounts = csv::Writer::from_writer(Vec::new());
    accounts.write_record(["account_id", "name", "mode", "street", "city", "country", "email", "invoice_on"]).unwrap();
    let (long, longer) = ("L".repeat(1_000), "L".repeat(10_000));
    for (i, name) in NAMES.into_iter().chain(MORE).chain([long.as_str(), longer.as_str()]).enumerate() {
        let text = serde_json::Value::from(name);
        // An accounts file with any of the others is refused whole.
        let shown = if is_taken(name) { name } else { "Plain" };
        let mut account = |id: &str, mode: &str, on: &str| {
            accounts.write_record([id, shown, mode, shown, "Bonn", "DE", &format!("c{i}@example.org"), on]).unwrap();
        };
        let (plain, paying) = (format!("plain-{i}"), format!("paying-{i}"));
        account(&plain, "postpaid", "");
        account(&paying, "prepaid", "top_up");
        let mut ids = vec![plain];
        if is_taken(name) {
            account(name, "postpaid", "");
            ids.push(name.to_owned());
        }
        for (n, id) in ids.iter().enumerate() {
            let id = serde_json::Value::from(id.as_str());
            calls.push_str(&format!(
                "{{\"call_id\":\"c-{i}-{n}\",\"account_id\":{id},\"api_key_id\":{text},\"model\":{text},\"endpoint\":{text},\
                 \"started_at\":\"2026-10-05T10:{i:02}:00Z\",\"usage\":{{\"input_tokens\":7,\"output_tokens\":0}},\
                 \"charge\":\"7\"}}\n"
            ));
        }
        for (id, kind, amount, day) in [("t", "top_up", "100", "2026-10-05"), ("u", "usage", "-95", "2026-11-03")] {
            let reference = if kind == "top_up" { format!(",\"reference\":{text}") } else { String::new() };
            postings.push_str(&format!(
                "{{\"posting_id\":\"{id}-{i}\",\"account_id\":\"{paying}\",\"wallet\":{text},\"kind\":\"{kind}\",\
                 \"amount\":\"{amount}\",\"unit\":\"EUR\",\"posted_at\":\"{day}T10:00:00Z\"{reference}}}\n"
            ));
        }
    }
    desk.write("raw/calls/a.jsonl", calls);
    desk.write("raw/postings/a.jsonl", postings);
    desk.write("accounts.csv", accounts.into_inner().unwrap());
    for job in
        [vec!["run", "monthly", "--period", "2026-10", "--as-of", AS_OF], vec!["run", "hourly", "--as-of", AS_OF]]
    {
        let ran = desk.run(&job);
        assert!([0, 3, 4].contains(&ran.code), "{}: {}", ran.code, ran.stderr);
        assert!(calm(&ran.stderr) && calm(&ran.stdout), "{:?}", ran.stderr);
    }
    desk
}

#[test]
fn bills_and_mail_are_inert_and_stay_in_their_folders() {
    let desk = hostile();
    let (mut numbered, mut names) = (0, BTreeSet::new());
    for (path, bytes) in desk.tree("out") {
        let shown = path.to_string_lossy().into_owned();
        for part in path.iter().map(|p| p.to_str().unwrap()) {
            assert!(
                part.len() <= 90 && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)),
                "{shown}"
            );
        }
        match path.extension().and_then(|e| e.to_str()) {
            Some("html") => page_is_inert(&shown, std::str::from_utf8(&bytes).unwrap()),
            Some("csv") => table_is_inert(&shown, &bytes),
            Some("xlsx") => workbook_is_inert(&shown, &bytes),
            Some("pdf") => pdf_is_inert(&shown, &bytes),
            Some("json") if path.starts_with("documents") => {
                let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                assert!(!bytes.contains(&b'\r') && !bytes.contains(&0), "{shown}");
                if document["number"].is_string() {
                    numbered += 1;
                    names.insert(document["customer"]["name"].as_str().unwrap().to_owned());
                }
            }
            _ => {}
        }
    }
    assert!(numbered > 20, "{numbered}");
    assert!(
        names.contains("../../x") && names.contains("=1+1") && names.contains("<script>alert(1)</script>"),
        "{names:?}"
    );
    assert!(names.iter().all(|name| calm(name) && name.len() < 1000), "what cannot be printed waits: {names:?}");
    let mut beside: Vec<String> = fs::read_dir(desk.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("state.db"))
        .collect();
    beside.sort();
    assert_eq!(beside, ["accounts.csv", "lake", "out", "outbox", "prices", "raw", "trueup.toml"]);
    let mails = desk.tree("outbox");
    let kinds = |word: &str| mails.iter().filter(|(_, bytes)| String::from_utf8_lossy(bytes).contains(word)).count();
    assert!(
        kinds("text/html") == mails.len() && kinds("application/pdf") > 20 && kinds("Message-ID: <low-balance") > 5,
        "{}",
        mails.len()
    );
    for (path, bytes) in &mails {
        mail_is_inert(&path.to_string_lossy(), bytes);
    }
    for args in [vec!["notify", "--list", "--all"], vec!["invoice", "list"], vec!["status"], vec!["verify", "2026-10"]]
    {
        let ran = desk.run(&args);
        assert!(ran.code == 0 && calm(&ran.stdout) && calm(&ran.stderr), "{args:?}: {} {}", ran.stdout, ran.stderr);
    }
}

#[test]
fn an_accounts_file_that_could_act_is_refused_whole() {
    let desk = hostile();
    for name in NAMES.into_iter().chain(MORE).filter(|name| !is_taken(name)) {
        let mut accounts = csv::Writer::from_writer(Vec::new());
        accounts.write_record(["account_id", "name"]).unwrap();
        accounts.write_record(["ann", name]).unwrap();
        desk.write("accounts.csv", accounts.into_inner().unwrap());
        let ran = desk.run(&["run", "monthly", "--period", "2026-10", "--as-of", AS_OF]);
        assert_eq!(ran.code, 78, "{name:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("accounts.csv") && calm(&ran.stderr), "{:?}", ran.stderr);
    }
}

/// No action, script or link among the objects, packed or not; the attached document is data.
fn pdf_is_inert(path: &str, bytes: &[u8]) {
    let mut texts = vec![String::from_utf8_lossy(bytes).into_owned()];
    let (mut at, word) = (0, b"stream\n".as_slice());
    while let Some(found) = bytes[at..].windows(word.len()).position(|w| w == word) {
        at += found + word.len();
        let mut unpacked = Vec::new();
        let mut packed = flate2::read::ZlibDecoder::new(&bytes[at..]);
        let head = String::from_utf8_lossy(&bytes[at.saturating_sub(300)..at]).into_owned();
        if head.rsplit("obj").next().unwrap().contains("/ObjStm") && packed.read_to_end(&mut unpacked).is_ok() {
            texts.push(String::from_utf8_lossy(&unpacked).into_owned());
        }
    }
    assert!(texts.iter().any(|text| text.contains("/Catalog")), "{path}: its objects are read");
    for text in &texts {
        for active in
            ["/S /JavaScript", "/S/JavaScript", "/JS ", "/JS(", "/Launch", "/OpenAction", "/SubmitForm", "/URI"]
        {
            assert!(!text.contains(active), "{active} in {path}");
        }
    }
}

/// Headers are ours, each once, in plain letters; nothing of a name begins a line of them or of markup.
fn mail_is_inert(path: &str, bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|e| panic!("{path}: {e}"));
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(text.is_ascii() && !text.replace("\r\n", "").contains(['\r', '\n', '\0']), "{path}");
    let mut seen = BTreeSet::new();
    for line in head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])) {
        let (name, _) = line.split_once(':').unwrap_or_else(|| panic!("{path}: {line:?}"));
        let known = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted"];
        let plain = known.contains(&name) || name.starts_with("X-") || name == "Content-Transfer-Encoding";
        assert!(plain && seen.insert(name.to_owned()), "{path}: {line:?}");
    }
    assert!(text.lines().all(|line| line.len() <= 998), "{path}");
    for part in body.split("Content-Type: text/html").skip(1) {
        let part = part.split("\r\n--").next().unwrap();
        let html = part.split_once("\r\n\r\n").unwrap().1.replace("=\r\n", "").replace("=3D", "=").replace("=22", "\"");
        let html = html.replace("=3C", "<").replace("=3E", ">").to_lowercase();
        for active in ["<script", "<img", "onerror=alert(1)>", "javascript:", "<b>&"] {
            let inert = !html.contains(active) || (active.starts_with("onerror") && html.contains("&lt;img"));
            assert!(inert, "{active} in {path}: {html}");
        }
    }
}
