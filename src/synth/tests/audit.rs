//! A slow auditor: reads the written files anew and finds what is wrong by the plainest rules.

mod read;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::Platform;
use crate::domain::period::Instant;
use read::{Files, Number, expected, micros, number, rows, s, show, text, zero};

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
}
