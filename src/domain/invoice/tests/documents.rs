use crate::domain::ledger::tests::at;
use std::collections::BTreeMap;

use crate::domain::invoice::{
    Basis, Billable, BillingTerms, Content, Document, DocumentStatus, Frame, Hold, InvoiceOn, Issuer, LineKind,
    MoneyTerms, OpenLine, TaxRule, Treatment, Unbilled, UsageKey, UsageSum, check_document, odd_fields, plain_line,
    treat, usage_lines,
};
use crate::domain::ledger::{Account, Mode};
use crate::domain::money::{Amount, UnitRate, Units};
use crate::domain::period::{Day, Instant, Period, Zone};

pub(super) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn october() -> Period {
    Period::parse("2026-10").unwrap()
}

pub(super) fn line(text: &str, exact: &str) -> OpenLine {
    let exact = amount(exact);
    plain_line(LineKind::Usage, text.to_owned(), (exact, "EUR"), (exact, Vec::new()), october())
}

fn account(columns: &[(&str, &str)]) -> Account {
    let other = columns.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Account { account_id: "a-1".to_owned(), name: "Ann".to_owned(), mode: Mode::Postpaid, other, ..Account::default() }
}

fn frame(issuer: &Issuer) -> Frame<'_> {
    let issued_on = Day::parse("2026-11-03").unwrap();
    Frame { issuer, period: october(), zone: Zone::UTC, issued_on, sources: &[] }
}

pub(super) fn final_invoice(number: &str, lines: &[OpenLine], money: &MoneyTerms) -> Document {
    let terms = BillingTerms {
        tax: money.tax.clone(),
        discount: money.discount.clone(),
        commitment: money.commitment,
        ..BillingTerms::of(&account(&[])).unwrap()
    };
    let content = Content { open: lines.to_vec(), settled: Vec::new() };
    let made = frame(&Issuer::default()).usage_invoice(
        &account(&[]),
        &terms,
        ("EUR", money.minor_units),
        (Basis::Usage, "INV-"),
        content,
    );
    Document { number: Some(number.to_owned()), status: DocumentStatus::Final, ..made.unwrap() }
}

#[test]
fn an_invoice_is_due_after_its_terms() {
    let account = account(&[("terms_days", "30"), ("tax", "standard:19")]);
    let terms = BillingTerms::of(&account).unwrap();
    let content = Content { open: vec![line("gpt-x", "100")], settled: Vec::new() };
    let made = frame(&Issuer::default()).usage_invoice(&account, &terms, ("EUR", 2), (Basis::Usage, "INV-"), content);
    let invoice = made.unwrap();
    assert_eq!(invoice.due_on, Day::parse("2026-12-03"));
    assert_eq!(invoice.totals.as_ref().unwrap().payable, amount("119"));
    let laws = check_document(&invoice).unwrap();
    assert!(laws.iter().any(|l| l.name == "net + tax = total" && l.left == "119"));
}

#[test]
fn a_broken_document_is_found_out() {
    let money = MoneyTerms { minor_units: 2, tax: TaxRule::parse("standard:19").unwrap(), ..MoneyTerms::default() };
    let good = final_invoice("INV-1", &[line("a", "10.005"), line("b", "20")], &money);
    check_document(&good).unwrap();
    let breakers: [(&str, fn(&mut Document)); 5] = [
        ("sum of lines", |d| d.lines[0].net = amount("10")),
        ("drift", |d| d.lines[0].drift = amount("0.5")),
        ("net", |d| d.totals.as_mut().unwrap().net = amount("31")),
        ("total", |d| d.totals.as_mut().unwrap().total = amount("35.72")),
        ("payable", |d| d.totals.as_mut().unwrap().paid = amount("1")),
    ];
    for (what, breaker) in breakers {
        let mut bad = good.clone();
        breaker(&mut bad);
        assert!(check_document(&bad).unwrap_err().to_string().contains(what), "{what}");
    }
}

#[test]
fn credits_are_shown_in_credits_and_billed_at_the_rate_of_their_time() {
    let rate = |amount: &str, from: &str| UnitRate {
        name: "credit".to_owned(),
        unit: "EUR".to_owned(),
        amount: amount.parse().unwrap(),
        from: Instant::parse(from).unwrap(),
    };
    let (start, change) = ("2026-10-01T00:00:00Z", "2026-10-11T00:00:00Z");
    let units = Units::new(vec![rate("0.00001", "2026-01-01T00:00:00Z"), rate("0.00002", change)]);
    let key = |from: &str, endpoint: &str| UsageKey {
        model: "gpt-x".to_owned(),
        endpoint: endpoint.to_owned(),
        unit: "credit".to_owned(),
        rates_from: Instant::parse(from).unwrap(),
    };
    let sum = |credits: &str| UsageSum { calls: 1, amount: amount(credits), ..UsageSum::default() };
    let sums = BTreeMap::from([
        (key(start, "chat"), sum("100000")),
        (key(change, "chat"), sum("100000")),
        (key(change, "embedding"), sum("1")),
    ]);
    let lines = usage_lines(&sums, &units, "EUR", october()).unwrap();
    let shown: Vec<String> = lines
        .iter()
        .map(|(l, exact)| format!("{} {} {} x {} = {exact}", l.text, l.usage_amount, l.unit, l.rate[0].amount))
        .collect();
    assert_eq!(
        shown,
        [
            "gpt-x (chat) 100000 credit x 0.00001 = 1",
            "gpt-x (chat) 100000 credit x 0.00002 = 2",
            "gpt-x (embedding) 1 credit x 0.00002 = 0.00002",
        ]
    );
    assert!(usage_lines(&sums, &units, "USD", october()).is_err());
}

#[test]
fn a_line_is_cut_only_by_a_rate_on_its_own_way_to_the_currency() {
    let rate = |name: &str, unit: &str, amount: &str, from: &str| UnitRate {
        name: name.into(),
        unit: unit.into(),
        amount: amount.parse().unwrap(),
        from: at(from),
    };
    let units = Units::new(vec![
        rate("credit", "EUR", "0.00001", "01T00:00"),
        rate("point", "EUR", "1", "01T00:00"),
        rate("point", "EUR", "2", "11T00:00"),
    ]);
    let key = |unit: &str, from: &str| UsageKey {
        model: "m".into(),
        endpoint: String::new(),
        unit: unit.into(),
        rates_from: at(from),
    };
    let sum = |calls, of: &str| UsageSum { calls, amount: amount(of), ..UsageSum::default() };
    let mut sums = BTreeMap::new();
    for (unit, first, second) in [("EUR", "1", "2"), ("credit", "100000", "200000"), ("point", "3", "4")] {
        sums.insert(key(unit, "01T00:00"), sum(1, first));
        sums.insert(key(unit, "11T00:00"), sum(2, second));
    }
    let lines = usage_lines(&sums, &units, "EUR", october()).unwrap();
    let shown: Vec<String> =
        lines.iter().map(|(l, exact)| format!("{} {} = {exact}", l.quantity_calls.unwrap(), l.unit)).collect();
    assert_eq!(shown, ["3 EUR = 3", "3 credit = 3", "1 point = 3", "2 point = 8"]);
}

#[test]
fn every_call_is_in_one_place() {
    let call = |expected: Option<&str>, posted: Option<&str>| Billable {
        expected: expected.map(amount),
        recorded: None,
        posted: posted.map(amount),
    };
    let on = |mode, invoice_on| BillingTerms { mode, invoice_on, ..BillingTerms::of(&account(&[])).unwrap() };
    let unbilled = Treatment::Unbilled;
    let (pre, post) = (Mode::Prepaid, Mode::Postpaid);
    for (call, ahead, terms, wanted) in [
        (call(Some("1"), Some("1")), "0", on(pre, InvoiceOn::Never), Treatment::Statement),
        (call(Some("1"), Some("1")), "1", on(post, InvoiceOn::Usage), Treatment::Statement),
        (call(Some("2"), Some("1")), "1", on(post, InvoiceOn::Usage), Treatment::Invoice),
        (call(Some("1"), Some("1")), "0", on(pre, InvoiceOn::Usage), Treatment::Statement),
        (call(Some("1"), Some("0")), "0", on(pre, InvoiceOn::TopUp), Treatment::Proposed),
        (call(Some("1"), Some("0")), "0", on(pre, InvoiceOn::Usage), Treatment::Invoice),
        (call(Some("1"), None), "0", on(post, InvoiceOn::Usage), Treatment::Invoice),
        (call(Some("1"), Some("1")), "0", on(post, InvoiceOn::Usage), Treatment::Invoice),
        (call(Some("0"), None), "0", on(post, InvoiceOn::Usage), unbilled(Unbilled::Free)),
        (call(None, None), "0", on(post, InvoiceOn::Usage), unbilled(Unbilled::Unpriced)),
        (call(None, Some("1")), "1", on(post, InvoiceOn::Usage), Treatment::Statement),
        (call(None, Some("1")), "0", on(pre, InvoiceOn::Never), Treatment::Statement),
        (call(Some("1"), None), "0", on(post, InvoiceOn::Never), unbilled(Unbilled::NotAsked)),
        (call(Some("1"), None), "0", on(post, InvoiceOn::Request), Treatment::Invoice),
    ] {
        let found = treat(&call, amount(ahead), &terms);
        assert_eq!(found, wanted, "{call:?} {ahead} {:?} {:?}", terms.mode, terms.invoice_on);
    }
}

#[test]
fn what_cannot_stand_on_paper_is_held() {
    let money = MoneyTerms { minor_units: 2, tax: TaxRule::ReverseCharge, ..MoneyTerms::default() };
    let mut invoice = final_invoice("INV-1", &[line("a", "1")], &money);
    let missing = odd_fields(&invoice);
    let wanted = ["street", "city", "country", "tax_id"].map(Hold::Missing);
    assert!(wanted.iter().all(|hold| missing.contains(hold)) && missing.len() == 4, "{missing:?}");
    for text in ["a\u{202E}b", "line\nbreak", "\0", &"x".repeat(10_000)] {
        invoice.customer.name = text.to_owned();
        assert!(odd_fields(&invoice).contains(&Hold::Odd("name")), "{text:?}");
    }
    invoice.customer.name = "王小明 O'Neill & Söhne".to_owned();
    assert!(!odd_fields(&invoice).contains(&Hold::Odd("name")));
}
