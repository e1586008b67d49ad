//! What is published: the same bytes for the same days, whole or mended, and nobody else's files touched.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::desk::{Desk, operator};
use crate::s3_server::{ACCESS_KEY, BUCKET, S3Server, SECRET_KEY};

const CLOSED: &str = "2026-11-04T00:00:00+08:00";

fn close(desk: &Desk) -> i32 {
    desk.run(&["run", "monthly", "--period", "2026-10", "--as-of", CLOSED]).code
}

fn read(desk: &Desk, path: &str) -> String {
    fs::read_to_string(desk.path().join("out").join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn written(desk: &Desk) -> BTreeMap<PathBuf, SystemTime> {
    let times = desk.tree("out").into_iter().map(|(path, _)| {
        let at = fs::metadata(desk.path().join("out").join(&path)).unwrap().modified().unwrap();
        (path, at)
    });
    times.collect()
}

/// Rows of a CSV by the names of its columns.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn a_month_is_published_with_its_weeks_and_days() {
    let desk = operator();
    assert_eq!(close(&desk), 3);
    for file in ["index.html", "finance.html", "report.xlsx", "manifest.json", "by-account.csv", "customers.csv"] {
        assert!(desk.path().join("out/month/2026-10").join(file).exists(), "{file}");
    }
    assert!(desk.path().join("out/week/2026-W41/index.html").exists());
    assert!(desk.path().join("out/day/2026-10-05/index.html").exists());
    let page = read(&desk, "month/2026-10/index.html");
    for text in
        ["October 2026", "The laws hold", "Cached input was charged at the full input rate", "0.06567825", "CNY"]
    {
        assert!(page.contains(text), "{text}");
    }
    let finance = read(&desk, "month/2026-10/finance.html");
    assert!(finance.contains("Ties out in CNY: the control is 0"), "{finance}");
    // 0.0872075 was charged where 0.04217825 was right: 20013 cached tokens at a tenth of the rate.
    assert!(read(&desk, "month/2026-10/corrections.csv").contains("王小明,CNY,1,0.04502925,0,0.04502925,0"));
    assert!(read(&desk, "latest.json").contains("\"month\": \"month/2026-10\""));
    assert!(read(&desk, "latest/month.html").contains("../month/2026-10/index.html"));
    assert!(read(&desk, "index.html").contains("month/2026-10/index.html"));
}

#[test]
fn every_listed_file_is_there_with_its_hash_and_a_run_again_writes_nothing() {
    let desk = operator();
    assert_eq!(close(&desk), 3);
    let before = written(&desk);
    for (path, list) in desk.tree("out").into_iter().filter(|(path, _)| path.ends_with("manifest.json")) {
        let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
        let folder = desk.path().join("out").join(path.parent().unwrap());
        for file in list["files"].as_array().unwrap() {
            let bytes = fs::read(folder.join(file["name"].as_str().unwrap())).unwrap();
            assert_eq!(bytes.len() as u64, file["bytes"].as_u64().unwrap());
        }
    }
    assert_eq!(close(&desk), 3);
    assert!(before == written(&desk));
}

#[test]
fn sums_of_the_files_agree() {
    let desk = operator();
    assert_eq!(close(&desk), 3);
    let sum = |file: &str, column: &str| -> rust_decimal::Decimal {
        let of = |row: &BTreeMap<String, String>| row[column].parse::<rust_decimal::Decimal>().unwrap_or_default();
        rows(&read(&desk, file)).iter().map(of).sum()
    };
    for column in ["expected", "recorded", "posted", "calls", "input_tokens"] {
        let whole = sum("month/2026-10/by-day.csv", column);
        assert!(!whole.is_zero(), "{column}");
        for file in ["by-model", "by-account", "by-key"] {
            assert_eq!(sum(&format!("month/2026-10/{file}.csv"), column), whole, "{file} {column}");
        }
    }
    let customers = rows(&read(&desk, "month/2026-10/customers.csv"));
    let charged = |row: &BTreeMap<String, String>| sum(&format!("month/2026-10/{}/calls.csv", row["folder"]), "charge");
    assert_eq!(
        customers.iter().map(charged).sum::<rust_decimal::Decimal>(),
        sum("month/2026-10/by-day.csv", "recorded")
    );
}

#[test]
fn a_customers_page_is_about_nobody_else() {
    let desk = operator();
    assert_eq!(close(&desk), 3);
    let customers = rows(&read(&desk, "month/2026-10/customers.csv"));
    assert_eq!(customers.len(), 3);
    for one in &customers {
        let folder = format!("month/2026-10/{}", one["folder"]);
        let own = read(&desk, &format!("{folder}/index.html")) + &read(&desk, &format!("{folder}/calls.csv"));
        assert!(own.contains(one["account_id"].trim_start_matches('\'')));
        for other in customers.iter().filter(|o| o["account_id"] != one["account_id"]) {
            assert!(!own.contains(other["account_id"].trim_start_matches('\'')), "{} in {folder}", other["account_id"]);
        }
        for foreign in ["../", "expected", "Expected", "finding", "incident"] {
            assert!(!own.contains(foreign), "{foreign} in {folder}");
        }
    }
}

#[test]
fn what_is_missing_or_cut_is_mended_and_what_others_put_there_stays() {
    let desk = operator();
    assert_eq!(close(&desk), 3);
    let whole = desk.tree("out");
    let at = |path: &str| desk.path().join("out").join(path);
    fs::remove_file(at("month/2026-10/by-key.csv")).unwrap();
    fs::write(at("day/2026-10-05/index.html"), "half").unwrap();
    fs::write(at("index.json"), "[{").unwrap();
    assert_eq!(close(&desk), 3);
    assert!(whole == desk.tree("out"));
    // A run that died before it came to the front page leaves last week's figures there.
    let front = read(&desk, "index.json");
    let old = front.replacen("\"findings\": ", "\"findings\": 9", 1);
    assert_ne!(front, old);
    fs::write(at("index.json"), old).unwrap();
    fs::write(at("latest.json"), "{}").unwrap();
    assert_eq!(close(&desk), 3);
    assert!(whole == desk.tree("out"));
    fs::write(at("month/2026-10/notes.txt"), "mine").unwrap();
    let customers = rows(&read(&desk, "month/2026-10/customers.csv"));
    let changed = format!("month/2026-10/{}/calls.csv", customers[0]["folder"]);
    fs::write(at(&changed), "somebody's").unwrap();
    let settings = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    desk.write("trueup.toml", format!("[publish]\ncustomers = false\n{settings}"));
    assert_eq!(close(&desk), 3);
    let left: Vec<PathBuf> =
        desk.tree("out/month/2026-10").into_iter().map(|f| f.0).filter(|p| p.starts_with("customers")).collect();
    assert_eq!(left, [Path::new(&changed).strip_prefix("month/2026-10").unwrap()]);
    assert_eq!(read(&desk, "month/2026-10/notes.txt"), "mine");
    assert!(!read(&desk, "month/2026-10/index.html").contains("customers"));
}

#[test]
fn an_older_period_is_untouched_by_a_newer_one_and_stays_in_the_index() {
    let desk = operator();
    // The ledger reaches past October, so that no later row of it can change what is said of October.
    let reach = r#"{"posting_id":"r-1","account_id":"alice","kind":"top_up","amount":"5","unit":"CNY","posted_at":"2026-11-03T10:00:00+08:00"}"#;
    desk.write("raw/postings/2026-11-03.jsonl", reach);
    assert_eq!(close(&desk), 3);
    let before = written(&desk);
    let call = r#"{"call_id":"n-1","account_id":"alice","model":"gpt-5.5","started_at":"2026-11-20T10:00:00+08:00","usage":{"input_tokens":3000,"output_tokens":800},"charge":"0.0195"}"#;
    let posting = r#"{"posting_id":"np-1","account_id":"alice","kind":"usage","amount":"-0.0195","unit":"CNY","posted_at":"2026-11-20T10:00:03+08:00","call_id":"n-1"}"#;
    desk.write("raw/calls/2026-11-20.jsonl", call);
    desk.write("raw/postings/2026-11-20.jsonl", posting);
    let ran = desk.run(&["run", "monthly", "--period", "2026-11", "--as-of", "2026-12-04T00:00:00+08:00"]);
    assert!(matches!(ran.code, 0 | 3), "{}", ran.stderr);
    let after = written(&desk);
    let is_common = |path: &Path| path.starts_with("latest") || path.parent() == Some(Path::new(""));
    for (path, at) in before.iter().filter(|(path, _)| !is_common(path)) {
        assert_eq!(after.get(path), Some(at), "{}", path.display());
    }
    assert!(read(&desk, "latest.json").contains("\"month\": \"month/2026-11\""));
    let index = read(&desk, "index.html");
    assert!(index.contains("month/2026-10/index.html") && index.contains("month/2026-11/index.html"));
}

#[test]
fn a_bucket_holds_the_same_bytes_as_a_folder() {
    let server = S3Server::start();
    let (folder, bucket) = (operator(), operator());
    assert_eq!(close(&folder), 3);
    let settings = fs::read_to_string(bucket.path().join("trueup.toml")).unwrap();
    let s3 = format!(
        "[publish]\nurl = \"s3://{BUCKET}/reports\"\n[s3]\nendpoint = \"{}\"\nregion = \"eu-central-1\"\npath_style = true\n\n",
        server.endpoint
    );
    bucket.write("trueup.toml", format!("{s3}{settings}"));
    for _ in 0..2 {
        let mut command = bucket.command(&["run", "monthly", "--period", "2026-10", "--as-of", CLOSED]);
        command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
        assert_eq!(command.output().unwrap().status.code(), Some(3));
    }
    for (path, bytes) in folder.tree("out") {
        let there = fs::read(server.bucket().join("reports").join(&path));
        assert!(there.is_ok_and(|there| there == bytes), "{}", path.display());
    }
}

#[test]
fn metrics_are_replaced_after_every_run() {
    let desk = operator();
    let settings = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    desk.write("trueup.toml", format!("[metrics]\nfile = \"scraped/trueup.prom\"\n{settings}"));
    assert_eq!(close(&desk), 3);
    let text = fs::read_to_string(desk.path().join("scraped/trueup.prom")).unwrap();
    for line in [
        "trueup_last_run_exit_code{job=\"monthly\"} 3",
        "trueup_as_of_seconds 1793721600",
        "trueup_input_rows{state=\"read\"} 6",
        "trueup_input_rows{state=\"rejected\"} 0",
        "trueup_findings{leg=\"charge\",class=\"amount_mismatch\",certainty=\"exact\"} 1",
        "trueup_difference{unit=\"CNY\",certainty=\"exact\"} 0.04902925",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("trueup_") && value.parse::<rust_decimal::Decimal>().is_ok(), "{line}");
    }
    assert_eq!(fs::read_dir(desk.path().join("scraped")).unwrap().count(), 1);
}
