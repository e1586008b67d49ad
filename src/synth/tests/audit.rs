//! A slow auditor: reads the written files anew and finds what is wrong by the plainest rules.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use num_rational::Ratio;
use serde_json::Value;

use super::super::Platform;
use crate::domain::period::Instant;

type Number = Ratio<i128>;
type Files = BTreeMap<String, Vec<u8>>;

fn number(text: &str) -> Number {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().unwrap();
    Number::new(digits, 10i128.pow(u32::try_from(fraction.len()).unwrap()))
}

fn show(n: &Number) -> String {
    let scaled = (n * Number::from(10i128.pow(18))).to_integer();
    super::super::text::shown(scaled)
}

fn whole(n: i64) -> Number {
    Number::from(i128::from(n))
}

fn zero() -> Number {
    Number::from(0)
}

fn micros(text: &str) -> i64 {
    Instant::parse(text).unwrap().micros()
}

fn text(bytes: &[u8]) -> String {
    let mut out = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes).read_to_string(&mut out).unwrap();
        return out;
    }
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Rows of every file below a folder: JSON objects, or CSV rows with dotted names made nested.
fn rows(files: &Files, folder: &str) -> Vec<Value> {
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

fn readable(row: &Value) -> bool {
    if row.get("call_id").is_some() && row.get("posting_id").is_none() {
        return row.get("model").is_some() && row["started_at"].as_str().is_some_and(|t| Instant::parse(t).is_ok());
    }
    row.is_object()
}

fn s<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

/// Disjoint counts: input, read, write, write 1 h, output.
fn counts(usage: &Value) -> [i64; 5] {
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

fn toml_rate(value: &toml::Value) -> Number {
    number(value["rate"].as_str().unwrap()) / whole(value["per"].as_integer().unwrap())
}

/// The price by the written book, in the log's unit and as the log writes it.
fn expected(platform: Platform, book: &toml::Value, call: &Value, group: &str) -> Number {
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

/// What identifies a finding here: leg, class, cause family, its row and its difference.
fn key(leg: &str, class: &str, cause: &str, row: &str, difference: Option<&Number>) -> String {
    format!("{leg} {class} {cause} {row} {}", difference.map_or(String::new(), show))
}

pub(super) fn truths(files: &Files, platform: Platform) -> Vec<String> {
    let truth = text(&files[&format!("truth/{}.jsonl", platform.name())]);
    let mut all: Vec<String> = truth
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            let difference = row["difference"].as_str().map(number);
            let name = match (s(&row, "class"), s(&row, "leg")) {
                ("reference_twice" | "top_up_mismatch" | "forbidden_kind", _) => s(&row, "posting_id").to_owned(),
                ("last_used_mismatch", _) => s(&row, "api_key_id").to_owned(),
                ("balance_break", _) => format!("{} {}", s(&row, "account_id"), s(&row, "until")),
                _ => s(&row, "call_id").to_owned(),
            };
            key(s(&row, "leg"), s(&row, "class"), s(&row, "cause"), &name, difference.as_ref())
        })
        .collect();
    all.sort();
    all
}

struct Desk<'a> {
    platform: Platform,
    files: &'a Files,
    calls: Vec<Value>,
    postings: Vec<Value>,
    keys: BTreeMap<String, Value>,
    accounts: BTreeMap<String, Value>,
    found: Vec<String>,
    /// Causes as told, for rules that tell only the class.
    told: BTreeMap<(String, String), String>,
}

/// Everything wrong with a folder.
pub(super) fn findings(files: &Files, platform: Platform) -> Vec<String> {
    let folder = platform.name();
    let distinct = |rows: Vec<Value>| {
        let mut seen = BTreeSet::new();
        rows.into_iter().filter(|r| seen.insert(r.to_string())).collect::<Vec<_>>()
    };
    let by = |rows: Vec<Value>, name: &str| rows.into_iter().map(|r| (s(&r, name).to_owned(), r)).collect();
    let truth = text(&files[&format!("truth/{folder}.jsonl")]);
    let told = truth.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        ((s(&row, "class").to_owned(), s(&row, "call_id").to_owned()), s(&row, "cause").to_owned())
    });
    let mut desk = Desk {
        platform,
        files,
        calls: distinct(rows(files, &format!("{folder}/raw/calls/"))),
        postings: distinct(rows(files, &format!("{folder}/raw/postings/"))),
        keys: by(rows(files, &format!("{folder}/keys.csv")), "api_key_id"),
        accounts: by(rows(files, &format!("{folder}/accounts.csv")), "account_id"),
        found: Vec::new(),
        told: told.collect(),
    };
    desk.calls.sort_by_key(|c| (micros(s(c, "started_at")), s(c, "ended_at").to_owned()));
    desk.postings.sort_by_key(|p| micros(s(p, "posted_at")));
    desk.charges();
    desk.debits();
    desk.balances();
    desk.standing();
    desk.balances_told();
    desk.key_rules();
    desk.funding();
    desk.found.sort();
    desk.found
}

fn wallet_of(row: &Value) -> (String, String) {
    (s(row, "account_id").to_owned(), row["wallet"].as_str().unwrap_or("main").to_owned())
}

fn attempt(row: &Value) -> i64 {
    row["attempt"].as_i64().unwrap_or(1)
}

impl Desk<'_> {
    fn find(&mut self, leg: &str, class: &str, row: &str, difference: Option<&Number>) {
        let cause = self.told.get(&(class.to_owned(), row.to_owned())).cloned().unwrap_or_default();
        self.found.push(key(leg, class, &cause, row, difference));
    }

    /// Charge leg; duplicate rows leave the table.
    fn charges(&mut self) {
        let book: toml::Value =
            toml::from_str(&text(&self.files[&format!("{0}/prices/{0}.toml", self.platform.name())])).unwrap();
        let mut last = BTreeMap::new();
        for call in &self.calls {
            let id = (s(call, "call_id").to_owned(), attempt(call));
            let end = micros(s(call, "ended_at"));
            let best = last.entry(id).or_insert(end);
            *best = end.max(*best);
        }
        for call in std::mem::take(&mut self.calls) {
            let id = s(&call, "call_id").to_owned();
            let recorded = number(s(&call, "charge"));
            if last[&(id.clone(), attempt(&call))] != micros(s(&call, "ended_at")) {
                self.find("charge", "duplicate_call", &id, Some(&recorded));
                continue;
            }
            let group = self.accounts[s(&call, "account_id")]["group"].as_str().unwrap_or_default().to_owned();
            let difference = recorded - expected(self.platform, &book, &call, &group);
            if difference != zero() {
                self.find("charge", "amount_mismatch", &id, Some(&difference));
            }
            self.calls.push(call);
        }
    }

    fn debits(&mut self) {
        let mut movements: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for posting in self.postings.iter().filter(|p| p.get("call_id").is_some()) {
            movements.entry(s(posting, "call_id").to_owned()).or_default().push(posting);
        }
        let mut charges: BTreeMap<String, (Number, &Value)> = BTreeMap::new();
        for call in &self.calls {
            let sum = charges.entry(s(call, "call_id").to_owned()).or_insert((zero(), call));
            sum.0 += number(s(call, "charge"));
        }
        let mut out = Vec::new();
        for (id, (charge, call)) in &charges {
            let rows = movements.remove(id).unwrap_or_default();
            let posted = -rows.iter().map(|p| number(s(p, "amount"))).sum::<Number>();
            let foreign = rows.iter().any(|p| p["account_id"] != call["account_id"]);
            let near =
                rows.iter().all(|p| micros(s(p, "posted_at")) - micros(s(call, "ended_at")) < 36 * 3_600_000_000);
            assert!(near && rows.iter().all(|p| micros(s(p, "posted_at")) >= micros(s(call, "started_at"))));
            let difference = posted - charge;
            if foreign {
                out.push(("wrong_account", id.clone(), difference));
            } else if rows.is_empty() && *charge != zero() {
                out.push(("not_posted", id.clone(), difference));
            } else if posted == charge + charge && *charge != zero() {
                out.push(("duplicate_posting", id.clone(), difference));
            } else if difference != zero() {
                out.push(("amount_mismatch", id.clone(), difference));
            }
        }
        for (id, rows) in movements {
            out.push(("no_call", id, -rows.iter().map(|p| number(s(p, "amount"))).sum::<Number>()));
        }
        for (class, id, difference) in out {
            self.find("posting", class, &id, Some(&difference));
        }
    }

    /// Asserted balances as (wallet, instant, amount).
    fn asserted(&self) -> Vec<((String, String), i64, Number)> {
        let folder = format!("{}/raw/balances/", self.platform.name());
        let row = |r: Value| (wallet_of(&r), micros(s(&r, "at")), number(s(&r, "balance")));
        if self.platform != Platform::Resayil {
            return rows(self.files, &folder).into_iter().map(row).collect();
        }
        let files = self.files.iter().filter(|(path, _)| path.contains(&folder));
        files
            .map(|(path, bytes)| {
                let (account, at) = path[folder.len()..].trim_end_matches(".json").split_once('@').unwrap();
                let text = text(bytes);
                let credits = text.split("\"credits\":").nth(1).unwrap().trim_end().trim_end_matches('}');
                assert_eq!(credits.len() - credits.find('.').unwrap(), 3);
                ((account.to_owned(), "main".to_owned()), micros(at), number(credits))
            })
            .collect()
    }

    fn balances(&mut self) {
        let mut asserted = self.asserted();
        asserted.sort_by_key(|b| b.1);
        assert!(asserted.len() >= 200);
        let complete = matches!(self.platform, Platform::Toki | Platform::LlmHub);
        let mut sums: BTreeMap<_, (i64, Number)> = BTreeMap::new();
        let mut mine: BTreeMap<_, Vec<(i64, Number)>> = BTreeMap::new();
        for posting in &self.postings {
            let movement = (micros(s(posting, "posted_at")), number(s(posting, "amount")));
            mine.entry(wallet_of(posting)).or_default().push(movement);
        }
        let mut out = Vec::new();
        for (wallet, at, balance) in asserted {
            let before = sums.get(&wallet).cloned();
            let none = Vec::new();
            let inside = |from: i64| {
                let within = mine.get(&wallet).unwrap_or(&none).iter().filter(|m| from < m.0 && m.0 <= at);
                within.map(|m| m.1).sum::<Number>()
            };
            let opening = match &before {
                Some((from, amount)) => Some(amount + inside(*from)),
                None if complete && inside(i64::MIN) != zero() => Some(inside(i64::MIN)),
                None => None,
            };
            if let Some(sum) = opening.filter(|sum| *sum != balance) {
                let until = Instant::from_micros(at).to_string();
                out.push((format!("{} {until}", wallet.0), balance - sum));
            }
            sums.insert(wallet, (at, balance));
        }
        for (row, difference) in out {
            self.found.push(key("balance", "balance_break", "balance_unexplained", &row, Some(&difference)));
        }
    }

    /// Calls against the balance before them, packages and `balance_after`.
    fn standing(&mut self) {
        let mut events: Vec<(i64, u8, usize)> = Vec::new();
        events.extend((0..self.postings.len()).map(|i| (micros(s(&self.postings[i], "posted_at")), 0, i)));
        events.extend((0..self.calls.len()).map(|i| (micros(s(&self.calls[i], "started_at")), 1, i)));
        events.sort_unstable();
        let mut wallets: BTreeMap<(String, String), Number> = BTreeMap::new();
        let first = events.iter().map(|e| e.0).min().unwrap();
        for (wallet, at, balance) in self.asserted() {
            if at <= first {
                wallets.insert(wallet, balance);
            }
        }
        let paid: BTreeMap<&str, &Value> =
            (self.postings.iter().filter(|p| p["kind"] == "usage")).map(|p| (s(p, "call_id"), p)).collect();
        let packages: BTreeMap<_, &Value> =
            self.postings.iter().filter(|p| p["kind"] == "package_purchase").map(|p| (wallet_of(p), p)).collect();
        let mut out = Vec::new();
        for (at, what, i) in events {
            if what == 0 {
                let posting = &self.postings[i];
                *wallets.entry(wallet_of(posting)).or_insert(zero()) += number(s(posting, "amount"));
                continue;
            }
            let call = &self.calls[i];
            let (id, account) = (s(call, "call_id"), s(call, "account_id"));
            let status = call["status"].as_i64().unwrap();
            let prepaid = self.accounts[account]["mode"] == "prepaid";
            if matches!(status, 402 | 403) {
                let positive = wallets.iter().any(|(w, amount)| w.0 == account && *amount > zero());
                if positive {
                    out.push(("refused_with_balance", id.to_owned()));
                }
                continue;
            }
            let Some(posting) = paid.get(id).filter(|p| p["account_id"] == call["account_id"]) else { continue };
            let wallet = wallet_of(posting);
            let before = wallets.get(&wallet).cloned().unwrap_or(zero());
            let cost = -number(s(posting, "amount"));
            if prepaid && before <= zero() && number(s(call, "charge")) != zero() {
                let overrun = before < zero() && -before < cost;
                out.push((if overrun { "overrun" } else { "served_at_zero" }, id.to_owned()));
            }
            if let Some(package) = packages.get(&wallet) {
                let over = at < micros(s(package, "valid_from")) || at >= micros(s(package, "valid_until"));
                let other = package["models"].as_array().is_some_and(|m| !m.contains(&call["model"]));
                if over || other {
                    out.push(("package_not_valid", id.to_owned()));
                }
            }
        }
        for (class, id) in out {
            self.find("policy", class, &id, None);
        }
    }

    /// A balance told on a call is the wallet's, its own debit included.
    fn balances_told(&self) {
        let mut sums: BTreeMap<(String, String), Number> = BTreeMap::new();
        let first = self.postings.iter().map(|p| micros(s(p, "posted_at"))).min().unwrap();
        sums.extend(self.asserted().into_iter().filter(|b| b.1 <= first).map(|(wallet, _, amount)| (wallet, amount)));
        let mut told: Vec<&Value> = self.calls.iter().filter(|c| c.get("balance_after").is_some()).collect();
        told.sort_by_key(|c| micros(s(c, "ended_at")));
        assert_eq!(told.is_empty(), self.platform != Platform::LlmHub);
        let mut postings = self.postings.iter().peekable();
        for (i, call) in told.iter().enumerate() {
            let at = micros(s(call, "ended_at"));
            while let Some(posting) = postings.next_if(|p| micros(s(p, "posted_at")) <= at) {
                *sums.entry(wallet_of(posting)).or_insert(zero()) += number(s(posting, "amount"));
            }
            let near = |other: Option<&&Value>| {
                other.is_some_and(|o| s(o, "ended_at") == s(call, "ended_at") && o["account_id"] == call["account_id"])
            };
            let before = i.checked_sub(1).and_then(|i| told.get(i));
            if !near(told.get(i + 1)) && !near(before) {
                assert_eq!(number(s(call, "balance_after")), sums[&wallet_of(call)], "{call}");
            }
        }
    }

    fn key_rules(&mut self) {
        let mut used: BTreeMap<String, i64> = BTreeMap::new();
        let mut last: BTreeMap<String, i64> = BTreeMap::new();
        let mut out = Vec::new();
        for call in &self.calls {
            let (id, key_id, at) = (s(call, "call_id"), s(call, "api_key_id"), micros(s(call, "started_at")));
            let key = &self.keys[key_id];
            let minute = |at: i64| at / 60_000_000;
            assert!(minute(at) == minute(micros(s(call, "ended_at"))) || key.get("last_used_at").is_none());
            last.insert(key_id.to_owned(), at);
            if call.get("usage").is_none() {
                continue;
            }
            let before = used.entry(key_id.to_owned()).or_insert(s(key, "used_before").parse().unwrap_or(0));
            let passed = |name: &str| key[name].as_str().is_some_and(|t| micros(t) <= at);
            if s(key, "quota").parse::<i64>().is_ok_and(|quota| *before >= quota) {
                out.push(("over_quota", id.to_owned()));
            }
            if passed("expires_at") {
                out.push(("key_expired", id.to_owned()));
            }
            if passed("disabled_at") {
                out.push(("key_disabled", id.to_owned()));
            }
            if key.get("supplier").is_some_and(|supplier| *supplier != call["provider"]) {
                out.push(("other_supplier", id.to_owned()));
            }
            *before += counts(&call["usage"]).iter().sum::<i64>();
        }
        for (id, key) in &self.keys {
            let told = key["last_used_at"].as_str().map(micros);
            if let (Some(told), Some(at)) = (told, last.get(id))
                && told != at / 60_000_000 * 60_000_000
            {
                self.found.push(format!("policy last_used_mismatch last_used_not_in_log {id} "));
            }
        }
        for (class, id) in out {
            self.find("policy", class, &id, None);
        }
    }

    fn funding(&mut self) {
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for posting in &self.postings {
            let kind = s(posting, "kind");
            let id = s(posting, "posting_id").to_owned();
            if matches!(kind, "fee" | "expiry") && self.platform == Platform::TokOne {
                out.push(("policy", "forbidden_kind", id.clone(), None));
            }
            if let Some(money) = posting["money"].as_str() {
                let rate = match (self.platform, s(posting, "currency")) {
                    (Platform::TokModel, "USD") => "1000",
                    (Platform::Toki, "USD") => "500000",
                    (Platform::Resayil, "KWD") => "20000",
                    (Platform::TokOne, "CNY") => "1",
                    (Platform::TokOne, "USD") => "7.14",
                    (Platform::LlmHub, "EUR") => "100000",
                    (_, other) => panic!("{other}"),
                };
                let difference = number(s(posting, "amount")) - number(money) * number(rate);
                if difference != zero() {
                    out.push(("funding", "top_up_mismatch", id.clone(), Some(difference)));
                }
            }
            if let Some(reference) = posting["reference"].as_str().filter(|_| kind != "transfer")
                && !seen.insert(reference)
            {
                out.push(("funding", "reference_twice", id, None));
            }
        }
        for (leg, class, id, difference) in out {
            self.found.push(key(leg, class, class, &id, difference.as_ref()));
        }
    }
}
