use super::*;
use crate::domain::ledger::{Balance, Posting, PostingKind};
use crate::domain::money::UnitNames;

fn posting(members: &str) -> Result<Posting, String> {
    let row =
        format!(r#"{{"posting_id":"p","account_id":"a","unit":"CNY","posted_at":"2026-10-01T00:00:00Z",{members}}}"#);
    let mut read = Vec::new();
    let context = LedgerContext { file: 4, ..LedgerContext::default() };
    let report = read_postings(Body::from_vec(row.replace('\n', "").into()), &context, &mut |p| read.push(p)).unwrap();
    read.pop().ok_or_else(|| format!("{}: {}", report.rejects[0].field, report.rejects[0].reason))
}

#[test]
fn a_posting_is_read() {
    let read = posting(
        r#""kind":"package_purchase","amount":"100","wallet":"pack","source":"gateway","call_id":"c","attempt":2,"api_key_id":"k",
        "covers_from":"2026-10-01T00:00:00Z","covers_until":"2026-10-02T00:00:00Z","reference":"r","money":7.14,"currency":"CNY",
        "valid_from":"2026-10-01T00:00:00Z","valid_until":"2026-11-01T00:00:00Z","models":["m","n"]"#,
    );
    let read = read.unwrap();
    assert_eq!((read.kind, &*read.wallet, read.attempt, read.file), (PostingKind::PackagePurchase, "pack", Some(2), 4));
    assert_eq!((read.money.unwrap().to_string().as_str(), read.models.len()), ("7.14", 2));
    let plain = posting(r#""kind":"usage","amount":-0.0195"#).unwrap();
    assert_eq!((&*plain.wallet, plain.call_id, plain.models.len()), ("main", None, 0));
}

/// `eur` was a unit of its own: a top-up in it was on no invoice.
#[test]
fn a_unit_is_a_currency_in_letters_of_either_size_or_declared() {
    let units = std::sync::Arc::new(UnitNames::new(["credit".to_owned()]));
    let read = |unit: &str, currency: &str| {
        let row = format!(
            r#"{{"posting_id":"p","account_id":"a","unit":"{unit}","posted_at":"2026-10-01T00:00:00Z","kind":"top_up","amount":"1","money":"1","currency":"{currency}"}}"#
        );
        let (context, mut rows) = (LedgerContext { units: units.clone(), ..LedgerContext::default() }, Vec::new());
        let report = read_postings(Body::from_vec(row.into()), &context, &mut |p| rows.push(p)).unwrap();
        match rows.pop() {
            Some(p) => format!("{} {}", p.unit, p.currency.unwrap()),
            None => format!("{}: {}", report.rejects[0].field, report.rejects[0].reason),
        }
    };
    assert_eq!(read("eur", "Usd"), "EUR USD");
    assert_eq!(read("credit", "EUR"), "credit EUR");
    for (unit, currency, field) in [("Credit", "EUR", "unit"), ("EUR", "euro", "currency"), ("points", "EUR", "unit")] {
        assert!(read(unit, currency).starts_with(&format!("{field}: is no unit")), "{}", read(unit, currency));
    }
}

#[test]
fn a_kind_has_its_sign() {
    for kind in PostingKind::ALL {
        for amount in ["1", "-1", "0"] {
            let read = posting(&format!(r#""kind":"{}","amount":{amount}"#, kind.name()));
            assert_eq!(read.is_ok(), kind.allows(amount.parse().unwrap()), "{} {amount}", kind.name());
            if let Err(said) = read {
                assert!(said.starts_with("amount: is "), "{said}");
            }
        }
    }
}

#[test]
fn a_wrong_posting_names_its_field() {
    let check = |members: &str, expect: &str| {
        let said = posting(members).unwrap_err();
        assert!(said.starts_with(expect), "{members}\n{said}");
    };
    check(r#""amount":1"#, "kind: is missing");
    check(r#""kind":"tax","amount":1"#, "kind: is not one of usage");
    check(r#""kind":"grant""#, "amount: is missing");
    check(r#""kind":"grant","amount":null"#, "amount: is missing");
    check(r#""kind":"grant","amount":"x""#, "amount: is not a decimal number");
    check(r#""kind":"grant","amount":1,"covers_from":"2026-10-01T00:00:00Z""#, "covers_until: is missing");
    check(r#""kind":"grant","amount":1,"covers_until":"2026-10-01T00:00:00Z""#, "covers_from: is missing");
    check(
        r#""kind":"grant","amount":1,"valid_from":"2026-10-01T00:00:00Z","valid_until":"2026-10-01T00:00:00Z""#,
        "valid_until: does not lie after the start",
    );
    check(r#""kind":"grant","amount":"1000000000000001""#, "amount: is above 1000000000000000, which no amount");
    check(r#""kind":"grant","amount":1,"models":[1]"#, "models: is not a list of texts");
    check(r#""kind":"grant","amount":1,"models":"a;;b""#, "models: has an empty entry");
    check(r#""kind":"grant","amount":1,"unit":"x""#, "unit: is named twice");
}

fn balances(name: &str, unit: Option<&str>, text: &str) -> (Vec<Balance>, FileReport) {
    let mut read = Vec::new();
    let context = LedgerContext { name: name.into(), unit: unit.map(str::to_owned), ..LedgerContext::default() };
    let report = read_balances(Body::from_vec(text.into()), &context, &mut |b| read.push(b)).unwrap();
    (read, report)
}

#[test]
fn balances_are_read() {
    let text =
        "account_id,unit,at,balance,wallet\na,CNY,2026-10-01T00:00:00Z,-1.5,\na,CNY,2026-10-01T00:00:00Z,,pack\n";
    let (read, report) = balances("b.csv", None, text);
    assert_eq!((read.len(), &*read[0].wallet, read[0].balance.to_string().as_str()), (1, "main", "-1.5"));
    assert_eq!((report.rejects[0].line, report.rejects[0].field.as_ref()), (3, "balance"));
}

#[test]
fn a_subscription_is_one_balance() {
    let text = "{\n  \"tier\": \"pro\",\n  \"status\": \"active\",\n  \"expires_at\": \"2026-12-01T00:00:00Z\",\n  \"credits\": 842.50,\n  \"x\": 1\n}\n";
    for instant in [
        "2026-10-01T08:00:00Z",
        "2026-10-01T08-00-00Z",
        "20261001T080000Z",
        "2026-10-01_16-00-00+08:00",
        "20261001T160000+0800",
    ] {
        let (read, report) = balances(&format!("a@b.example@{instant}.json"), Some("credit"), text);
        assert_eq!(told(&report), Vec::<String>::new(), "{instant}");
        let [balance] = &read[..] else { panic!() };
        assert_eq!((&*balance.account_id, &*balance.wallet, &*balance.unit), ("a@b.example", "main", "credit"));
        assert_eq!(
            (balance.balance.to_string().as_str(), balance.at.to_string().as_str()),
            ("842.5", "2026-10-01T08:00:00Z")
        );
        assert_eq!(report.unknown["x"], 1);
    }
}

#[test]
fn a_wrong_subscription_is_a_reject() {
    let check = |name: &str, unit: Option<&str>, text: &str, field: &str| {
        let (read, report) = balances(name, unit, text);
        assert_eq!((read.len(), report.rows_read), (0, 1), "{name} {text}");
        assert_eq!(report.rejects[0].field, field, "{name} {text} {}", report.rejects[0].reason);
    };
    let good = r#"{"credits":1}"#;
    check("a@2026-10-01T08:00:00Z.json", None, good, "unit");
    check("a@yesterday.json", Some("credit"), good, "at");
    check("a@2026-10-01.json", Some("credit"), good, "at");
    check("a@2026-10-01T08:00:00Z.json", Some("credit"), r#"{"credits":null}"#, "credits");
    check("a@2026-10-01T08:00:00Z.json", Some("credit"), r#"{"credits":"many"}"#, "credits");
    check("a@2026-10-01T08:00:00Z.json", Some("credit"), r#"{"credits":1,"expires_at":"soon"}"#, "expires_at");
    check("a@2026-10-01T08:00:00Z.json", Some("credit"), r#"{"credits":1}{"credits":1}"#, "");
    check("a@2026-10-01T08:00:00Z.json", Some("credit"), "", "");
}
