//! What every account would get.

use super::documents::amount;
use super::world::{World, october};
use crate::domain::invoice::*;
use crate::domain::reconcile::{Certainty, Class, Finding, Leg};

#[test]
fn each_account_gets_what_its_row_asks_for() {
    let accounts = [
        "a postpaid",
        "b postpaid invoice_on=request",
        "c postpaid invoice_on=none",
        "d prepaid",
        "e prepaid invoice_on=usage currency=EUR",
    ];
    let calls: Vec<String> = ["a", "b", "c", "d", "e"].map(|id| format!("c-{id} {id} m 05T10:00 EUR 5 -")).into();
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    let world = World::new(&accounts, &calls, &["p1 05T10:00 d/main EUR usage -5 call=c-d"]);
    assert_eq!(
        world.shown(),
        [
            "invoice/usage/a/2026-10 invoice 5 EUR",
            "invoice/request/b/2026-10 invoice 5 EUR",
            "statement/d/main/EUR/2026-10 statement",
            "invoice/usage/e/2026-10 invoice 5 EUR",
        ]
    );
    let on_request: Vec<bool> = world.drafts().iter().map(|d| d.on_request).collect();
    assert_eq!(on_request, [false, true, false, false]);
}

#[test]
fn a_commitment_is_owed_by_who_was_there_when_the_month_began() {
    let accounts = ["old postpaid currency=EUR commitment=50", "new postpaid currency=EUR commitment=50 from=05T00:00"];
    let world = World::new(&accounts, &[], &[]);
    assert_eq!(world.shown(), ["invoice/usage/old/2026-10 invoice 50 EUR"]);
    let world = World::new(&accounts, &["c1 new m 06T10:00 EUR 5 -"], &[]);
    assert_eq!(world.shown()[0], "invoice/usage/new/2026-10 invoice 50 EUR", "whoever uses anything is billed whole");
}

#[test]
fn usage_of_a_month_has_one_invoice_also_where_the_accounts_way_changed() {
    let mut world = World::new(&["a postpaid"], &["c1 a m 05T10:00 EUR 5 -"], &[]);
    world.issue();
    let requested = World::new(&["a postpaid invoice_on=request"], &["c1 a m 05T10:00 EUR 5 -"], &[]);
    world.parties = requested.parties;
    assert_eq!(world.shown(), ["invoice/usage/a/2026-10 invoice 5 EUR"]);
}

#[test]
fn what_nobody_can_answer_for_is_held() {
    let finding = |leg, certainty, difference| Finding {
        account_id: Some("a".into()),
        unit: Some("EUR".into()),
        certainty,
        difference: Some(amount(difference)),
        ..Finding::new(leg, Class::AmountMismatch, "rule", &["c1"])
    };
    let mut world = World::new(&["a postpaid"], &["c1 a m 05T10:00 EUR 5 -"], &[]);
    world.findings = vec![
        finding(Leg::Charge, Certainty::Unexplained, "-2"),
        finding(Leg::Posting, Certainty::Unexplained, "1"),
        finding(Leg::Charge, Certainty::Exact, "100"),
        finding(Leg::Policy, Certainty::Unexplained, "100"),
    ];
    let held = "invoice/usage/a/2026-10 invoice 5 EUR held: 3 EUR of differences are unexplained";
    assert_eq!(world.shown(), [held]);
    world.rules.hold_above = vec![("EUR".into(), amount("3"))];
    assert_eq!(world.shown(), ["invoice/usage/a/2026-10 invoice 5 EUR"]);
    world.calls = vec!["c1 a m 05T10:00 EUR 5 -".into(), "c2 a m 05T11:00 EUR - -".into()];
    assert_eq!(world.shown(), ["invoice/usage/a/2026-10 invoice 5 EUR held: 1 calls have no price"]);
}

#[test]
fn a_wallet_of_nobody_has_a_statement_that_waits() {
    let world = World::new(&[], &[], &["p1 05T10:00 ghost/main EUR top_up 5"]);
    let held = "statement/ghost/main/EUR/2026-10 statement held: the account is not in the accounts file";
    assert_eq!(world.shown(), [held]);
}

#[test]
fn without_a_currency_or_a_rate_there_is_no_invoice() {
    let world = World::new(
        &["a postpaid", "b postpaid currency=EUR"],
        &["c1 a m 05T10:00 credit 5 -", "c2 b m 05T10:00 credit 5 -"],
        &[],
    );
    assert_eq!(
        world.shown(),
        [
            "invoice/usage/a/2026-10 nothing held: credit is no currency, and the account names none",
            "invoice/usage/b/2026-10 nothing held: there is no rate from credit to EUR",
        ]
    );
}

#[test]
fn a_row_that_cannot_be_read_stops_the_bills_and_names_the_column() {
    let world = World::new(&["a postpaid tax=much"], &[], &[]);
    let error = world.with_builder(october(), |b| b.drafts(&AccountMonths::default())).unwrap_err();
    assert_eq!(error.to_string(), "tax of account a cannot be read");
    assert!(matches!(error, BillingError::Column { column: "tax", .. }));
}
