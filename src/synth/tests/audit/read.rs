//! The written files as rows of exact numbers, and what the written book makes of a call.

use std::collections::BTreeMap;
use std::io::Read;

use num_rational::Ratio;
use serde_json::Value;

use crate::domain::period::Instant;
use crate::synth::Platform;

pub(super) type Number = Ratio<i128>;
pub(super) type Files = BTreeMap<String, Vec<u8>>;

pub(super) fn number(text: &str) -> Number {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().unwrap();
    Number::new(digits, 10i128.pow(u32::try_from(fraction.len()).unwrap()))
}

pub(super) fn show(n: &Number) -> String {
    let scaled = (n * Number::from(10i128.pow(18))).to_integer();
    crate::synth::write::shown(scaled)
}

pub(super) fn whole(n: i64) -> Number {
    Number::from(i128::from(n))
}

pub(super) fn zero() -> Number {
    Number::from(0)
}

pub(super) fn micros(text: &str) -> i64 {
    Instant::parse(text).unwrap().micros()
}

pub(super) fn text(bytes: &[u8]) -> String {
    let mut out = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes).read_to_string(&mut out).unwrap();
        return out;
    }
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Rows of every file below a folder: JSON objects, or CSV rows with dotted names made nested.
pub(super) fn rows(files: &Files, folder: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for (path, bytes) in files.iter().filter(|(path, _)| path.contains(folder)) {
        let text = text(bytes);
        let (mut lines, mut bad) = (0u64, 0u64);
        if path.ends_with(".csv") {
            for row in csv::Reader::from_reader(text.as_bytes()).deserialize::<BTreeMap<String, String>>() {
                let row = row.unwrap();
                lines += 1;
                let mut object = serde_json::Map::new();
                for (name, cell) in row.into_iter().filter(|(_, cell)| !cell.is_empty()) {
                    let number = matches!(name.as_str(), "attempt" | "status") || name.starts_with("usage.");
                    let value = match cell.parse::<i64>() {
                        Ok(count) if number => count.into(),
                        _ => Value::from(cell),
                    };
                    match name.strip_prefix("usage.") {
                        Some(part) => object.entry("usage").or_insert(Value::Object(Default::default()))[part] = value,
                        None => drop(object.insert(name, value)),
                    }
                }
                let object = Value::Object(object);
                if readable(&object) { all.push(object) } else { bad += 1 }
            }
        } else {
            for line in text.lines() {
                lines += 1;
                match serde_json::from_str::<Value>(line) {
                    Ok(row) if readable(&row) => all.push(row),
                    _ => bad += 1,
                }
            }
        }
        assert!(bad * 100 <= lines, "{path}: {bad} of {lines} cannot be read");
    }
    all
}

pub(super) fn readable(row: &Value) -> bool {
    if row.get("call_id").is_some() && row.get("posting_id").is_none() {
        return row.get("model").is_some() && row["started_at"].as_str().is_some_and(|t| Instant::parse(t).is_ok());
    }
    row.is_object()
}

pub(super) fn s<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

/// Disjoint counts: input, read, write, write 1 h, output.
pub(super) fn counts(usage: &Value) -> [i64; 5] {
    let n = |value: &Value| value.as_i64().unwrap_or(0);
    if usage.get("prompt_tokens").is_some() {
        let read = n(&usage["prompt_tokens_details"]["cached_tokens"]);
        return [n(&usage["prompt_tokens"]) - read, read, 0, 0, n(&usage["completion_tokens"])];
    }
    let output = n(&usage["output_tokens"]);
    if usage.get("cache_read_input_tokens").is_some() {
        let hour = n(&usage["cache_creation"]["ephemeral_1h_input_tokens"]);
        let write = n(&usage["cache_creation_input_tokens"]) - hour;
        return [n(&usage["input_tokens"]), n(&usage["cache_read_input_tokens"]), write, hour, output];
    }
    let (read, write) = (n(&usage["cache_read_tokens"]), n(&usage["cache_write_tokens"]));
    [n(&usage["input_tokens"]) - read - write, read, write, 0, output]
}

pub(super) fn toml_rate(value: &toml::Value) -> Number {
    number(value["rate"].as_str().unwrap()) / whole(value["per"].as_integer().unwrap())
}

/// The price by the written book, in the log's unit and as the log writes it.
pub(super) fn expected(platform: Platform, book: &toml::Value, call: &Value, group: &str) -> Number {
    let status = call["status"].as_i64().unwrap();
    if !(status == 200 || status == 499) {
        return zero();
    }
    let at = micros(s(call, "started_at"));
    let versions = book["version"].as_array().unwrap();
    let starts = |v: &&toml::Value| micros(v["effective_from"].as_str().unwrap()) <= at;
    let version = versions.iter().rfind(starts).unwrap();
    let known = version.get("known_from").map_or(i64::MIN, |k| micros(k.as_str().unwrap()));
    assert!(known <= at);
    let row = version["price"].as_array().unwrap().iter().find(|p| p["model"].as_str() == call["model"].as_str());
    let row = row.unwrap();
    if row.get("free").is_some() {
        return zero();
    }
    let usage = &call["usage"];
    let mut sum = zero();
    if let Some(images) = usage["images"].as_i64() {
        let quality =
            row["image"].as_array().unwrap().iter().find(|i| i["quality"].as_str() == usage["image_quality"].as_str());
        sum += toml_rate(quality.unwrap()) * whole(images);
    } else {
        let counts = counts(usage);
        let total: i64 = counts[..4].iter().sum();
        let tier = row.get("tiers").map(|t| &t[0]).filter(|t| total > t["input_above"].as_integer().unwrap());
        let rate = |name: &str| tier.and_then(|t| t.get(name)).or(row.get(name)).map(toml_rate);
        let input = rate("input").unwrap();
        let write = rate("cache_write").unwrap_or(input);
        let rates = [
            input,
            rate("cache_read").unwrap_or(input),
            write,
            rate("cache_write_1h").unwrap_or(write),
            rate("output").unwrap_or(zero()),
        ];
        for (count, rate) in counts.into_iter().zip(rates) {
            assert!(count >= 0);
            sum += rate * whole(count);
        }
    }
    let times = |value: Option<&toml::Value>| value.map_or(number("1"), |v| number(v.as_str().unwrap()));
    sum *= times(row.get("multiplier"));
    if call["batch"].as_bool() == Some(true) {
        sum *= times(row["batch"].get("multiplier"));
    }
    for multiplier in version.get("multiplier").and_then(|m| m.as_array()).into_iter().flatten() {
        if multiplier["group"].as_str() == Some(group) {
            sum *= times(multiplier.get("value"));
        }
    }
    let (factor, places) = match platform {
        Platform::TokModel | Platform::Toki => return sum,
        Platform::Resayil => (1, 2),
        Platform::TokOne => (1, 6),
        Platform::LlmHub => (100_000, 0),
    };
    let scale = Number::from(10i128.pow(places));
    let scaled = sum * whole(factor) * scale;
    (scaled + number("0.5")).floor() / scale
}
