//! What a run left, read as tables: findings, published CSV files, receipts.

use std::collections::BTreeMap;

use num_rational::BigRational;

use super::arithmetic::{decimal, show};
use super::expect::Found;

/// Columns a table of findings may have, beside `evidence` and the name of a piece of it.
pub(super) const FINDING: [&str; 24] = [
    "leg",
    "class",
    "about",
    "cause",
    "certainty",
    "difference",
    "candidates",
    "account",
    "key",
    "wallet",
    "call",
    "attempt",
    "posting",
    "at",
    "from",
    "until",
    "unit",
    "expected",
    "recorded",
    "posted",
    "version in force",
    "version matched",
    "variant",
    "source",
];

/// Findings printed as JSON Lines.
pub(super) fn findings(lines: &str) -> Result<Vec<Found>, String> {
    lines.lines().map(finding).collect()
}

fn finding(line: &str) -> Result<Found, String> {
    let value: serde_json::Value = serde_json::from_str(line).map_err(|e| format!("{e}: {line}"))?;
    let mut found = Found::new();
    for (name, value) in value.as_object().ok_or("a finding is no object")? {
        let name = match name.as_str() {
            "account_id" => "account",
            "api_key_id" => "key",
            "call_id" => "call",
            "posting_id" => "posting",
            other => other,
        };
        match value {
            serde_json::Value::String(text) => found.insert(name.replace('_', " "), text.clone()),
            serde_json::Value::Array(all) => {
                let texts: Vec<&str> = all.iter().filter_map(|v| v.as_str()).collect();
                found.insert(name.replace('_', " "), texts.join("; "))
            }
            serde_json::Value::Object(evidence) => {
                let variant = evidence.get("variant").and_then(|v| v.as_str()).unwrap_or_default();
                found.insert("variant".to_owned(), variant.to_owned())
            }
            other => found.insert(name.replace('_', " "), other.to_string()),
        };
    }
    let about = ["call", "posting", "key", "wallet"].iter().find_map(|name| found.get(*name)).cloned();
    found.insert("about".to_owned(), about.unwrap_or_default());
    Ok(found)
}

/// A CSV file by column; underscores are read as spaces, and `account_id` as `account`.
pub(super) fn csv(text: &str) -> Result<Vec<Found>, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let name = |column: &str| match column {
        "account_id" => "account".to_owned(),
        "api_key_id" => "key".to_owned(),
        other => other.replace('_', " "),
    };
    let columns: Vec<String> = reader.headers().map_err(|e| e.to_string())?.iter().map(name).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| e.to_string())?;
        rows.push(columns.iter().cloned().zip(record.iter().map(str::to_owned)).collect());
    }
    Ok(rows)
}

/// Columns of a rollup that say whose row it is; the others are summed.
const DIMENSIONS: [&str; 9] =
    ["period", "source", "account", "model", "key", "supplier", "endpoint", "outcome", "unit"];

/// Rows of a rollup summed over everything but the columns asked for.
pub(super) fn summed(rows: &[Found], columns: &[String]) -> Vec<Found> {
    let (by, sums): (Vec<&String>, Vec<&String>) = columns.iter().partition(|c| DIMENSIONS.contains(&c.as_str()));
    let mut groups: BTreeMap<Vec<String>, Vec<BigRational>> = BTreeMap::new();
    for row in rows {
        let key = by.iter().map(|c| row.get(*c).cloned().unwrap_or_default()).collect();
        let totals = groups.entry(key).or_insert_with(|| vec![BigRational::from_integer(0.into()); sums.len()]);
        for (total, column) in totals.iter_mut().zip(&sums) {
            if let Some(more) = row.get(*column).and_then(|cell| decimal(cell)) {
                *total += more;
            }
        }
    }
    let rows = groups.into_iter().map(|(key, totals)| {
        let names = by.iter().map(|c| (*c).clone()).zip(key);
        names.chain(sums.iter().map(|c| (*c).clone()).zip(totals.iter().map(show))).collect()
    });
    rows.collect()
}

/// What a receipt says is expected, such as `0.0195 CNY`; why not, where nothing is.
pub(super) fn expected(receipt: &str) -> Option<String> {
    let line = |name: &str| receipt.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
    let expected = line("expected ")?;
    if expected != "nothing" {
        return Some(expected.split(" (from").next().unwrap_or(expected).to_owned());
    }
    let price = line("price ").unwrap_or_default();
    match price.split_once("unpriced (").and_then(|(_, rest)| rest.split_once(')')) {
        Some((why, _)) => Some(format!("unpriced, {why}")),
        None => Some("no usage".to_owned()).filter(|_| price.starts_with("no usage")),
    }
}
