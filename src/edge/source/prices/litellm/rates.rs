//! What a token costs: by context tier, service tier and batch.

use super::super::document::{Json, Object};
use super::super::{Refusal, per};
use super::entry::{Entry, Style};
use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::price::{Axis, Choice, Components, Condition, Place, PriceEnds, Rates, Variant, lay_out};

const INPUT: &str = "input_cost_per_token";
const OUTPUT: &str = "output_cost_per_token";
const READ: &str = "cache_read_input_token_cost";
const WRITE: &str = "cache_creation_input_token_cost";
const WRITE_1H: &str = "cache_creation_input_token_cost_above_1hr";
const REASONING: &str = "output_cost_per_reasoning_token";
const BATCHES: &str = "_batches";
/// Service tiers as calls name them, each with the suffix of its prices.
const TIERS: [(&str, &str); 5] = [
    ("flex", "_flex"),
    ("balanced", "_balanced"),
    ("priority", "_priority"),
    ("fast", "_priority"),
    ("ultrafast", "_ultrafast"),
];

fn none() -> Rates {
    [None; crate::domain::call::METERS]
}

/// A context tier: its number of tokens and how the members write it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Threshold {
    tokens: i64,
    text: String,
}

/// The row's token rates with every variant.
pub(super) fn lay_out_tokens(entry: &Entry<'_>, place: &Place) -> Result<(Components, Vec<Variant>), Refusal> {
    if entry.object.get("tiered_pricing").is_some() {
        return lay_out_ranges(entry, place);
    }
    if entry.rate(INPUT).is_none() && entry.rate(OUTPUT).is_none() {
        return Ok(Default::default());
    }
    let thresholds = thresholds(entry)?;
    let inclusive = entry.style() == Style::Xai;
    let contexts: Axis = thresholds.iter().map(|t| Condition::Context { tokens: t.tokens, inclusive }).collect();
    let tiers: Vec<(&str, &str)> = if entry.style() == Style::Usual { TIERS.to_vec() } else { Vec::new() };
    let axes: [Axis; 3] = [
        tiers.iter().map(|tier| Condition::ServiceTier(tier.0.to_owned())).collect(),
        if batch_differs(entry, &thresholds, &tiers) { vec![Condition::Batch] } else { Vec::new() },
        contexts,
    ];
    let price = |choice: &Choice| {
        let crossed = choice[2].map_or(&thresholds[..0], |passed| &thresholds[..=passed]);
        match choice[1] {
            Some(_) => batch(entry, crossed),
            None => standard(entry, choice[0].map(|tier| tiers[tier].1), crossed),
        }
    };
    lay_out(&axes, place, &price).map_err(ends)
}

fn ends(PriceEnds(meter): PriceEnds) -> Refusal {
    format!("prices {} for some calls and not for others", meter.name()).into()
}

/// Ascending; those of any service tier and of batch count for all, which take what holds below.
fn thresholds(entry: &Entry<'_>) -> Result<Vec<Threshold>, Refusal> {
    let mut found = Vec::new();
    if matches!(entry.style(), Style::Perplexity | Style::Dashscope) {
        return Ok(found);
    }
    for member in entry.members() {
        let tiered = [INPUT, OUTPUT, READ, WRITE].iter().any(|m| member.starts_with(&format!("{m}_above_")));
        let Some((_, after)) = member.rsplit_once("_above_").filter(|_| tiered) else { continue };
        let Some((text, _)) = after.split_once("_tokens") else { continue };
        let tokens = match text.strip_suffix('k') {
            Some(thousands) => thousands.parse::<i64>().ok().and_then(|n| n.checked_mul(1000)),
            None => text.parse::<i64>().ok(),
        };
        let tokens = tokens.ok_or_else(|| format!("{member} names no number of tokens"))?;
        found.push(Threshold { tokens, text: text.to_owned() });
    }
    found.sort();
    found.dedup();
    match found.windows(2).find(|pair| pair[0].tokens == pair[1].tokens) {
        Some(pair) => Err(format!("writes one context tier as {} and as {}", pair[0].text, pair[1].text).into()),
        None => Ok(found),
    }
}

/// The rate of a service tier, else the standard one.
fn tiered(entry: &Entry<'_>, member: &str, tier: Option<&str>) -> Option<Exact> {
    tier.and_then(|suffix| entry.rate(&format!("{member}{suffix}"))).or_else(|| entry.rate(member))
}

fn standard(entry: &Entry<'_>, tier: Option<&str>, crossed: &[Threshold]) -> Rates {
    let style = entry.style();
    let image = entry.rate("output_cost_per_image_token");
    let (mut input, mut output) = (tiered(entry, INPUT, tier), tiered(entry, OUTPUT, tier));
    if output.is_none_or(Exact::is_zero) && style != Style::Perplexity && style != Style::Dashscope {
        output = image.or(output);
    }
    if output.is_none() && entry.mode == "embedding" {
        output = Some(Exact::ZERO);
    }
    let (mut read, mut write) = (tiered(entry, READ, tier), tiered(entry, WRITE, tier));
    let mut write_1h = entry.rate(WRITE_1H);
    if style == Style::Fireworks && read.is_none() {
        read = input.and_then(|rate| rate.checked_div_int(2));
    }
    for threshold in crossed {
        let above = |member: &str| tiered(entry, &format!("{member}_above_{}_tokens", threshold.text), tier);
        input = above(INPUT).or(input);
        output = above(OUTPUT).or(output);
        read = above(READ).or(read);
        write = above(WRITE).or(write);
        write_1h = above(WRITE_1H).or(write_1h);
    }
    let mut rates = none();
    let mut set = |meter: Meter, rate: Option<Exact>| rates[meter.index()] = rate;
    set(Meter::Input, input);
    set(Meter::Output, output);
    if style == Style::Perplexity {
        set(Meter::Reasoning, entry.rate(REASONING));
        return rates;
    }
    set(Meter::CacheRead, read);
    set(Meter::CacheWrite, write);
    if style == Style::Dashscope {
        set(Meter::Reasoning, entry.rate(REASONING));
        return rates;
    }
    set(Meter::CacheWrite1h, write_1h);
    set(Meter::InputAudio, tiered(entry, "input_cost_per_audio_token", tier));
    set(Meter::InputImage, tiered(entry, "input_cost_per_image_token", tier));
    if style != Style::Xai {
        set(Meter::Reasoning, reasoning(entry, tier));
        set(Meter::OutputAudio, entry.rate("output_cost_per_audio_token"));
        set(Meter::OutputImage, image);
    }
    rates
}

/// A service tier that prices output prices reasoning with it.
fn reasoning(entry: &Entry<'_>, tier: Option<&str>) -> Option<Exact> {
    let Some(suffix) = tier else { return entry.rate(REASONING) };
    let own = entry.rate(&format!("{REASONING}{suffix}"));
    let priced = entry.rate(&format!("{OUTPUT}{suffix}")).is_some();
    own.or_else(|| if priced { None } else { entry.rate(REASONING) })
}

/// The batch rate of the highest tier crossed that has one, else the flat one.
fn batch_rate(entry: &Entry<'_>, member: &str, crossed: &[Threshold]) -> Option<Exact> {
    let above = |t: &Threshold| entry.rate(&format!("{member}_above_{}_tokens{BATCHES}", t.text));
    crossed.iter().rev().find_map(above).or_else(|| entry.rate(&format!("{member}{BATCHES}")))
}

/// Batch prices know no service tier; without them everything is half of the standard rate below any
/// context tier, sound and images as text.
fn batch(entry: &Entry<'_>, crossed: &[Threshold]) -> Rates {
    let half = |rate: Option<Exact>| rate.and_then(|r| r.checked_div_int(2));
    let mut rates = none();
    let mut set = |meter: Meter, rate: Option<Exact>| rates[meter.index()] = rate;
    match batch_rate(entry, INPUT, crossed) {
        Some(input) => {
            let of = |kind: &str| entry.rate(&format!("input_cost_per_{kind}_token{BATCHES}")).or(Some(input));
            set(Meter::Input, Some(input));
            set(Meter::CacheRead, batch_rate(entry, READ, crossed).or(Some(input)));
            set(Meter::CacheWrite, batch_rate(entry, WRITE, crossed).or(Some(input)));
            set(Meter::InputAudio, of("audio"));
            set(Meter::InputImage, of("image"));
        }
        None => {
            let input = entry.rate(INPUT);
            set(Meter::Input, half(input));
            set(Meter::CacheRead, half(entry.rate(READ).or(input)));
            set(Meter::CacheWrite, half(entry.rate(WRITE).filter(|rate| !rate.is_zero()).or(input)));
            set(Meter::InputAudio, half(input.or(entry.rate("input_cost_per_audio_token"))));
            set(Meter::InputImage, half(input.or(entry.rate("input_cost_per_image_token"))));
        }
    }
    let of_images = entry.rate("output_cost_per_image_token");
    let write = rates[Meter::CacheWrite.index()];
    let output = batch_rate(entry, OUTPUT, crossed).or_else(|| half(entry.rate(OUTPUT).or(of_images)));
    let output = output.or_else(|| (entry.mode == "embedding").then_some(Exact::ZERO));
    let image = entry.rate(&format!("output_cost_per_image_token{BATCHES}"));
    rates[Meter::CacheWrite1h.index()] = write;
    for meter in [Meter::Output, Meter::Reasoning, Meter::OutputAudio] {
        rates[meter.index()] = output;
    }
    rates[Meter::OutputImage.index()] = image.or_else(|| half(of_images)).or(output);
    rates
}

/// Whether a batch costs other than half of what the call would cost, which the book's rule says.
fn batch_differs(entry: &Entry<'_>, thresholds: &[Threshold], tiers: &[(&str, &str)]) -> bool {
    let with_parents = |rates: &Rates| {
        Meter::ALL.map(|m| std::iter::successors(Some(m), |m| m.parent()).find_map(|m| rates[m.index()]))
    };
    let suffixes: Vec<Option<&str>> = std::iter::once(None).chain(tiers.iter().map(|t| Some(t.1))).collect();
    (0..=thresholds.len()).any(|passed| {
        let crossed = &thresholds[..passed];
        let batch = with_parents(&batch(entry, crossed));
        suffixes.iter().any(|tier| {
            let usual = with_parents(&standard(entry, *tier, crossed));
            batch != usual.map(|rate| rate.and_then(|r| r.checked_div_int(2)))
        })
    })
}

/// `tiered_pricing`: one tier by the whole input counts for every token; the last has no end.
fn lay_out_ranges(entry: &Entry<'_>, place: &Place) -> Result<(Components, Vec<Variant>), Refusal> {
    let tiers = entry.object.get("tiered_pricing").and_then(Json::list).ok_or("tiered_pricing is not a list")?;
    let mut ranges: Vec<(i64, i64, Rates)> = Vec::new();
    for tier in tiers {
        let tier = tier.object().ok_or("tiered_pricing holds something that is no object")?;
        let Some([from, until]) = tier.get("range").and_then(Json::list) else {
            return Err("is tiered by something else than tokens".into());
        };
        let (from, until) = (from.whole().zip(until.whole())).ok_or("has a range that is no number of tokens")?;
        ranges.push((from, until, range_rates(entry, tier)?));
    }
    ranges.sort_by_key(|r| r.0);
    let joined = ranges.windows(2).all(|pair| pair[0].1 == pair[1].0);
    if ranges.is_empty() || ranges[0].0 != 0 || !joined {
        return Err("has ranges with a gap or an overlap".into());
    }
    let contexts = ranges[1..].iter().map(|r| Condition::Context { tokens: r.0, inclusive: false }).collect();
    let price = |choice: &Choice| ranges[choice[0].map_or(0, |passed| passed + 1)].2;
    lay_out(&[contexts], place, &price).map_err(ends)
}

/// A tier without a rate takes its own input rate, never another tier's; without an output rate the
/// entry's own.
fn range_rates(entry: &Entry<'_>, tier: &Object<'_>) -> Result<Rates, Refusal> {
    let mut rates = none();
    let input = tier.price(INPUT)?.ok_or("has a range without an input price")?;
    let output = tier.price(OUTPUT)?;
    let reasoning = match (tier.price(REASONING)?, output) {
        (None, None) => entry.rate(REASONING),
        (own, _) => own,
    };
    let write = tier.price(WRITE)?;
    let write_1h = if entry.style() == Style::Dashscope { None } else { tier.price(WRITE_1H)? };
    let members = [
        (Meter::Input, Some(input)),
        (Meter::CacheRead, tier.price(READ)?),
        (Meter::CacheWrite, write),
        (Meter::CacheWrite1h, write_1h),
        (Meter::Output, output.or_else(|| entry.rate(OUTPUT))),
        (Meter::Reasoning, reasoning),
    ];
    for (meter, rate) in members {
        rates[meter.index()] = rate.map(|r| per(r, 1)).transpose()?;
    }
    Ok(rates)
}
