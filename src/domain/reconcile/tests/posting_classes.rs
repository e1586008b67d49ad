//! Classes of the posting leg: which movements pay for which calls.

use super::*;

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
