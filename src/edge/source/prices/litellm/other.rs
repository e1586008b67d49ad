//! What is not counted in tokens, and factors on the whole price.

use super::super::document::Json;
use super::super::{Refusal, per};
use super::entry::Entry;
use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::price::{Components, Condition, ImageRate, Place, Variant};

/// Prices of images, seconds, characters, pages and searches. An entry that prices tokens as well says
/// the same twice, so there only searches are added.
pub(super) fn add(entry: &Entry<'_>, components: &mut Components) -> Result<(), Refusal> {
    let by_tokens = components.rates.iter().any(Option::is_some);
    let mut set = |meter: Meter, rate: Option<Exact>| {
        if rate.is_some() {
            components.rates[meter.index()] = rate;
        }
    };
    set(Meter::WebSearch, entry.search());
    set(Meter::CodeSession, entry.rate("code_interpreter_cost_per_session"));
    let searches = entry.rate("file_search_cost_per_1k_calls");
    set(Meter::FileSearch, searches.map(|rate| per(rate, 1000)).transpose()?);
    if by_tokens {
        return Ok(());
    }
    let first = |members: &[&str]| members.iter().find_map(|member| entry.rate(member));
    match entry.mode {
        "image_generation" | "image_edit" => {
            let whole = first(&["output_cost_per_image", "input_cost_per_image"]);
            let image = match whole {
                Some(rate) => Some(rate),
                None => by_pixels(entry)?,
            };
            components.images.extend(image.map(|rate| ImageRate { size: None, quality: None, rate }));
        }
        "audio_transcription" => set(Meter::Second, first(&["output_cost_per_second", "input_cost_per_second"])),
        "video_generation" => {
            set(Meter::Second, first(&["output_cost_per_video_per_second", "output_cost_per_second"]));
        }
        "audio_speech" => {
            set(Meter::Character, first(&["input_cost_per_character"]));
            if entry.rate("input_cost_per_character").is_none() {
                set(Meter::Second, first(&["output_cost_per_second"]));
            }
        }
        "rerank" | "search" | "vector_store" => set(Meter::Request, first(&["input_cost_per_query"])),
        "ocr" => set(Meter::Page, first(&["ocr_cost_per_page"])),
        _ => {}
    }
    Ok(())
}

/// A price per pixel is one per image where the name says the size: `1024-x-1024/dall-e-2`.
fn by_pixels(entry: &Entry<'_>) -> Result<Option<Exact>, Refusal> {
    let (input, output) = (entry.rate("input_cost_per_pixel"), entry.rate("output_cost_per_pixel"));
    if input.is_none() && output.is_none() {
        return Ok(None);
    }
    let size = entry.name.split('/').find_map(|part| {
        let (width, height) = part.split_once("-x-")?;
        width.parse::<i64>().ok()?.checked_mul(height.parse().ok()?)
    });
    let pixels = size.ok_or("is priced by pixel, and its name says no size")?;
    let rate = input.unwrap_or_default().checked_add(output.unwrap_or_default());
    rate.and_then(|rate| rate.checked_mul(Exact::from_int(pixels))).map(Some).ok_or("has too many digits".into())
}

/// Why an entry gives no price at all.
pub(super) fn why_nothing(entry: &Entry<'_>) -> &'static str {
    let is = |part: &str| entry.members().any(|member| member.contains(part));
    match () {
        () if is("_per_second") => "is priced by seconds that its calls do not report",
        () if is("_per_character") => "is priced by characters that its calls do not report",
        () if entry.members().next().is_some() => "is priced by nothing that calls report",
        () => "names no price; a missing price is not a price of 0",
    }
}

/// Factors for speed and for where a call is served.
pub(super) fn uplifts(entry: &Entry<'_>, place: &Place) -> Result<Vec<Variant>, Refusal> {
    let mut found: Vec<(&str, String, Exact)> = Vec::new();
    if let Some(factors) = entry.object.get("provider_specific_entry").and_then(Json::object) {
        for (value, factor) in factors.members().filter(|m| matches!(m.1, Json::Number(_))) {
            let name = if value == "fast" { "speed" } else { "inference_geo" };
            let factor = factor.price().map_err(|why| format!("provider_specific_entry {why}"))?;
            found.extend(factor.map(|factor| (name, value.to_owned(), factor)));
        }
    }
    for region in ["eu", "us"] {
        let factor = entry.rate(&format!("regional_processing_uplift_multiplier_{region}"));
        found.extend(factor.map(|factor| ("data_residency", region.to_owned(), factor)));
    }
    let usual = found.into_iter().filter(|f| f.2 != Exact::ONE);
    let variants = usual.map(|(name, value, factor)| Variant {
        condition: Condition::When { name: name.to_owned(), value },
        components: Components { multiplier: Some(factor), ..Components::default() },
        nested: Vec::new(),
        place: place.clone(),
    });
    Ok(variants.collect())
}
