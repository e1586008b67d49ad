use super::{DocumentError, document_from_json, document_to_json};
use crate::domain::invoice::{
    Basis, Customer, Discount, Document, DocumentKind, DocumentLaw, DocumentStatus, Issuer, Line, LineKind,
    MovementSum, Proposal, Rate, SourceRef, Statement, Tax, TaxCategory, Totals, UsageRow,
};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant, Period, Zone};

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn document() -> Document {
    let period = Period::parse("2026-10").unwrap();
    Document {
        kind: DocumentKind::Invoice,
        basis: Basis::Usage,
        status: DocumentStatus::Draft,
        number: None,
        series: "INV-2026-".to_owned(),
        issued_on: Day::parse("2026-11-03").unwrap(),
        due_on: Day::parse("2026-12-03"),
        terms_days: Some(30),
        currency: "EUR".to_owned(),
        minor_units: 2,
        issuer: Issuer { name: "Example \"Ltd\"".to_owned(), country: "DE".to_owned(), ..Issuer::default() },
        customer: Customer { account_id: "a-1".to_owned(), name: "王小明".to_owned(), ..Customer::default() },
        period,
        zone: Zone::parse("Europe/Berlin").unwrap(),
        lines: vec![Line {
            position: 1,
            text: "gpt-x".to_owned(),
            kind: LineKind::Usage,
            model: Some("gpt-x".to_owned()),
            endpoint: None,
            unit: "credit".to_owned(),
            quantity_calls: Some(3),
            input_tokens: Some(10),
            output_tokens: Some(u64::MAX),
            usage_amount: amount("120000000.5"),
            rate: vec![Rate {
                of: "credit".to_owned(),
                amount: "0.00001".parse().unwrap(),
                unit: "EUR".to_owned(),
                from: Instant::parse("2026-01-01T00:00:00Z").ok(),
            }],
            net: amount("1200"),
            drift: amount("-0.000005"),
            period,
        }],
        totals: Some(Totals {
            subtotal: amount("1200"),
            discounts: vec![Discount {
                from: amount("1000"),
                until: Some(amount("5000")),
                percent: "5".parse().unwrap(),
                base: amount("200"),
                amount: amount("10"),
            }],
            commitment: None,
            net: amount("1190"),
            tax: vec![Tax {
                category: TaxCategory::Standard,
                percent: "19".parse().unwrap(),
                base: amount("1190"),
                amount: amount("226.1"),
                reason: None,
            }],
            total: amount("1416.1"),
            paid: Amount::ZERO,
            payable: amount("1416.1"),
            rounding_drift: amount("-0.000005"),
        }),
        corrects: None,
        reason: None,
        statement: None,
        sources: vec![SourceRef {
            job: "reconcile".to_owned(),
            period: "2026-10-01".to_owned(),
            revision: 2,
            digest: "abc".to_owned(),
        }],
        laws: vec![DocumentLaw { name: "lines = subtotal".to_owned(), left: "1200".into(), right: "1200".into() }],
    }
}

fn statement() -> Document {
    let row = |name: &str| UsageRow {
        name: name.to_owned(),
        calls: 1,
        input_tokens: 2,
        output_tokens: 3,
        amount: amount("0.5"),
    };
    Document {
        kind: DocumentKind::Statement,
        due_on: None,
        terms_days: None,
        currency: "CNY".to_owned(),
        lines: Vec::new(),
        totals: None,
        number: Some("STM-2026-1".to_owned()),
        status: DocumentStatus::Final,
        statement: Some(Statement {
            wallet: "main".to_owned(),
            unit: "CNY".to_owned(),
            opening: None,
            movements: vec![MovementSum { kind: "usage".to_owned(), count: 1, amount: amount("-0.5") }],
            usage_posted: amount("0.5"),
            closing: Some(amount("-0.5")),
            residual: Amount::ZERO,
            proposed: vec![Proposal { cause: "price_stale".to_owned(), calls: 1, amount: amount("-0.1") }],
            by_day: vec![row("2026-10-01")],
            by_model: vec![row("gpt-x")],
            by_key: vec![row("")],
        }),
        ..document()
    }
}

#[test]
fn what_is_written_reads_back() {
    for document in [document(), statement()] {
        let bytes = document_to_json(&document);
        let again = document_from_json(&bytes).unwrap();
        assert_eq!(again, document);
        assert_eq!(document_to_json(&again), bytes);
    }
}

#[test]
fn keys_stand_in_their_order_and_money_has_its_places() {
    let text = String::from_utf8(document_to_json(&document())).unwrap();
    let keys: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("  \""))
        .filter_map(|line| line.split_once('"').map(|(key, _)| key))
        .collect();
    let wanted = "format kind basis status series issued_on due_on terms_days currency minor_units issuer customer \
                  period lines subtotal discounts net tax total paid payable rounding_drift sources laws";
    assert_eq!(keys.join(" "), wanted);
    for part in [
        "\"net\": \"1200.00\"",
        "\"amount\": \"226.10\"",
        "\"drift\": \"-0.000005\"",
        "\"usage_amount\": \"120000000.5\"",
        "\"from\": \"2026-10-01T00:00:00+02:00\"",
        "\"until\": \"2026-11-01T00:00:00+01:00\"",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn what_is_no_document_is_refused() {
    let good = String::from_utf8(document_to_json(&document())).unwrap();
    for (from, to) in [
        ("trueup/document/1", "trueup/document/2"),
        ("\"invoice\"", "\"bill\""),
        ("\"1416.10\"", "1416.1"),
        ("\"1416.10\"", "\"1416,10\""),
        ("\"2026-11-03\"", "\"2026-13-03\""),
        ("\"subtotal\"", "\"sub_total\""),
        ("\"payable\"", "\"total\""),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        assert!(document_from_json(bad.as_bytes()).is_err(), "{from} -> {to}");
    }
}

#[test]
fn what_is_not_as_it_was_kept_is_named() {
    use crate::edge::render::apart;
    let kept = document();
    assert_eq!(apart(&kept, &document()), None);
    let made = Document { currency: "USD".to_owned(), lines: Vec::new(), ..document() };
    assert_eq!(apart(&made, &kept), Some(vec!["currency EUR, now USD".to_owned(), "lines".to_owned()]));
}

#[test]
fn a_later_shape_is_told_apart_from_damage() {
    let good = String::from_utf8(document_to_json(&document())).unwrap();
    let later = good.replacen("trueup/document/1", "trueup/document/12", 1).replacen("\"kind\"", "\"what\"", 1);
    let refused = document_from_json(later.as_bytes()).unwrap_err();
    assert!(matches!(refused, DocumentError::Newer { .. }));
    let wanted = "is in shape trueup/document/12, and this build (trueup ";
    assert!(refused.to_string().starts_with(wanted), "{refused}");
    for other in ["trueup/document/0", "trueup/document/x", "trueup/dispute/2"] {
        let bad = good.replacen("trueup/document/1", other, 1);
        assert!(matches!(document_from_json(bad.as_bytes()), Err(DocumentError::Wrong { .. })), "{other}");
    }
}
