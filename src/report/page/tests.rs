//! Tie-outs, corrections and pages from made-up facts.

use super::*;
use crate::domain::money::Amount;
use crate::domain::reconcile::{Certainty, Class, Leg};
use crate::report::corrections::corrections;
use crate::report::fixture::{MadeUp, amount, facts, finding, sum};
use crate::report::tieout::{LineKind, by_cause};
use crate::report::{Cell, tie_out};

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
    let empty = MadeUp::empty();
    let report = empty.report();
    let page = period_page(&report).unwrap();
    assert_eq!(page.title, "October 2026");
    assert!(page.sections.iter().any(|s| s.id == "incidents"));
    assert!(finance_page(&report).unwrap().sections.len() > 3);
}
