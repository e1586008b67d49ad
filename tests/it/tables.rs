//! Price tables of every format: rows quoted from them, and again from the books they are made into.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::desk::Desk;

const FORMATS: [(&str, &str, &str); 6] = [
    ("litellm", "litellm", "table.json"),
    ("genai-prices", "genai-prices", "table.json"),
    ("new-api", "new-api", "table.json"),
    ("portkey", "portkey", "table.json"),
    ("langfuse", "langfuse", "table.json"),
    ("sheet", "csv", "table.csv"),
];

fn fixture(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tables").join(folder)
}

/// A desk with the files of one format on it.
fn desk_of(folder: &str, table: &str) -> Desk {
    let desk = Desk::new();
    for file in [table, "rows.jsonl"] {
        desk.write(file, fs::read(fixture(folder).join(file)).unwrap());
    }
    desk
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn rows_cost_what_their_table_says() {
    for (folder, format, table) in FORMATS {
        let desk = desk_of(folder, table);
        let ran = desk.run(&["prices", "quote", "--book", table, "--book-format", format, "--in", "rows.jsonl"]);
        assert_eq!(ran.code, 4, "{folder}: {}", ran.stderr);
        let expected = fs::read_to_string(fixture(folder).join("quotes.jsonl")).unwrap();
        if std::env::var_os("UPDATE").is_some() {
            fs::write(fixture(folder).join("quotes.jsonl"), &ran.stdout).unwrap();
        }
        for (found, wanted) in ran.stdout.lines().zip(expected.lines()) {
            assert_eq!(found, wanted, "{folder}");
        }
        assert_eq!(ran.stdout.lines().count(), expected.lines().count(), "{folder}");
        let told = desk.run(&["prices", "quote", "--book", table, "--in", "rows.jsonl"]);
        assert_eq!(told.stdout, ran.stdout, "{folder}: the format is told from the text");
    }
}

#[test]
fn a_table_costs_the_same_once_it_is_a_book() {
    for (folder, format, table) in FORMATS {
        let desk = desk_of(folder, table);
        let ran = desk.run(&["prices", "import", format, table, "--out", "book.toml"]);
        assert!([0, 4].contains(&ran.code), "{folder}: {}", ran.stderr);
        let from_table = desk.run(&["prices", "quote", "--book", table, "--in", "rows.jsonl"]).stdout;
        let from_book = desk.run(&["prices", "quote", "--book", "book.toml", "--in", "rows.jsonl"]).stdout;
        for (table, book) in lines(&from_table).iter().zip(lines(&from_book)) {
            for part in ["id", "amount", "input", "output", "other", "unit", "version"] {
                assert_eq!(table[part], book[part], "{folder}: {table}");
            }
            assert_eq!(table["error"]["code"], book["error"]["code"], "{folder}: {table}");
        }
        let again = desk.run(&["prices", "import", "trueup", "book.toml", "--out", "again.toml"]);
        assert_eq!(again.code, 0, "{}", again.stderr);
        let [first, second] = ["book.toml", "again.toml"].map(|f| fs::read_to_string(desk.path().join(f)).unwrap());
        let differ = desk.run(&["prices", "diff", "book.toml", "again.toml", "--format", "jsonl"]).stdout;
        assert_eq!(differ, "", "{folder}");
        assert_eq!(first.lines().count(), second.lines().count(), "{folder}");
    }
}

#[test]
fn rows_are_refused_one_by_one_with_a_reason() {
    let desk = desk_of("litellm", "table.json");
    let ran = desk.run(&["prices", "import", "litellm", "table.json", "--out", "book.toml", "--format", "csv"]);
    assert_eq!(ran.code, 4);
    assert_eq!(ran.stdout.lines().last(), Some("table.json,14,4,1"));
    for refused in [
        "refused table.json:56: nothing-said: names no price; a missing price is not a price of 0",
        "too-fine: input_cost_per_token 1.2345678901234567890123456... has more digits than can be held exactly",
        "below-zero: input_cost_per_token -1e-06 is negative",
    ] {
        assert!(ran.stderr.contains(refused), "{refused:?} is not in:\n{}", ran.stderr);
    }
}

/// Fifty-two transcription models were free, because a 0 stood before their price.
#[test]
fn a_zero_beside_a_price_is_pointed_out() {
    let desk = desk_of("litellm", "table.json");
    let said = desk.run(&["prices", "lint", "table.json", "--format", "csv"]).stdout;
    let zeros: Vec<&str> = said.lines().filter(|line| line.contains(",zero_beside,")).collect();
    let of = |model: &str| zeros.iter().filter(|line| line.contains(&format!(",{model},"))).count();
    assert_eq!(zeros.len(), 4, "{said}");
    assert_eq!(["hark", "speak", "sift", "sketch", "given"].map(of), [1, 1, 1, 1, 0], "{said}");
}

#[test]
fn dated_tables_become_versions_where_they_changed() {
    let desk = Desk::new();
    let table = |price: &str| {
        format!(r#"{{"m":{{"mode":"chat","input_cost_per_token":{price},"output_cost_per_token":1e-06}}}}"#)
    };
    for (day, price) in [("2026-10-01", "1e-07"), ("2026-10-08", "1.0e-7"), ("2026-10-15", "2e-07")] {
        desk.write(&format!("prices-{day}.json"), table(price));
    }
    let all = ["prices-2026-10-15.json", "prices-2026-10-01.json", "prices-2026-10-08.json"];
    let mut args = vec!["prices", "import", "litellm"];
    args.extend(all);
    args.extend(["--id", "m", "--out", "book.toml"]);
    let ran = desk.run(&args);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let book = fs::read_to_string(desk.path().join("book.toml")).unwrap();
    assert_eq!(book.matches("[[version]]").count(), 2, "{book}");
    assert!(book.contains("known_from = \"2026-10-15T00:00:00Z\""), "{book}");
    let rows = ["2026-09-30T23:59:59Z", "2026-10-08T00:00:00Z", "2026-10-15T00:00:00Z"]
        .map(|ts| format!(r#"{{"id":1,"model":"m","ts":"{ts}","usage":{{"input_tokens":1}}}}"#));
    desk.write("rows.jsonl", rows.join("\n"));
    let quotes = lines(&desk.run(&["prices", "quote", "--book", "book.toml", "--in", "rows.jsonl"]).stdout);
    assert_eq!(quotes[0]["error"]["code"], "no_version");
    assert_eq!((&quotes[1]["amount"], &quotes[2]["amount"]), (&"0.0000001".into(), &"0.0000002".into()));
    desk.write("undated.json", table("1"));
    let ran = desk.run(&["prices", "import", "litellm", "undated.json", all[0], "--out", "other.toml"]);
    assert!(ran.code == 78 && ran.stderr.contains("from when it was in use"), "{}", ran.stderr);
    let ran =
        desk.run(&["prices", "import", "litellm", "undated.json", all[0], "--at", "2026-01-01", "--out", "o.toml"]);
    assert!(ran.code == 2 && ran.stderr.contains("--at is given 1 times for 2 files"), "{}", ran.stderr);
}

#[test]
fn a_text_that_is_no_table_says_where_and_what() {
    let desk = Desk::new();
    for (format, text, say) in [
        ("litellm", "{\"a\": {\"input_cost_per_token\": 1,}}", "table:1: is not JSON: expected a name in quotes"),
        ("litellm", "[]", "is not an object of models by name"),
        ("genai-prices", "{}", "is not a list of providers"),
        ("new-api", "{\"ModelRatio\": 7}", "ModelRatio is not an object of numbers"),
        ("new-api", "{}", "has neither ModelRatio nor ModelPrice"),
        ("portkey", "7", "is not an object of providers by name"),
        ("langfuse", "{}", "is not a list of models"),
        ("csv", "model,input\nx,1\n", "names no unit"),
        ("csv", "model,inptu,unit\n", "unknown column \"inptu\""),
        ("trueup", "[book]\nid = 1\n", "id is not a text"),
    ] {
        desk.write("table", text);
        let ran = desk.run(&["prices", "import", format, "table", "--out", "book.toml"]);
        assert!(ran.code == 78 && ran.stderr.contains(say), "{format} {text}: {}", ran.stderr);
    }
    let ran = desk.run(&["prices", "import", "cobol", "table", "--out", "book.toml"]);
    assert!(ran.code == 2 && ran.stderr.contains("one of: trueup, csv, litellm"), "{}", ran.stderr);
}
