//! Documents over money that was paid in or back.

use super::documents::amount;
use super::world::{World, net};
use crate::domain::invoice::*;
use crate::domain::period::Zone;

const TOP_UP: &str = "p1 05T10:00 a/main EUR top_up 50";

#[test]
fn what_was_paid_is_invoiced_once_by_currency() {
    let postings = [TOP_UP, "p2 06T10:00 a/main credit package_purchase 100 money=7.14:USD ref=r1"];
    let mut world = World::new(&["a prepaid invoice_on=top_up"], &[], &postings);
    let invoices = |world: &World| world.shown().into_iter().filter(|d| d.starts_with("invoice")).collect::<Vec<_>>();
    let both = ["invoice/top_up/a/EUR/2026-10 invoice 50 EUR", "invoice/top_up/a/USD/2026-10 invoice 7.14 USD"];
    assert_eq!(invoices(&world), both);
    world.issue();
    assert_eq!(invoices(&world), both, "a final document of the period is drafted again as it was");
    let late = world.late(&[]);
    assert_eq!(late["a"].payments.len(), 2);
    world.late = late;
    world.postings.clear();
    let november = super::world::october().next();
    let drafts = world.with_builder(november, |b| b.drafts(&AccountMonths::default())).unwrap();
    assert!(drafts.is_empty(), "the same money is never invoiced twice");
}

#[test]
fn a_payment_is_known_again_by_its_text() {
    let world = World::new(
        &[],
        &[],
        &[TOP_UP, "p2 06T10:00 a/main EUR payout -5 ref=r1", "p3 07T10:00 a/main EUR top_up 1 ref=p3"],
    );
    let texts: Vec<String> = payments_of(&world.postings).iter().map(|(_, p)| p.text(Zone::UTC)).collect();
    assert_eq!(texts, ["Top-up p1 of 2026-10-05", "Paid back p2 of 2026-10-06, r1", "Top-up p3 of 2026-10-07"]);
}

#[test]
fn what_goes_back_corrects_the_invoice_it_was_paid_on() {
    let mut world = World::new(&["a prepaid invoice_on=top_up"], &[], &[TOP_UP]);
    world.issue();
    world.postings = vec![crate::domain::ledger::tests::posting("p9 06T10:00 a/main EUR payout -20")];
    let november = super::world::october().next();
    let mut months = AccountMonths::default();
    months.add_payments(payments_of(&world.postings));
    let drafts = world.with_builder(november, |b| b.drafts(&months)).unwrap();
    let note = drafts[0].document.as_ref().unwrap();
    let invoice = world.issued.all().iter().find(|d| d.key.starts_with("invoice/")).unwrap();
    assert_eq!((note.kind, net(note)), (DocumentKind::CreditNote, amount("20")));
    assert_eq!(note.corrects, invoice.document.number);
    check_document(note).unwrap();
    world.issued = IssuedDocuments::default();
    let drafts = world.with_builder(november, |b| b.drafts(&months)).unwrap();
    assert_eq!(drafts[0].holds, [Hold::NothingToCorrect]);
}

#[test]
fn money_that_nobody_told_is_asked_for() {
    let world = World::new(&["a prepaid invoice_on=top_up"], &[], &["p1 05T10:00 a/main credit top_up 50"]);
    let invoice = world.drafts().into_iter().find(|d| d.key.starts_with("invoice/")).unwrap();
    assert_eq!((invoice.document, invoice.holds), (None, vec![Hold::NoMoney("p1".into())]));
    let odd = ["p1 05T10:00 a/main credit top_up 50 money=5:XAU"];
    let world = World::new(&["a prepaid invoice_on=top_up"], &[], &odd);
    let invoice = world.drafts().into_iter().find(|d| d.key.starts_with("invoice/")).unwrap();
    assert_eq!((invoice.document, invoice.holds), (None, vec![Hold::NoCurrency("XAU".into())]));
}
