//! Months told in lines, and the findings of the ledger's legs in them.

mod balances;
mod served;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::domain::call::tests::call as any_call;
use crate::domain::call::{Call, CallsBuilder, Outcome, Usage};
use crate::domain::ledger::tests::{amount, at, balance, posting};
use crate::domain::ledger::{
    Account, Balance, Key, KeyStatus, LedgerState, Mode, Parties, Posting, PostingKind, WalletDay, broken_roll_forward,
};
use crate::domain::money::{Amount, UnitRate, Units};
use crate::domain::period::{Day, Instant, Span, Zone};
use crate::domain::reconcile::{Class, Finding, Leg, Rules};

/// A month told in lines:
/// `call ID TIME ACCOUNT COST [key= tokens= status= provider= after= took= model= free]` ·
/// `post ...` and `bal ...` as the ledger's tests have them · `key ID ACCOUNT [...]` ·
/// `account ID MODE` · `named CLASS CALL ACCOUNT TIME DIFFERENCE` (of the posting leg) ·
/// `incomplete` · `forbid KIND`.
#[derive(Default)]
struct World {
    calls: Vec<Call>,
    postings: Vec<Posting>,
    balances: Vec<Balance>,
    keys: Vec<Key>,
    accounts: Vec<Account>,
    named: Vec<Finding>,
    incomplete: bool,
    forbid: Vec<PostingKind>,
}

fn options<'a>(words: &[&'a str]) -> BTreeMap<&'a str, &'a str> {
    words.iter().map(|w| w.split_once('=').unwrap_or((w, ""))).collect()
}

fn call(words: &[&str]) -> Call {
    let options = options(&words[4..]);
    let started_at = at(words[1]);
    let took: i64 = options.get("took").map_or(0, |m| m.parse().unwrap());
    let status = options.get("status").map_or(200, |s| s.parse().unwrap());
    let tokens: i64 = options.get("tokens").map_or(0, |t| t.parse().unwrap());
    let mut usage = Usage::default();
    usage.quantity[0] = tokens / 2;
    usage.quantity[6] = tokens - tokens / 2;
    Call {
        account_id: words[2].into(),
        api_key_id: options.get("key").map(|k| (*k).to_owned()),
        provider: options.get("provider").map(|k| (*k).to_owned()),
        model: options.get("model").unwrap_or(&"gpt-x").to_string(),
        started_at,
        ended_at: Instant::from_micros(started_at.micros() + took * 60_000_000),
        status: Some(status),
        outcome: Outcome::resolve(None, Some(status)),
        usage: (tokens > 0).then_some(usage),
        charge: (words[3] != "-").then(|| amount(words[3])),
        balance_after: options.get("after").map(|a| amount(a)),
        ..any_call(words[0])
    }
}

fn key(words: &[&str]) -> Key {
    let options = options(&words[2..]);
    let text = |name: &str| options.get(name).map(|v| (*v).to_owned());
    let time = |name: &str| options.get(name).map(|v| at(v));
    Key {
        api_key_id: words[0].into(),
        account_id: words[1].into(),
        supplier: text("supplier"),
        quota: text("quota").map(|q| amount(&q)),
        quota_unit: text("quota_unit"),
        used_before: text("used_before").map(|q| amount(&q)),
        expires_at: time("expires"),
        status: if options.contains_key("disabled") { KeyStatus::Disabled } else { KeyStatus::Enabled },
        disabled_at: options.get("disabled").filter(|v| !v.is_empty()).map(|v| at(v)),
        last_used_at: time("last_used"),
        from: time("from"),
    }
}

impl World {
    fn read(lines: &[&str]) -> World {
        let mut world = World::default();
        for line in lines {
            let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
            let words: Vec<&str> = rest.split_whitespace().collect();
            match what {
                "call" => world.calls.push(call(&words)),
                "post" => world.postings.push(posting(rest)),
                "bal" => world.balances.push(balance(rest)),
                "key" => world.keys.push(key(&words)),
                "account" => world.accounts.push(Account {
                    account_id: words[0].into(),
                    mode: if words[1] == "prepaid" { Mode::Prepaid } else { Mode::Postpaid },
                    ..Account::default()
                }),
                "named" => {
                    let class = Class::from_name(words[0]).unwrap();
                    let mut finding = Finding::new(Leg::Posting, class, "posting", &[words[1]]);
                    finding.call_id = Some(words[1].into());
                    finding.account_id = Some(words[2].into());
                    finding.at = Some(at(words[3]));
                    finding.unit = Some("CNY".into());
                    finding.difference = Some(amount(words[4]));
                    world.named.push(finding);
                }
                "incomplete" => world.incomplete = true,
                "forbid" => world.forbid.push(PostingKind::from_name(words[0]).unwrap()),
                other => panic!("{other}"),
            }
        }
        world
    }

    fn rules(&self) -> Rules {
        let rate = |name: &str, unit: &str, amount: &str, from: &str| UnitRate {
            name: name.into(),
            unit: unit.into(),
            amount: amount.parse().unwrap(),
            from: Instant::parse(&format!("2026-{from}T00:00:00Z")).unwrap(),
        };
        Rules {
            zone: Zone::UTC,
            match_within: Span::from_hours(36),
            tolerance: BTreeMap::new(),
            forbid: self.forbid.clone(),
            complete_from: (!self.incomplete).then(|| at("01T00:00")),
            units: Units::new(vec![
                rate("credit", "EUR", "0.00001", "01-01"),
                rate("USD", "CNY", "7.14", "01-01"),
                rate("point", "CNY", "0.02", "01-01"),
                rate("point", "CNY", "0.04", "10-05"),
            ]),
            sources: Vec::new(),
            has_postings: true,
        }
    }

    /// Every day of the first ten of October, one after another.
    fn run(&self) -> (Vec<Finding>, Vec<WalletDay>) {
        let rules = self.rules();
        let parties = Parties::new(self.accounts.clone(), self.keys.clone());
        let (mut carry, mut findings, mut rolled) = (LedgerState::default(), Vec::new(), Vec::new());
        for number in 1..=10 {
            let day = Day::new(2026, 10, number).unwrap();
            let span = Zone::UTC.span_of(day);
            let within = |t: Instant| span.0 <= t && t < span.1;
            let own: Vec<&Call> = self.calls.iter().filter(|c| within(c.started_at)).collect();
            let calls = CallsBuilder::collect(own.iter().copied());
            let cost: Vec<Option<Amount>> = own.iter().map(|c| c.charge).collect();
            let unit: Vec<Arc<str>> = own.iter().map(|_| "CNY".into()).collect();
            let named: Vec<Finding> = self.named.iter().filter(|f| f.at.is_some_and(within)).cloned().collect();
            let outcome = super::check(&LedgerDay {
                span,
                rules: &rules,
                parties: &parties,
                calls: &calls,
                is_call: &vec![true; own.len()],
                cost: &cost,
                unit: &unit,
                postings: &self.postings,
                balances: &self.balances,
                opening: &carry,
                posting_findings: &named,
            })
            .unwrap();
            assert_eq!(broken_roll_forward(&carry, &outcome.roll_forward, &outcome.carry), None);
            assert_eq!(LedgerState::from_rows(&outcome.carry.to_rows()).unwrap(), outcome.carry);
            carry = outcome.carry;
            findings.extend(outcome.findings);
            rolled.extend(outcome.roll_forward);
        }
        (findings, rolled)
    }
}

/// A finding as `class subject cause certainty`.
fn shown(f: &Finding) -> String {
    let interval = || f.until.map(|u| u.to_string()[8..16].to_owned());
    let by_call = f.call_id.clone().filter(|_| f.leg != Leg::Funding);
    let subject = by_call.or(f.posting_id.clone().filter(|_| f.leg != Leg::Balance)).or(interval());
    let subject = subject.or(f.api_key_id.clone()).unwrap_or_default();
    format!("{} {subject} {} {}", f.class.name(), f.cause, f.certainty.name())
}

#[track_caller]
fn check(lines: &[&str], expect: &[&str]) -> Vec<Finding> {
    let (findings, _) = World::read(lines).run();
    assert_eq!(findings.iter().map(shown).collect::<Vec<_>>(), expect);
    let turned: Vec<&str> = lines.iter().rev().copied().collect();
    assert_eq!(World::read(&turned).run().0, findings, "order of rows must not matter");
    findings
}

const TOP_UP: &str = "post p0 01T08:00 alice/main CNY top_up 10";
