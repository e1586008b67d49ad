use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::money::Amount;
use crate::domain::period::Instant;

pub(crate) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// `05T10:00` is that time of October 2026, UTC.
pub(crate) fn at(text: &str) -> Instant {
    Instant::parse(&format!("2026-10-{text}:00Z")).unwrap()
}

/// `p1 05T10:00 alice/main CNY top_up 100`, with `call=c1`, `ref=r`, `money=7.14:CNY`,
/// `valid=05T00:00..06T00:00` and `models=a+b` behind it.
pub(crate) fn posting(line: &str) -> Posting {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (account, wallet) = words[2].split_once('/').unwrap();
    let mut p = Posting {
        posting_id: words[0].into(),
        account_id: account.into(),
        wallet: wallet.into(),
        kind: PostingKind::from_name(words[4]).unwrap(),
        amount: amount(words[5]),
        unit: words[3].into(),
        posted_at: at(words[1]),
        source: None,
        call_id: None,
        attempt: None,
        api_key_id: None,
        covers_from: None,
        covers_until: None,
        reference: None,
        money: None,
        currency: None,
        valid_from: None,
        valid_until: None,
        models: Vec::new(),
        cut: None,
        file: 0,
        offset: 0,
    };
    for word in &words[6..] {
        match word.split_once('=').unwrap() {
            ("call", id) => p.call_id = Some(id.into()),
            ("ref", reference) => p.reference = Some(reference.into()),
            ("money", money) => {
                let (money, currency) = money.split_once(':').unwrap();
                (p.money, p.currency) = (Some(amount(money)), Some(currency.into()));
            }
            ("valid", span) => {
                let (from, until) = span.split_once("..").unwrap();
                (p.valid_from, p.valid_until) = (Some(at(from)), Some(at(until)));
            }
            ("models", models) => p.models = models.split('+').map(str::to_owned).collect(),
            other => panic!("{other:?}"),
        }
    }
    p
}

/// `05T10:00 alice/main CNY 100`
pub(crate) fn balance(line: &str) -> Balance {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (account, wallet) = words[1].split_once('/').unwrap();
    Balance {
        account_id: account.into(),
        wallet: wallet.into(),
        unit: words[2].into(),
        at: at(words[0]),
        balance: amount(words[3]),
        cut: None,
        file: 0,
        offset: 0,
    }
}

fn wallet(name: &str) -> WalletId {
    WalletId { account_id: "alice".into(), wallet: name.into(), unit: "CNY".into() }
}

fn october<'a>(postings: &'a [Posting], balances: &'a [Balance]) -> DayMovements<'a> {
    DayMovements {
        span: (at("01T00:00"), Instant::parse("2026-11-01T00:00:00Z").unwrap()),
        complete_from: Some(at("01T00:00")),
        postings,
        balances,
        keys: &[],
        named: &[],
    }
}

/// Rolls postings and balances (lines of four words) over October.
fn rolled(lines: &[&str]) -> Rolled {
    let (balances, postings): (Vec<&str>, Vec<&str>) = lines.iter().partition(|l| l.split_whitespace().count() == 4);
    let postings: Vec<Posting> = postings.into_iter().map(posting).collect();
    let balances: Vec<Balance> = balances.into_iter().map(balance).collect();
    roll(&LedgerState::default(), &Timeline::new(&october(&postings, &balances))).unwrap()
}

#[track_caller]
fn check_breaks(lines: &[&str], expect: &[(&str, &str, &str)]) {
    let got = rolled(lines);
    let breaks: Vec<(String, String, String)> = got
        .breaks
        .iter()
        .map(|b| (b.from.to_string(), b.until.to_string(), b.residual().unwrap().to_string()))
        .collect();
    let expect: Vec<(String, String, String)> =
        expect.iter().map(|(f, u, r)| (at(f).to_string(), at(u).to_string(), (*r).to_owned())).collect();
    assert_eq!(breaks, expect);
    assert_eq!(broken_roll_forward(&LedgerState::default(), &got.days, &got.carry), None);
}

#[test]
fn a_complete_wallet_opens_at_zero_and_only_the_broken_interval_breaks() {
    check_breaks(
        &[
            "p1 02T10:00 alice/main CNY top_up 100",
            "p2 03T10:00 alice/main CNY usage -0.0195",
            "03T12:00 alice/main CNY 99.9805",
            "p3 04T10:00 alice/main CNY usage -1",
            "04T12:00 alice/main CNY 97.9805",
            "p4 05T10:00 alice/main CNY usage -1",
            "05T12:00 alice/main CNY 96.9805",
        ],
        &[("03T12:00", "04T12:00", "-1")],
    );
}

#[test]
fn a_posting_at_the_instant_of_a_balance_is_in_it() {
    check_breaks(&["p1 02T10:00 alice/main CNY top_up 5", "02T10:00 alice/main CNY 5"], &[]);
    check_breaks(
        &["p1 02T10:01 alice/main CNY top_up 5", "02T10:00 alice/main CNY 1", "02T10:02 alice/main CNY 6"],
        &[],
    );
}

#[test]
fn a_payment_moves_no_wallet() {
    let got = rolled(&["p1 02T10:00 alice/main CNY payment 5"]);
    assert!(got.carry.wallets.is_empty() && got.days.is_empty());
}

#[test]
fn unknown_until_the_first_balance_where_the_ledger_is_not_complete() {
    let postings = [posting("p1 02T10:00 alice/main CNY usage -3"), posting("p2 04T10:00 alice/main CNY usage -1")];
    let balances = [balance("03T10:00 alice/main CNY 50")];
    let mut day = october(&postings, &balances);
    day.complete_from = Some(at("03T00:00"));
    let got = roll(&LedgerState::default(), &Timeline::new(&day)).unwrap();
    assert!(got.breaks.is_empty());
    assert_eq!((got.days[0].opening, got.days[0].closing), (None, Some(amount("49"))));
    assert!(got.days[0].holds());
}

#[test]
fn a_payout_takes_no_more_than_paid_and_unused() {
    let base = ["p1 02T10:00 alice/main CNY top_up 100", "p2 02T11:00 alice/main CNY grant 10"];
    let with = |more: &[&'static str]| {
        let lines: Vec<&str> = base.iter().copied().chain(more.iter().copied()).collect();
        rolled(&lines).payouts.iter().map(|p| p.unused.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(with(&["p3 03T10:00 alice/main CNY payout -100"]), [""; 0]);
    assert_eq!(with(&["p3 03T10:00 alice/main CNY payout -101"]), ["100"]);
    let used = ["p3 03T10:00 alice/main CNY usage -30", "p4 04T10:00 alice/main CNY payout -81"];
    assert_eq!(with(&used), ["80"]);
    let back = ["p3 03T10:00 alice/main CNY usage -30", "p3r 03T11:00 alice/main CNY refund 30"];
    assert_eq!(with(&[back[0], back[1], "p4 04T10:00 alice/main CNY payout -100"]), [""; 0]);
}

#[test]
fn one_reference_once_by_kind() {
    let repeats = |lines: &[&str]| rolled(lines).repeats.len();
    let twice = ["p1 02T10:00 a/main CNY top_up 5 ref=r", "p2 03T10:00 b/main CNY top_up 5 ref=r"];
    assert_eq!(repeats(&twice), 1);
    assert_eq!(repeats(&[twice[0], "p2 03T10:00 a/main CNY payout -5 ref=r"]), 0);
    let moved = ["p1 02T10:00 a/old CNY transfer -5 ref=t", "p2 02T10:00 a/new CNY transfer 5 ref=t"];
    assert_eq!(repeats(&moved), 0);
    assert_eq!(repeats(&[moved[0], moved[1], "p3 02T11:00 a/new CNY transfer 5 ref=t"]), 1);
    let campaign = ["p1 02T10:00 a/main CNY grant 5 ref=hello", "p2 02T10:00 b/main CNY grant 5 ref=hello"];
    assert_eq!(repeats(&campaign), 0);
}

#[test]
fn package_terms() {
    let terms =
        [Terms { valid_from: Some(at("02T00:00")), valid_until: Some(at("03T00:00")), models: vec!["gpt-*".into()] }];
    for (time, model, ok) in [
        ("02T00:00", "gpt-x", true),
        ("02T23:59", "gpt-x", true),
        ("03T00:00", "gpt-x", false),
        ("01T23:59", "gpt-x", false),
        ("02T12:00", "claude", false),
    ] {
        assert_eq!(may_pay(&terms, at(time), &[model]), ok, "{time} {model}");
    }
    assert!(may_pay(&[], at("02T00:00"), &["any"]));
}

#[test]
fn a_law_that_does_not_hold_is_found() {
    let mut got = rolled(&["p1 02T10:00 alice/main CNY top_up 100", "03T12:00 alice/main CNY 90"]);
    assert_eq!(got.days[0].residual, amount("-10"));
    assert!(got.days[0].holds());
    got.days[0].closing = Some(amount("91"));
    assert!(!got.days[0].holds());
    assert!(broken_roll_forward(&LedgerState::default(), &got.days, &got.carry).is_some());
}

#[test]
fn too_large_a_sum_is_an_error() {
    let huge = "99999999999999999999";
    let lines = [format!("p1 02T10:00 a/main CNY top_up {huge}"), format!("p2 02T11:00 a/main CNY top_up {huge}")];
    let postings: Vec<Posting> = lines.iter().map(|l| posting(l)).collect();
    assert!(advance(&LedgerState::default(), &october(&postings, &[])).is_err());
}

fn any_posting() -> impl Strategy<Value = Posting> {
    let kind = prop::sample::select(PostingKind::ALL.to_vec());
    (0u32..4, 0i64..40, 0usize..2, 0usize..2, kind, 0i64..9, any::<bool>(), 0u32..6).prop_map(
        |(id, hours, account, wallet, kind, size, negative, reference)| {
            let account = ["alice", "bob"][account];
            let wallet = ["main", "pack"][wallet];
            let mut p = posting(&format!("p{id} 01T00:00 {account}/{wallet} CNY {} 0", kind.name()));
            p.posted_at = Instant::from_micros(p.posted_at.micros() + hours * 7_200_000_000);
            let whole = Amount::from_int(size);
            p.amount = if kind.allows(-whole) && (negative || !kind.allows(whole)) { -whole } else { whole };
            p.reference = (reference < 4).then(|| format!("r{reference}"));
            if kind == PostingKind::PackagePurchase {
                p.valid_until = (size > 4).then_some(p.posted_at);
                p.models = if negative { vec!["a".into(), "b".into()] } else { Vec::new() };
            }
            p
        },
    )
}

fn any_balance() -> impl Strategy<Value = Balance> {
    (0i64..80, 0usize..2, -5i64..20).prop_map(|(hours, account, size)| {
        let mut b = balance(&format!("01T00:00 {}/main CNY {size}", ["alice", "bob"][account]));
        b.at = Instant::from_micros(b.at.micros() + hours * 3_600_000_000);
        b
    })
}

fn any_named() -> impl Strategy<Value = Named> {
    (0i64..80, 0u32..3, 1i64..5).prop_map(|(hours, id, size)| Named {
        wallet: wallet("main"),
        amount: NamedAmount {
            about: format!("c{id}"),
            cause: "debit_missing_or_partial".into(),
            at: Instant::from_micros(at("01T00:00").micros() + hours * 3_600_000_000),
            amount: Amount::from_int(-size),
        },
    })
}

/// Calls of two keys: (hour of start, hours it takes, key, tokens).
fn key_day(calls: &[(i64, i64, u8, i64)], until: Instant) -> Vec<KeyDay> {
    let mut days: BTreeMap<u8, KeyDay> = BTreeMap::new();
    for (start, takes, key, tokens) in calls {
        let hour = |h: i64| Instant::from_micros(at("01T00:00").micros() + h * 3_600_000_000);
        let seen = Seen { started: hour(*start), ended: hour(start + takes) };
        let day = days.entry(*key).or_insert_with(|| KeyDay {
            api_key_id: format!("k{key}").as_str().into(),
            used: KeyUse::default(),
            in_flight: BTreeMap::new(),
            last: None,
            last_served: None,
        });
        let cost = BTreeMap::from([("CNY".into(), Amount::from_int(*tokens))]);
        let used = KeyUse { calls: 1, tokens: i128::from(*tokens), cost };
        let sum = if seen.ended < until { &mut day.used } else { day.in_flight.entry(seen.ended).or_default() };
        sum.add(&used).unwrap();
        day.last = day.last.max(Some(seen));
        if tokens % 2 == 0 {
            day.last_served = day.last_served.max(Some(seen));
        }
    }
    days.into_values().collect()
}

fn span(from: i64, until: i64) -> (Instant, Instant) {
    let day = |n: i64| Instant::from_micros(at("01T00:00").micros() + n * 86_400_000_000);
    (day(from), day(until))
}

type Input = (Vec<Posting>, Vec<Balance>, Vec<Named>, Vec<(i64, i64, u8, i64)>);

fn any_input() -> impl Strategy<Value = Input> {
    (
        prop::collection::vec(any_posting(), 0..40),
        prop::collection::vec(any_balance(), 0..8),
        prop::collection::vec(any_named(), 0..8),
        prop::collection::vec((0i64..80, 0i64..40, 0u8..2, 0i64..9), 0..20),
    )
}

fn over(opening: &LedgerState, input: &Input, span: (Instant, Instant)) -> Rolled {
    let (postings, balances, named, calls) = input;
    let within = |t: Instant| span.0 <= t && t < span.1;
    let named: Vec<Named> = named.iter().filter(|n| within(n.amount.at)).cloned().collect();
    let hour = |h: i64| Instant::from_micros(at("01T00:00").micros() + h * 3_600_000_000);
    let calls: Vec<_> = calls.iter().copied().filter(|c| within(hour(c.0))).collect();
    let keys = key_day(&calls, span.1);
    let complete_from = Some(at("01T05:00"));
    let day = DayMovements { span, complete_from, postings, balances, keys: &keys, named: &named };
    roll(opening, &Timeline::new(&day)).unwrap()
}

/// The balance that closes a day is of the day before the difference, whichever day reads it.
#[test]
fn a_difference_at_the_instant_of_a_balance_comes_after_it() {
    let named = Named {
        wallet: wallet("main"),
        amount: NamedAmount {
            about: "c0".into(),
            cause: "debit_missing_or_partial".into(),
            at: at("02T00:00"),
            amount: amount("-1"),
        },
    };
    for before in [vec![], vec![balance("01T12:00 alice/main CNY 3")]] {
        let balances = [before, vec![balance("02T00:00 alice/main CNY 2")]].concat();
        let input = (vec![], balances, vec![named.clone()], vec![]);
        let first = over(&LedgerState::default(), &input, span(0, 1)).carry;
        assert_eq!(first.wallets[&wallet("main")].named.n, 0);
        let then = over(&first, &input, span(1, 2)).carry;
        assert_eq!(then.wallets[&wallet("main")].named.n, 1);
        assert_eq!(over(&LedgerState::default(), &input, span(0, 2)).carry, then);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn day_by_day_is_all_at_once(input in any_input()) {
        let whole = over(&LedgerState::default(), &input, span(0, 4));
        let mut carry = LedgerState::default();
        let mut breaks = Vec::new();
        for day in 0..4 {
            let rolled = over(&carry, &input, span(day, day + 1));
            prop_assert_eq!(broken_roll_forward(&carry, &rolled.days, &rolled.carry), None);
            breaks.extend(rolled.breaks);
            carry = rolled.carry;
        }
        breaks.sort_by(|a, b| (&a.wallet, a.until).cmp(&(&b.wallet, b.until)));
        prop_assert_eq!(breaks, whole.breaks);
        prop_assert_eq!(carry, whole.carry);
    }

    #[test]
    fn order_of_rows_does_not_matter(input in any_input(), seed in any::<u64>()) {
        let mut turned = input.clone();
        let mut state = seed | 1;
        let mut next = move || { state = state.wrapping_mul(6364136223846793005).wrapping_add(1); state >> 33 };
        turned.0.sort_by_cached_key(|_| next());
        turned.1.reverse();
        turned.2.reverse();
        let (a, b) = (over(&LedgerState::default(), &input, span(0, 4)), over(&LedgerState::default(), &turned, span(0, 4)));
        prop_assert_eq!(a.days, b.days);
        prop_assert_eq!(a.carry, b.carry);
        prop_assert_eq!(a.repeats.len(), b.repeats.len());
        prop_assert_eq!(a.breaks, b.breaks);
    }

    #[test]
    fn a_carry_survives_its_rows(input in any_input()) {
        let carry = over(&LedgerState::default(), &input, span(0, 3)).carry;
        let rows = carry.to_rows();
        let back = LedgerState::from_rows(&rows).unwrap();
        prop_assert_eq!(&back, &carry);
        prop_assert_eq!(back.to_rows(), rows);
    }

    #[test]
    fn following_a_wallet_is_rolling_it(input in any_input()) {
        let (postings, balances, ..) = &input;
        let mut day = october(postings, balances);
        day.complete_from = Some(at("01T05:00"));
        let timeline = Timeline::new(&day);
        let rolled = roll(&LedgerState::default(), &timeline).unwrap();
        for (place, id) in timeline.wallets().iter().enumerate() {
            let end = timeline.follow(place, None).at(Instant::MAX);
            prop_assert_eq!(end, Some(rolled.carry.wallets[id].balance()));
        }
    }
}

#[test]
fn rows_no_carry_writes_are_refused() {
    let bad = StateRow { kind: "balance".into(), ..StateRow::default() };
    assert_eq!(LedgerState::from_rows(&[bad]).unwrap_err().row, 0);
}
