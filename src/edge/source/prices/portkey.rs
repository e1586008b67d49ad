//! Portkey's model prices: US cents per token or item, by provider and model.

use super::document::{Document, Json, Object};
use super::{PriceTable, Refusal, TableError, per};
use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::price::{Components, Condition, ImageRate, Matcher, ModelName, Place, PriceRow, Variant};

/// Members of `pay_as_you_go` that price one unit of a meter.
const MEMBERS: [(&str, Meter); 10] = [
    ("request_token", Meter::Input),
    ("response_token", Meter::Output),
    ("cache_read_input_token", Meter::CacheRead),
    ("cache_write_input_token", Meter::CacheWrite),
    ("request_audio_token", Meter::InputAudio),
    ("response_audio_token", Meter::OutputAudio),
    ("request_image_token", Meter::InputImage),
    ("response_image_token", Meter::OutputImage),
    ("reasoning_token", Meter::Reasoning),
    ("request", Meter::Request),
];
/// Members of `additional_units`.
const UNITS: [(&str, Meter); 7] = [
    ("cache_write_1h", Meter::CacheWrite1h),
    ("web_search", Meter::WebSearch),
    ("file_search", Meter::FileSearch),
    ("video_seconds", Meter::Second),
    ("request_audio_token", Meter::InputAudio),
    ("response_audio_token", Meter::OutputAudio),
    ("image_token", Meter::OutputImage),
];
const BATCH: [&str; 4] = ["request_token", "response_token", "cache_read_input_token", "cache_write_input_token"];
/// Stands for every model of the provider that is not named.
const DEFAULT: &str = "default";

pub(super) fn read(document: &Document<'_>) -> Result<PriceTable, TableError> {
    let Some(root) = document.root.object() else {
        return Err(document.error("is not an object of providers by name"));
    };
    let mut table = PriceTable::default();
    for (provider, models) in root.members() {
        let Some(models) = models.object() else {
            return Err(document.error(format!("{provider} is not an object of models by name")));
        };
        for (model, entry) in models.members() {
            let name = format!("{provider}: {model}");
            let place = entry.object().map_or_else(|| document.start(), |o| document.place(o));
            match row(provider, model, entry, &place, &mut table) {
                Ok(row) => {
                    table.imported += 1;
                    table.rows.push(row);
                }
                Err(reason) => table.refuse(&place, &name, reason),
            }
        }
    }
    Ok(table)
}

fn row(
    provider: &str,
    model: &str,
    entry: &Json<'_>,
    place: &Place,
    table: &mut PriceTable,
) -> Result<PriceRow, Refusal> {
    if model == DEFAULT {
        return Err("stands for models without a price of their own, which are not priced here".into());
    }
    let config = entry.object().and_then(|o| o.get("pricing_config")).ok_or("names no price")?;
    let config = config.object().ok_or("has a pricing_config that is no object")?;
    if config.text("currency").is_some_and(|currency| currency != "USD") {
        return Err("is not priced in US dollars".into());
    }
    if let Some(formula) = config.get("calculate") {
        usual(formula)?;
    }
    let mut components = Components::default();
    if let Some(prices) = config.get("pay_as_you_go").and_then(Json::object) {
        pay_as_you_go(prices, &mut components, table)?;
    }
    if let Some(fixed) = config.get("fixed_cost").and_then(Json::object) {
        for (member, value) in fixed.members() {
            let cents = cents(value)?;
            let sum =
                components.rates[Meter::Request.index()].unwrap_or_default().checked_add(cents.unwrap_or_default());
            components.rates[Meter::Request.index()] =
                Some(sum.ok_or_else(|| format!("{member} has too many digits"))?);
        }
    }
    if components.rates.iter().all(Option::is_none) && components.images.is_empty() {
        return Err("names no price that calls can be charged by; a missing price is not a price of 0".into());
    }
    let mut variants = Vec::new();
    if let Some(batch) = config.get("batch_config").and_then(Json::object) {
        let components = batch_prices(batch, table)?;
        let (nested, place) = (Vec::new(), place.clone());
        variants.push(Variant { condition: Condition::Batch, components, nested, place });
    }
    if config.get("finetune_config").is_some() {
        table.leave_out("finetune_config");
    }
    let (models, provider) = (vec![ModelName::Exact(model.to_owned())], Some(provider.to_owned()));
    let matcher = Matcher { models, provider, ..Matcher::default() };
    Ok(PriceRow { matcher, components, variants, free: false, minimum: None, place: place.clone() })
}

/// What a unit costs, in dollars; none without a price.
fn cents(value: &Json<'_>) -> Result<Option<Exact>, Refusal> {
    let price = value.object().ok_or("has a price that is no object")?.price("price")?;
    price.map(|price| per(price, 100)).transpose()
}

fn pay_as_you_go(prices: &Object<'_>, into: &mut Components, table: &mut PriceTable) -> Result<(), Refusal> {
    let mut text_input = None;
    for (member, value) in prices.members().filter(|m| !m.1.is_null()) {
        match member {
            "image" => images(value, into)?,
            "additional_units" => additional(value, into, table)?,
            "request_text_token" => text_input = cents(value)?,
            _ => match MEMBERS.iter().find(|m| m.0 == member) {
                Some((_, meter)) => into.rates[meter.index()] = cents(value)?.or(into.rates[meter.index()]),
                None => {
                    if cents(value)?.is_some_and(|price| !price.is_zero()) {
                        table.leave_out(member);
                    }
                }
            },
        }
    }
    let input = &mut into.rates[Meter::Input.index()];
    if input.is_none_or(Exact::is_zero) {
        *input = text_input.or(*input);
    }
    Ok(())
}

fn additional(value: &Json<'_>, into: &mut Components, table: &mut PriceTable) -> Result<(), Refusal> {
    let units = value.object().ok_or("has additional_units that are no object")?;
    for (member, value) in units.members().filter(|m| !m.1.is_null()) {
        let price = cents(value)?;
        match UNITS.iter().find(|unit| unit.0 == member) {
            Some((_, meter)) if into.rates[meter.index()].is_none() => into.rates[meter.index()] = price,
            _ if price.is_some_and(|price| !price.is_zero()) => table.leave_out(&format!("additional_units.{member}")),
            _ => {}
        }
    }
    Ok(())
}

/// `image.QUALITY.SIZE.price`; `default` is any.
fn images(value: &Json<'_>, into: &mut Components) -> Result<(), Refusal> {
    let named = |name: &str| (name != DEFAULT).then(|| name.to_owned());
    for (quality, sizes) in value.object().ok_or("has images that are no object")?.members() {
        for (size, price) in sizes.object().ok_or("has images that are no object")?.members() {
            let rate = cents(price)?;
            into.images.extend(rate.map(|rate| ImageRate { size: named(size), quality: named(quality), rate }));
        }
    }
    Ok(())
}

fn batch_prices(batch: &Object<'_>, table: &mut PriceTable) -> Result<Components, Refusal> {
    let mut components = Components::default();
    for (member, value) in batch.members().filter(|m| !m.1.is_null()) {
        match MEMBERS.iter().find(|m| m.0 == member && BATCH.contains(&member)) {
            Some((_, meter)) => components.rates[meter.index()] = cents(value)?,
            None => table.leave_out(&format!("batch_config.{member}")),
        }
    }
    Ok(components)
}

/// A formula is understood where it is the sum of each count times its own rate.
fn usual(formula: &Json<'_>) -> Result<(), Refusal> {
    const PRODUCTS: [(&str, &str); 4] = [
        ("input_tokens", "rates.request_token"),
        ("output_tokens", "rates.response_token"),
        ("cache_write_tokens", "rates.cache_write_input_token"),
        ("cache_read_tokens", "rates.cache_read_input_token"),
    ];
    fn products<'j>(node: &'j Json<'j>, found: &mut Vec<(&'j str, &'j str)>) -> Option<()> {
        let node = node.object()?;
        let operands = node.get("operands").and_then(Json::list)?;
        match node.text("operation")? {
            "sum" => operands.iter().try_for_each(|operand| products(operand, found)),
            "multiply" => {
                let [a, b] = operands else { return None };
                found.push((a.object()?.text("value")?, b.object()?.text("value")?));
                Some(())
            }
            _ => None,
        }
    }
    let sides = formula.object();
    let mut found = Vec::new();
    let understood = ["request", "response"]
        .iter()
        .all(|side| sides.and_then(|s| s.get(side)).is_some_and(|node| products(node, &mut found).is_some()));
    match understood && found.iter().all(|product| PRODUCTS.contains(product)) {
        true => Ok(()),
        false => Err("is computed by a formula of its own".into()),
    }
}
