//! A made-up period for tests: two days, two customers, two units, something of every table.

use std::collections::BTreeMap;

use super::{CallLine, DayFact, InputFact, LawFact, PeriodReport, Prices, Sums, customer_folders};
use crate::domain::call::METERS;
use crate::domain::ledger::{WalletDay, WalletId};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant, Period, PeriodKind, Zone};
use crate::domain::reconcile::{Certainty, Class, Finding, Incident, Leg, LegSum, Tolerance, incidents};
use crate::domain::rollup::{Dimensions, Measures, Rollup, RollupRow, regroup};

/// Everything a report of a period borrows.
pub(crate) struct MadeUp {
    period: Period,
    days: Vec<DayFact>,
    unsealed: Vec<Day>,
    rollup: Rollup,
    sums: Sums,
    classes: Vec<LegSum>,
    findings: Vec<Finding>,
    incidents: Vec<Incident>,
    wallets: Vec<WalletDay>,
    inputs: Vec<InputFact>,
    laws: Vec<LawFact>,
    prices: Vec<Prices>,
    representation: BTreeMap<(String, String), Amount>,
    tolerance: BTreeMap<String, Tolerance>,
    names: BTreeMap<String, String>,
    customers: BTreeMap<String, String>,
}

impl MadeUp {
    /// A month with no sealed day.
    pub(crate) fn empty() -> MadeUp {
        MadeUp {
            period: Period::parse("2026-10").unwrap(),
            days: Vec::new(),
            unsealed: vec![day(1)],
            rollup: Rollup::default(),
            sums: Sums::default(),
            classes: Vec::new(),
            findings: Vec::new(),
            incidents: Vec::new(),
            wallets: Vec::new(),
            inputs: Vec::new(),
            laws: Vec::new(),
            prices: Vec::new(),
            representation: BTreeMap::new(),
            tolerance: BTreeMap::new(),
            names: BTreeMap::new(),
            customers: BTreeMap::new(),
        }
    }

    /// A month of two sealed days.
    pub(crate) fn month() -> MadeUp {
        MadeUp::of(Period::parse("2026-10").unwrap(), &[day(4), day(5)])
    }

    /// The second of its days.
    pub(crate) fn day() -> MadeUp {
        MadeUp::of(PeriodKind::Day.containing(day(5)), &[day(5)])
    }

    fn of(period: Period, days: &[Day]) -> MadeUp {
        let rollups: Vec<Rollup> = days.iter().map(|day| groups(*day)).collect();
        let mut sums = Sums::default();
        for (dimensions, measures) in rollups.iter().flat_map(Rollup::rows) {
            sums.add(dimensions, measures).unwrap();
        }
        if period.kind() == PeriodKind::Day {
            let hour = Measures { calls: 1, expected: amount("2"), recorded: amount("2.5"), ..Measures::default() };
            sums.hour_model.insert(((13, "gpt-5.5".to_owned()), "CNY".to_owned()), hour);
        }
        let customers = customer_folders(&sums);
        let (classes, findings) = facts();
        MadeUp {
            days: days.iter().map(|day| sealed(*day)).collect(),
            unsealed: period.days().filter(|day| !days.contains(day)).collect(),
            rollup: regroup(period.kind(), rollups.iter().flat_map(Rollup::rows)).unwrap(),
            sums,
            classes,
            incidents: incidents(&findings).unwrap(),
            findings,
            wallets: vec![wallet()],
            inputs: vec![InputFact { kind: "calls gateway".into(), files: 2, rows: 12, rejects: 1 }],
            laws: vec![LawFact { name: "classes sum to the leg".into(), days: 2, cases: 14 }],
            prices: vec![Prices { book: "list".into(), versions: 3, sha256: "00ff".into() }],
            representation: BTreeMap::from([(("gateway".into(), "CNY".into()), amount("0.000000000001"))]),
            tolerance: BTreeMap::from([("CNY".into(), Tolerance { row: amount("0.5"), sum: amount("10") })]),
            names: BTreeMap::from([("alice".into(), "王小明".into()), ("bob".into(), "=Bob & <Sons>".into())]),
            customers,
            period,
        }
    }

    /// The same with so many calls on each day.
    pub(crate) fn with_calls(mut self, calls: u64) -> MadeUp {
        self.days.iter_mut().for_each(|day| day.calls = calls);
        self
    }

    pub(crate) fn report(&self) -> PeriodReport<'_> {
        PeriodReport {
            period: self.period,
            zone: Zone::parse("Asia/Shanghai").unwrap(),
            days: &self.days,
            unsealed: &self.unsealed,
            rollup: &self.rollup,
            sums: &self.sums,
            classes: &self.classes,
            findings: &self.findings,
            incidents: &self.incidents,
            wallets: &self.wallets,
            inputs: &self.inputs,
            laws: &self.laws,
            prices: &self.prices,
            representation: &self.representation,
            tolerance: &self.tolerance,
            names: &self.names,
            customers: &self.customers,
            files: &[("by-day.csv", "usage and money by day")],
            build: "0",
        }
    }
}

pub(crate) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn day(of_month: u32) -> Day {
    Day::parse(&format!("2026-10-{of_month:02}")).unwrap()
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// A day's groups: two customers, of whom one pays in two units.
pub(crate) fn groups(day: Day) -> Rollup {
    let group = |account: &str, model: &str, key: &str, unit: &str, calls: u64, money: [&str; 3]| RollupRow {
        dimensions: Dimensions {
            first: day,
            source: "gateway".to_owned(),
            unit: unit.to_owned(),
            account_id: account.to_owned(),
            model: model.to_owned(),
            api_key_id: key.to_owned(),
            supplier: "openai".to_owned(),
            endpoint: "chat".to_owned(),
            outcome: "ok".to_owned(),
        },
        measures: Measures {
            calls,
            duplicate_rows: 1,
            without_expected: 1,
            quantity: std::array::from_fn::<i64, METERS, _>(|meter| 1_000 * (meter as i64 + 1)),
            expected: amount(money[0]),
            recorded: amount(money[1]),
            posted: amount(money[2]),
        },
    };
    Rollup::from_rows([
        group("alice", "gpt-5.5", "key-1", "CNY", 4, ["30", "32.25", "32.25"]),
        group("alice", "claude-5", "key-1", "credit", 2, ["0.000000000000000001", "0", "0"]),
        group("bob", "claude-5", "", "CNY", 1_234, ["2", "3", "-1"]),
    ])
    .unwrap()
}

/// An account's calls of a day.
pub(crate) fn calls(day: Day) -> Vec<(String, Vec<CallLine>)> {
    let call = |id: &str, model: &str, charge: Option<&str>| CallLine {
        started_at: at(&format!("{day}T13:05:00.5+08:00")),
        call_id: format!("{id}-{day}"),
        attempt: 2,
        model: model.to_owned(),
        api_key_id: "key-1".to_owned(),
        outcome: "ok",
        status: charge.map(|_| 200),
        input_tokens: 1_500,
        cached_tokens: 500,
        output_tokens: 70,
        unit: "CNY".to_owned(),
        charge: charge.map(amount),
        debited: charge.map(amount),
    };
    vec![
        ("alice".to_owned(), vec![call("a,1", "gpt-5.5", Some("0.125")), call("=a2", "gpt-5.5", None)]),
        ("bob".to_owned(), vec![call("b1", "claude-5", Some("-1"))]),
    ]
}

fn sealed(day: Day) -> DayFact {
    let totals = Measures { expected: amount("32"), recorded: amount("35.25"), ..Measures::default() };
    DayFact {
        day,
        state: "provisional",
        silent_hours: 2,
        revision: 3,
        sealed_at: at("2026-10-06T06:00:00+08:00"),
        calls: 1_240,
        duplicates: 1,
        duplicate_rows: 3,
        postings: 9,
        findings: 4,
        totals: BTreeMap::from([("CNY".to_owned(), totals)]),
        unjudged: Vec::new(),
        first_calls: 1_200,
        first_expected: BTreeMap::from([("CNY".to_owned(), amount("31"))]),
    }
}

fn wallet() -> WalletDay {
    WalletDay {
        wallet: WalletId { account_id: "alice".into(), wallet: "main".into(), unit: "CNY".into() },
        opening: Some(amount("100")),
        movements: vec![("top_up", amount("50")), ("usage", amount("-32.25"))],
        closing: Some(amount("118")),
        asserted: vec![(at("2026-10-05T23:00:00+08:00"), amount("118"))],
        residual: amount("0.25"),
        named: amount("0.25"),
    }
}

pub(crate) fn sum(leg: Leg, class: Class, [rows, expected, recorded, posted]: [&str; 4]) -> LegSum {
    let (expected, recorded, posted) = (amount(expected), amount(recorded), amount(posted));
    let difference = match leg {
        _ if matches!(class, Class::Unpriced | Class::NotCompared) => Amount::ZERO,
        Leg::Charge => recorded.checked_sub(expected).unwrap(),
        _ => posted.checked_sub(recorded).unwrap().checked_sub(expected).unwrap(),
    };
    let (source, unit) = ("gateway".to_owned(), "CNY".to_owned());
    LegSum { leg, class, source, unit, rows: rows.parse().unwrap(), expected, recorded, posted, difference }
}

pub(crate) fn finding(
    leg: Leg,
    class: Class,
    account: &str,
    (cause, certainty): (&str, Certainty),
    difference: &str,
) -> Finding {
    let mut finding = Finding::new(leg, class, "rule", &[account, cause, difference]).because(cause, "here", certainty);
    finding.account_id = Some(account.to_owned());
    finding.unit = Some("CNY".to_owned());
    finding.difference = difference.parse().ok();
    finding
}

/// 2 too much by a stale price, 1 logged twice, 3 unpriced, 4 not debited, 0.5 tolerated.
pub(crate) fn facts() -> (Vec<LegSum>, Vec<Finding>) {
    let classes = vec![
        sum(Leg::Charge, Class::Matched, ["5", "50", "50", "0"]),
        sum(Leg::Charge, Class::WithinTolerance, ["1", "10", "10.5", "0"]),
        sum(Leg::Charge, Class::AmountMismatch, ["1", "4", "6", "0"]),
        sum(Leg::Charge, Class::DuplicateCall, ["1", "0", "1", "0"]),
        sum(Leg::Charge, Class::Unpriced, ["1", "0", "3", "0"]),
        sum(Leg::Posting, Class::Matched, ["7", "0", "65.5", "65.5"]),
        sum(Leg::Posting, Class::NotPosted, ["1", "0", "4", "0"]),
        sum(Leg::Posting, Class::Timing, ["0", "0", "0", "0"]),
    ];
    let findings = vec![
        finding(Leg::Charge, Class::AmountMismatch, "alice", ("price_stale", Certainty::Exact), "2"),
        finding(Leg::Charge, Class::DuplicateCall, "alice", ("duplicate_charge", Certainty::Suspected), "1"),
        finding(Leg::Charge, Class::Unpriced, "bob", ("price_missing", Certainty::Exact), "0"),
        finding(Leg::Posting, Class::NotPosted, "bob", ("", Certainty::Unexplained), "-4"),
    ];
    (classes, findings)
}
