//! What is left of invoices: whoever takes back, together it is never more than was billed.

use proptest::prelude::*;

use super::bill_again::again;
use super::documents::amount;
use super::world::{World, october};
use crate::domain::invoice::*;
use crate::domain::ledger::tests::posting;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};

pub(super) fn ask<'a>(positions: &'a [u32], amount: Option<Amount>) -> CreditAsk<'a> {
    let issued_on = Day::new(2026, 12, 1).unwrap();
    CreditAsk { positions, amount, reason: "asked for", series: "CN-", issued_on }
}

/// The `n`th month after October.
pub(super) fn month(n: u32) -> Period {
    (0..n).fold(october(), |month, _| month.next())
}

pub(super) fn hundred() -> World {
    let calls = ["c1 a m 05T10:00 EUR 60 -", "c2 a m 06T10:00 EUR 40 -"];
    let mut world = World::new(&["a postpaid tax=standard:19"], &calls, &[]);
    world.issue();
    world
}

/// 100.00 were credited whole, then the gateway corrected a call of 60 to 10: another 50.00 went back.
#[test]
fn what_was_credited_whole_is_not_given_back_again() {
    let mut world = hundred();
    world.credit("N-1", &ask(&[], None)).unwrap();
    world.calls[0] = "c1 a m 05T10:00 EUR 10 -".into();
    world.issue_late(month(1));
    assert_eq!(world.finals(), ["N-1 100", "N-2 100 over N-1"]);
    world.calls[0] = "c1 a m 05T10:00 EUR 60 -".into();
    world.issue_late(month(2));
    assert_eq!(world.finals().len(), 2, "nor is it billed anew");
}

/// October's 100.00, and 5.00 of it on November's invoice: a correction of 50.00 named November's.
#[test]
fn a_correction_names_the_invoice_that_billed_it_and_where_one_is_not_enough_two() {
    let mut world = hundred();
    world.calls.push("c3 a m 07T10:00 EUR 5 -".into());
    world.issue_late(month(1));
    world.calls[0] = "c1 a m 05T10:00 EUR 10 -".into();
    world.issue_late(month(2));
    assert_eq!(world.finals(), ["N-1 100", "N-2 5", "N-3 50 over N-1"]);
    world.calls.clear();
    world.issue_late(month(3));
    assert_eq!(world.finals()[3..], ["N-4 50 over N-1", "N-5 5 over N-2"]);
    for number in ["N-1", "N-2"] {
        assert_eq!(world.credit(number, &ask(&[], None)), Err(CreditError::Nothing));
    }
}

#[test]
fn a_correction_takes_what_a_note_left_of_its_month() {
    let mut world = hundred();
    world.credit("N-1", &ask(&[], Some(amount("70")))).unwrap();
    world.calls[0] = "c1 a m 05T10:00 EUR 10 -".into();
    world.issue_late(month(1));
    assert_eq!(world.finals(), ["N-1 100", "N-2 70 over N-1", "N-3 30 over N-1"]);
    let left = world.issued.left_of(world.issued.of_number("N-1").unwrap()).unwrap();
    assert_eq!((left.net, left.tax), (Amount::ZERO, Amount::ZERO));
}

/// Prices with 19 % in them: 1.03 and 1.04 are both 0.87 before tax, and the cent between was lost.
#[test]
fn a_cent_of_gross_is_not_lost() {
    let mut world = World::new(&["a postpaid tax=inclusive:19"], &["c1 a m 05T10:00 EUR 1.03 -"], &[]);
    world.issue();
    for (n, gross) in (1..).zip(["1.04", "1.05", "7.77", "7.76", "0.01", "1.03", "0"]) {
        world.calls = vec![format!("c1 a m 05T10:00 EUR {gross} -")];
        world.issue_late(month(n));
        assert_eq!(super::left::gross(&world), amount(gross), "{:?}", world.finals());
    }
}

const TOP_UPS: [&str; 2] = ["p1 05T10:00 a/main EUR top_up 100 ref=r1", "p2 06T10:00 a/main EUR top_up 30 ref=r2"];

/// A month of payments alone, made final.
pub(super) fn pay(world: &mut World, period: Period, postings: &[&str]) {
    let mut months = AccountMonths::default();
    months.add_payments(payments_of(&postings.iter().map(|p| posting(p)).collect::<Vec<_>>()));
    let drafts = world.with_builder(period, |b| b.drafts(&months)).unwrap();
    assert!(drafts.iter().all(|d| d.holds.is_empty()), "{drafts:?}");
    world.finish(drafts);
}

/// A top-up's invoice was credited whole, then the ledger posted the payout: a second note of 100.00.
#[test]
fn what_a_note_took_back_is_not_paid_back_again() {
    let mut world = World::new(&["a prepaid tax=standard:19 invoice_on=top_up"], &[], &[]);
    pay(&mut world, month(0), &TOP_UPS[..1]);
    pay(&mut world, month(1), &TOP_UPS[1..]);
    world.credit("N-1", &ask(&[], None)).unwrap();
    pay(&mut world, month(2), &["p8 08T10:00 a/main EUR payout -100 ref=r1"]);
    assert_eq!(world.finals(), ["N-1 84.03", "N-2 25.21", "N-3 84.03 over N-1"], "N-2 is of another top-up");
    pay(&mut world, month(3), &["p9 09T10:00 a/main EUR payout -10 ref=r2"]);
    pay(&mut world, month(4), &["p10 09T10:00 a/main EUR payout -20"]);
    // 10 and 20 of 30, with 4.79 of tax in all.
    assert_eq!(world.finals()[3..], ["N-4 8.4 over N-2", "N-5 16.81 over N-2"]);
}

#[test]
fn money_back_is_taken_from_as_many_invoices_as_it_needs() {
    let mut world = World::new(&["a prepaid tax=standard:19 invoice_on=top_up"], &[], &[]);
    pay(&mut world, month(0), &TOP_UPS[..1]);
    pay(&mut world, month(1), &TOP_UPS[1..]);
    pay(&mut world, month(2), &["p8 08T10:00 a/main EUR payout -120", "p3 09T10:00 a/main EUR top_up 1"]);
    assert_eq!(world.finals()[2..], ["N-3 25.21 over N-2", "N-4 74.79 over N-1"]);
    let lines = |n: usize| world.issued.all()[n].document.lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>();
    let back = "Paid back p8 of 2026-10-08";
    assert_eq!((lines(2), lines(3)), (vec!["Top-up p3 of 2026-10-09", back], vec![back]));
}

/// Payments of a month in which the account wanted no invoices came as late ones of the next.
#[test]
fn a_month_without_invoices_owes_none_later() {
    let none = "a prepaid invoice_on=none";
    let mut world = World::new(&[none], &[], &TOP_UPS[..1]);
    assert!(world.late(&[]).is_empty());
    world.parties = World::new(&["a prepaid invoice_on=top_up"], &[], &[]).parties;
    let late = world.late(&[]);
    assert_eq!(late["a"].payments.len(), 1);
    world.parties = World::new(&[none], &[], &[]).parties;
    world.late = late;
    let drafts = world.with_builder(month(1), |b| b.drafts(&AccountMonths::default())).unwrap();
    let keys: Vec<&str> = drafts.iter().map(|d| d.key.as_str()).collect();
    assert_eq!(keys, ["invoice/top_up/a/EUR/2026-11"], "but what a month with invoices owes is still sent");
}

/// What all final documents of a world come to, tax and all.
fn gross(world: &World) -> Amount {
    let signed = |d: &IssuedDocument| {
        let total = d.document.totals.as_ref().unwrap().total;
        if d.document.kind == DocumentKind::CreditNote { -total } else { total }
    };
    Amount::sum(world.issued.all().iter().map(signed)).unwrap()
}

#[derive(Clone, Debug)]
enum Step {
    /// October comes to other amounts.
    Amounts(Vec<u32>),
    Whole(usize),
    Line(usize, u32),
    SoMuch(usize, u32),
    /// Taken back whole and billed once more.
    Again(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec(0u32..20_000, 0..4).prop_map(Step::Amounts),
        1 => (0usize..4).prop_map(Step::Whole),
        1 => (0usize..4, 1u32..4).prop_map(|(n, line)| Step::Line(n, line)),
        2 => (0usize..4, 1u32..12_000).prop_map(|(n, cents)| Step::SoMuch(n, cents)),
        1 => (0usize..4).prop_map(Step::Again),
    ]
}

fn cents(cents: u32) -> Amount {
    Amount::from_raw(i128::from(cents) * 10i128.pow(16)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever a month comes to from correction to correction, its documents together come to that, to the cent.
    #[test]
    fn with_tax_in_the_prices_the_gross_of_the_month_is_what_is_paid(
        steps in prop::collection::vec((0u32..400, 0u32..12), 1..8),
        percent in prop::sample::select(vec!["19", "7", "5.5", "100"]),
        terms in prop::sample::select(vec!["", " volume_discount=0:5", " volume_discount=1:50;2:33"]),
    ) {
        let row = format!("a postpaid tax=inclusive:{percent}{terms}");
        let mut world = World::new(&[&row], &["c0 a m 05T10:00 EUR 1.23 -"], &[]);
        world.issue();
        for (n, (far, near)) in (1u32..).zip(&steps) {
            // Far from the month before, and then a few cents off.
            for (part, all) in [(0, *far), (1, far + near)] {
                world.calls = vec![format!("c0 a m 05T10:00 EUR {} -", cents(all))];
                world.issue_late(month(2 * n + part));
                let now: Vec<Amount> = world.drafts().iter()
                    .map(|d| d.document.as_ref().unwrap().totals.as_ref().unwrap().total).collect();
                let due = Amount::sum(now).unwrap();
                prop_assert_eq!(gross(&world), due, "{:?}", world.finals());
            }
        }
    }

    #[test]
    fn notes_never_take_back_more_than_was_billed(
        steps in prop::collection::vec(step(), 1..9),
        tax in prop::sample::select(vec!["standard:19", "inclusive:19", "reverse_charge"]),
        terms in prop::sample::select(vec!["", " volume_discount=50:7", " commitment=80"]),
    ) {
        let mut world = World::new(&[&format!("a postpaid tax_id=DE1 tax={tax}{terms}")], &[], &[]);
        let set = |world: &mut World, amounts: &[u32]| {
            let call = |(n, c): (usize, &u32)| format!("c{n} a m{} 05T10:00 EUR {} -", n % 2, cents(*c));
            world.calls = amounts.iter().enumerate().map(call).collect();
        };
        set(&mut world, &[6_000, 4_000]);
        world.issue();
        for (n, step) in (1u32..).zip(&steps) {
            let invoices: Vec<String> = world.issued.all().iter().map(|d| &d.document)
                .filter(|d| d.kind == DocumentKind::Invoice).filter_map(|d| d.number.clone()).collect();
            let of = |n: &usize| invoices[n % invoices.len()].clone();
            match step {
                Step::Amounts(amounts) => set(&mut world, amounts),
                Step::Whole(n) => drop(world.credit(&of(n), &ask(&[], None))),
                Step::Line(n, line) => drop(world.credit(&of(n), &ask(&[*line], None))),
                Step::SoMuch(n, c) => drop(world.credit(&of(n), &ask(&[], Some(cents(*c))))),
                Step::Again(n) => {
                    drop(world.credit(&of(n), &ask(&[], None)));
                    let before = gross(&world);
                    let made = again(&mut world, &of(n), &format!("a postpaid tax_id=DE1 tax={tax}{terms}"));
                    let owed = made.map_or(Amount::ZERO, |d| d.totals.as_ref().unwrap().total);
                    prop_assert_eq!(gross(&world).checked_sub(before), Some(owed));
                }
            }
            world.issue_late(month(n));
            for one in world.issued.all().iter().map(|d| &d.document) {
                prop_assert!(check_document(one).is_ok());
                let left = world.issued.left_of(one).unwrap();
                prop_assert!(!left.net.is_negative() && !left.tax.is_negative(), "{:?}", world.finals());
            }
            // With no note that was asked for, all documents together come to what the month comes to now.
            if steps[..n as usize].iter().all(|s| matches!(s, Step::Amounts(_))) {
                let again = world.late_in(month(n + 1), &[]);
                prop_assert!(again.values().all(|l| l.lines.is_empty() && l.credits.is_empty()), "{again:?}");
            }
        }
    }
}
