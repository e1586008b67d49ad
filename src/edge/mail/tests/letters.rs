//! What people get, read as they read it.

use super::reader::{header, parts, words};
use super::*;
use crate::domain::invoice::DocumentKind;
use crate::domain::period::Zone;

fn facts(low: &Low) -> LowBalance<'_> {
    let zone = Zone::parse("Asia/Shanghai").unwrap();
    LowBalance { low, name: "Alice & Söhne", zone, link: Some("https://hub.example.com/billing"), sender: "Token Hub" }
}

fn kept(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expect = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expect, "{name} (UPDATE=1 writes it anew)");
}

fn text_of(page: &Page) -> String {
    let to = Address::new(Some("Alice & Söhne"), "alice@example.org").unwrap();
    let from = sender();
    let eml = compose(&letter(page, &from, &to, &[])).unwrap();
    let message = String::from_utf8(eml.bytes).unwrap();
    let parts = parts(&message);
    assert_eq!(parts.len(), 2);
    assert!(parts[0].0.starts_with("text/plain") && parts[1].0.starts_with("text/html"));
    let subject = words(&header(&message, "Subject").unwrap());
    let text = String::from_utf8(parts[0].1.clone()).unwrap();
    let html = String::from_utf8(parts[1].1.clone()).unwrap();
    assert!(!html.contains("<img") && !html.contains("<script") && html.contains("Alice &amp; Söhne"), "{html}");
    format!("Subject: {subject}\n\n{}", text.replace("\r\n", "\n"))
}

#[test]
fn a_low_balance_in_english_and_in_chinese() {
    let low = low();
    kept("low-balance.en.txt", &text_of(&low_balance(&facts(&low), Some("en-GB"))));
    kept("low-balance.zh.txt", &text_of(&low_balance(&facts(&low), Some("zh_CN.UTF-8"))));
}

#[test]
fn thresholds_of_every_kind_and_an_empty_wallet() {
    let mut low = low();
    low.wallet.wallet = "gpt-pack".into();
    low.wallet.unit = "CNY".into();
    let say = |low: &Low| low_balance(&facts(low), None).to_text();
    assert!(say(&low).contains("10% of your last top-up"), "{}", say(&low));
    low.only_granted = true;
    assert!(say(&low).contains("10% of what was credited to you"), "{}", say(&low));
    low.crossing.threshold = Threshold::parse("500").unwrap();
    low.crossing.level = "500".parse().unwrap();
    assert!(say(&low).contains("  Wallet: gpt-pack\n") && say(&low).contains("  Threshold: 500 CNY\n"));
    low.crossing.threshold = Threshold::parse("3d").unwrap();
    assert!(say(&low).contains("  Threshold: 3 days of use, which is 500 CNY\n"), "{}", say(&low));
    assert!(say(&low).contains("  Days left at that pace: 3.0\n"), "{}", say(&low));
    low.balance = "-0.5".parse().unwrap();
    low.pace = Pace::default();
    let page = low_balance(&facts(&low), Some("fr"));
    assert_eq!(page.subject, "Your balance is used up: -0.5 CNY");
    assert!(page.to_text().contains("cannot be said"), "{}", page.to_text());
}

#[test]
fn an_invoice_goes_with_its_files() {
    let invoice = Document {
        kind: DocumentKind::Invoice,
        number: Some("INV-2026-0042"),
        period: Some("2026-10"),
        name: "阿里云科技",
        total: "119.00 EUR",
        due: Some("2026-11-30"),
        link: None,
        sender: "Token Hub",
    };
    let pdf: Vec<u8> = b"%PDF-1.7\r\n.\r\n\n.\n\0".iter().copied().chain(0..=255).collect();
    let files = [
        Attachment { name: "INV-2026-0042.pdf".into(), media_type: "application/pdf".into(), bytes: pdf.clone() },
        Attachment { name: "发票/../x\".xml".into(), media_type: "application/xml".into(), bytes: b"<a/>".to_vec() },
    ];
    let to = Address::new(Some(invoice.name), "a@example.org").unwrap();
    let from = sender();
    for locale in ["en", "zh"] {
        let page = document(&invoice, Some(locale));
        let message = compose(&letter(&page, &from, &to, &files)).unwrap();
        let text = String::from_utf8(message.bytes).unwrap();
        let parts = parts(&text);
        assert_eq!(parts.len(), 4);
        assert_eq!(parts[2].1, pdf);
        assert!(String::from_utf8_lossy(&parts[0].1).contains("119.00 EUR"));
        assert!(words(&header(&text, "Subject").unwrap()).contains("INV-2026-0042"));
        assert!(words(&header(&text, "To").unwrap()).contains("阿里云科技"));
        assert!(!text.contains("../"));
    }
    let mut wrong = files[0].clone();
    wrong.media_type = "application/pdf\r\nX: y".into();
    let page = document(&invoice, None);
    assert!(matches!(compose(&letter(&page, &from, &to, &[wrong])), Err(LetterError::MediaType { .. })));
}

#[test]
fn the_same_letter_is_the_same_bytes() {
    let (low, from) = (low(), sender());
    let to = Address::new(Some("Alice"), "alice@example.org").unwrap();
    let page = low_balance(&facts(&low), None);
    let eml = compose(&letter(&page, &from, &to, &[])).unwrap();
    assert_eq!(eml, compose(&letter(&page, &from, &to, &[])).unwrap());
    assert_eq!(eml.message_id, "low-balance.0123@hub.example.com");
    for wrong in ["", "a", "@b", "a@", "a b@c", "a\r\nX: y@c", "a@b>", ".a@b", "a@b@c"] {
        let letter = Letter { message_id: wrong, ..letter(&page, &from, &to, &[]) };
        assert_eq!(compose(&letter), Err(LetterError::MessageId(wrong.into())), "{wrong:?}");
    }
    let text = String::from_utf8(eml.bytes.clone()).unwrap();
    assert_eq!(header(&text, "Date").unwrap(), "Mon, 05 Oct 2026 04:00:00 +0000");
    assert_eq!(header(&text, "From").unwrap(), "\"Token Hub\" <billing@hub.example.com>");
    assert_eq!(header(&text, "Auto-Submitted").unwrap(), "auto-generated");
    let mut other = page.clone();
    other.rows[0].1.push('!');
    assert_ne!(compose(&letter(&other, &from, &to, &[])).unwrap().bytes, eml.bytes);
}
