//! What was billed so far, and what is left of it.

use super::documents::amount;
use super::world::{World, october};
use crate::domain::invoice::*;
use crate::domain::period::Day;

fn one_invoice(number: &str) -> IssuedDocuments {
    let mut world = World::new(&["a postpaid tax=standard:19"], &["c1 a m 05T10:00 EUR 100 -"], &[]);
    world.issue();
    let one = &world.issued.all()[0];
    let mut issued = IssuedDocuments::default();
    issued.add(one.key.clone(), Document { number: Some(number.into()), ..one.document.clone() });
    issued
}

fn ask(amount: Option<crate::domain::money::Amount>) -> CreditAsk<'static> {
    let issued_on = Day::new(2026, 12, 1).unwrap();
    CreditAsk { positions: &[], amount, reason: "wrong", series: "CN-", issued_on }
}

#[test]
fn numbers_run_on() {
    check_numbers("INV-", (1, 4), &[1, 2, 3]).unwrap();
    check_numbers("INV-", (5, 5), &[]).unwrap();
    for (numbers, odd) in [(&[1, 3][..], "2 is"), (&[1, 2], "3 is"), (&[1, 1, 2], "2 is"), (&[2, 3, 4], "1 is")] {
        let error = check_numbers("INV-", (1, 4), numbers).unwrap_err().to_string();
        assert!(error.contains("run from 1 to 3") && error.contains(odd), "{error}");
    }
}

#[test]
fn what_notes_took_back_is_no_longer_left() {
    let mut issued = one_invoice("INV-1");
    let invoice = issued.of_number("INV-1").unwrap().clone();
    let left = issued.left_of(&invoice).unwrap();
    assert_eq!((left.net, left.tax), (amount("100"), amount("19")));
    for (place, (taken, net, tax)) in [("30", "70", "13.3"), ("70", "0", "0")].into_iter().enumerate() {
        let earlier: Vec<Document> = issued.corrections("INV-1").into_iter().cloned().collect();
        let note = credit_note(&invoice, &earlier, &ask(Some(amount(taken)))).unwrap();
        let number = Some(format!("CN-{place}"));
        issued.add(format!("credit/INV-1/{place}"), Document { number, status: DocumentStatus::Final, ..note });
        let left = issued.left_of(&invoice).unwrap();
        assert_eq!((left.net, left.tax), (amount(net), amount(tax)));
    }
    let earlier: Vec<Document> = issued.corrections("INV-1").into_iter().cloned().collect();
    assert_eq!(credit_note(&invoice, &earlier, &ask(None)), Err(CreditError::Nothing));
}

#[test]
fn usage_is_billed_by_its_months_invoice_and_by_late_lines() {
    let issued = one_invoice("INV-1");
    let of = |issued: &IssuedDocuments, account: &str, month| {
        let billed = issued.billed(account, month).unwrap();
        let on: Vec<String> = billed.on.iter().map(|on| on.invoice.number.clone().unwrap()).collect();
        (billed.money.net.to_string(), billed.money.tax.to_string(), billed.calls, on.join(" "))
    };
    let is = |net: &str, tax: &str, calls: u64, on: &str| (net.to_owned(), tax.to_owned(), calls, on.to_owned());
    assert_eq!(of(&issued, "a", october()), is("100", "19", 1, "INV-1"));
    assert_eq!(of(&issued, "a", october().next()), is("0", "0", 0, ""));
    assert_eq!(of(&issued, "b", october()), is("0", "0", 0, ""));
    let late = |kind, key: &str, issued: &mut IssuedDocuments| {
        let mut document = issued.of_number("INV-1").unwrap().clone();
        document.kind = kind;
        document.period = october().next();
        document.number = Some(key.to_owned());
        let line = &mut document.lines[0];
        (line.kind, line.net, line.quantity_calls) = (LineKind::Late, amount("10"), Some(2));
        (line.usage_amount, line.period) = (amount("10"), october());
        let totals = document.totals.as_mut().unwrap();
        (totals.net, totals.tax[0].amount) = (amount("10"), amount("1.9"));
        document.corrects = (kind == DocumentKind::CreditNote).then(|| "INV-1".to_owned());
        issued.add(key.to_owned(), document);
    };
    let mut more = issued.clone();
    late(DocumentKind::Invoice, "INV-2", &mut more);
    assert_eq!(of(&more, "a", october()), is("110", "20.9", 3, "INV-1 INV-2"));
    let mut less = issued;
    late(DocumentKind::CreditNote, "CN-1", &mut less);
    assert_eq!(of(&less, "a", october()), is("90", "17.1", 1, "INV-1"));
    assert_eq!(less.invoiced("a", october()).unwrap().calls, 1);
}

#[test]
fn before_its_issue_a_document_was_not_there() {
    let issued = one_invoice("INV-1");
    let on = issued.of_number("INV-1").unwrap().issued_on;
    let count = |period, on| issued.before_issue(period, on).all().len();
    assert_eq!(count(october(), on), 0);
    assert_eq!(count(october().next(), on), 1, "of the same day, earlier periods come first");
    assert_eq!(count(october(), on.next()), 1);
    let before = issued.before_issue(october(), on.next());
    assert!(before.of_key("invoice/usage/a/2026-10").is_some() && before.of_number("INV-1").is_some());
}

#[test]
fn a_statement_goes_on_from_the_one_before_it() {
    let mut world = World::new(&["a prepaid"], &[], &["p1 05T10:00 a/main EUR top_up 50"]);
    world.issue();
    let before = |period| world.issued.before("a", "main", "EUR", period).map(|b| b.closing);
    assert_eq!(before(october().next()), Some(amount("50")));
    assert_eq!(before(october()), None);
    assert_eq!(world.issued.before("a", "main", "USD", october().next()), None);
}
