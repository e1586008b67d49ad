//! What is not counted in tokens, and factors on the whole price.

use super::super::document::Json;
use super::super::{Refusal, per};
use super::entry::Entry;
use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::price::{Components, Condition, ImageRate, Place, Variant};

/// The heights of videos as providers name them.
const RESOLUTIONS: [&str; 4] = ["480p", "720p", "1080p", "4k"];

/// Whether a member prices the call itself, and not what may come with it.
pub(super) fn is_for_the_call(member: &str) -> bool {
    !["search", "session", "multiplier", "annotation"].iter().any(|beside| member.contains(beside))
}

/// Prices of searches and sessions, beside whatever else an entry prices by.
pub(super) fn add_searches(entry: &Entry<'_>, components: &mut Components) -> Result<(), Refusal> {
    let mut set = |meter: Meter, rate: Option<Exact>| {
        if rate.is_some() {
            components.rates[meter.index()] = rate;
        }
    };
    set(Meter::WebSearch, entry.search());
    set(Meter::CodeSession, entry.rate("code_interpreter_cost_per_session"));
    let searches = entry.rate("file_search_cost_per_1k_calls");
    set(Meter::FileSearch, searches.map(|rate| per(rate, 1000)).transpose()?);
    Ok(())
}

/// What a call costs that is not counted in tokens: by the image, second, character, page or request. Of two
/// members for one thing the first that is not 0 is the price: a 0 beside it prices the other side of the call.
pub(super) fn by_the_piece(entry: &Entry<'_>, place: &Place) -> Result<(Components, Vec<Variant>), Refusal> {
    let mut components = Components::default();
    let mut set = |meter: Meter, rate: Option<Exact>| components.rates[meter.index()] = rate;
    let first = |members: &[&str]| {
        let rates: Vec<Exact> = members.iter().filter_map(|member| entry.peek(member)).collect();
        let rate = rates.iter().find(|rate| !rate.is_zero()).or(rates.first()).copied();
        if rate.is_some_and(|rate| !rate.is_zero()) {
            let zero = |member: &&&str| entry.peek(member).is_some_and(Exact::is_zero);
            members.iter().filter(zero).for_each(|member| entry.doubt(member));
        }
        let said = |member: &&&str| entry.peek(member) == rate;
        members.iter().filter(said).filter_map(|member| entry.rate(member)).fold(rate, |_, same| Some(same))
    };
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
            let second = first(&["output_cost_per_video_per_second", "output_cost_per_second"]);
            let by_resolution = by_resolution(entry, second, place);
            // Which resolution the price without one is for, the table does not say.
            if !by_resolution.is_empty() {
                return Ok((components, by_resolution));
            }
            set(Meter::Second, second);
        }
        "audio_speech" => match first(&["input_cost_per_character"]).filter(|rate| !rate.is_zero()) {
            None if entry.peek("output_cost_per_second").is_some() => {
                set(Meter::Second, first(&["output_cost_per_second"]));
            }
            by_character => set(Meter::Character, by_character.or(entry.peek("input_cost_per_character"))),
        },
        "rerank" | "search" | "vector_store" => set(Meter::Request, first(&["input_cost_per_query"])),
        "ocr" => set(Meter::Page, first(&["ocr_cost_per_page"])),
        _ => {}
    }
    Ok((components, Vec::new()))
}

/// Prices of a second of video by resolution, each named: those without one of their own cost what a second does.
fn by_resolution(entry: &Entry<'_>, second: Option<Exact>, place: &Place) -> Vec<Variant> {
    let named = |resolution: &str| {
        let members = ["output_cost_per_video_per_second", "output_cost_per_second"];
        members.iter().find_map(|member| entry.rate(&format!("{member}_{resolution}")))
    };
    let own = RESOLUTIONS.map(named);
    if own.iter().all(Option::is_none) {
        return Vec::new();
    }
    let variant = |(resolution, rate): (&str, Exact)| {
        let mut components = Components::default();
        components.rates[Meter::Second.index()] = Some(rate);
        let condition = Condition::When { name: "resolution".to_owned(), value: resolution.to_owned() };
        Variant { condition, components, nested: Vec::new(), place: place.clone() }
    };
    let rates = RESOLUTIONS.into_iter().zip(own);
    rates.filter_map(|(resolution, own)| Some((resolution, own.or(second)?))).map(variant).collect()
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
