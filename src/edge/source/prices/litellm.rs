//! LiteLLM's `model_prices_and_context_window.json`, and copies of it such as tokencost's: USD per
//! single token, by suffixes for context tiers, service tiers and batch.
//!
//! Priced as LiteLLM's cost calculator does: a context tier is chosen by the whole input and counts
//! for every token; a service tier without a rate of its own takes the standard one; a cache without
//! a price is ordinary input; a batch without prices is half. Where LiteLLM charges nothing because a
//! price is missing, the row is refused or the meter has no rate.

mod entry;
mod other;
mod rates;

use std::collections::{BTreeMap, BTreeSet};

use self::entry::Entry;
use super::document::{Document, Json};
use super::{PriceTable, Refusal, RefusedRow, TableError};
use crate::domain::price::{Components, Matcher, ModelName, PriceRow, Variant};

/// The entry that explains the others.
const SAMPLE: &str = "sample_spec";

pub(super) fn read(document: &Document<'_>) -> Result<PriceTable, TableError> {
    let Some(root) = document.root.object() else {
        return Err(document.error("is not an object of models by name"));
    };
    let mut table = PriceTable::default();
    let mut last: BTreeMap<&str, &Json<'_>> = BTreeMap::new();
    for (name, value) in root.members() {
        if last.insert(name, value).is_some_and(|before| entry::prices_of(before) != entry::prices_of(value)) {
            table.assume("of two entries of one name with other prices the last counts");
        }
    }
    let names: BTreeSet<&str> = last.keys().copied().collect();
    for (name, value) in root.members().filter(|m| m.0 != SAMPLE) {
        if !last.get(name).is_some_and(|kept| std::ptr::eq(*kept, value)) {
            continue;
        }
        let Some(object) = value.object() else {
            table.refuse(&document.start(), name, "is not an object");
            continue;
        };
        let place = document.place(object);
        let made = Entry::new(name, object).and_then(|entry| {
            let (components, variants) = price(&entry, &place)?;
            let row = PriceRow {
                matcher: Matcher::default(),
                components,
                variants,
                free: false,
                minimum: None,
                place: place.clone(),
            };
            entry.unused().iter().for_each(|member| table.leave_out(member));
            let zeros = entry.doubts().map(|reason| RefusedRow { place: place.clone(), name: name.to_owned(), reason });
            table.zeros.extend(zeros);
            Ok(matchers(&entry, &names).into_iter().map(|matcher| PriceRow { matcher, ..row.clone() }).collect())
        });
        match made {
            Ok(rows) => {
                let rows: Vec<PriceRow> = rows;
                table.imported += 1;
                table.rows.extend(rows);
            }
            Err(reason) => table.refuse(&place, name, reason),
        }
    }
    Ok(table)
}

fn price(entry: &Entry<'_>, place: &crate::domain::price::Place) -> Result<(Components, Vec<Variant>), Refusal> {
    let (mut components, mut variants) = rates::lay_out_tokens(entry, place)?;
    // An entry that prices tokens as well says the same twice. Tokens at 0 beside another price are no price:
    // that one counts, and where no call of ours has what it is for, the entry is not for nothing.
    if !costs(&components) && !variants.iter().any(|variant| costs(&variant.components)) {
        let has_tokens = components.rates.iter().any(Option::is_some);
        let (piece, by_resolution) = other::by_the_piece(entry, place)?;
        if !has_tokens || costs(&piece) || !by_resolution.is_empty() {
            let tokens = entry.members().filter(|member| has_tokens && member.contains("_token"));
            tokens.for_each(|member| entry.doubt(member));
            (components, variants) = (piece, by_resolution);
        } else if let Some(member) = entry.unused().into_iter().find(|member| other::is_for_the_call(member)) {
            return Err(format!("is priced by {member}, which no call of ours has, beside tokens at 0").into());
        }
    }
    other::add_searches(entry, &mut components)?;
    if components.rates.iter().all(Option::is_none) && components.images.is_empty() && variants.is_empty() {
        return Err(other::why_nothing(entry).into());
    }
    variants.extend(other::uplifts(entry, place)?);
    Ok((components, variants))
}

/// Whether anything of it costs more than nothing.
fn costs(components: &Components) -> bool {
    let rates = components.rates.iter().flatten();
    rates.chain(components.images.iter().map(|image| &image.rate)).any(|rate| !rate.is_zero())
}

/// How calls name the entry. LiteLLM looks for `provider/model` first, then for the model as it is,
/// then without its first part.
fn matchers(entry: &Entry<'_>, names: &BTreeSet<&str>) -> Vec<Matcher> {
    let exact = |name: &str| vec![ModelName::Exact(name.to_owned())];
    // What a tuned model's owner has it called stands behind the name: `ft:gpt-4o-2024-08-06:acme::id`.
    let tuned = |name: String| ModelName::Pattern(format!("{name}:"), String::new());
    let Some((prefix, rest)) = entry.name.split_once('/') else {
        let mut models = exact(entry.name);
        let aliases = entry.families().into_iter().map(|family| format!("{family}/{}", entry.name));
        models.extend(aliases.filter(|alias| !names.contains(alias.as_str())).map(ModelName::Alias));
        if entry.name.starts_with("ft:") {
            let prefixed = entry.families().into_iter().map(|family| tuned(format!("{family}/{}", entry.name)));
            models.extend(std::iter::once(tuned(entry.name.to_owned())).chain(prefixed));
        }
        return vec![Matcher { models, ..Matcher::default() }];
    };
    let own = Matcher { models: exact(entry.name), ..Matcher::default() };
    let of_provider = Matcher { models: exact(rest), provider: Some(prefix.to_owned()), ..Matcher::default() };
    let mut all = vec![own, of_provider];
    // `azure/eu/gpt-4o` is what `gpt-4o` costs in that region.
    if let Some((region, model)) = rest.split_once('/').filter(|_| prefix == "azure" || prefix == "bedrock") {
        let (provider, region) = (Some(prefix.to_owned()), Some(region.to_owned()));
        all.push(Matcher { models: exact(model), provider, region, ..Matcher::default() });
    }
    all
}
