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
    assert_eq!((late.lines.len(), late.credits.len(), late.currency.as_str()), (1, 0, "EUR"));
    let line = &late.lines[0];
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
    assert_eq!(world.late(&[])["a"].lines[0].net, amount("60"), "but of a month whose bills went out without it");
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
    assert_eq!(said.late["a"].lines.iter().map(|l| l.net).collect::<Vec<_>>(), [amount("40")]);
    assert!(said.payment_months().is_empty());
}
