//! Names, addresses and texts that want to be more than that.

use proptest::prelude::*;

use super::super::{clean, proof};
use super::reader::{headers, parts, words};
use super::*;

fn page(name: &str) -> Page {
    let list = List {
        heading: name.to_owned(),
        lines: vec![ListLine { what: name.to_owned(), detail: name.to_owned() }],
        more: 1,
    };
    Page {
        language: "en",
        subject: format!("Balance of {name}"),
        greeting: format!("Hello {name},"),
        lead: name.to_owned(),
        rows: vec![(name.to_owned(), name.to_owned())],
        lists: vec![list],
        advice: vec![name.to_owned()],
        link: Some(name.to_owned()),
        closing: vec![name.to_owned()],
    }
}

/// Whatever the name is, the message has our headers, our recipient and two parts.
fn check(name: &str) {
    let to = Address::new(Some(name), "alice@example.org").unwrap();
    let from = sender();
    let file = Attachment { name: name.into(), media_type: "application/pdf".into(), bytes: name.as_bytes().to_vec() };
    let eml = compose(&letter(&page(name), &from, &to, std::slice::from_ref(&file))).unwrap();
    assert_eq!(proof::fault(&eml.bytes), None);
    let text = String::from_utf8(eml.bytes).unwrap();
    let names: Vec<String> = headers(&text).0.into_iter().map(|h| h.0).collect();
    let expect = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
    assert_eq!(names.len(), expect.len(), "{names:?}");
    assert!(expect.iter().all(|e| names.iter().any(|n| n == e)), "{names:?}");
    let (all, _) = headers(&text);
    let to = &all.iter().find(|h| h.0 == "To").unwrap().1;
    assert!(to.ends_with("<alice@example.org>") || to == "alice@example.org", "{to}");
    let parts = parts(&text);
    assert_eq!(parts.len(), 3);
    assert_eq!(parts[2].1, file.bytes);
    let read = words(&all.iter().find(|h| h.0 == "Subject").unwrap().1);
    assert!(read.chars().count() <= 210, "{read}");
    assert!(!read.contains('\u{202e}') && !String::from_utf8_lossy(&parts[0].1).contains('\u{202e}'));
}

#[test]
fn names_cannot_leave_their_place() {
    let long = "名".repeat(10_000);
    let ascii = "a".repeat(10_000);
    let spaced = "ab ".repeat(4_000);
    for name in [
        "Eve\r\nBcc: everybody@example.com",
        "Eve\nSubject: x\n\n<b>body</b>",
        "Eve\r.\r\nMAIL FROM:<x@y>\r\n",
        "\r\n.\r\n",
        "\n.\n",
        "\u{202e}evil\u{2066}\u{200b}\u{2028}x",
        "💸👩‍👩‍👧‍👧 Emoji GmbH 🇩🇪",
        "=?utf-8?b?QmNjOiB4?= <other@example.com>",
        "\"quoted\\\" <a@b.c>, other@example.com",
        "a\0b\u{7f}\u{1b}[31m",
        "<script>alert(1)</script>",
        ". . .",
        "--=_alt_0",
        "",
        " ",
        &long,
        &ascii,
        &spaced,
    ] {
        check(name);
    }
}

#[test]
fn addresses_that_cannot_be_written_to() {
    let ok = |text: &str| Address::new(None, text).map(|a| a.as_str().to_owned());
    assert_eq!(ok("a.b+c@sub.example.com").unwrap(), "a.b+c@sub.example.com");
    assert_eq!(ok(""), Err(AddressError::Missing));
    for wrong in [
        "alice",
        "@example.com",
        "alice@",
        "a@b@example.com",
        "a b@example.com",
        "a@example.com,b@example.com",
        "a@example.com;b@example.com",
        "a@example.com\r\nRCPT TO:<b@example.com>",
        "<a@example.com>",
        "\"a b\"@example.com",
        "a@[127.0.0.1]",
        "a@-example.com",
        "a@example..com",
        ".a@example.com",
        "a@exa mple.com",
        "a>@example.com",
    ] {
        assert!(matches!(ok(wrong), Err(AddressError::Malformed(_))), "{wrong:?}: {:?}", ok(wrong));
    }
    assert!(matches!(ok("älice@example.com"), Err(AddressError::NotAscii(_))));
    assert!(ok(&format!("{}@example.com", "a".repeat(300))).is_err());
    let named = Address::parse("\"Billing, Hub\" <billing@example.com>").unwrap();
    assert_eq!((named.name(), named.as_str()), ("Billing, Hub", "billing@example.com"));
    assert!(Address::parse("Billing <billing>").is_err());
}

#[test]
fn bytes_that_are_no_message_are_not_given_away() {
    let good = "From: a@b.c\r\nTo: a@b.c\r\nSubject: x\r\nDate: x\r\nMessage-ID: <x>\r\nMIME-Version: 1.0\r\n\
                Content-Type: text/plain\r\n\r\nx\r\n";
    assert_eq!(proof::fault(good.as_bytes()), None);
    for (bad, what) in [
        (good.replace("\r\nx", "\nx"), "bare"),
        (good.replace("\r\nx", "\rx"), "bare"),
        (good.replace("Subject: x", "Subject: x\r\nBcc: y@z.w"), "Bcc"),
        (good.replace("Subject: x", "Subject: x\r\nSubject: y"), "two headers"),
        (good.replace("Date: x\r\n", ""), "no header Date"),
        (good.replace("x\r\n", "ü\r\n"), "ASCII"),
        (good.replace("x\r\n", &format!("{}\r\n", "x".repeat(999))), "a line of"),
        (String::new(), "no header"),
    ] {
        let fault = proof::fault(bad.as_bytes()).unwrap();
        assert!(fault.contains(what), "{what}: {fault}");
    }
}

proptest! {
    #[test]
    fn any_text_is_only_text(name in any::<String>(), tail in "[\r\n.]{0,6}") {
        check(&format!("{name}{tail}"));
    }

    #[test]
    fn a_line_stays_one_line(text in any::<String>(), longest in 1usize..50) {
        let line = clean::one_line(&text, longest);
        prop_assert!(line.chars().count() <= longest + 1);
        prop_assert!(!line.chars().any(char::is_control));
        prop_assert_eq!(clean::one_line(&line, longest + 1), line);
    }

    #[test]
    fn any_bytes_go_with_a_message(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let file = Attachment { name: "x.bin".into(), media_type: "application/octet-stream".into(), bytes };
        let (from, to) = (sender(), Address::new(None, "a@example.org").unwrap());
        let eml = compose(&letter(&page("x"), &from, &to, std::slice::from_ref(&file))).unwrap();
        let text = String::from_utf8(eml.bytes).unwrap();
        prop_assert_eq!(&parts(&text)[2].1, &file.bytes);
    }
}
