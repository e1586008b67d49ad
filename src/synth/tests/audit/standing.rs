//! What was allowed: balances before a call, keys, packages, and money behind movements.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::read::*;
use super::*;

impl Desk<'_> {
    pub(super) fn standing(&mut self) {
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
    pub(super) fn balances_told(&self) {
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

    pub(super) fn key_rules(&mut self) {
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

    pub(super) fn funding(&mut self) {
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
