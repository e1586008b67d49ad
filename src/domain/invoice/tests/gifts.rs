//! What gifts and advances pay of calls.

use super::documents::amount;
use super::world::World;
use crate::domain::invoice::*;
use crate::domain::ledger::tests::at;
use crate::domain::money::{UnitRate, Units};

/// The lines of the account's invoice: `m 10 EUR`.
fn lines(world: &World) -> Vec<String> {
    let drafts = world.drafts();
    let invoices = drafts.iter().filter_map(|d| d.document.as_ref()).filter(|d| d.kind == DocumentKind::Invoice);
    let line = |l: &Line| format!("{} {} {} = {}", l.text, l.usage_amount, l.unit, l.net);
    invoices.flat_map(|d| &d.lines).map(line).collect()
}

fn world(calls: &[&str], postings: &[&str]) -> World {
    World::new(&["a postpaid currency=EUR"], calls, postings)
}

#[test]
fn given_credit_takes_off_what_it_paid() {
    let postings = ["p0 01T09:00 a/main EUR grant 3", "p1 05T10:00 a/main EUR usage -5 call=c1"];
    let world = world(&["c1 a m 05T10:00 EUR 5 5"], &postings);
    assert_eq!(lines(&world), ["m 5 EUR = 5", "Paid from free credit -3 EUR = -3"]);
}

#[test]
fn a_gift_is_worth_what_the_calls_it_paid_are_billed_at() {
    let rate = |amount: &str, from: &str| UnitRate {
        name: "credit".into(),
        unit: "EUR".into(),
        amount: amount.parse().unwrap(),
        from: at(from),
    };
    let calls = ["c1 a m 20T10:00 credit 1000 1000", "c2 a m 21T10:00 credit 500 500"];
    let postings = [
        "g1 01T10:00 a/main credit grant 1000",
        "p1 20T10:00 a/main credit usage -1000 call=c1",
        "p2 21T10:00 a/main credit usage -500 call=c2",
    ];
    let world = World {
        units: Units::new(vec![rate("0.01", "01T00:00"), rate("0.02", "16T00:00")]),
        ..world(&calls, &postings)
    };
    assert_eq!(lines(&world), ["m 1500 credit = 30", "Paid from free credit -1000 credit = -20"]);
}

#[test]
fn only_debits_of_calls_use_up_a_gift() {
    let calls = ["c1 a m 20T10:00 EUR 100 100"];
    let debit = "p1 20T10:00 a/main EUR usage -100 call=c1";
    for (gone, given) in [("expiry -30", "0"), ("fee -10", "20"), ("adjustment -30", "0"), ("transfer -25", "5")] {
        let kind = format!("e1 10T00:00 a/main EUR {gone}");
        let world = world(&calls, &["g1 01T10:00 a/main EUR grant 30", &kind, debit]);
        let own = &world.months().accounts["a"];
        assert_eq!(own.given.values().copied().next().unwrap_or_default(), amount(given), "{gone}");
    }
}

#[test]
fn a_gift_pays_while_it_is_valid_and_in_the_order_of_debits() {
    let calls = ["c1 a m 05T10:00 EUR 5 5", "c2 a m 06T10:00 EUR 5 5", "c3 a m 20T10:00 EUR 5 5"];
    let postings = [
        "g1 01T10:00 a/main EUR grant 7 valid=02T00:00..10T00:00",
        "g2 01T10:00 a/main EUR grant 9 valid=25T00:00..30T00:00",
        // The second call was debited first.
        "p2 06T10:00 a/main EUR usage -5 call=c2",
        "p1 07T10:00 a/main EUR usage -5 call=c1",
        "p3 20T10:00 a/main EUR usage -5 call=c3",
    ];
    let mut placer_world = world(&calls, &postings);
    assert_eq!(lines(&placer_world), ["m 15 EUR = 15", "Paid from free credit -7 EUR = -7"]);
    placer_world.calls.remove(1);
    assert_eq!(lines(&placer_world)[1], "Paid from free credit -2 EUR = -2", "what is left for the first");
}

#[test]
fn what_comes_back_of_a_call_goes_where_it_came_from() {
    // Something is owed already when the gift comes, so that a guess would pay the debt with what comes back.
    let calls = ["c0 a m 02T10:00 EUR 50 50", "c1 a m 05T10:00 EUR 7 7", "c2 a m 06T10:00 EUR 40 40"];
    let postings = [
        "p0 02T10:00 a/main EUR usage -50 call=c0",
        "g1 03T10:00 a/main EUR grant 30",
        "h1 05T10:00 a/main EUR hold -10 call=c1",
        "r1 05T10:01 a/main EUR release 10 call=c1",
        "p1 05T10:01 a/main EUR usage -7 call=c1",
        "p2 06T10:00 a/main EUR usage -40 call=c2",
    ];
    assert_eq!(lines(&world(&calls, &postings))[1], "Paid from free credit -30 EUR = -30");
}

#[test]
fn debits_that_name_no_call_pay_in_their_order() {
    let calls = ["c1 a m 05T10:00 EUR 5 5", "c2 a m 06T10:00 EUR 5 5"];
    let postings = ["g1 01T10:00 a/main EUR grant 7", "p1 06T10:00 a/main EUR usage -10"];
    assert_eq!(lines(&world(&calls, &postings)), ["m 10 EUR = 10", "Paid from free credit -7 EUR = -7"]);
}

#[test]
fn a_gift_takes_off_no_more_than_a_call_is_billed_at() {
    // Debited 9 in place of 5: the gift is used up by the ledger, and the invoice has 5 to take it off.
    let postings = ["g1 01T10:00 a/main EUR grant 9", "p1 05T10:00 a/main EUR usage -9 call=c1"];
    assert_eq!(lines(&world(&["c1 a m 05T10:00 EUR 5 9"], &postings))[1], "Paid from free credit -5 EUR = -5");
}

#[test]
fn the_invoice_has_what_an_advance_did_not_pay() {
    let calls = ["c1 a m 05T10:00 EUR 8 8", "c2 a m 06T10:00 EUR 2 2"];
    let postings = [
        "t1 02T10:00 a/advance EUR top_up 5",
        "p1 05T10:00 a/advance EUR usage -5 call=c1",
        "p2 05T10:00 a/main EUR usage -3 call=c1",
        "p3 06T10:00 a/main EUR usage -2 call=c2",
    ];
    let world = world(&calls, &postings);
    assert_eq!(lines(&world), ["m 5 EUR = 5"]);
    let own = &world.months().accounts["a"];
    let part = &own.tallies[&Treatment::Statement];
    assert_eq!((part.calls, part.parts, part.amounts["EUR"]), (0, 1, amount("5")));
    assert_eq!(own.all.amounts["EUR"], amount("10"));
}

#[test]
fn money_on_account_takes_no_usage_off_an_invoice() {
    let postings = ["t1 02T10:00 a/main EUR top_up 5", "p1 05T10:00 a/main EUR usage -5 call=c1"];
    let world = world(&["c1 a m 05T10:00 EUR 5 5"], &postings);
    assert_eq!(world.shown(), ["invoice/usage/a/2026-10 invoice 5 EUR"]);
}

#[test]
fn a_debit_of_another_accounts_wallet_pays_nothing_ahead() {
    let calls = ["c1 a m 05T10:00 EUR 5 5"];
    let postings = ["t1 02T10:00 a/advance EUR top_up 9", "p1 05T10:00 b/main EUR usage -5 call=c1"];
    let world = World::new(&["a postpaid currency=EUR", "b postpaid currency=EUR"], &calls, &postings);
    assert_eq!(world.months().accounts["a"].tallies[&Treatment::Invoice].amounts["EUR"], amount("5"));
}

#[test]
fn what_the_ledger_does_not_say_the_wallet_of_is_not_asked_for_twice() {
    let postings = ["t1 02T10:00 a/advance EUR top_up 9"];
    let world = world(&["c1 a m 05T10:00 EUR 5 5"], &postings);
    assert_eq!(world.months().accounts["a"].tallies[&Treatment::Statement].calls, 1);
}
