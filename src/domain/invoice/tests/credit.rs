use super::documents::{amount, final_invoice, line};
use crate::domain::invoice::{
    CreditAsk, CreditError, Document, DocumentKind, MoneyTerms, TaxRule, check_document, credit_note,
};
use crate::domain::money::Amount;
use crate::domain::period::Day;

fn ask(positions: &[u32]) -> CreditAsk<'_> {
    CreditAsk {
        positions,
        amount: None,
        reason: "wrong price",
        series: "CN-",
        issued_on: Day::parse("2026-12-01").unwrap(),
    }
}

fn terms(tax: &str) -> MoneyTerms {
    let discount = crate::domain::invoice::DiscountStep::parse_all("10:7").unwrap();
    MoneyTerms { minor_units: 2, tax: TaxRule::parse(tax).unwrap(), discount, commitment: Some(amount("60")) }
}

fn net(document: &Document) -> Amount {
    document.totals.as_ref().unwrap().net
}

#[test]
fn whole_or_line_by_line_it_comes_to_the_same() {
    for tax in ["standard:19", "inclusive:6", "reverse_charge"] {
        let lines = [line("a", "17.333"), line("b", "19.111"), line("c", "9.4449")];
        let invoice = final_invoice("INV-1", &lines, &terms(tax));
        let whole = credit_note(&invoice, &[], &ask(&[])).unwrap();
        check_document(&whole).unwrap();
        assert_eq!(whole.kind, DocumentKind::CreditNote);
        assert_eq!(whole.corrects.as_deref(), Some("INV-1"));
        assert_eq!(net(&whole), net(&invoice), "{tax}");
        assert_eq!(whole.totals.as_ref().unwrap().total, invoice.totals.as_ref().unwrap().total, "{tax}");
        let mut notes: Vec<Document> = Vec::new();
        // Three lines and the commitment.
        for position in [2, 4, 1, 3] {
            notes.push(credit_note(&invoice, &notes, &ask(&[position])).unwrap());
            check_document(&notes[notes.len() - 1]).unwrap();
        }
        let totals: Vec<Amount> = notes.iter().map(|n| n.totals.as_ref().unwrap().total).collect();
        assert_eq!(Amount::sum(totals), Some(invoice.totals.as_ref().unwrap().total), "{tax}");
        assert_eq!(credit_note(&invoice, &notes, &ask(&[])), Err(CreditError::Nothing));
    }
}

#[test]
fn nothing_is_taken_back_twice() {
    let invoice = final_invoice(
        "INV-1",
        &[line("a", "10"), line("b", "20")],
        &MoneyTerms { minor_units: 2, ..MoneyTerms::default() },
    );
    let first = credit_note(&invoice, &[], &ask(&[1])).unwrap();
    assert_eq!(net(&first), amount("10"));
    let earlier = [first];
    assert_eq!(credit_note(&invoice, &earlier, &ask(&[1])), Err(CreditError::Twice(1)));
    assert_eq!(credit_note(&invoice, &[], &ask(&[2, 2])), Err(CreditError::Twice(2)));
    assert_eq!(credit_note(&invoice, &[], &ask(&[9])), Err(CreditError::NoLine(9)));
    assert_eq!(net(&credit_note(&invoice, &earlier, &ask(&[])).unwrap()), amount("20"));
    assert!(matches!(credit_note(&earlier[0], &[], &ask(&[])), Err(CreditError::NotAnInvoice(_))));
}

#[test]
fn so_much_of_an_invoice_can_be_taken_back() {
    let invoice = final_invoice("INV-1", &[line("a", "10"), line("b", "20")], &terms("standard:19"));
    let of = |text: &str| CreditAsk { amount: Some(amount(text)), ..ask(&[]) };
    let first = credit_note(&invoice, &[], &of("4.50")).unwrap();
    check_document(&first).unwrap();
    assert_eq!((net(&first), first.totals.as_ref().unwrap().total), (amount("4.5"), amount("5.36")));
    let earlier = [first];
    let left = net(&invoice).checked_sub(amount("4.5")).unwrap();
    let more = amount("1000");
    assert_eq!(credit_note(&invoice, &earlier, &of("1000")), Err(CreditError::TooMuch { amount: more, left }));
    for odd in ["0", "-1", "0.001"] {
        let refused = credit_note(&invoice, &[], &of(odd));
        assert_eq!(refused, Err(CreditError::NotPayable { amount: amount(odd) }));
    }
    let rest = credit_note(&invoice, &earlier, &ask(&[])).unwrap();
    check_document(&rest).unwrap();
    let total = |d: &Document| d.totals.as_ref().unwrap().total;
    assert_eq!(total(&rest).checked_add(total(&earlier[0])), Some(total(&invoice)));
}
