//! The context of a call: an object of texts, or `name=value;name=value` where a format has no objects.

use std::collections::BTreeMap;

use crate::domain::call::{context_text, context_value};
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::json::Cursor;
use crate::edge::source::record::value::Value;

/// The facts as one text; none where there are none.
pub(crate) fn read(f: &Fields<'_, '_>, slot: u8) -> Result<Option<String>, Fault> {
    let facts = match f.raw(slot) {
        Value::Json(text) => of_object(text),
        _ => f.cow(slot)?.map_or(Some(BTreeMap::new()), |text| of_text(&text)),
    };
    let facts = facts.ok_or_else(|| f.fault(slot, "is not an object of texts, each name once"))?;
    Ok(context_text(facts))
}

/// A context with more facts, where it does not say these itself.
pub(crate) fn with(context: Option<String>, facts: &[(&'static str, String)]) -> Option<String> {
    let new = facts.iter().filter(|(name, _)| context_value(context.as_deref(), name).is_none());
    let new = context_text(new.map(|(name, value)| (*name, value)));
    match (context, new) {
        (Some(before), Some(new)) => {
            let mut all: Vec<&str> = before.split(';').chain(new.split(';')).collect();
            all.sort_unstable_by_key(|fact| fact.split_once('=').map(|(name, _)| name));
            Some(all.join(";"))
        }
        (before, new) => before.or(new),
    }
}

fn of_object(text: &str) -> Option<BTreeMap<String, String>> {
    let mut facts = BTreeMap::new();
    let mut cursor = Cursor::new(text);
    let mut more = cursor.enter(b'{').ok()?;
    while more {
        let name = cursor.name().ok()?.decode()?.into_owned();
        let value = match cursor.value().ok()? {
            Value::Absent => None,
            value => Some(value.text().ok()??.into_owned()),
        };
        if facts.insert(name, value).is_some() {
            return None;
        }
        more = cursor.more(b'{').ok()?;
    }
    Some(facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

fn of_text(text: &str) -> Option<BTreeMap<String, String>> {
    let mut facts = BTreeMap::new();
    for fact in text.split(';').filter(|fact| !fact.trim().is_empty()) {
        let (name, value) = fact.split_once('=')?;
        if facts.insert(name.trim().to_owned(), value.trim().to_owned()).is_some() {
            return None;
        }
    }
    Some(facts)
}
