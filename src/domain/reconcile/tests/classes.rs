//! Every class of both legs, one small day each.

use super::*;

#[test]
fn amounts_agree() {
    check_day(
        "call c1 alice 02T10:00 5 5
         post p1 alice 02T10:01 usage 5 call=c1",
        "c1: matched, matched 5",
    );
}

#[test]
fn a_refused_call_needs_no_posting() {
    check_day("call c1 alice 02T10:00 0 refused", "c1: matched, matched 0");
}

#[test]
fn recorded_is_wrong_and_the_ledger_follows_it() {
    check_day(
        "call c1 alice 02T10:00 7 5
         post p1 alice 02T10:01 usage 7 call=c1",
        "c1: amount_mismatch, matched 7
         ! charge c1 amount_mismatch 2",
    );
}

#[test]
fn tolerance_of_a_row_and_of_the_day() {
    check_day(
        "tolerance CNY 0.1 0.15
         call c1 alice 02T10:00 5.1 5
         call c2 alice 02T11:00 5.06 5
         call c3 alice 02T09:00 5.04 5
         call c4 alice 02T12:00 5.2 5
         no ledger",
        "c1: within_tolerance, not_compared
         c2: amount_mismatch, not_compared
         c3: within_tolerance, not_compared
         c4: amount_mismatch, not_compared
         ! charge c2 amount_mismatch 0.06
         ! charge c4 amount_mismatch 0.2",
    );
}

#[test]
fn of_several_rows_the_higher_version_then_the_later_end_is_the_call() {
    check_day(
        "call c1 alice 02T10:00 5 5 version=2
         call c1 alice 02T10:00 6 6 version=1 ended=02T10:09
         call c1 alice 02T10:00 0 0
         call c2 alice 02T10:00 5 5
         call c2 alice 02T10:00 6 6 ended=02T10:09
         post p1 alice 02T10:01 usage 5 call=c1
         post p2 alice 02T10:01 usage 6 call=c2",
        "c1: matched, matched 5
         c1: duplicate_call, duplicate_call
         c1: duplicate_call, duplicate_call
         c2: duplicate_call, duplicate_call
         c2: matched, matched 6
         ! charge c1 duplicate_call 0 duplicate_row exact
         ! charge c1 duplicate_call 6 duplicate_charge exact
         ! charge c2 duplicate_call 5 duplicate_charge exact",
    );
}

#[test]
fn the_call_of_an_identity_may_lie_on_another_day() {
    check_day(
        "call c1 alice 02T23:00 5 5
         call c1 alice 03T01:00 5 5
         post p1 alice 03T01:00 usage 5 call=c1",
        "c1: duplicate_call, duplicate_call
         ! charge c1 duplicate_call 5 duplicate_charge exact",
    );
}

#[test]
fn no_price_and_nothing_to_compare() {
    check_day(
        "call c1 alice 02T10:00 5 no_row
         call c2 alice 02T10:01 5 no_usage
         call c3 alice 02T10:02 - 5
         post p1 alice 02T10:00 usage 5 call=c1
         post p2 alice 02T10:01 usage 5 call=c2
         post p3 alice 02T10:02 usage 5 call=c3",
        "c1: unpriced, matched 5
         c2: not_compared, matched 5
         c3: not_compared, matched 5
         ! charge c1 unpriced price_missing exact
         ! charge c2 not_compared no_usage exact
         ! charge c3 not_compared no_charge exact",
    );
}

#[test]
fn a_source_that_never_records_has_no_charge_findings() {
    check_day(
        "call c1 alice 02T10:00 - 5
         call c2 alice 02T10:01 - no_row
         post p1 alice 02T10:00 usage 4 call=c1
         post p2 alice 02T10:01 usage 4 call=c2",
        "c1: not_compared, amount_mismatch 4
         c2: not_compared, not_compared
         ! posting c1 amount_mismatch -1 debit_missing_or_partial suspected
         ! posting c2 not_compared price_missing exact",
    );
}

#[test]
fn units_are_converted_at_declared_rates_only() {
    check_day(
        "rate credit 0.01 CNY
         call c1 alice 02T10:00 500 5 unit=credit
         call c2 alice 02T10:01 500 5 unit=point
         call c3 alice 02T10:02 500 5 unit=credit
         post p1 alice 02T10:00 usage 5 call=c1 unit=CNY
         post p2 alice 02T10:01 usage 5 call=c2 unit=CNY
         post p3 alice 02T10:02 usage 499 call=c3 unit=credit",
        "c1: matched, matched 500
         c2: not_compared, not_compared
         c3: matched, amount_mismatch 499
         ! charge c2 not_compared no_conversion exact
         ! posting c2 not_compared no_conversion exact
         ! posting c3 amount_mismatch -1 debit_missing_or_partial suspected",
    );
}

#[test]
fn amounts_are_compared_as_the_source_writes_them() {
    check_day(
        "call c1 alice 02T10:00 0.000001 0.0000005 source=six
         call c2 alice 02T10:01 0.30000000000000004 0.3 source=double
         call c3 alice 02T10:02 0.3000000000001 0.3 source=double
         post p1 alice 02T10:00 usage 0.000001 call=c1
         post p2 alice 02T10:01 usage 0.3 call=c2
         post p3 alice 02T10:02 usage 0.3000000000001 call=c3",
        "c1: matched, matched 0.000001
         c2: matched, matched 0.3
         c3: amount_mismatch, matched 0.3000000000001
         ! charge c3 amount_mismatch 0.0000000000001",
    );
    let world = World::read("call c1 alice 02T10:00 0.000001 0.0000005 source=six");
    let moved = world.run().unwrap().representation;
    assert_eq!(moved[&("six".to_owned(), "CNY".to_owned())], amount("0.0000005"));
}

#[test]
fn not_posted_and_no_call() {
    check_day(
        "call c1 alice 02T10:00 5 5
         post p1 alice 02T10:00 usage 5 call=gone
         post p2 alice 02T10:00 usage 7
         post p3 alice 02T10:00 fee 7
         post p4 alice 03T10:00 usage 7 call=tomorrow",
        "c1: matched, not_posted 0
         p1: no_call 5
         p2: no_call 7
         ! posting p2 no_call 7 log_row_lost suspected
         ! posting gone no_call 5 log_row_lost exact
         ! posting c1 not_posted -5 debit_missing_or_partial exact",
    );
}

#[test]
fn pending_until_the_ledger_is_old_enough() {
    let world = "call c1 alice 02T10:00 5 5
         post p1 alice 02T11:00 usage 5 call=gone
         call c2 alice 02T10:00 5 5
         post p2 alice 02T10:00 hold 9 call=c2";
    check_day(
        &format!("{world}\nwatermark 02T21:59"),
        "c1: matched, pending 0
         c2: matched, pending 9
         p1: pending 5",
    );
    check_day(
        &format!("{world}\nwatermark 02T22:00"),
        "c1: matched, not_posted 0
         c2: matched, amount_mismatch 9
         p1: pending 5
         ! posting c1 not_posted -5 debit_missing_or_partial exact
         ! posting c2 amount_mismatch 4 hold_only exact",
    );
}

#[test]
fn a_posting_too_far_from_the_call_it_names() {
    check_day(
        "call c1 alice 02T01:00 5 5
         call c0 alice 01T01:00 5 5
         post p1 alice 02T13:00:01 usage 5 call=c1
         post p0 alice 02T12:00 usage 5 call=c0",
        "c1: matched, not_posted 0
         p0: no_call 5
         p1: no_call 5
         ! posting c1 not_posted -5 posted_late exact
         ! posting c0 no_call 5 posted_late exact
         ! posting c1 no_call 5 posted_late exact",
    );
    check_day(
        "call c1 alice 02T01:00 5 5
         post p1 alice 02T13:00 usage 5 call=c1",
        "c1: matched, matched 5",
    );
}

#[test]
fn amounts_agree_on_different_days() {
    check_day(
        "call c1 alice 02T23:59 5 5
         post p1 alice 03T00:01 usage 5 call=c1",
        "c1: matched, timing 5",
    );
}

#[test]
fn the_same_amount_once_more() {
    check_day(
        "call c1 alice 02T10:00 5 5
         call c2 alice 02T10:00 5 5
         call c3 alice 02T10:00 5 5
         post p1 alice 02T10:00 usage 5 call=c1
         post p2 alice 02T10:05 usage 5 call=c1
         post p3 alice 02T10:00 usage 2.5 call=c2 wallet=gift
         post p4 alice 02T10:00 usage 2.5 call=c2
         post p5 alice 02T10:00 usage 5 call=c3
         post p6 bob 02T10:00 usage 5 call=c3",
        "c1: matched, duplicate_posting 10
         c2: matched, matched 5
         c3: matched, duplicate_posting 10
         ! posting c1 duplicate_posting 5 duplicate_charge exact
         ! posting c3 duplicate_posting 5 duplicate_charge exact",
    );
}

#[test]
fn posted_to_another_account() {
    check_day(
        "call c1 alice 02T10:00 5 5
         post p1 bob 02T10:00 usage 5 call=c1",
        "c1: matched, wrong_account 5
         ! posting c1 wrong_account 0 wrong_account exact",
    );
}

#[test]
fn holds_releases_and_refunds_are_netted() {
    check_day(
        "call c1 alice 02T10:00 5 5
         call c2 alice 02T10:01 5 5
         call c3 alice 02T10:02 5 5
         call c4 alice 02T10:03 5 5
         post a1 alice 02T10:00 hold 8 call=c1
         post a2 alice 02T10:00 release -8 call=c1
         post a3 alice 02T10:00 usage 5 call=c1
         post b1 alice 02T10:00 hold 8 call=c2
         post b2 alice 02T10:00 usage 5 call=c2
         post c1 alice 02T10:00 hold 8 call=c3
         post c2 alice 02T10:00 release -8 call=c3
         post d1 alice 02T10:00 hold 8 call=c4
         post d2 alice 02T10:00 refund -3 call=c4",
        "c1: matched, matched 5
         c2: matched, amount_mismatch 13
         c3: matched, amount_mismatch 0
         c4: matched, matched 5
         ! posting c2 amount_mismatch 8 hold_only exact
         ! posting c3 amount_mismatch -5 debit_missing_or_partial exact",
    );
}

#[test]
fn a_ledger_with_fewer_places() {
    check_day(
        "call c1 alice 02T10:00 0.0195 0.0195
         call c2 alice 02T10:01 1.2345 1.2345
         call c3 alice 02T10:02 5.5 5.5
         post p1 alice 02T10:00 usage 0.02 call=c1
         post p2 alice 02T10:01 usage 1.23 call=c2
         post p3 alice 02T10:02 usage 5 call=c3",
        "c1: matched, amount_mismatch 0.02
         c2: matched, amount_mismatch 1.23
         c3: matched, amount_mismatch 5
         ! posting c1 amount_mismatch 0.0005 rounding suspected
         ! posting c2 amount_mismatch -0.0045 rounding exact
         ! posting c3 amount_mismatch -0.5 debit_missing_or_partial suspected",
    );
}

#[test]
fn attempts_together() {
    check_day(
        "call c1 alice 02T10:00 0 0
         call c1 alice 02T10:01 5 5 attempt=2
         call c2 alice 02T10:02 3 3
         call c2 alice 02T10:03 5 5 attempt=2
         call c3 alice 02T10:04 3 3
         call c3 alice 02T10:05 5 5 attempt=2
         post p1 alice 02T10:00 usage 5 call=c1
         post p2 alice 02T10:00 usage 5 call=c2
         post p3 alice 02T10:00 usage 3 call=c3 attempt=1
         post p4 alice 02T10:00 usage 6 call=c3",
        "c1: matched, matched 0
         c1/2: matched, matched 5
         c2: matched, not_posted 0
         c2/2: matched, matched 5
         c3: matched, matched 3
         c3/2: matched, amount_mismatch 6
         ! posting c2 not_posted -3 debit_missing_or_partial exact
         ! posting c3 amount_mismatch 1",
    );
}

#[test]
fn one_call_id_in_two_sources() {
    check_day(
        "call c1 alice 02T10:00 5 5
         call c1 alice 02T10:00 5 5 source=gw2
         call c2 alice 02T10:00 5 5
         call c2 bob 02T10:00 5 5 source=gw2
         call c3 alice 02T10:00 5 5
         call c3 alice 02T10:00 5 5 source=gw2
         post p1 alice 02T10:00 usage 5 call=c1
         post p2 bob 02T10:00 usage 5 call=c2
         post p3 alice 02T10:00 usage 5 call=c2
         post p4 alice 02T10:00 usage 5 call=c3 source=gw
         post p5 alice 02T10:00 usage 5 call=c3 source=gw2",
        "c1: matched, undecided 0
         c1: matched, undecided 0
         c2: matched, matched 5
         c2: matched, matched 5
         c3: matched, matched 5
         c3: matched, matched 5
         p1: undecided 5
         ! posting c1 undecided 5 [call gw c1 1, call gw2 c1 1]
         ! posting c1 undecided -5 [posting p1]
         ! posting c1 undecided -5 [posting p1]",
    );
}

#[test]
fn by_account_and_amount_where_there_is_one_answer() {
    check_day(
        "call c1 alice 02T10:00 5 5
         call c2 bob 02T10:00 6 6
         call c3 bob 02T10:01 6 6
         call c4 carol 02T10:00 7 7 key=k1
         call c5 carol 02T10:00 7 7 key=k2
         call c6 dave 02T01:00 7 7
         post p1 alice 02T11:00 usage 5
         post p2 bob 02T11:00 usage 6
         post p3 carol 02T11:00 usage 7 key=k2
         post p4 dave 02T14:00 usage 7",
        "c1: matched, matched 5
         c2: matched, undecided 0
         c3: matched, undecided 0
         c4: matched, not_posted 0
         c5: matched, matched 7
         c6: matched, not_posted 0
         p2: undecided 6
         p4: no_call 7
         ! posting c6 not_posted -7 debit_missing_or_partial exact
         ! posting c2 undecided -6 [posting p2]
         ! posting c4 not_posted -7 debit_missing_or_partial exact
         ! posting c3 undecided -6 [posting p2]
         ! posting p2 undecided 6 [call gw c2 1, call gw c3 1]
         ! posting p4 no_call 7 log_row_lost suspected",
    );
}

#[test]
fn by_amount_in_another_unit() {
    check_day(
        "rate credit 0.01 CNY
         call c1 alice 02T10:00 5 5
         post p1 alice 02T11:00 usage 500 unit=credit",
        "c1: matched, matched 5",
    );
}

#[test]
fn a_posting_for_a_span() {
    check_day(
        "call c1 alice 02T10:00 5 5
         call c2 alice 02T10:30 6 6 key=k1
         call c3 alice 02T10:40 7 7
         call c4 alice 02T11:00 8 8
         call c5 bob 02T10:00 9 9
         post p1 alice 02T11:05 usage 10 from=02T10:00 until=02T11:00
         post p2 alice 02T11:05 usage 1 from=02T10:00 until=02T11:00 wallet=gift
         post p3 alice 02T10:41 usage 7 call=c3
         post p4 alice 02T11:05 usage 8.5 from=02T11:00 until=02T12:00
         post p5 bob 02T11:05 usage 9 from=02T11:00 until=02T12:00",
        "c1: matched, matched 5
         c2: matched, matched 6
         c3: matched, matched 7
         c4: matched, matched 8
         c5: matched, not_posted 0
         p1: matched 0
         p2: matched 0
         p4: amount_mismatch 0.5
         p5: no_call 9
         ! posting c5 not_posted -9 debit_missing_or_partial exact
         ! posting p4 amount_mismatch 0.5
         ! posting p5 no_call 9 log_row_lost suspected",
    );
}

#[test]
fn a_span_of_one_key_goes_before_that_of_the_account() {
    check_day(
        "call c1 alice 02T10:00 5 5 key=k1
         call c2 alice 02T10:00 6 6
         post p1 alice 02T11:00 usage 6 from=02T10:00 until=02T11:00
         post p2 alice 02T11:00 usage 5 from=02T10:00 until=02T11:00 key=k1",
        "c1: matched, matched 5
         c2: matched, matched 6
         p1: matched 0
         p2: matched 0",
    );
}

#[test]
fn accounts_that_pay_by_invoice_have_no_debits() {
    check_day(
        "postpaid alice
         call c1 alice 02T10:00 5 5
         call c2 bob 02T10:00 5 5",
        "c1: matched, not_compared
         c2: matched, not_posted 0
         ! posting c2 not_posted -5 debit_missing_or_partial exact",
    );
}

#[test]
fn usage_that_contradicts_itself() {
    check_day(
        "call c1 alice 02T10:00 5 5 note=cut
         no ledger",
        "c1: matched, not_compared
         ! usage c1 usage_overlap usage_overlap exact",
    );
}

#[test]
fn postings_of_one_id_are_one_posting() {
    let world = World::read(
        "call c1 alice 02T10:00 5 5
         post p1 alice 02T10:00 usage 5 call=c1
         post p1 alice 02T10:00 usage 5 call=c1
         post p1 alice 02T09:00 usage 4 call=c1",
    );
    assert_eq!(world.tell(), "c1: matched, matched 5\n! funding c1 posting_conflict -1 posting_conflict exact",);
    let conflicts = world.run().unwrap().conflicts;
    assert_eq!(conflicts.len(), 1);
    assert_eq!((&*conflicts[0].posting_id, conflicts[0].amount), ("p1", amount("-4")));
}

#[test]
fn a_right_debit_beside_a_wrong_log_shares_its_cause() {
    let world = World::read(
        "call c1 alice 02T10:00 7 5
         call c2 alice 02T10:01 7 7
         post p1 alice 02T10:00 usage 5 call=c1
         post p2 alice 02T10:01 usage 9 call=c2",
    );
    let findings = world.run().unwrap().findings;
    let asked = |f: &Finding| {
        let ratio = f.evidence.iter().find(|e| e.0 == "ratio").map(|e| e.1.clone());
        (f.leg.name(), f.call_id.clone().unwrap(), f.origin.clone(), ratio.unwrap())
    };
    let said = |leg, call: &str, ratio: &str| (leg, call.to_owned(), "source gw, model m".to_owned(), ratio.to_owned());
    let all: Vec<_> = findings.iter().map(asked).collect();
    assert_eq!(all, [said("charge", "c1", "1.4"), said("posting", "c1", "1.4"), said("posting", "c2", "1.285714")]);
}

#[test]
fn what_a_finding_says() {
    let world = World::read(
        "call c1 alice 02T10:30 5 4 key=k1 attempt=2
         post p1 alice 02T10:31 usage 3 call=c1 wallet=gift",
    );
    let finding = world.run().unwrap().findings.into_iter().find(|f| f.leg == Leg::Posting).unwrap();
    assert_eq!(finding.finding_id, finding_id(Leg::Posting, "posting", &["gw", "c1", "2"]));
    assert_eq!(finding.origin, "gw 2026-10-02T10:00:00Z");
    assert_eq!(finding.incident_id, incident_id("debit_missing_or_partial", &finding.origin));
    assert_eq!((finding.expected, finding.recorded), (Some(amount("4")), Some(amount("5"))));
    assert_eq!((finding.posted, finding.difference), (Some(amount("3")), Some(amount("-2"))));
    assert_eq!((finding.api_key_id.as_deref(), finding.wallet.as_deref()), (Some("k1"), Some("gift")));
    assert_eq!((finding.posting_id.as_deref(), finding.attempt), (Some("p1"), Some(2)));
    assert_eq!((finding.at, finding.unit.as_deref()), (Some(at("02T10:30")), Some("CNY")));
}
