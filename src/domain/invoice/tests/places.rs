//! Where calls go, and that they are all somewhere.

use super::documents::amount;
use super::world::{World, october};
use crate::domain::invoice::*;
use crate::domain::money::Amount;

fn tallies(world: &World, account: &str) -> Vec<String> {
    let months = world.months();
    let show = |(place, tally): (&Treatment, &Tally)| {
        let amounts: Vec<String> = tally.amounts.iter().map(|(unit, amount)| format!("{amount} {unit}")).collect();
        format!("{} {} {}", place.name(), tally.calls, amounts.join(" "))
    };
    months.accounts[account].tallies.iter().map(show).collect()
}

#[test]
fn a_call_goes_where_the_accounts_row_at_the_months_end_says() {
    let calls = ["c1 alice m 02T10:00 EUR 5 -", "c2 alice m 20T10:00 EUR 7 -", "c3 nobody m 20T10:00 EUR 1 -"];
    let world = World::new(&["alice prepaid", "alice postpaid from=15T00:00"], &calls, &[]);
    assert_eq!(tallies(&world, "alice"), ["invoice 2 12 EUR"]);
    assert_eq!(tallies(&world, "nobody"), ["no_account 1 1 EUR"]);
}

#[test]
fn a_second_logging_of_a_call_is_nowhere() {
    let calls = ["c1 alice m 02T10:00 EUR 5 -", "c1 alice m 02T10:00 EUR 5 - again"];
    let world = World::new(&["alice postpaid"], &calls, &[]);
    let months = world.months();
    assert_eq!(months.accounts["alice"].sums.values().map(|s| s.calls).sum::<u64>(), 1);
    world.charged(|day| {
        day.check(1, |_| amount("10")).unwrap();
        let counted = day.check(2, |_| amount("10")).unwrap_err().to_string();
        assert!(counted.contains("1 are, the day has 2"), "{counted}");
        assert!(day.check(1, |_| amount("5")).is_err(), "what the seal expects of all its rows");
    });
}

#[test]
fn what_a_filled_wallet_paid_is_on_its_statement() {
    let calls = ["c1 alice m 05T10:00 EUR 5 5", "c2 alice m 06T10:00 EUR 7 7", "c3 alice m 07T10:00 EUR 2 -"];
    let postings = [
        "p0 01T09:00 alice/advance EUR top_up 5",
        "p1 05T10:00 alice/advance EUR usage -5 call=c1",
        "p2 06T10:00 alice/main EUR usage -7 call=c2",
    ];
    let world = World::new(&["alice postpaid"], &calls, &postings);
    let shown = world.shown();
    assert_eq!(
        shown,
        [
            "statement/alice/advance/EUR/2026-10 statement",
            // The call that nobody debited was not paid ahead for all we know; it is not posted either.
            "invoice/usage/alice/2026-10 invoice 9 EUR",
        ]
    );
}

fn placed(world: &World, drafts: &[Draft]) -> Vec<String> {
    let places = Places::of(&world.months(), drafts, &world.issued, october()).unwrap();
    places.counts().iter().filter(|(_, n)| **n > 0).map(|(place, calls)| format!("{place} {calls}")).collect()
}

#[test]
fn every_call_is_counted_in_one_place_before_and_after_its_document() {
    let calls = ["c1 alice m 05T10:00 EUR 5 -", "c2 alice m 06T10:00 EUR 0 -", "c3 bob m 06T10:00 EUR 1 -"];
    let mut world = World::new(&["alice postpaid", "bob postpaid invoice_on=request"], &calls, &[]);
    assert_eq!(placed(&world, &world.drafts()), ["free 1", "invoice 1", "not_asked 1"]);
    world.issue();
    world.calls.push("c4 alice m 07T10:00 EUR 2 -".into());
    assert_eq!(placed(&world, &world.drafts()), ["free 1", "invoice 2", "late 1"]);
    let mut held =
        World::new(&["alice postpaid"], &["c1 alice m 05T10:00 EUR 5 -", "c2 alice m 05T11:00 EUR - -"], &[]);
    assert_eq!(placed(&held, &held.drafts()), ["held 1", "unpriced 1"]);
    held.issue();
    assert!(held.issued.all().is_empty(), "what is held gets no number");
}

#[test]
fn lines_bill_what_their_calls_come_to() {
    let world = World::new(&["alice postpaid"], &["c1 alice m 05T10:00 EUR 5 -"], &[]);
    let mut own = world.months().accounts["alice"].clone();
    own.check_lines().unwrap();
    own.sums.values_mut().for_each(|sum| sum.amount = amount("4"));
    assert!(matches!(own.check_lines(), Err(BillingError::Law { .. })));
    own.sums.clear();
    assert!(own.check_lines().is_err(), "a call on no line");
}

#[test]
fn a_call_is_on_the_line_whose_rate_had_begun() {
    use super::documents::{final_invoice, line};
    use crate::domain::ledger::tests::at;
    let money = MoneyTerms { minor_units: 2, ..MoneyTerms::default() };
    let mut invoice = final_invoice("INV-1", &[line("m", "1"), line("m", "2"), line("n", "4")], &money);
    for (line, from) in invoice.lines.iter_mut().zip(["01T00:00", "11T00:00", "01T00:00"]) {
        line.model = Some(line.text.clone());
        let (of, unit) = ("credit".to_owned(), "EUR".to_owned());
        line.rate = vec![Rate { of, amount: "1".parse().unwrap(), unit, from: Some(at(from)) }];
    }
    let on = |model, started: &str| {
        let call = LineCall { model: Some(model), endpoint: None, unit: "EUR", started_at: at(started) };
        line_of(&invoice, &call).map(|line| line.position)
    };
    assert_eq!(
        [on("m", "05T10:00"), on("m", "11T00:00"), on("n", "12T00:00"), on("o", "12T00:00")],
        [Some(1), Some(2), Some(3), None]
    );
    assert_eq!(Amount::sum(invoice.lines.iter().map(|l| l.net)), Some(amount("7")));
}
