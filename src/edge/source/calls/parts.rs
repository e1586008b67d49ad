//! Values as several gateways write them.

use crate::domain::money::{Amount, Exact};
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

/// An amount in hundredths of its unit.
pub(super) fn cents(f: &Fields<'_, '_>, slot: u8) -> Result<Option<Amount>, Fault> {
    let Some(hundredths) = f.amount(slot)? else { return Ok(None) };
    // What stands in the row is shifted, so that no digit of it is cut twice.
    let written = match f.raw(slot) {
        Value::Number(text) | Value::Cell(text) | Value::Text(text) => text.parse::<Exact>().ok(),
        _ => None,
    };
    let exact = written.unwrap_or_else(|| hundredths.to_exact()).shifted(-2);
    let amount = exact.and_then(Amount::from_exact).ok_or_else(|| f.fault(slot, "has more digits than can be held"))?;
    f.unrounded.borrow_mut().extend(exact);
    Ok(Some(amount))
}

/// `started_at` and so many milliseconds.
pub(super) fn later(f: &Fields<'_, '_>, slot: u8, started_at: Instant) -> Result<Instant, Fault> {
    let millis = match f.raw(slot) {
        Value::Absent => return Ok(started_at),
        Value::Number(text) | Value::Cell(text) => text.parse::<Exact>().ok(),
        Value::Int(whole) => Some(Exact::from_int(whole)),
        _ => None,
    };
    let micros = millis.filter(|millis| !millis.is_negative()).and_then(|millis| millis.shifted(3));
    let whole = micros.and_then(|micros| Some(micros.mantissa() / 10i128.checked_pow(micros.scale())?));
    let end = whole.and_then(|whole| started_at.micros().checked_add(i64::try_from(whole).ok()?));
    end.map(Instant::from_micros).ok_or_else(|| f.fault(slot, "is no time a call takes"))
}

/// What a model is for, where its name says so.
pub(super) fn endpoint_of_model(model: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 3] = [("embed", "embedding"), ("rerank", "rerank"), ("moderation", "moderation")];
    WORDS.into_iter().find(|(word, _)| model.contains(word)).map(|(_, endpoint)| endpoint)
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
