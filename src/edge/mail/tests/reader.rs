//! A small reader of messages, so that tests see what a mail program would.

/// Headers unfolded, and what follows them.
pub(super) fn headers(message: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let pair = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    (unfolded.split("\r\n").map(pair).collect(), body)
}

pub(super) fn header(message: &str, name: &str) -> Option<String> {
    headers(message).0.into_iter().find(|h| h.0 == name).map(|h| h.1)
}

/// Every part that is not made of parts: its type and its content, decoded.
pub(super) fn parts(message: &str) -> Vec<(String, Vec<u8>)> {
    let (head, body) = headers(message);
    let of = |name: &str| head.iter().find(|h| h.0 == name).map(|h| h.1.clone()).unwrap_or_default();
    let kind = of("Content-Type");
    if let Some((_, rest)) = kind.split_once("boundary=\"") {
        let boundary = format!("--{}", rest.split('"').next().unwrap());
        let inner = body.split(&format!("{boundary}--")).next().unwrap();
        return inner.split(&format!("{boundary}\r\n")).skip(1).flat_map(parts).collect();
    }
    let content = match of("Content-Transfer-Encoding").as_str() {
        "base64" => base64(body),
        "quoted-printable" => quoted_printable(body),
        other => panic!("a part that is {other:?}"),
    };
    vec![(kind, content)]
}

pub(super) fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0u32, 0);
    for byte in text.bytes().filter(|b| !b"\r\n=".contains(b)) {
        held = held << 6 | LETTERS.iter().position(|l| *l == byte).unwrap() as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let joined = text.strip_suffix("\r\n").unwrap_or(text).replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), joined.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'=' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&rest[..2]).unwrap(), 16).unwrap());
            rest = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    bytes
}

/// A header's value with its encoded words read.
pub(super) fn words(value: &str) -> String {
    let mut text = String::new();
    let joined = value.replace("?= =?", "?==?");
    let mut rest = joined.as_str();
    while let Some((before, word)) = rest.split_once("=?utf-8?b?") {
        let (code, after) = word.split_once("?=").unwrap();
        text.push_str(before);
        text.push_str(std::str::from_utf8(&base64(code)).unwrap());
        rest = after;
    }
    text + rest
}
