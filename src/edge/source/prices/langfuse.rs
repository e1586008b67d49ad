//! Langfuse's default model prices: USD per unit of a usage type, models told by expressions, pricing
//! tiers with conditions, of which the first that holds counts.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Document, Json, Object};
use super::genai::expression;
use super::{PriceTable, Refusal, TableError};
use crate::domain::call::{METERS, Meter};
use crate::domain::money::Exact;
use crate::domain::price::{Axis, Choice, Condition, Matcher, ModelName, Place, PriceRow, Rates, lay_out};

/// Usage types by what they count; several may say the same.
const TYPES: [(Meter, &[&str]); 9] = [
    (
        Meter::Input,
        &[
            "input",
            "input_tokens",
            "input_text",
            "input_text_tokens",
            "input_modality_1",
            "prompt_token_count",
            "promptTokenCount",
        ],
    ),
    (
        Meter::CacheRead,
        &[
            "input_cached_tokens",
            "input_cache_read",
            "cache_read_input_tokens",
            "input_cached_text_tokens",
            "cached_content_token_count",
        ],
    ),
    (
        Meter::CacheWrite,
        &["input_cache_creation", "cache_creation_input_tokens", "input_cache_creation_5m", "cache_write_tokens"],
    ),
    (Meter::CacheWrite1h, &["input_cache_creation_1h"]),
    (Meter::InputAudio, &["input_audio", "input_audio_tokens"]),
    (Meter::InputImage, &["input_image", "input_image_tokens"]),
    (
        Meter::Output,
        &[
            "output",
            "output_tokens",
            "output_text",
            "output_text_tokens",
            "output_modality_1",
            "candidates_token_count",
            "candidatesTokenCount",
        ],
    ),
    (
        Meter::Reasoning,
        &[
            "output_reasoning",
            "output_reasoning_tokens",
            "reasoning_tokens",
            "thoughts_token_count",
            "thoughtsTokenCount",
        ],
    ),
    (Meter::OutputAudio, &["output_audio", "output_audio_tokens"]),
];
const SEARCHES: [&str; 4] = ["grounding_queries", "groundingQueries", "web_search_queries", "webSearchQueries"];
/// Expressions that sum up all input of a call.
const WHOLE_INPUT: [&str; 3] = ["(input|prompt|cached)", "(input|cache_write)", "(input)"];

/// What must hold for a tier besides its place in the order.
#[derive(Default)]
struct Conditions {
    above: Option<i64>,
    /// Parameters of the call, each with the values that hold.
    parameters: Vec<(String, Vec<String>)>,
}

struct Tier {
    priority: i64,
    conditions: Conditions,
    rates: Rates,
}

pub(super) fn read(document: &Document<'_>) -> Result<PriceTable, TableError> {
    let Some(list) = document.root.list() else {
        return Err(document.error("is not a list of models"));
    };
    let mut table = PriceTable::default();
    for model in list {
        let Some(object) = model.object() else {
            return Err(document.error("has a model that is no object"));
        };
        let place = document.place(object);
        let name = object.text("modelName").unwrap_or_default();
        match row(object, &place, &mut table) {
            Ok(row) => {
                table.imported += 1;
                table.rows.push(row);
            }
            Err(reason) => table.refuse(&place, name, reason),
        }
    }
    Ok(table)
}

fn row(object: &Object<'_>, place: &Place, table: &mut PriceTable) -> Result<PriceRow, Refusal> {
    let rule = expression(object.text("matchPattern").ok_or("has no matchPattern")?)?;
    let mut left_out = BTreeSet::new();
    let mut tiers = Vec::new();
    for tier in object.get("pricingTiers").and_then(Json::list).unwrap_or_default() {
        let tier = tier.object().ok_or("has a tier that is no object")?;
        let prices = tier.get("prices").and_then(Json::object).ok_or("has a tier without prices")?;
        let priority = tier.get("priority").and_then(Json::whole).ok_or("has a tier without priority")?;
        let conditions = conditions(tier, prices)?;
        tiers.push(Tier { priority, conditions, rates: rates(prices, &mut left_out)? });
    }
    // The default tier counts where no other does.
    tiers.sort_by_key(|tier| (tier.conditions.is_none(), tier.priority));
    if tiers.last().is_none_or(|tier| !tier.conditions.is_none()) {
        return Err("has no default tier".into());
    }
    let (components, variants) = lay_out_tiers(&tiers, place)?;
    if components.rates.iter().all(Option::is_none) {
        return Err("names no price that calls can be charged by; a missing price is not a price of 0".into());
    }
    left_out.iter().for_each(|member| table.leave_out(member));
    let matcher = Matcher { models: vec![ModelName::Rule(rule)], ..Matcher::default() };
    Ok(PriceRow { matcher, components, variants, free: false, minimum: None, place: place.clone() })
}

impl Conditions {
    fn is_none(&self) -> bool {
        self.above.is_none() && self.parameters.is_empty()
    }

    fn hold(&self, facts: &BTreeMap<&str, &str>, passed: Option<i64>) -> bool {
        let agrees = |(name, values): &(String, Vec<String>)| {
            facts.get(name.as_str()).is_some_and(|value| values.iter().any(|v| v == value))
        };
        self.above.is_none_or(|above| passed.is_some_and(|p| p >= above)) && self.parameters.iter().all(agrees)
    }
}

fn conditions(tier: &Object<'_>, prices: &Object<'_>) -> Result<Conditions, Refusal> {
    let mut found = Conditions::default();
    for condition in tier.get("conditions").and_then(Json::list).unwrap_or_default() {
        let condition = condition.object().ok_or("has a condition that is no object")?;
        let operator = condition.text("operator").unwrap_or_default();
        if let Some(pattern) = condition.text("usageDetailPattern") {
            let counts_all = WHOLE_INPUT.contains(&pattern);
            // Written to a cache under a name that the expression does not find, it would not be counted.
            let uncounted = pattern == "(input)" && prices.get("cache_write_tokens").is_some();
            let above = condition.get("value").and_then(Json::whole);
            match (operator, above) {
                ("gt", Some(above)) if counts_all && !uncounted && found.above.is_none() => found.above = Some(above),
                _ => return Err(format!("has a tier by {pattern} {operator}, which is not the whole input").into()),
            }
            continue;
        }
        let (source, key) = (condition.text("source"), condition.text("key"));
        let values = condition.get("values").and_then(Json::list).unwrap_or_default();
        let values: Option<Vec<String>> = values.iter().map(|v| v.text().map(str::to_owned)).collect();
        match (source, key, operator, values) {
            (Some("model_parameters"), Some(key), "in", Some(values)) => {
                found.parameters.push((key.to_owned(), values));
            }
            _ => return Err("has a tier by a condition that is not known".into()),
        }
    }
    Ok(found)
}

fn rates(prices: &Object<'_>, left_out: &mut BTreeSet<String>) -> Result<Rates, Refusal> {
    let mut rates: Rates = [None; METERS];
    let mut set = |meter: Meter, price: Exact| -> Result<(), Refusal> {
        let held = rates[meter.index()].replace(price);
        match held.is_some_and(|held| held != price) {
            true => Err(format!("prices {} in two ways", meter.name()).into()),
            false => Ok(()),
        }
    };
    for (name, value) in prices.members() {
        let Some(price) = value.price().map_err(|why| format!("{name} {why}"))? else { continue };
        if name == "total" {
            set(Meter::Input, price)?;
            set(Meter::Output, price)?;
        } else if SEARCHES.contains(&name) {
            set(Meter::WebSearch, price)?;
        } else if let Some((meter, _)) = TYPES.iter().find(|t| t.1.contains(&name)) {
            set(*meter, price)?;
        } else if !price.is_zero() {
            left_out.insert(name.to_owned());
        }
    }
    Ok(rates)
}

fn lay_out_tiers(
    tiers: &[Tier],
    place: &Place,
) -> Result<(crate::domain::price::Components, Vec<crate::domain::price::Variant>), Refusal> {
    let mut facts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, values) in tiers.iter().flat_map(|tier| &tier.conditions.parameters) {
        let known = facts.entry(name).or_default();
        known.extend(values.iter().map(String::as_str));
        known.sort_unstable();
        known.dedup();
    }
    let facts: Vec<(&str, Vec<&str>)> = facts.into_iter().collect();
    let thresholds: BTreeSet<i64> = tiers.iter().filter_map(|tier| tier.conditions.above).collect();
    let thresholds: Vec<i64> = thresholds.into_iter().collect();
    let condition = |name: &str, value: &str| match name {
        "service_tier" => Condition::ServiceTier(value.to_owned()),
        _ => Condition::When { name: name.to_owned(), value: value.to_owned() },
    };
    let mut axes: Vec<Axis> =
        facts.iter().map(|(name, values)| values.iter().map(|value| condition(name, value)).collect()).collect();
    axes.push(thresholds.iter().map(|t| Condition::Context { tokens: *t, inclusive: false }).collect());
    let price = |choice: &Choice| {
        let pairs = facts.iter().zip(choice);
        let chosen = pairs.filter_map(|((name, values), option)| Some((*name, values[(*option)?]))).collect();
        let passed = choice.last().copied().flatten().map(|level| thresholds[level]);
        let holding = tiers.iter().find(|tier| tier.conditions.hold(&chosen, passed));
        holding.map_or([None; METERS], |tier| tier.rates)
    };
    lay_out(&axes, place, &price)
        .map_err(|ends| format!("prices {} in some tiers and not in others", ends.0.name()).into())
}
