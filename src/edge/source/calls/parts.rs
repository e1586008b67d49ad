//! Values as several gateways write them.

use crate::domain::money::Exact;
use crate::domain::period::{Instant, Zone};
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::value::Value;

/// Providers name their usual tier in three ways; all are none.
pub(super) fn tier(f: &Fields<'_, '_>, slot: u8) -> Result<Option<String>, Fault> {
    let usual = |name: &str| ["default", "standard", "auto"].iter().any(|usual| name.eq_ignore_ascii_case(usual));
    Ok(f.text(slot)?.filter(|name| !usual(name)))
}

/// A text, none where it is blank.
pub(super) fn filled(f: &Fields<'_, '_>, slot: u8) -> Result<Option<String>, Fault> {
    Ok(f.text(slot)?.filter(|text| !text.trim().is_empty()))
}

/// The first of these that says something.
pub(super) fn first_of(f: &Fields<'_, '_>, slots: &[u8]) -> Result<Option<String>, Fault> {
    for slot in slots {
        if let Some(text) = filled(f, *slot)? {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// An instant as seconds since 1970, or as text; text without an offset is of the declared zone, else of `else_zone`.
pub(super) fn instant(f: &Fields<'_, '_>, slot: u8, else_zone: Option<Zone>) -> Result<Option<Instant>, Fault> {
    let whole = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match f.raw(slot) {
        Value::Number(text) => seconds(text),
        Value::Cell(text) if whole(text) => seconds(text),
        Value::Int(seconds) => seconds.checked_mul(1_000_000),
        value => return value.instant(f.zone.or(else_zone)).map_err(|reason| f.fault(slot, reason)),
    }
    .map(|micros| Some(Instant::from_micros(micros)))
    .ok_or_else(|| f.fault(slot, "is no count of seconds since 1970"))
}

/// Microseconds; digits past them are cut, as those of a text are.
fn seconds(text: &str) -> Option<i64> {
    let exact = text.parse::<Exact>().ok()?.shifted(6)?;
    let micros = exact.mantissa() / 10i128.checked_pow(exact.scale())?;
    i64::try_from(micros).ok()
}

/// An HTTP status, as a number or as text; none where it is another code.
pub(super) fn status(f: &Fields<'_, '_>, slot: u8) -> Option<u16> {
    let code = match f.raw(slot) {
        Value::Number(text) | Value::Text(text) | Value::Cell(text) => text.parse().ok()?,
        Value::Int(code) => u16::try_from(code).ok()?,
        _ => return None,
    };
    (100..=599).contains(&code).then_some(code)
}

/// Yes or no, as JSON, as the text of a Python program, or as a database writes it.
pub(super) fn yes(f: &Fields<'_, '_>, slot: u8) -> Result<Option<bool>, Fault> {
    match f.raw(slot) {
        Value::Text(text) | Value::Cell(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Ok(Some(true)),
            "false" | "f" | "0" => Ok(Some(false)),
            "none" | "null" | "" => Ok(None),
            _ => Err(f.fault(slot, "is not true or false")),
        },
        Value::Number("1") | Value::Int(1) => Ok(Some(true)),
        Value::Number("0") | Value::Int(0) => Ok(Some(false)),
        _ => f.boolean(slot),
    }
}

/// What a request was for, by the path it was sent to.
pub(super) fn endpoint_of_path(path: &str) -> Option<&'static str> {
    const PATHS: [(&str, &str); 16] = [
        ("/chat/completions", "chat"),
        ("/v1/messages", "chat"),
        ("generateContent", "chat"),
        ("GenerateContent", "chat"),
        ("/responses", "responses"),
        ("/completions", "completion"),
        ("/embeddings", "embedding"),
        ("embedContent", "embedding"),
        ("EmbedContents", "embedding"),
        ("/images/", "image"),
        ("/audio/", "audio"),
        ("/realtime", "audio"),
        ("/video", "video"),
        ("/rerank", "rerank"),
        ("/moderations", "moderation"),
        ("/ocr", "ocr"),
    ];
    PATHS.into_iter().find(|(part, _)| path.contains(part)).map(|(_, endpoint)| endpoint)
}
