//! Classes of the charge and usage legs, and what their findings say.

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
fn usage_that_contradicts_itself() {
    check_day(
        "call c1 alice 02T10:00 5 5 note=cut
         no ledger",
        "c1: matched, not_compared
         ! usage c1 usage_overlap usage_overlap exact",
    );
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
