//! The document's text made fit to print: what would steer a terminal or the direction of writing
//! becomes visible, what is longer than a line of print can break, what is endless is cut.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::error::PdfError;

const FORMAT: &str = "trueup/document/1";
/// Longest text printed, in characters; the attached JSON has it whole.
const LONGEST: usize = 300;
/// A longer word may break after every [`BROKEN_WORD`] characters.
const LONG_WORD: usize = 24;
const BROKEN_WORD: usize = 12;

/// What is to be printed.
pub(super) struct Content {
    /// The document with its texts made fit, as JSON.
    pub(super) json: String,
    /// Every text with its place, in the order of the JSON's names.
    pub(super) texts: Vec<(String, String)>,
    /// Two letters of `customer.locale`.
    pub(super) language: String,
    /// Year, month, day of issue.
    pub(super) date: (i32, u8, u8),
    /// Tells this document from every other one.
    pub(super) identity: String,
}

impl Content {
    pub(super) fn read(canonical: &[u8]) -> Result<Content, PdfError> {
        let fault = |what: &str| PdfError::Document(what.to_owned());
        let mut value: Value = serde_json::from_slice(canonical).map_err(|e| PdfError::Document(e.to_string()))?;
        let member = |name: &str| value.get(name).and_then(Value::as_str);
        if member("format") != Some(FORMAT) {
            return Err(fault("another format, or none"));
        }
        let issued = member("issued_on").ok_or_else(|| fault("no issued_on"))?;
        let date = date(issued).ok_or_else(|| fault("issued_on is no date"))?;
        let account = value.pointer("/customer/account_id").and_then(Value::as_str).unwrap_or_default();
        let period = value.pointer("/period/name").and_then(Value::as_str).unwrap_or_default();
        let named = ["kind", "status", "number", "currency"].map(|name| member(name).unwrap_or_default());
        let identity = [&named[..], &[issued, period, account]].concat().join("\n");
        let locale = value.pointer("/customer/locale").and_then(Value::as_str).unwrap_or("en");
        let language = locale.chars().take(2).collect::<String>().to_lowercase();
        let mut texts = Vec::new();
        make_fit(&mut value, &mut String::new(), &mut texts);
        let json = serde_json::to_string(&value).map_err(|e| PdfError::Document(e.to_string()))?;
        Ok(Content { json, texts, language, date, identity })
    }

    pub(super) fn all_texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|(_, text)| text.as_str())
    }

    /// Puts `[U+1FAE9]` in place of a character. None of `chars` may have a meaning in JSON.
    pub(super) fn spell_out(&mut self, chars: &BTreeSet<char>) {
        for c in chars {
            let code = format!("[U+{:04X}]", u32::from(*c));
            self.json = self.json.replace(*c, &code);
            for (_, text) in &mut self.texts {
                *text = text.replace(*c, &code);
            }
        }
    }
}

fn date(text: &str) -> Option<(i32, u8, u8)> {
    let mut parts = text.split('-');
    let date = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let exists = chrono::NaiveDate::from_ymd_opt(date.0, u32::from(date.1), u32::from(date.2)).is_some();
    (parts.next().is_none() && exists && (0..=9999).contains(&date.0)).then_some(date)
}

fn make_fit(value: &mut Value, place: &mut String, texts: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => {
            *text = fit(text);
            texts.push((place.clone(), text.clone()));
        }
        Value::Array(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                within(place, &format!("[{i}]"), |place| make_fit(item, place, texts));
            }
        }
        Value::Object(members) => {
            let named: Map<String, Value> = std::mem::take(members);
            for (name, mut item) in named {
                let step = if place.is_empty() { name.clone() } else { format!(".{name}") };
                within(place, &step, |place| make_fit(&mut item, place, texts));
                members.insert(name, item);
            }
        }
        // Beyond 64 bits with a sign, typst would make a float of it.
        Value::Number(number) if number.as_i64().is_none() => *value = Value::String(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn within(place: &mut String, step: &str, then: impl FnOnce(&mut String)) {
    let length = place.len();
    place.push_str(step);
    then(place);
    place.truncate(length);
}

/// A text as it is printed.
pub(super) fn fit(text: &str) -> String {
    let text = text.trim();
    let number = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    if number {
        return text.to_owned();
    }
    let shown: String = text.chars().take(LONGEST).map(visible).collect();
    let words: Vec<String> = shown.split(' ').map(breakable).collect();
    let rest = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    words.join(" ") + rest
}

/// A long word with places where it may break.
fn breakable(word: &str) -> String {
    if word.chars().count() <= LONG_WORD {
        return word.to_owned();
    }
    let chars: Vec<char> = word.chars().collect();
    chars.chunks(BROKEN_WORD).map(String::from_iter).collect::<Vec<_>>().join("\u{200B}")
}

/// White space as a space; control, direction and other unprintable characters as U+FFFD.
fn visible(c: char) -> char {
    match c {
        _ if c.is_whitespace() => ' ',
        _ if c.is_control() => '\u{FFFD}',
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}' => '\u{FFFD}',
        '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}' | '\u{E0000}'..='\u{E0FFF}' => '\u{FFFD}',
        _ => c,
    }
}

/// Whether a character is a picture or a symbol of the blocks that emoji come from, also one that was
/// added to them after the fonts at hand were made.
pub(super) fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Characters with their code points, at most eight: `发 (U+53D1), …`.
pub(super) fn named(chars: impl Iterator<Item = char>) -> String {
    let mut shown: Vec<String> = chars.take(9).map(|c| format!("{} (U+{:04X})", visible(c), u32::from(c))).collect();
    if shown.len() > 8 {
        shown[8] = "…".to_owned();
    }
    shown.join(", ")
}
