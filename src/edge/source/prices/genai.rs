//! genai-prices' data: USD per million tokens, providers and models told by rules, prices that begin
//! on a day or hold for hours of the day, and variants by the context of a call.
//!
//! Order is content: of several prices the last that is active counts, of several models the one that
//! says the name in full, else the first whose rule holds, of several variants the first that sets a
//! price. A provider's own models go before those it lends from others, which know no context.

mod price;
mod rule;

use std::collections::BTreeMap;

use self::price::Model;
pub(super) use self::rule::expression;
use self::rule::rule_of;
use super::document::{Document, Json, Object};
use super::{PriceTable, Refusal, TableError};
use crate::domain::price::{Matcher, ModelName, NameRule, Place, PriceRow, ProviderRule};

/// A model as its provider prices it.
struct Entry {
    id: String,
    rule: NameRule,
    model: Model,
    name: String,
    place: Place,
}

pub(super) fn read(document: &Document<'_>) -> Result<PriceTable, TableError> {
    let root = document.root.object().and_then(|o| o.get("providers")).unwrap_or(&document.root);
    let Some(list) = root.list() else {
        return Err(document.error("is not a list of providers"));
    };
    let mut table = PriceTable::default();
    let mut providers: Vec<(&str, &Object<'_>, Vec<Entry>)> = Vec::new();
    for provider in list {
        let named = provider.object().and_then(|object| Some((object.text("id")?, object)));
        let Some((id, object)) = named else {
            return Err(document.error("has a provider without an id"));
        };
        let place = document.place(object);
        let mut entries = entries(document, id, object, &mut table);
        leave_named_to_theirs(&mut entries);
        table.imported += entries.len();
        let mut rule = |member: &str| {
            let found = object.get(member).map(rule_of)?;
            found.map_err(|why| table.refuse(&place, id, format!("{member} {why}"))).ok()
        };
        let (names, models) = (rule("provider_match"), rule("model_match"));
        let provider = ProviderRule { id: id.to_lowercase(), names, models, place };
        table.providers.push(provider);
        providers.push((id, object, entries));
    }
    let by_id: BTreeMap<&str, usize> = providers.iter().enumerate().map(|(i, p)| (p.0, i)).rev().collect();
    let mut rows = Vec::new();
    for (id, object, entries) in &providers {
        rows.extend(entries.iter().filter_map(|entry| row(entry, id, true, &mut table)));
        name_the_nameless(entries, &mut rows);
        let lenders = object.get("fallback_model_providers").and_then(Json::list).unwrap_or_default();
        for lender in lenders.iter().filter_map(|l| by_id.get(l.text()?)) {
            rows.extend(providers[*lender].2.iter().filter_map(|entry| row(entry, id, false, &mut table)));
        }
    }
    table.rows = rows;
    Ok(table)
}

fn entries<'a>(document: &Document<'a>, id: &str, provider: &Object<'a>, table: &mut PriceTable) -> Vec<Entry> {
    let mut entries = Vec::new();
    for model in provider.get("models").and_then(Json::list).unwrap_or_default() {
        let Some(object) = model.object() else {
            table.refuse(&document.place(provider), id, "has a model that is no object");
            continue;
        };
        let name = format!("{id}: {}", object.text("id").unwrap_or_default());
        let place = document.place(object);
        match entry(object, &name, &place, table) {
            Ok(entry) => entries.push(entry),
            Err(reason) => table.refuse(&place, &name, reason),
        }
    }
    entries
}

fn entry(object: &Object<'_>, name: &str, place: &Place, table: &mut PriceTable) -> Result<Entry, Refusal> {
    if let Some(twice) = object.repeated() {
        return Err(format!("has {twice} twice").into());
    }
    let rule = rule_of(object.get("match").ok_or("has no match")?)?;
    let (model, left_out) = Model::read(object)?;
    // Tried here, so that a model that cannot be said is refused once and not for every borrower.
    model.lay_out(true, place)?;
    left_out.iter().for_each(|member| table.leave_out(member));
    if model.is_free() {
        table.assume("a model without any price is free");
        return Ok(Entry { id: id_of(object), rule, model, name: name.to_owned(), place: place.clone() });
    }
    model.charges_nothing_for().iter().for_each(|what| table.assume(&format!("{what} costs nothing")));
    Ok(Entry { id: id_of(object), rule, model, name: name.to_owned(), place: place.clone() })
}

fn id_of(model: &Object<'_>) -> String {
    model.text("id").unwrap_or_default().to_owned()
}

fn row(entry: &Entry, provider: &str, own: bool, table: &mut PriceTable) -> Option<PriceRow> {
    match entry.model.lay_out(own, &entry.place) {
        Ok((components, variants)) => Some(PriceRow {
            matcher: Matcher {
                models: vec![ModelName::Rule(entry.rule.clone())],
                provider: Some(provider.to_lowercase()),
                ..Matcher::default()
            },
            components,
            variants,
            free: entry.model.is_free(),
            minimum: None,
            place: entry.place.clone(),
        }),
        Err(reason) => {
            table.refuse(&entry.place, &entry.name, reason);
            None
        }
    }
}

/// A model that names a name exactly has it, also where a pattern of one that stands before it fits.
fn leave_named_to_theirs(entries: &mut [Entry]) {
    let named: Vec<Vec<String>> = entries.iter().map(|entry| entry.rule.names()).collect();
    for (later, names) in named.iter().enumerate() {
        for (earlier, own) in entries[..later].iter_mut().zip(&named) {
            for name in names.iter().filter(|name| !own.contains(name)) {
                if earlier.rule.holds(name) {
                    let not = NameRule::Not(Box::new(NameRule::Equals(name.clone())));
                    earlier.rule = NameRule::All(vec![not, earlier.rule.clone()]);
                }
            }
        }
    }
}

/// A model whose own id no rule answers to answers to that as well.
fn name_the_nameless(entries: &[Entry], rows: &mut [PriceRow]) {
    let first = rows.len() - entries.len().min(rows.len());
    for (entry, row) in entries.iter().zip(&mut rows[first..]) {
        let ids = entries.iter().filter(|other| other.id == entry.id).count();
        if !entry.id.is_empty() && ids == 1 && !entries.iter().any(|other| other.rule.holds(&entry.id)) {
            row.matcher.models.push(ModelName::Exact(entry.id.clone()));
        }
    }
}
