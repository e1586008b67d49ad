//! What the platforms promise, and the corners of the rule.

use super::*;

/// LLM Hub mails below 10 % of the last top-up: EUR 20 are 2,000,000 credits.
#[test]
fn below_ten_percent_of_the_last_top_up() {
    let lines = [
        "g1 01T09:00 alice/main credit grant 100000",
        "t1 01T10:00 alice/main credit top_up 2000000",
        "u1 02T10:00 alice/main credit usage -1899999",
        "u2 02T11:00 alice/main credit usage -1",
        "u3 02T12:00 alice/main credit usage -0.5",
        "u4 02T13:00 alice/main credit usage -50000",
    ];
    World::new("10%", &["alice"], &lines[..4]).check(&[]);
    World::new("10%", &["alice"], &lines).check(&["u3 10% 200000 199999.5"]);
}

#[test]
fn before_any_top_up_the_grants_count() {
    let lines = [
        "g1 01T09:00 alice/main credit grant 60000",
        "g2 01T09:30 alice/main credit grant 40000",
        "u1 02T10:00 alice/main credit usage -90000",
        "u2 02T11:00 alice/main credit usage -1",
    ];
    World::new("10%", &[], &lines[..3]).check(&[]);
    World::new("10%", &[], &lines).check(&["u2 10% 10000 9999"]);
}

#[test]
fn a_wallet_of_unknown_origin_has_no_percentage() {
    World::new("10%", &[], &["01T09:00 alice/main CNY 5", "u1 02T10:00 alice/main CNY usage -4.99"]).check(&[]);
    World::new("10%;1", &[], &["01T09:00 alice/main CNY 5", "u1 02T10:00 alice/main CNY usage -4.99"])
        .check(&["u1 1 1 0.01"]);
}

/// An operator set a threshold, the balance fell below it, and neither a mail came nor a word why.
#[test]
fn a_threshold_that_nothing_can_be_held_against_is_told() {
    let told = |default: &str, lines: &[&str]| -> Vec<String> {
        let mut world = World::new(default, &["alice", "bob!postpaid"], lines);
        world.complete_from = None;
        let watches = world.watches(Day::new(2026, 10, 1).unwrap(), Day::new(2026, 10, 9).unwrap());
        watches.unwatched().iter().map(|u| format!("{}: {}", u.wallet.account_id, u.why)).collect()
    };
    let (used, billed) = ("u1 02T10:00 alice/main CNY usage -4.99", "u2 02T10:00 bob/main CNY usage -4.99");
    assert_eq!(told("100", &[used, billed]), ["alice: its balance is not known"]);
    let known = ["01T09:00 alice/main CNY 5", used];
    assert!(told("100", &known).is_empty());
}

#[test]
fn accounts_have_thresholds_of_their_own() {
    let lines = [
        "t1 01T10:00 alice/main CNY top_up 1000",
        "t2 01T10:00 bob/main CNY top_up 1000",
        "t3 01T10:00 carol/main CNY top_up 1000",
        "u1 02T10:00 alice/main CNY usage -600",
        "u2 02T10:00 bob/main CNY usage -600",
        "u3 02T10:00 carol/main CNY usage -600",
    ];
    World::new("10%", &["alice=500", "bob=39.9%", "carol=41%"], &lines).check(&["u1 500 500 400", "u3 41% 410 400"]);
}

#[test]
fn days_left_are_counted_at_the_mean_of_seven_full_days() {
    // 70 in the seven days before the 9th: 10 a day, 3 days are 30.
    let mut lines: Vec<String> = vec!["t1 01T10:00 alice/main CNY top_up 106".into()];
    lines.extend((2..9).map(|d| format!("u{d} {d:02}T10:00 alice/main CNY usage -10")));
    let with = |more: &[&str]| {
        let all: Vec<&str> = lines.iter().map(String::as_str).chain(more.iter().copied()).collect();
        World::new("3d", &[], &all)
    };
    with(&["v1 09T10:00 alice/main CNY usage -6"]).check(&[]);
    let more = ["v1 09T10:00 alice/main CNY usage -6", "v2 09T11:00 alice/main CNY usage -0.01"];
    with(&more).check(&["v2 3d 30 29.99"]);
    let low = with(&more).watches(Day::new(2026, 10, 1).unwrap(), Day::new(2026, 10, 9).unwrap());
    let low = low.low(Day::new(2026, 10, 9).unwrap()).unwrap();
    assert_eq!(low[0].pace.used, amount("70"));
    assert_eq!(low[0].pace.tenths_left(low[0].balance), Some(29));
}

#[test]
fn days_without_use_do_not_arm_again() {
    let lines = [
        "t1 01T10:00 alice/main CNY top_up 100",
        "u1 02T10:00 alice/main CNY usage -70",
        "u2 03T10:00 alice/main CNY usage -10",
        "u3 20T10:00 alice/main CNY usage -1",
        "u4 21T10:00 alice/main CNY usage -1",
    ];
    // 70 / 7 a day: 3 days are 30; later there is no pace, but nothing came in.
    // Two days of 70: 35 a day.
    World::new("3d", &[], &lines).check(&["u2 3d 105 20"]);
}

#[test]
fn only_what_comes_in_arms_again() {
    let lines = [
        "t1 01T10:00 alice/main CNY top_up 1000",
        "u1 02T10:00 alice/main CNY usage -950",
        "u2 02T11:00 alice/main CNY usage -1",
        "r1 02T12:00 alice/main CNY refund 50",
        "u3 02T13:00 alice/main CNY usage -1",
        "r2 02T14:00 alice/main CNY refund 2",
        "u4 02T15:00 alice/main CNY usage -0.01",
    ];
    World::new("10%", &[], &lines[..3]).check(&["u1 10% 100 50"]);
    // 99 after r1: still below. 98 after u3, 100 after r2: at the threshold is not below it.
    World::new("10%", &[], &lines[..5]).check(&["u1 10% 100 50"]);
    World::new("10%", &[], &lines[..6]).check(&[]);
    World::new("10%", &[], &lines).check(&["u4 10% 100 99.99"]);
}

#[test]
fn a_higher_threshold_starts_armed_and_the_newest_crossing_is_told() {
    let lines = [
        "t1 01T10:00 alice/main CNY top_up 1000",
        "u1 02T10:00 alice/main CNY usage -400",
        "u2 04T10:00 alice/main CNY usage -1",
        "u3 05T10:00 alice/main CNY usage -550",
    ];
    let accounts = ["alice=500", "alice@03T00:00=50;700"];
    World::new("10%", &accounts, &lines[..2]).check(&[]);
    World::new("10%", &accounts, &lines[..3]).check(&["u2 700 700 599"]);
    World::new("10%", &accounts, &lines).check(&["u3 50 50 49"]);
}

#[test]
fn packages_are_wallets_of_their_own() {
    let lines = [
        "t1 01T10:00 alice/main CNY top_up 100",
        "p1 01T10:00 alice/basic token package_purchase 1000000",
        "u1 02T10:00 alice/basic token usage -900001",
        "u2 02T10:00 alice/main CNY usage -50",
    ];
    World::new("10%", &[], &lines).check(&["u1 10% 100000 99999"]);
}

#[test]
fn postpaid_accounts_have_only_their_own() {
    let lines = ["u1 02T10:00 alice/main CNY usage -50", "u2 02T10:00 bob/main CNY usage -50"];
    World::new("500", &["alice!postpaid", "bob!postpaid=-0"], &lines).check(&["u2 0 0 -50"]);
}

#[test]
fn the_ledger_has_the_last_word_and_a_difference_is_kept() {
    let lines = [
        "t1 01T10:00 alice/main CNY top_up 100",
        "u1 02T10:00 alice/main CNY usage -50",
        "02T10:00 alice/main CNY 30",
        "u2 03T10:00 alice/main CNY usage -25",
    ];
    let mut world = World::new("10%", &[], &lines);
    world.check(&["u2 10% 10 5"]);
    let apart = world.low()[0].disagreement.unwrap();
    assert_eq!((apart.ours, apart.ledger), (amount("50"), amount("30")));
    world.tolerance.insert("CNY".into(), amount("20"));
    assert_eq!(world.low()[0].disagreement, None);
    // A later balance that agrees settles it.
    world.tolerance.clear();
    world.balances.push(balance("04T10:00 alice/main CNY 5"));
    assert_eq!(world.low()[0].disagreement, None);
}

/// By the movements 40 were left, the ledger said 120 and then, a movement later, 119: there was no crossing. The
/// next one is told of; a disagreement that found less than the movements changes nothing.
#[test]
fn what_a_disagreement_made_low_never_was_once_it_is_settled() {
    let lines = [
        "t1 01T10:00 alice/main CNY top_up 100",
        "u1 02T10:00 alice/main CNY usage -60",
        "02T11:00 alice/main CNY 120",
        "u2 03T10:00 alice/main CNY usage -1",
        "03T11:00 alice/main CNY 119",
    ];
    let world = |more: &[&str]| World::new("50", &[], &[&lines[..], more].concat());
    assert!(!World::new("50", &[], &lines[..4]).low()[0].is_below, "nor is it below while it is not settled");
    world(&[]).check(&[]);
    world(&["u3 04T10:00 alice/main CNY usage -80"]).check(&["u3 50 50 39"]);
    let less =
        ["t1 01T10:00 alice/main CNY top_up 100", "u1 02T10:00 alice/main CNY usage -60", "02T11:00 alice/main CNY 30"];
    World::new("50", &[], &[&less[..], &["03T11:00 alice/main CNY 30"]].concat()).check(&["u1 50 50 40"]);
}

/// The mean of a wallet that is three days old is over three days, not over seven.
#[test]
fn a_young_wallets_mean_is_over_the_days_it_has() {
    let lines = [
        "t1 01T10:00 alice/main CNY top_up 100",
        "u1 01T11:00 alice/main CNY usage -10",
        "u2 02T10:00 alice/main CNY usage -20",
        "u3 03T10:00 alice/main CNY usage -30",
        "u4 04T10:00 alice/main CNY usage -1",
    ];
    // Before the 4th 60 in three days: two days are 40; before the 3rd 30 in two: 30 of 40.
    World::new("2d", &[], &lines).check(&["u4 2d 40 39"]);
    let low = World::new("2d", &[], &lines).watches(Day::new(2026, 10, 1).unwrap(), Day::new(2026, 10, 4).unwrap());
    let low = low.low(Day::new(2026, 10, 4).unwrap()).unwrap().remove(0);
    assert_eq!((low.pace.days, low.pace.used, low.pace.tenths_left(low.balance)), (3, amount("60"), Some(19)));
}

#[test]
fn each_crossing_has_one_fate() {
    let lines = ["t1 01T10:00 alice/main CNY top_up 100", "u1 02T10:00 alice/main CNY usage -95"];
    let low = World::new("10%", &[], &lines).low().remove(0);
    let fresh = Span::from_hours(24);
    let (soon, late) = (at("03T10:00"), at("03T10:01"));
    let mut notified = NotifiedLog::default();
    assert_eq!(decide(&low, &notified, soon, fresh), NoticeDecision::Due);
    assert_eq!(decide(&low, &notified, late, fresh), NoticeDecision::Expired);
    let apart = Disagreement { at: soon, ours: Amount::ZERO, ledger: amount("1") };
    let held = Low { disagreement: Some(apart), ..low.clone() };
    assert_eq!(decide(&held, &notified, soon, fresh), NoticeDecision::Held(apart));
    let key = NoticeKey::of(&low);
    assert_eq!(NoticeKey::parse(&key.to_string()), Some(key));
    assert_eq!(NoticeKey::parse("invoice/INV-1"), None);
    notified.note(key);
    assert_eq!(decide(&low, &notified, soon, fresh), NoticeDecision::Notified);
}

#[test]
fn a_late_posting_that_moves_the_beginning_back_is_no_second_crossing() {
    let mut lines = vec!["t1 01T10:00 alice/main CNY top_up 100", "u9 02T12:00 alice/main CNY usage -95"];
    let first = World::new("10%", &[], &lines).low().remove(0);
    let mut notified = NotifiedLog::default();
    notified.note(NoticeKey::of(&first));
    lines.push("u5 02T11:00 alice/main CNY usage -92");
    let moved = World::new("10%", &[], &lines).low().remove(0);
    assert_eq!(moved.crossing.posting_id, "u5");
    assert_eq!(decide(&moved, &notified, at("02T13:00"), Span::from_hours(24)), NoticeDecision::Notified);
    // A top-up between ends the range: what follows is told of.
    lines.extend(["t2 02T13:00 alice/main CNY top_up 100", "u6 02T14:00 alice/main CNY usage -12"]);
    let next = World::new("10%", &[], &lines).low().remove(0);
    assert_eq!(decide(&next, &notified, at("02T15:00"), Span::from_hours(24)), NoticeDecision::Due);
}

#[test]
fn a_sum_too_large_is_an_error() {
    let big = "99999999999999999999";
    let world = World::new("3d", &[], &[&format!("t1 01T10:00 alice/main CNY top_up {big}")]);
    let mut postings = world.postings.clone();
    postings.push(posting(&format!("t2 01T11:00 alice/main CNY top_up {big}")));
    let day = Day::new(2026, 10, 1).unwrap();
    let movements = DayMovements {
        span: Zone::UTC.span_of(day),
        complete_from: Some(Instant::MIN),
        postings: &postings,
        balances: &[],
        keys: &[],
        named: &[],
    };
    let error = Watches::default().advance(day, &Timeline::new(&movements), &world.rules()).unwrap_err();
    assert!(error.to_string().contains("alice"), "{error}");
}
