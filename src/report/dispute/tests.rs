use super::mask::mask_key;
use super::*;
use crate::domain::period::Zone;
use crate::domain::reconcile::Finding;

fn finding(class: Class, leg: Leg, difference: &str, cause: &str, certainty: Certainty) -> Finding {
    let mut finding = Finding::new(leg, class, "rule", &[difference, cause]).because(cause, "", certainty);
    finding.unit = Some("CNY".to_owned());
    finding.difference = Some(difference.parse().unwrap());
    finding
}

fn dispute() -> Dispute {
    let day = |text| Day::parse(text).unwrap();
    let range = (day("2026-10-01"), day("2026-10-31"));
    Dispute::new("alice", "Alice", range, Zone::parse("UTC").unwrap(), "trueup dispute alice".to_owned())
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

#[test]
fn what_is_owed_is_what_was_taken_too_much_less_what_was_taken_too_little() {
    let mut dispute = dispute();
    for found in [
        finding(Class::AmountMismatch, Leg::Charge, "5.5", "price_stale", Certainty::Exact),
        finding(Class::NotPosted, Leg::Posting, "-2", "debit_missing_or_partial", Certainty::Suspected),
        finding(Class::AmountMismatch, Leg::Charge, "7", "", Certainty::Unexplained),
        finding(Class::BalanceBreak, Leg::Balance, "100", "balance_unexplained", Certainty::Exact),
        finding(Class::NotCompared, Leg::Charge, "3", "no_usage", Certainty::Exact),
    ] {
        dispute.add_finding(&found).unwrap();
    }
    let sum = &dispute.units["CNY"];
    assert_eq!((sum.too_much, sum.too_little, sum.open), (amount("5.5"), amount("-2"), amount("7")));
    assert_eq!(sum.credit().unwrap(), amount("3.5"));
    assert_eq!(dispute.remarks.len(), 2, "a balance and a call that could not be compared are no charge");
    assert_eq!(dispute.causes[&("CNY".to_owned(), "price_stale".to_owned())].difference, amount("5.5"));
}

#[test]
fn a_sum_beyond_all_digits_is_an_error() {
    let mut dispute = dispute();
    let most = Amount::from_raw(i128::MAX).unwrap_or_else(|| Amount::from_raw(10i128.pow(38) - 1).unwrap());
    let mut found = finding(Class::AmountMismatch, Leg::Charge, "1", "price_stale", Certainty::Exact);
    found.difference = Some(most);
    dispute.add_finding(&found).unwrap();
    assert!(dispute.add_finding(&found).is_err());
}

#[test]
fn keys_are_shown_in_part() {
    for (key, shown) in [
        ("", ""),
        ("k", "…"),
        ("key-1", "ke…"),
        ("key-prod-1", "key…"),
        ("sk-live-0123456789", "sk-l…6789"),
        ("密钥一二三四五六七八九十壬癸", "密钥一二…九十壬癸"),
    ] {
        assert_eq!(mask_key(key), shown);
    }
}

#[test]
fn a_finding_tells_nothing_of_keys_and_other_customers() {
    let key = "sk-live-0123456789";
    let mut found = finding(Class::WrongAccount, Leg::Posting, "1", "wrong_account", Certainty::Exact)
        .with("posted_account", "bob")
        .with("account", "alice")
        .with("key", key)
        .with("seen", format!("twice with {key}"));
    found.api_key_id = Some(key.to_owned());
    mask_finding(&mut found, "alice");
    let text = format!("{found:?}");
    assert!(!text.contains(key) && !text.contains("bob"), "{text}");
    assert!(
        text.contains("alice") && text.contains("another account") && text.contains("twice with sk-l…6789"),
        "{text}"
    );
}

#[test]
fn the_page_says_first_what_is_owed() {
    use crate::report::{Block, Table, Tone};
    let headline = |dispute: &Dispute| {
        let page = dispute_page(dispute, Table::new(&["Call"])).unwrap();
        match &page.sections[0].blocks[0] {
            Block::Verdict(verdict) => (verdict.tone, format!("{} {}", verdict.title, verdict.text)),
            other => panic!("{other:?}"),
        }
    };
    let mut dispute = dispute();
    dispute.verdicts.insert(Verdict::Right, 3);
    assert_eq!(headline(&dispute).0, Tone::Good);
    dispute.verdicts.insert(Verdict::TooMuch, 1);
    dispute.add_finding(&finding(Class::AmountMismatch, Leg::Charge, "5.5", "price_stale", Certainty::Exact)).unwrap();
    dispute.unsealed.push(dispute.last);
    let (tone, text) = headline(&dispute);
    assert_eq!(tone, Tone::Warn);
    assert_eq!(text, "We owe 5.5 CNY. 1 of 4 calls was not right. 1 day of the range is not checked yet.");
}
