//! Who was served: balances, keys, quotas, packages.

use super::*;

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
