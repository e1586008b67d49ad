//! An invoice billed once more, after it was taken back whole.

use super::documents::amount;
use super::left::{ask, hundred, month, pay};
use super::world::World;
use crate::domain::invoice::bill_again::AgainError;
use crate::domain::invoice::*;
use crate::domain::ledger::Mode;
use crate::domain::period::{Day, Instant};

/// Bills an invoice once more by an account's row.
pub(super) fn again(world: &mut World, number: &str, row: &str) -> Result<Document, AgainError> {
    let parties = World::new(&[row], &[], &[]).parties;
    let account = parties.account("a", Instant::MAX).unwrap();
    let terms = BillingTerms::of(account).unwrap();
    let (issuer, issued_on) = (Issuer::default(), Day::new(2026, 12, 2).unwrap());
    let asked = AgainAsk { account, terms: &terms, issuer: &issuer, series: "INV-", issued_on };
    let made = bill_again(&world.issued, world.issued.of_number(number).unwrap(), &asked)?;
    check_document(&made).unwrap();
    world.finish(vec![Draft { document: Some(made.clone()), ..Draft::new(again_key(number), "a") }]);
    Ok(made)
}

/// Before tax, tax, and what is to be paid.
fn money(document: &Document) -> [String; 3] {
    let totals = document.totals.as_ref().unwrap();
    [totals.net, totals.tax[0].amount, totals.payable].map(|a| a.to_string())
}

const NOW: &str = "a postpaid tax=reverse_charge tax_id=DE999 terms_days=14";

#[test]
fn what_was_taken_back_whole_is_billed_with_the_tax_and_to_the_address_of_now() {
    let mut world = hundred();
    world.credit("N-1", &ask(&[], Some(amount("30")))).unwrap();
    let early = again(&mut world, "N-1", NOW);
    assert_eq!(early, Err(AgainError::SomethingLeft { left: amount("70") }));
    world.credit("N-1", &ask(&[], None)).unwrap();
    let first = world.issued.of_number("N-1").unwrap().clone();
    let made = again(&mut world, "N-1", NOW).unwrap();
    assert_eq!(money(&made), ["100", "0", "100"]);
    assert_eq!((&made.lines, &made.sources, made.period), (&first.lines, &first.sources, first.period));
    assert_eq!((made.customer.tax_id.as_str(), made.due_on), ("DE999", Day::new(2026, 12, 16)));
    assert_eq!(made.reason.as_deref(), Some("bills once more N-1, which N-2, N-3 took back"));
    // It is what billed October now: its calls are counted once, and corrections name it.
    assert_eq!(world.issued.invoiced("a", first.period).unwrap().calls, 2);
    world.calls[0] = "c1 a m 05T10:00 EUR 10 -".into();
    world.issue_late(month(1));
    assert_eq!(world.finals()[3..], ["N-4 100", "N-5 50 over N-4"]);
    world.credit("N-4", &ask(&[], None)).unwrap();
    assert_eq!(money(&again(&mut world, "N-4", "a postpaid tax=standard:19").unwrap()), ["50", "9.5", "59.5"]);
    world.issue_late(month(2));
    assert_eq!(world.finals().len(), 7, "and nothing is billed a second time");
}

#[test]
fn what_was_corrected_is_not_owed_again() {
    let mut world = hundred();
    world.calls[0] = "c1 a m 05T10:00 EUR 10 -".into();
    world.issue_late(month(1));
    world.credit("N-1", &ask(&[], None)).unwrap();
    assert_eq!(world.finals(), ["N-1 100", "N-2 50 over N-1", "N-3 50 over N-1"]);
    assert_eq!(money(&again(&mut world, "N-1", NOW).unwrap()), ["50", "0", "50"]);
    world.issue_late(month(2));
    assert_eq!(world.finals().len(), 4, "{:?}", world.finals());
    let mut gone = hundred();
    gone.calls.clear();
    gone.issue_late(month(1));
    assert_eq!(again(&mut gone, "N-1", NOW), Err(AgainError::NotAskedFor));
}

/// 1.04 with 19 % in it is 0.87 and 0.17; 19 % of 0.87 are 0.17 as well, of 1.03 they would not be.
#[test]
fn prices_with_tax_in_them_come_to_the_same_cent_again() {
    for (gross, net, tax) in [("1.03", "0.87", "0.16"), ("1.04", "0.87", "0.17")] {
        let mut world = World::new(&["a postpaid tax=inclusive:19"], &[&format!("c1 a m 05T10:00 EUR {gross} -")], &[]);
        world.issue();
        world.credit("N-1", &ask(&[], None)).unwrap();
        assert_eq!(money(&again(&mut world, "N-1", "a postpaid tax=inclusive:19").unwrap()), [net, tax, gross]);
        world.credit("N-3", &ask(&[], None)).unwrap();
        assert_eq!(money(&again(&mut world, "N-3", NOW).unwrap()), [net, "0", net]);
        world.issue_late(month(1));
        assert_eq!(world.finals().len(), 5, "no tax is late: {:?}", world.finals());
    }
}

#[test]
fn of_what_was_paid_only_the_tax_within_it_is_another() {
    let mut world = World::new(&["a prepaid tax=standard:19 invoice_on=top_up"], &[], &[]);
    let paid = ["p1 05T10:00 a/main EUR top_up 100 ref=r1", "p2 06T10:00 a/main EUR top_up 30 ref=r2"];
    pay(&mut world, month(0), &paid);
    world.credit("N-1", &ask(&[], None)).unwrap();
    let made = again(&mut world, "N-1", "a prepaid tax=standard:7 invoice_on=top_up").unwrap();
    let totals = made.totals.as_ref().unwrap();
    assert_eq!(money(&made), ["121.5", "8.5", "0"]);
    assert_eq!((totals.total, totals.paid, made.due_on), (amount("130"), amount("130"), None));
    assert_eq!(made.lines.iter().map(|l| l.net.to_string()).collect::<Vec<_>>(), ["93.46", "28.04"]);
    // A payout takes from it, not from what is gone.
    pay(&mut world, month(1), &["p8 08T10:00 a/main EUR payout -30 ref=r2"]);
    assert_eq!(world.finals()[3..], ["N-4 28.04 over N-3"]);
    assert_eq!(world.parties.account("a", Instant::MAX).unwrap().mode, Mode::Prepaid);
}

#[test]
fn notes_and_statements_are_not_billed_again() {
    let mut world = hundred();
    world.credit("N-1", &ask(&[], None)).unwrap();
    assert_eq!(again(&mut world, "N-2", NOW), Err(AgainError::NotAnInvoice("N-2".into())));
    let other = again(&mut world, "N-1", "a postpaid currency=CHF");
    assert_eq!(other, Err(AgainError::OtherCurrency { is: "EUR".into(), row: "CHF".into() }));
}
