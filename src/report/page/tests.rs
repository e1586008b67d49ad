//! Tie-outs, corrections and pages from made-up facts.

use std::collections::BTreeMap;

use super::super::{Cell, LineKind, by_cause, corrections, tie_out};
use super::*;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};
use crate::domain::reconcile::{Certainty, Class, Finding, Leg, LegSum};

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn sum(leg: Leg, class: Class, [rows, expected, recorded, posted]: [&str; 4]) -> LegSum {
    let (expected, recorded, posted) = (amount(expected), amount(recorded), amount(posted));
    let difference = match leg {
        _ if matches!(class, Class::Unpriced | Class::NotCompared) => Amount::ZERO,
        Leg::Charge => recorded.checked_sub(expected).unwrap(),
        _ => posted.checked_sub(recorded).unwrap().checked_sub(expected).unwrap(),
    };
    let (source, unit) = ("gateway".to_owned(), "CNY".to_owned());
    LegSum { leg, class, source, unit, rows: rows.parse().unwrap(), expected, recorded, posted, difference }
}

fn finding(leg: Leg, class: Class, account: &str, (cause, certainty): (&str, Certainty), difference: &str) -> Finding {
    let mut finding = Finding::new(leg, class, "rule", &[account, cause, difference]).because(cause, "here", certainty);
    finding.account_id = Some(account.to_owned());
    finding.unit = Some("CNY".to_owned());
    finding.difference = difference.parse().ok();
    finding
}

/// 2 too much by a stale price, 1 logged twice, 3 unpriced, 4 not debited, 0.5 tolerated.
fn facts() -> (Vec<LegSum>, Vec<Finding>) {
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

#[test]
fn every_step_from_expected_to_posted_is_there_and_the_control_is_0() {
    let (classes, findings) = facts();
    let tie = tie_out(&classes, &findings).unwrap().remove(0);
    let shown: Vec<String> = tie.lines.iter().map(|l| format!("{:?} {}", l.kind, l.amount)).collect();
    assert_eq!(
        shown,
        [
            "Expected 64",
            "Cause(Charge, AmountMismatch, \"price_stale\", Exact) 2",
            "Cause(Charge, DuplicateCall, \"duplicate_charge\", Suspected) 1",
            "Quiet(Charge, WithinTolerance) 0.5",
            "NotCompared(Charge) 3",
            "Recorded 70.5",
            "Repeated -1",
            "Cause(Posting, NotPosted, \"\", Unexplained) -4",
            "Posted 65.5",
        ]
    );
    assert_eq!(tie.control(), Some(Amount::ZERO));
    assert_eq!(tie.size(Certainty::Unexplained), (1, amount("4")));
}

#[test]
fn what_no_finding_itemises_is_a_line_of_its_own() {
    let (classes, mut findings) = facts();
    findings.remove(0);
    let tie = tie_out(&classes, &findings).unwrap().remove(0);
    let rest: Vec<Amount> =
        tie.lines.iter().filter(|l| l.kind == LineKind::Rest(Leg::Charge)).map(|l| l.amount).collect();
    assert_eq!(rest, [amount("2")]);
    assert_eq!(tie.control(), Some(Amount::ZERO));
}

#[test]
fn corrections_undo_what_is_certain_and_keep_the_rest_apart() {
    let (classes, mut findings) = facts();
    let mut wrong = finding(Leg::Posting, Class::WrongAccount, "alice", ("wrong_account", Certainty::Exact), "0");
    wrong.posted = Some(amount("5"));
    findings.push(wrong.with("posted_to", "carol"));
    let ties = tie_out(&classes, &findings).unwrap();
    let rows: Vec<String> = corrections(&findings, &ties)
        .unwrap()
        .into_iter()
        .map(|c| format!("{} {} {} {} {}", c.account_id, c.above, c.below, c.proposed, c.open))
        .collect();
    assert_eq!(rows, ["alice 2 -5 -3 0", "bob 0 0 0 -4", "carol 5 0 5 0"]);
}

#[test]
fn a_sum_beyond_38_digits_is_an_error() {
    let huge = "99999999999999999999";
    let cause = ("price_stale", Certainty::Exact);
    let findings = ["a", "b"].map(|who| finding(Leg::Charge, Class::AmountMismatch, who, cause, huge));
    assert!(by_cause(&findings).is_err());
    let class = sum(Leg::Charge, Class::Matched, ["1", huge, huge, "0"]);
    assert!(tie_out(&[class.clone(), class], &[]).is_err());
}

#[test]
fn lists_are_cut_and_say_where_the_rest_is() {
    let mut table = Table::new(&["n"]);
    (0..30).for_each(|n| table.push(vec![Cell::Count(n)]));
    let listing = Listing::new("Numbers", table).cut(20, "n.csv");
    assert_eq!((listing.table.rows.len(), listing.more), (20, Some(More { rows: 10, file: "n.csv".into() })));
}

#[test]
fn an_empty_period_still_makes_pages() {
    let (none, tolerance) = (BTreeMap::new(), BTreeMap::new());
    let report = PeriodReport {
        period: Period::parse("2026-10").unwrap(),
        zone: Zone::UTC,
        days: &[],
        unsealed: &[Day::parse("2026-10-01").unwrap()],
        sums: &super::super::Sums::default(),
        classes: &[],
        findings: &[],
        incidents: &[],
        wallets: &[],
        inputs: &[],
        laws: &[],
        prices: &[],
        representation: &BTreeMap::new(),
        tolerance: &tolerance,
        names: &none,
        customers: &none,
        build: "0",
    };
    let page = period_page(&report).unwrap();
    assert_eq!(page.title, "October 2026");
    assert!(page.sections.iter().any(|s| s.id == "incidents"));
    assert!(finance_page(&report).unwrap().sections.len() > 3);
}
