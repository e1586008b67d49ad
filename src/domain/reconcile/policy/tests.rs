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

#[test]
fn a_403_at_zero_is_right_and_at_a_positive_balance_a_finding() {
    let spent = "post p1 01T09:00 alice/main CNY usage -10";
    check(&[TOP_UP, spent, "call c1 01T10:00 alice - status=403"], &[]);
    let found = check(
        &[TOP_UP, "call c1 01T10:00 alice - status=403", "call c2 02T10:00 alice - status=402"],
        &[
            "refused_with_balance c1 refused_with_balance unexplained",
            "refused_with_balance c2 refused_with_balance unexplained",
        ],
    );
    assert!(found[0].evidence.contains(&("balance_before".into(), "10".into())));
    check(&[TOP_UP, "call c1 01T10:00 alice - status=429", "call c2 01T10:00 alice - status=401"], &[]);
    check(&["incomplete", TOP_UP, "call c1 01T10:00 alice - status=403"], &[]);
}

#[test]
fn a_key_explains_a_refusal() {
    let refused = "call c1 05T10:00 alice - status=403 key=k";
    for (key, expect) in [
        ("key k bob", "refused_with_balance c1 key_of_other_account exact"),
        ("key k alice disabled", "refused_with_balance c1 key_revoked exact"),
        ("key k alice expires=05T10:00", "refused_with_balance c1 key_expired exact"),
        ("key k alice quota=5 used_before=5", "refused_with_balance c1 over_quota exact"),
        ("key other alice", "refused_with_balance c1 key_unknown suspected"),
        ("key k alice disabled=05T10:01", "refused_with_balance c1 refused_with_balance unexplained"),
    ] {
        check(&[TOP_UP, key, refused], &[expect]);
    }
    let found =
        check(&[TOP_UP, "key k bob disabled", refused], &["refused_with_balance c1 key_of_other_account ambiguous"]);
    assert_eq!(found[0].candidates, ["key_of_other_account", "key_revoked"]);
}

#[test]
fn served_at_zero_and_overrun_are_told_apart() {
    let lines = [
        TOP_UP,
        "call c1 01T10:00 alice 11 took=1",
        "post p1 01T10:01 alice/main CNY usage -11 call=c1",
        "call c2 01T11:00 alice 2",
        "post p2 01T11:01 alice/main CNY usage -2 call=c2",
        "call c3 02T12:00 alice 2",
    ];
    // c1 crosses zero; before c2 the deficit 1 is less than its cost; before c3 it is 3.
    check(&lines, &["overrun c2 in_flight_overrun exact", "served_at_zero c3 negative_balance exact"]);
    check(&[&lines[..], &["account alice postpaid"]].concat(), &[]);
    check(&[&lines[..], &["incomplete"]].concat(), &[]);
    check(&["post p0 01T08:00 alice/main CNY grant 0", "call c1 01T10:00 alice 0"], &[]);
    check(&["post p0 01T08:00 alice/main CNY grant 0", "call c1 01T10:00 alice 1 status=500"], &[]);
    let zero = "post p0 01T08:00 alice/main CNY grant 0";
    check(&[zero, "call c1 01T10:00 alice 1"], &["served_at_zero c1 negative_balance exact"]);
    check(&[zero, "call c1 01T10:00 alice - tokens=5"], &["served_at_zero c1 negative_balance exact"]);
}

#[test]
fn a_call_s_own_debit_is_not_the_balance_before_it() {
    check(&[TOP_UP, "call c1 01T10:00 alice 10", "post p1 01T10:00 alice/main CNY usage -10 call=c1"], &[]);
    check(&[TOP_UP, "call c1 01T10:00 alice 10", "post p1 01T09:59 alice/main CNY hold -10 call=c1"], &[]);
}

#[test]
fn a_described_prepaid_account_without_any_wallet_has_nothing() {
    check(&["account alice prepaid", "call c1 02T10:00 alice 1"], &["served_at_zero c1 negative_balance exact"]);
    check(&["account alice prepaid", "incomplete", "call c1 02T10:00 alice 1"], &[]);
    check(&["call c1 02T10:00 alice 1"], &[]);
}

#[test]
fn another_wallet_or_the_ledger_s_own_balance_counts() {
    let low = "post p1 01T09:00 alice/main CNY usage -10";
    let other = "post p2 01T08:00 alice/bonus USD grant 1";
    check(&[TOP_UP, low, other, "call c1 01T10:00 alice 1"], &[]);
    check(&["incomplete", "bal 02T00:00 alice/main CNY 0", "call c1 01T10:00 alice 1"], &[]);
    let known = ["incomplete", "bal 02T00:00 alice/main CNY 0", "call c1 03T10:00 alice 1"];
    check(&known, &["served_at_zero c1 negative_balance exact"]);
}

#[test]
fn a_quota_is_crossed_once_and_then_used_up() {
    let key = "key k alice quota=1000";
    let calls = [
        "call c1 01T10:00 alice 1 key=k tokens=600",
        "call c2 01T11:00 alice 1 key=k tokens=600",
        "call c3 02T11:00 alice 1 key=k tokens=1",
        "call c4 03T11:00 alice - key=k status=403",
    ];
    check(&[&[key][..], &calls].concat(), &["over_quota c3 over_quota exact"]);
    let before = ["key k alice quota=1000 used_before=400"];
    check(&[&before[..], &calls].concat(), &["over_quota c2 over_quota exact", "over_quota c3 over_quota exact"]);
    check(&[&["key k alice"][..], &calls].concat(), &[]);
    let money = ["key k alice quota=2 quota_unit=CNY"];
    check(&[&money[..], &calls].concat(), &["over_quota c3 over_quota exact"]);
    let larger = ["key k alice quota=1000", "key k alice quota=5000 from=02T00:00"];
    check(&[&larger[..], &calls].concat(), &[]);
}

#[test]
fn a_call_in_flight_may_cross_the_quota_even_over_midnight() {
    let key = "key k alice quota=1000";
    let long = "call c1 01T23:50 alice 1 key=k tokens=1000 took=60";
    check(&[key, long, "call c2 02T00:30 alice 1 key=k tokens=1"], &[]);
    check(&[key, long, "call c2 02T00:50 alice 1 key=k tokens=1"], &["over_quota c2 over_quota exact"]);
}

#[test]
fn keys_past_their_end_disabled_or_elsewhere() {
    let c = "call c1 05T10:00 alice 1 key=k provider=OpenAI";
    for (key, expect) in [
        ("key k alice expires=05T10:00", &["key_expired c1 key_expired exact"][..]),
        ("key k alice expires=05T10:01", &[]),
        ("key k alice disabled=05T10:00", &["key_disabled c1 key_disabled exact"]),
        ("key k alice disabled=05T10:01", &[]),
        ("key k alice disabled", &["key_disabled c1 key_disabled exact"]),
        ("key k alice supplier=openai", &[]),
        ("key k alice supplier=azure", &["other_supplier c1 other_supplier exact"]),
        ("key k alice supplier=azure from=05T10:01", &[]),
    ] {
        check(&[key, c], expect);
    }
    check(&["key k alice disabled", "call c1 05T10:00 alice - key=k status=403"], &[]);
    check(&["key k alice supplier=azure", "call c1 05T10:00 alice 1 key=k"], &[]);
}

#[test]
fn a_package_past_its_validity_or_for_another_model() {
    let package = "post p0 01T08:00 alice/pack CNY package_purchase 10 valid=01T00:00..03T00:00 models=gpt-x";
    let usage = "post p1 03T10:01 alice/pack CNY usage -1 call=c1";
    let late = check(&[package, usage, "call c1 03T10:00 alice 1"], &["package_not_valid c1 package_expired exact"]);
    assert_eq!(late[0].wallet.as_deref(), Some("pack"));
    // It was valid when the call started, and was debited after.
    check(&[package, usage, "call c1 02T23:59 alice 1 took=2"], &[]);
    let other = ["call c1 02T10:00 alice 1 model=claude", "post p1 02T10:01 alice/pack CNY usage -1 call=c1"];
    check(&[&[package][..], &other].concat(), &["package_not_valid c1 package_other_model exact"]);
    let renewal = "post p2 02T08:00 alice/pack CNY package_purchase 10 valid=03T00:00..09T00:00";
    check(&[package, renewal, usage, "call c1 03T10:00 alice 1"], &[]);
    let lump = "post p1 04T10:00 alice/pack CNY usage -1";
    check(&[package, lump], &["package_not_valid p1 package_expired exact"]);
    // What is left in an expired package pays for nothing.
    check(&[package, "call c1 04T10:00 alice - status=403"], &[]);
    check(&[package, "call c1 04T10:00 alice 1"], &["served_at_zero c1 negative_balance exact"]);
}

#[test]
fn last_use_is_held_against_the_log_to_the_minute() {
    let calls = ["call c1 05T10:00 alice 1 key=k", "call c2 05T12:00 alice 1 key=k took=3"];
    for (key, expect) in [
        ("key k alice last_used=05T12:00", &[][..]),
        ("key k alice last_used=05T12:03", &[]),
        ("key k alice last_used=05T11:00", &["last_used_mismatch k last_used_not_in_log exact"]),
        ("key k alice last_used=05T10:00", &["last_used_mismatch k last_used_stale suspected"]),
        // Days the log does not have yet.
        ("key k alice last_used=20T10:00", &[]),
        // Read before the second call.
        ("key k alice last_used=05T10:00 from=05T11:00", &[]),
        ("key k alice last_used=05T10:00 from=06T00:00", &["last_used_mismatch k last_used_stale exact"]),
        ("key k alice last_used=04T10:00 from=05T00:00", &[]),
        ("key never alice last_used=05T10:00", &[]),
    ] {
        check(&[&[key][..], &calls].concat(), expect);
    }
    let stale = ["key k alice last_used=05T12:00", "key j alice last_used=07T12:00", "call c4 07T12:00 alice 1 key=j"];
    let later = ["call c3 06T12:00 alice 1 key=k", "call c5 07T11:00 alice 1 key=k"];
    check(&[&stale[..], &calls, &later].concat(), &["last_used_mismatch k last_used_stale exact"]);
}

#[test]
fn forbidden_kinds() {
    let fee = "post p1 02T10:00 alice/main CNY fee -1";
    check(&[TOP_UP, fee], &[]);
    let found = check(&[TOP_UP, fee, "forbid fee", "forbid expiry"], &["forbidden_kind p1 forbidden_kind exact"]);
    assert_eq!(found[0].difference, Some(amount("1")));
}

#[test]
fn top_ups_at_the_rate_of_their_time() {
    let top_up = |unit: &str, credited: &str, money: &str| {
        format!("post p1 06T10:00 alice/main {unit} top_up {credited} money={money}")
    };
    for (unit, credited, money, expect) in [
        ("USD", "1", "7.14:CNY", None),
        ("credit", "100000", "1:EUR", None),
        // No decimal holds 100 / 7.14: any rounding of it will do, another amount will not.
        ("USD", "14.01", "100:CNY", None),
        ("USD", "14.005602", "100:CNY", None),
        ("USD", "14.02", "100:CNY", Some("top_up_mismatch p1 top_up_mismatch unexplained")),
        ("credit", "99999", "1:EUR", Some("top_up_mismatch p1 top_up_mismatch unexplained")),
        ("credit", "1000", "1:EUR", Some("top_up_mismatch p1 unit_slip exact")),
        ("USD", "7.14", "7.14:CNY", Some("top_up_mismatch p1 money_taken_as_units exact")),
        ("USD", "50.9796", "7.14:CNY", Some("top_up_mismatch p1 rate_inverted exact")),
        ("point", "25", "1:CNY", None),
        ("point", "50", "1:CNY", Some("top_up_mismatch p1 rate_stale exact")),
        ("token", "12345", "1:CNY", None),
    ] {
        check(&[&top_up(unit, credited, money)], &expect.into_iter().collect::<Vec<_>>());
    }
    let package = "post p1 06T10:00 alice/pack credit package_purchase 120000 money=1:EUR";
    check(&[package], &[]);
    let found = check(&[&top_up("credit", "99000", "1:EUR")], &["top_up_mismatch p1 top_up_mismatch unexplained"]);
    assert_eq!((found[0].expected, found[0].posted), (Some(amount("-100000")), Some(amount("-99000"))));
    assert_eq!(found[0].difference, Some(amount("1000")));
}

#[test]
fn references_and_payouts() {
    let twice = ["post p1 01T10:00 alice/main CNY top_up 5 ref=r", "post p2 03T10:00 bob/main CNY top_up 5 ref=r"];
    let found = check(&twice, &["reference_twice p2 reference_twice exact"]);
    assert_eq!(found[0].difference, Some(amount("-5")));
    let payout = check(
        &[TOP_UP, "post p1 02T10:00 alice/main CNY usage -4", "post p2 03T10:00 alice/main CNY payout -7"],
        &["payout_above_paid p2 payout_above_paid exact"],
    );
    assert_eq!((payout[0].expected, payout[0].difference), (Some(amount("6")), Some(amount("1"))));
}

#[test]
fn a_broken_balance_names_what_it_can() {
    let usage = "post p1 02T10:00 alice/main CNY usage -1.25 call=c1";
    check(&[TOP_UP, usage, "bal 03T00:00 alice/main CNY 8.75"], &[]);
    let missing = ["balance_break 03T00:00 posting_not_in_balance exact"];
    let found = check(&[TOP_UP, usage, "bal 03T00:00 alice/main CNY 10"], &missing);
    assert_eq!(found[0].posting_id.as_deref(), Some("p1"));
    assert_eq!((found[0].expected, found[0].difference), (Some(amount("8.75")), Some(amount("1.25"))));
    check(&[TOP_UP, usage, "bal 03T00:00 alice/main CNY 7.5"], &["balance_break 03T00:00 posting_counted_twice exact"]);
    let other = "post p2 02T11:00 alice/main CNY usage -1.25 call=c2";
    let two = check(
        &[TOP_UP, usage, other, "bal 03T00:00 alice/main CNY 8.75"],
        &["balance_break 03T00:00 posting_not_in_balance ambiguous"],
    );
    assert_eq!(two[0].candidates.len(), 2);
    check(
        &[TOP_UP, usage, "bal 03T00:00 alice/main CNY 8"],
        &["balance_break 03T00:00 balance_unexplained unexplained"],
    );
}

#[test]
fn a_residual_is_split_into_named_and_unexplained() {
    let named = "named not_posted c9 alice 02T10:00 -0.02";
    let whole = [TOP_UP, named, "bal 03T00:00 alice/main CNY 9.98"];
    check(&whole, &["balance_break 03T00:00 debit_missing_or_partial exact"]);
    let both = ["named not_posted c8 alice 02T09:00 -0.03", "bal 03T00:00 alice/main CNY 9.95"];
    check(&[TOP_UP, named, both[0], both[1]], &["balance_break 03T00:00 debit_missing_or_partial exact"]);

    let lines = [TOP_UP, named, "bal 04T00:00 alice/main CNY 9.95", "bal 05T00:00 alice/main CNY 9.95"];
    let found = check(&lines, &["balance_break 04T00:00 balance_unexplained unexplained"]);
    for part in [("named", "-0.02"), ("unexplained", "-0.03")] {
        assert!(found[0].evidence.contains(&(part.0.into(), part.1.into())), "{:?}", found[0].evidence);
    }
    let (_, days) = World::read(&lines).run();
    let broken = days.iter().find(|d| !d.residual.is_zero()).unwrap();
    assert_eq!((broken.residual, broken.named), (amount("-0.05"), amount("-0.02")));
    assert_eq!(broken.unexplained(), Some(amount("-0.03")));
}

#[test]
fn balance_after_between_neighbours() {
    let first = "call c1 02T10:00 alice 1 took=1 after=9";
    let paid = ["post p1 02T10:01 alice/main CNY usage -1 call=c1", "post p2 02T11:01 alice/main CNY usage -1 call=c2"];
    let with = |more: &[&'static str]| [&[TOP_UP, first][..], &paid, more].concat();
    check(&with(&["call c2 02T11:00 alice 1 took=1 after=8"]), &[]);
    let twice =
        check(&with(&["call c2 02T11:00 alice 1 took=1 after=7"]), &["balance_break c2 duplicate_charge suspected"]);
    assert_eq!(twice[0].difference, Some(amount("-1")));
    check(
        &with(&["call c2 02T11:00 alice 1 took=1 after=9"]),
        &["balance_break c2 debit_missing_or_partial suspected"],
    );
    check(&with(&["call c2 02T11:00 alice 1 took=1 after=13", "post t 02T10:30 alice/main CNY top_up 5"]), &[]);
    // Overlapping calls, or a debit of another call in between: nothing is said.
    check(&with(&["call c2 02T11:00 alice 1 took=1 after=7", "call c3 02T11:00 alice 1 took=9"]), &[]);
    check(&with(&["call c2 02T11:00 alice 1 took=1 after=7", "post x 02T10:30 alice/main CNY usage -1"]), &[]);
    // Shown with fewer places than it is kept.
    check(&[TOP_UP, "call c1 02T10:00 alice 0.004 after=9.99", "call c2 02T11:00 alice 0.004 after=9.99"], &[]);
}
