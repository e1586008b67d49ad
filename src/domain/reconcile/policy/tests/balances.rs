//! What moved: forbidden kinds, funding, balances between each other.

use super::*;

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
fn a_residual_is_named_whole_or_not_at_all() {
    let named = "named not_posted c9 alice 02T10:00 -0.02";
    let whole = [TOP_UP, named, "bal 03T00:00 alice/main CNY 9.98"];
    check(&whole, &["balance_break 03T00:00 debit_missing_or_partial exact"]);
    let both = ["named not_posted c8 alice 02T09:00 -0.03", "bal 03T00:00 alice/main CNY 9.95"];
    check(&[TOP_UP, named, both[0], both[1]], &["balance_break 03T00:00 debit_missing_or_partial exact"]);

    let lines = [TOP_UP, named, "bal 04T00:00 alice/main CNY 9.95", "bal 05T00:00 alice/main CNY 9.95"];
    let found = check(&lines, &["balance_break 04T00:00 balance_unexplained unexplained"]);
    for part in [("named", "0"), ("unexplained", "-0.05")] {
        assert!(found[0].evidence.contains(&(part.0.into(), part.1.into())), "{:?}", found[0].evidence);
    }
    let (_, days) = World::read(&lines).run();
    let broken = days.iter().find(|d| !d.residual.is_zero()).unwrap();
    assert_eq!((broken.residual, broken.named), (amount("-0.05"), amount("0")));
    assert_eq!(broken.unexplained(), Some(amount("-0.05")));
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
