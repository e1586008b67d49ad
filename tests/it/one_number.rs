//! A figure is one number wherever it is shown: every output of a month is made, over all five platforms, with rows
//! said again, calls logged twice and rows that came after the close, and whatever two outputs share is compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;

use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::desk::{Desk, Ran, month};

const PLATFORMS: [&str; 5] = ["tokmodel", "toki", "resayil", "tokone", "llmhub"];
const MONTH: &str = "out/month/2026-10";

/// What is shown: of what (an account, a model, a day, everything), which figure, in which unit.
type Shown = (String, &'static str, String);
type Row = BTreeMap<String, String>;

/// Every figure with where it is shown.
#[derive(Default)]
struct Figures(BTreeMap<Shown, Vec<(String, Decimal)>>);

impl Figures {
    fn add(&mut self, of: &str, figure: &'static str, unit: &str, at: &str, value: Decimal) {
        let places = self.0.entry((of.to_owned(), figure, unit.to_owned())).or_default();
        match places.iter_mut().find(|(place, _)| place == at) {
            Some((_, sum)) => *sum += value,
            None => places.push((at.to_owned(), value)),
        }
    }

    /// The figures of a table's columns, for each row and what it is of, where the row says so.
    fn table(&mut self, at: &str, rows: &[Row], of: impl Fn(&Row) -> Vec<String>, columns: &[(&str, &'static str)]) {
        for row in rows {
            for of in of(row) {
                for (column, figure) in columns {
                    let unit = if COUNTED.contains(figure) { "" } else { row["unit"].as_str() };
                    self.add(&of, figure, unit, at, number(&row[*column]));
                }
            }
        }
    }

    /// Figures that two places or more show, and those of them on which they differ.
    fn compared(&self) -> (usize, Vec<String>) {
        let shared: Vec<_> = self.0.iter().filter(|(_, places)| places.len() > 1).collect();
        let differ = |places: &[(String, Decimal)]| places.iter().any(|(_, value)| *value != places[0].1);
        let odd = shared.iter().filter(|(_, places)| differ(places)).map(|shown| format!("{shown:?}")).collect();
        (shared.len(), odd)
    }
}

/// Figures that are counts, whatever unit the row is in.
const COUNTED: [&str; 2] = ["calls", "findings"];

fn number(text: &str) -> Decimal {
    if text.is_empty() { Decimal::ZERO } else { text.parse().unwrap_or_else(|e| panic!("{text:?}: {e}")) }
}

fn read(desk: &Desk, path: &str) -> String {
    fs::read_to_string(desk.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The text of a file that may be packed.
fn unpacked(desk: &Desk, path: &str) -> String {
    let bytes = fs::read(desk.path().join(path)).unwrap();
    let mut text = String::new();
    match path.ends_with(".gz") {
        true => flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap(),
        false => bytes.as_slice().read_to_string(&mut text).unwrap(),
    };
    text
}

fn rows(text: &str) -> Vec<Row> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.unwrap()).collect()
}

fn run(desk: &Desk, args: &[&str]) -> Ran {
    let ran = Ran::of(desk.command(args).env("TRUEUP_CLOCK", "2026-11-08T00:00:00Z").output().unwrap());
    assert!([0, 3, 4].contains(&ran.code), "{args:?}: {}", ran.stderr);
    ran
}

fn close(desk: &Desk, as_of: &str) {
    let ran = desk.run(&["run", "monthly", "--period", "2026-10", "--as-of", as_of]);
    assert!([0, 3, 4].contains(&ran.code), "{}{}", ran.stdout, ran.stderr);
}

/// A month that was closed without one day's log and some of its debits, and again with them; a file of calls and one
/// of movements say again what others say.
fn untidy_month(platform: &str) -> Desk {
    let desk = month(platform, 500, 11);
    let first = |folder: &str| -> String {
        let mut files: Vec<_> = desk.tree(folder).into_iter().map(|(path, _)| path.display().to_string()).collect();
        files.sort();
        format!("{folder}/{}", files.swap_remove(files.len() / 2))
    };
    // A table has its heading in both.
    let half = |text: &str| -> (String, String) {
        let lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
        let (heading, lines) = lines.split_at(usize::from(!text.starts_with('{')));
        let (said, late) = lines.split_at(lines.len() / 2);
        ([heading, said].concat().concat(), [heading, late].concat().concat())
    };
    let (calls, postings) = (first("raw/calls"), first("raw/postings"));
    let (log, debits) = (unpacked(&desk, &calls), unpacked(&desk, &postings));
    for (path, text, again) in
        [(&calls, &log, "raw/calls/again.jsonl"), (&postings, &debits, "raw/postings/again.jsonl")]
    {
        let (said, late) = half(text);
        desk.write(path, &said);
        desk.write(again, &said);
        desk.write(&format!("late/{again}"), late);
    }
    close(&desk, "2026-11-04T00:00:00+08:00");
    for again in ["raw/calls/again.jsonl", "raw/postings/again.jsonl"] {
        desk.write(&again.replace("again", "late"), read(&desk, &format!("late/{again}")));
    }
    close(&desk, "2026-11-06T00:00:00+08:00");
    desk
}

const MONEY: [(&str, &str); 3] = [("expected", "expected"), ("recorded", "recorded"), ("posted", "posted")];

fn of_month(desk: &Desk, figures: &mut Figures) {
    let table = |name: &str| rows(&read(desk, &format!("{MONTH}/{name}")));
    let whole = [&[("calls", "calls")][..], &MONEY].concat();
    let keys = |row: &Row| {
        let by = |what: &str| format!("{what} {}", row[what]);
        vec![by("account_id"), by("model"), "everything".to_owned()]
    };
    figures.table("rollup.csv", &table("rollup.csv"), keys, &whole);
    for (name, column, what) in [
        ("by-account.csv", "account_id", "account_id"),
        ("by-model.csv", "model", "model"),
        ("by-day.csv", "day", "day"),
        ("days.csv", "day", "day"),
    ] {
        let of = |row: &Row| vec![format!("{what} {}", row[column]), "everything".to_owned()];
        figures.table(name, &table(name), of, &whole);
    }
    let classes: Vec<Row> = table("classes.csv").into_iter().filter(|row| !row["source"].is_empty()).collect();
    let of_leg = |leg: &str| -> Vec<Row> { classes.iter().filter(|row| row["leg"] == leg).cloned().collect() };
    let all = |_: &Row| vec!["everything".to_owned()];
    figures.table("classes.csv, charge", &of_leg("charge"), all, &MONEY[..2]);
    figures.table("classes.csv, posting", &of_leg("posting"), all, &MONEY[2..]);
    for customer in table("customers.csv") {
        let calls = rows(&read(desk, &format!("{MONTH}/{}/calls.csv", customer["folder"])));
        let of = |row: &Row| vec![format!("account_id {}", customer["account_id"]), format!("model {}", row["model"])];
        figures.table("customers' calls.csv", &calls, of, &[("charge", "recorded"), ("debited", "posted")]);
    }
    for (name, column) in [("causes.csv", "net"), ("incidents.csv", "difference"), ("findings.csv", "difference")] {
        for row in table(name) {
            let count = row.get("findings").map_or(Decimal::ONE, |count| number(count));
            figures.add("findings", "findings", "", name, count);
            figures.add("findings", "difference", &row["unit"], name, number(&row[column]));
        }
    }
}

/// What is asked of the program, beside what it publishes.
fn of_answers(desk: &Desk, figures: &mut Figures) {
    let rated = rows(&run(desk, &["rate", "--period", "2026-10", "--format", "csv"]).stdout);
    let calls: Vec<Row> = rated.into_iter().filter(|row| !row["status"].starts_with("duplicate")).collect();
    let of = |row: &Row| {
        vec![format!("account_id {}", row["account_id"]), format!("model {}", row["model"]), "everything".to_owned()]
    };
    figures.table("rate", &calls, of, &[("expected", "expected")]);
    for row in &calls {
        of(row).iter().for_each(|of| figures.add(of, "calls", "", "rate", Decimal::ONE));
    }
    let listed = run(desk, &["findings", "--format", "jsonl"]).stdout;
    for line in listed.lines().filter(|line| line.starts_with('{')) {
        let finding: Value = serde_json::from_str(line).unwrap();
        figures.add("findings", "findings", "", "trueup findings", Decimal::ONE);
        let unit = finding["unit"].as_str().unwrap_or_default();
        let difference = finding["difference"].as_str().map_or(Decimal::ZERO, number);
        figures.add("findings", "difference", unit, "trueup findings", difference);
    }
    for account in rows(&read(desk, &format!("{MONTH}/by-account.csv"))) {
        let (id, of) = (&account["account_id"], format!("account_id {}", account["account_id"]));
        if id.is_empty() {
            continue;
        }
        let asked = ["dispute", "--from", "2026-10-01", "--to", "2026-10-31", "--out", "pack", "--", id];
        let ran = run(desk, &asked);
        assert!(ran.stderr.contains("index.html"), "{}", ran.stderr);
        let money = [("expected", "expected"), ("recorded", "recorded"), ("debited", "posted")];
        let own = |_: &Row| vec![of.clone()];
        let units = rows(&read(desk, "pack/units.csv"));
        figures.table("pack, units.csv", &units, own, &[&[("calls", "calls")][..], &money].concat());
        figures.table("pack, calls.csv", &rows(&read(desk, "pack/calls.csv")), own, &money);
        let pack: Value = serde_json::from_str(&read(desk, "pack/pack.json")).unwrap();
        for unit in pack["units"].as_array().unwrap() {
            let amount = |name: &str| unit[name].as_str().map_or(Decimal::ZERO, number);
            let (debited, wallets) = (amount("debited"), amount("wallets_debited"));
            assert_eq!(wallets - debited, amount("wallets_beyond"), "{of}: {unit}");
            figures.add(&of, "posted", unit["unit"].as_str().unwrap(), "pack.json", debited);
        }
        fs::remove_dir_all(desk.path().join("pack")).unwrap();
    }
}

/// JSON in which no object has a name twice, as our own readers want it.
struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Strict, D::Error> {
        from.deserialize_any(Strict)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Strict;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            map.next_value::<Strict>()?;
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("{name:?} stands in one object twice")));
            }
        }
        Ok(Strict)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Strict, A::Error> {
        while list.next_element::<Strict>()?.is_some() {}
        Ok(Strict)
    }

    fn visit_str<E>(self, _: &str) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict)
    }
}

/// Reads whatever programs are to read as strictly as we read what they give us.
fn read_back(desk: &Desk) -> usize {
    let mut read = 0;
    for (path, bytes) in desk.tree("out").into_iter().chain(desk.tree("lake/manifests")) {
        let name = path.display().to_string();
        let text = || String::from_utf8(bytes.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let strict =
            |text: &str| serde_json::from_str::<Strict>(text).map(drop).unwrap_or_else(|e| panic!("{name}: {e}"));
        match name.rsplit('.').next() {
            Some("json") => strict(&text()),
            Some("jsonl") => text().lines().for_each(strict),
            Some("csv") => {
                let text = text();
                let mut table = csv::Reader::from_reader(text.as_bytes());
                let columns = table.headers().unwrap().clone();
                let names: BTreeSet<&str> = columns.iter().collect();
                assert!(names.len() == columns.len() && !names.contains(""), "{name}: {columns:?}");
                table.records().for_each(|row| drop(row.unwrap_or_else(|e| panic!("{name}: {e}"))));
            }
            _ => continue,
        }
        read += 1;
    }
    read
}

/// Of 200 figures that the packs of one platform shared with its table of accounts, 31 differed: a pack summed rows
/// that a file had repeated, and counted second loggings as calls.
#[test]
fn every_output_of_a_month_shows_the_same_figures() {
    for platform in PLATFORMS {
        let desk = untidy_month(platform);
        let mut figures = Figures::default();
        of_month(&desk, &mut figures);
        of_answers(&desk, &mut figures);
        let (shared, odd) = figures.compared();
        assert!(odd.is_empty(), "{platform}: {} of {shared} differ\n{}", odd.len(), odd.join("\n"));
        assert!(read_back(&desk) > 100, "{platform}");
        assert!(shared > 150, "{platform}: only {shared} figures are shared");
    }
}
