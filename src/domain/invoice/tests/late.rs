//! What a month's second look adds to the next documents.

use super::documents::amount;
use super::world::{World, net, october};
use crate::domain::invoice::*;
use crate::domain::period::Period;

const C1: &str = "c1 a m 05T10:00 EUR 60 -";
const C2: &str = "c2 a m 06T10:00 EUR 40 -";

fn issued(account: &str, calls: &[&str]) -> World {
    let mut world = World::new(&[account], calls, &[]);
    world.issue();
    world
}

#[test]
fn nothing_is_late_where_nothing_changed() {
    assert!(issued("a postpaid", &[C1, C2]).late(&[]).is_empty());
}

#[test]
fn late_usage_is_priced_with_its_own_months_discount() {
    let mut world = issued("a postpaid volume_discount=50:10", &[C1]);
    world.calls.push(C2.into());
    let late = &world.late(&[])["a"];
    assert_eq!((late.lines.len(), late.credits.len(), late.lines[0].currency.as_str()), (1, 0, "EUR"));
    let line = &late.lines[0].line;
    // 100 - 5 in place of 60 - 1.
    assert_eq!((line.net, line.quantity_calls, line.period), (amount("36"), Some(1), october()));
    world.late = world.late(&[]);
    world.calls.clear();
    let november = october().next();
    let drafts = world.with_builder(november, |b| b.drafts(&AccountMonths::default())).unwrap();
    assert_eq!(drafts.iter().filter_map(|d| d.document.as_ref()).map(net).collect::<Vec<_>>(), [amount("36")]);
}

#[test]
fn what_was_billed_too_much_is_given_back_with_a_note_on_its_invoice() {
    let mut world = issued("a postpaid tax=standard:19", &[C1, C2]);
    world.calls.pop();
    let late = &world.late(&[])["a"];
    assert!(late.lines.is_empty());
    let note = &late.credits[0];
    let document = note.document.as_ref().unwrap();
    assert_eq!(note.key, "late/a/2026-10/2026-11");
    assert_eq!((net(document), document.corrects.as_deref()), (amount("40"), Some("N-1")));
    check_document(document).unwrap();
    let again = |account: &str| {
        let key = "late/a/2026-10/2026-11";
        let document =
            Document { customer: Customer { account_id: account.into(), ..Customer::default() }, ..document.clone() };
        world.with_builder(october(), |b| late_note_again(b, &world.drafts(), key, &document)).unwrap()
    };
    assert_eq!(again("a").map(|d| net(&d)), Some(amount("40")));
    assert_eq!(again("b"), None);
}

#[test]
fn what_still_waits_or_was_not_asked_for_is_not_late() {
    let world = World::new(&["a postpaid"], &[C1], &[]);
    assert!(world.late(&["invoice/usage/a/2026-10"]).is_empty());
    assert_eq!(world.late(&[])["a"].lines[0].line.net, amount("60"), "but of a month whose bills went out without it");
    let world = World::new(&["a postpaid invoice_on=request"], &[C1], &[]);
    assert!(world.late(&[]).is_empty(), "whoever asks gets it whole");
}

#[test]
fn what_cannot_be_billed_now_says_nothing_of_what_was() {
    let mut world = issued("a postpaid", &[C1]);
    world.calls = vec!["c1 a m 05T10:00 credit 60 -".into()];
    assert!(world.late(&[]).is_empty());
}

#[test]
fn late_lines_and_payments_are_read_back_from_documents() {
    let mut world = issued("a postpaid", &[C1]);
    world.calls.push(C2.into());
    world.late = world.late(&[]);
    let november: Period = october().next();
    let drafts = world.with_builder(november, |b| b.drafts(&AccountMonths::default())).unwrap();
    let document = drafts[0].document.as_ref().unwrap();
    let said = SaidOfEarlier::of([(drafts[0].key.as_str(), document)], november);
    assert_eq!(said.late["a"].lines.iter().map(|l| l.line.net).collect::<Vec<_>>(), [amount("40")]);
    assert!(said.payment_months().is_empty());
}

/// Documents of November for late lines of October, and nothing of its own: key, what it bills, its tax.
fn november(world: &World) -> Vec<String> {
    let drafts = world.with_builder(october().next(), |b| b.drafts(&AccountMonths::default())).unwrap();
    let show = |d: &Draft| {
        let document = d.document.as_ref().unwrap();
        check_document(document).unwrap();
        let tax = document.totals.as_ref().unwrap().tax[0].amount;
        format!("{} {} {} tax {tax} due in {:?}", d.key, net(document), document.currency, document.terms_days)
    };
    drafts.iter().map(show).collect()
}

/// An account that was moved from EUR to JPY, with usage of its time in EUR that came late: the invoice in
/// JPY had 4.56 of what was EUR, which is no amount in JPY, and nobody's bills went out.
#[test]
fn late_usage_keeps_its_months_currency_and_tax() {
    let mut world = issued("a postpaid currency=EUR tax=standard:10 terms_days=7", &[C1]);
    world.calls.push("c2 a m 06T10:00 EUR 4.56 -".into());
    world.late = world.late(&[]);
    world.calls.clear();
    let own = "late-invoice/a/EUR/S-10/2026-11 4.56 EUR tax 0.46 due in Some(7)";
    assert_eq!(november(&world), ["invoice/usage/a/2026-11 4.56 EUR tax 0.46 due in Some(7)"], "nothing changed");
    for row in [
        "a postpaid currency=JPY tax=standard:10",
        "a postpaid currency=EUR tax=standard:20",
        "a postpaid currency=EUR tax=reverse_charge",
        "a postpaid currency=pound tax=standard:10",
        "a prepaid",
        "a prepaid invoice_on=top_up",
    ] {
        world.parties = World::new(&[row], &[], &[]).parties;
        assert_eq!(november(&world), [own], "{row}");
    }
    world.parties = World::new(&["a postpaid currency=JPY commitment=300"], &[], &[]).parties;
    assert_eq!(november(&world), [own, "invoice/usage/a/2026-11 300 JPY tax 0 due in Some(30)"]);
}

#[test]
fn an_invoice_over_late_usage_alone_is_made_again_from_itself() {
    let mut world = issued("a postpaid currency=EUR tax=inclusive:6", &[C1]);
    world.calls.push(C2.into());
    world.late = world.late(&[]);
    world.parties = World::new(&["a postpaid currency=JPY"], &[], &[]).parties;
    let november = october().next();
    let drafts = world.with_builder(november, |b| b.drafts(&AccountMonths::default())).unwrap();
    let said = SaidOfEarlier::of([(drafts[0].key.as_str(), drafts[0].document.as_ref().unwrap())], november);
    world.late = said.late;
    let again = world.with_builder(november, |b| b.drafts(&AccountMonths::default())).unwrap();
    assert_eq!(again, drafts);
}

/// What one account's document says wrong must not keep the others' from going out.
#[test]
fn a_document_that_breaks_a_law_is_held_alone() {
    let mut world = issued("a postpaid", &[C1]);
    world.calls.push(C2.into());
    world.parties = World::new(&["a postpaid", "b postpaid"], &[], &[]).parties;
    world.late = world.late(&[]);
    world.late.get_mut("a").unwrap().lines[0].line.net = amount("40.005");
    world.late.insert("b".into(), issued_late_of_b());
    world.calls.clear();
    let drafts = world.with_builder(october().next(), |b| b.drafts(&AccountMonths::default())).unwrap();
    let held: Vec<(&str, Vec<String>)> =
        drafts.iter().map(|d| (&*d.account_id, d.holds.iter().map(ToString::to_string).collect())).collect();
    let why = "its sums do not agree: every amount is whole in minor units: 40.005 is not 2 places";
    assert_eq!(held, [("a", vec![why.to_owned()]), ("b", vec![])]);
}

fn issued_late_of_b() -> Late {
    let mut world = issued("b postpaid", &["c1 b m 05T10:00 EUR 60 -"]);
    world.calls.push("c2 b m 06T10:00 EUR 40 -".into());
    world.late(&[])["b"].clone()
}
