//! The prices of one model: which hold when, and in which context.

use std::collections::{BTreeMap, BTreeSet};

use super::super::document::{Json, Object};
use super::super::{Refusal, per};
use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::period::{Day, Zone};
use crate::domain::price::{Axis, Choice, Components, Condition, Place, Rates, Variant, Window, lay_out, named_tier};

const DAY: u32 = 24 * 60;

/// Prices by what they are for, and the number of units each is for.
const MEMBERS: [(&str, Meter, u64); 15] = [
    ("input_mtok", Meter::Input, 1_000_000),
    ("cache_read_mtok", Meter::CacheRead, 1_000_000),
    ("cache_write_mtok", Meter::CacheWrite, 1_000_000),
    ("cache_write_1h_mtok", Meter::CacheWrite1h, 1_000_000),
    ("input_audio_mtok", Meter::InputAudio, 1_000_000),
    ("input_image_mtok", Meter::InputImage, 1_000_000),
    ("output_mtok", Meter::Output, 1_000_000),
    ("output_reasoning_mtok", Meter::Reasoning, 1_000_000),
    ("output_audio_mtok", Meter::OutputAudio, 1_000_000),
    ("output_image_mtok", Meter::OutputImage, 1_000_000),
    ("input_mchars", Meter::Character, 1_000_000),
    ("requests_kcount", Meter::Request, 1_000),
    ("web_searches_kcount", Meter::WebSearch, 1_000),
    ("storage_searches_kcount", Meter::FileSearch, 1_000),
    ("input_document_kpages", Meter::Page, 1_000),
];
/// Prices of an hour of sound, which calls report in seconds.
const HOURS: [&str; 2] = ["input_audio_hours", "audio_hours"];

/// When a price holds.
#[derive(Clone, Copy, Debug)]
enum When {
    Always,
    From(Day),
    /// Minutes of the UTC day, half-open; may wrap.
    Daily(u32, u32),
}

/// The cliff tiers of one price: above so many input tokens so much.
#[derive(Clone, Debug)]
struct Tiered {
    base: Exact,
    tiers: Vec<(i64, Exact)>,
}

type Prices = BTreeMap<Meter, Tiered>;

pub(super) struct Model {
    standard: Vec<(When, Prices)>,
    variants: Vec<(When, Vec<(String, String)>, Prices)>,
    /// No price at all, not even one that is left out.
    is_bare: bool,
}

/// A range of time over which nothing changes.
#[derive(Clone, Copy)]
struct Span {
    since: Option<Day>,
    before: Option<Day>,
    from: u32,
    until: u32,
}

impl Span {
    fn holds(&self, when: When) -> bool {
        match when {
            When::Always => true,
            When::From(day) => self.since.is_some_and(|since| since >= day),
            When::Daily(from, until) if until < from => self.from >= from || self.from < until,
            When::Daily(from, until) => self.from >= from && self.from < until,
        }
    }

    fn condition(&self) -> Condition {
        let (from_minute, until_minute) = (self.from, self.until);
        let (since, before) = (self.since, self.before);
        Condition::Window(Window { from_minute, until_minute, zone: Zone::UTC, weekdays: [true; 7], since, before })
    }
}

impl Model {
    /// With the members that say a price and are left out.
    pub(super) fn read(object: &Object<'_>) -> Result<(Model, Vec<String>), Refusal> {
        let mut left_out = BTreeSet::new();
        let standard = match object.get("prices") {
            Some(Json::Object(prices)) => vec![(When::Always, read_prices(prices, &mut left_out)?)],
            Some(Json::List(list)) => list
                .iter()
                .map(|one| {
                    let one = one.object().ok_or("has a price that is no object")?;
                    let prices = one.get("prices").and_then(Json::object).ok_or("has a price without prices")?;
                    Ok((read_when(one)?, read_prices(prices, &mut left_out)?))
                })
                .collect::<Result<Vec<_>, Refusal>>()?,
            _ => return Err("has no prices".into()),
        };
        let mut variants = Vec::new();
        for one in object.get("price_variants").and_then(Json::list).unwrap_or_default() {
            let one = one.object().ok_or("has a variant that is no object")?;
            let prices = one.get("prices").and_then(Json::object).ok_or("has a variant without prices")?;
            let prices = read_prices(prices, &mut left_out)?;
            let facts = read_facts(one, prices.is_empty())?;
            if !prices.is_empty() {
                variants.push((read_when(one)?, facts, prices));
            }
        }
        let is_bare = standard.iter().all(|part| part.1.is_empty()) && left_out.is_empty();
        Ok((Model { standard, variants, is_bare }, left_out.into_iter().collect()))
    }

    /// `own`: with the variants by context, which count only for the provider's own models.
    pub(super) fn lay_out(&self, own: bool, place: &Place) -> Result<(Components, Vec<Variant>), Refusal> {
        let spans = self.spans(own);
        let facts = if own { self.facts() } else { Vec::new() };
        let thresholds = self.thresholds();
        let mut axes: Vec<Axis> = vec![spans[1..].iter().map(Span::condition).collect()];
        axes.extend(facts.iter().map(|(name, values)| values.iter().map(|v| condition(name, v)).collect()));
        axes.push(thresholds.iter().map(|t| Condition::Context { tokens: *t, inclusive: false }).collect());
        let price = |choice: &Choice| {
            let span = spans[choice[0].map_or(0, |option| option + 1)];
            let chosen: BTreeMap<&str, &str> = facts
                .iter()
                .zip(&choice[1..])
                .filter_map(|((name, values), option)| Some((name.as_str(), values[(*option)?].as_str())))
                .collect();
            let passed = choice.last().copied().flatten().map(|level| thresholds[level]);
            self.at(span, &chosen, passed)
        };
        lay_out(&axes, place, &price).map_err(|ends| {
            format!("prices {} at some times or in some contexts and not in others", ends.0.name()).into()
        })
    }

    /// genai-prices lists what costs nothing without any price.
    pub(super) fn is_free(&self) -> bool {
        self.is_bare && self.variants.is_empty()
    }

    /// Tokens, and whatever else is priced at some time: where such a price is missing, genai-prices
    /// charges nothing.
    fn without_fallback(&self) -> BTreeSet<Meter> {
        let all = self.standard.iter().map(|part| &part.1).chain(self.variants.iter().map(|v| &v.2));
        let priced = all.flat_map(|prices| prices.keys()).copied().filter(|meter| meter.parent().is_none());
        priced.chain([Meter::Input, Meter::Output]).collect()
    }

    pub(super) fn charges_nothing_for(&self) -> Vec<&'static str> {
        let silent = |meter: &Meter| self.standard.iter().any(|part| !part.1.contains_key(meter));
        self.without_fallback().into_iter().filter(silent).map(Meter::name).collect()
    }

    fn at(&self, span: Span, facts: &BTreeMap<&str, &str>, passed: Option<i64>) -> Rates {
        let active = self.standard.iter().rev().find(|part| span.holds(part.0));
        let mut prices = active.or(self.standard.first()).map(|part| part.1.clone()).unwrap_or_default();
        let mut set = BTreeSet::new();
        for (when, wanted, variant) in &self.variants {
            let agree = wanted.iter().all(|(name, value)| facts.get(name.as_str()) == Some(&value.as_str()));
            if !agree || !span.holds(*when) {
                continue;
            }
            for (meter, price) in variant {
                if set.insert(*meter) {
                    prices.insert(*meter, price.clone());
                }
            }
        }
        let mut rates = [None; crate::domain::call::METERS];
        if !self.is_bare {
            for meter in self.without_fallback() {
                rates[meter.index()] = Some(Exact::ZERO);
            }
        }
        for (meter, price) in prices {
            let tier = passed.and_then(|passed| price.tiers.iter().rev().find(|tier| tier.0 <= passed));
            rates[meter.index()] = Some(tier.map_or(price.base, |tier| tier.1));
        }
        rates
    }

    /// Every range of days and hours, the earliest first.
    fn spans(&self, own: bool) -> Vec<Span> {
        let variants = self.variants.iter().filter(|_| own).map(|v| v.0);
        let whens: Vec<When> = self.standard.iter().map(|part| part.0).chain(variants).collect();
        let (mut days, mut minutes) = (BTreeSet::new(), BTreeSet::from([0, DAY]));
        for when in whens {
            match when {
                When::Always => {}
                When::From(day) => {
                    days.insert(day);
                }
                When::Daily(from, until) => minutes.extend([from, until]),
            }
        }
        let starts: Vec<Option<Day>> = std::iter::once(None).chain(days.into_iter().map(Some)).collect();
        let minutes: Vec<u32> = minutes.into_iter().collect();
        let mut spans = Vec::new();
        for (i, since) in starts.iter().enumerate() {
            let before = starts.get(i + 1).copied().flatten();
            spans.extend(minutes.windows(2).map(|m| Span { since: *since, before, from: m[0], until: m[1] }));
        }
        spans
    }

    /// The facts that variants ask for, each with its values.
    fn facts(&self) -> Vec<(String, Vec<String>)> {
        let mut facts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (name, value) in self.variants.iter().flat_map(|v| &v.1) {
            let values = facts.entry(name).or_default();
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        facts.into_iter().map(|(name, values)| (name.to_owned(), values)).collect()
    }

    fn thresholds(&self) -> Vec<i64> {
        let all = self.standard.iter().map(|part| &part.1).chain(self.variants.iter().map(|v| &v.2));
        let starts = all.flat_map(|prices| prices.values()).flat_map(|price| &price.tiers).map(|tier| tier.0);
        starts.collect::<BTreeSet<i64>>().into_iter().collect()
    }
}

fn condition(name: &str, value: &str) -> Condition {
    match (name, value) {
        ("processing", "batch") => Condition::Batch,
        ("service_tier", _) => Condition::ServiceTier(value.to_owned()),
        _ => Condition::When { name: name.to_owned(), value: value.to_owned() },
    }
}

/// `nothing`: the variant sets no price, so that it need not be understood.
fn read_facts(variant: &Object<'_>, nothing: bool) -> Result<Vec<(String, String)>, Refusal> {
    let facts = variant.get("when").and_then(Json::object).ok_or("has a variant without when")?;
    let mut read = Vec::new();
    for (name, value) in facts.members() {
        let value = value.text().ok_or("has a variant for something that is no text")?;
        if !nothing && named_tier(Some(value)).is_none() {
            return Err(format!("has prices of its own for {name} {value}, which is what is usual").into());
        }
        read.push((name.to_owned(), value.to_owned()));
    }
    if read.is_empty() { Err("has a variant without when".into()) } else { Ok(read) }
}

fn read_when(part: &Object<'_>) -> Result<When, Refusal> {
    let Some(constraint) = part.get("constraint") else { return Ok(When::Always) };
    let constraint = constraint.object().ok_or("has a constraint that is no object")?;
    let text = |name: &str| constraint.text(name);
    match (text("start_date"), text("start_time"), text("end_time")) {
        (Some(day), None, None) => Day::parse(day).map(When::From).ok_or_else(|| format!("begins on {day}").into()),
        (None, Some(from), Some(until)) => {
            let minute = |t: &str| utc_minute(t).ok_or_else(|| Refusal::from(format!("has the time of day {t}")));
            let (from, until) = (minute(from)?, minute(until)?);
            if from == until { Err("has hours that are none".into()) } else { Ok(When::Daily(from, until)) }
        }
        _ => Err("has a constraint that is not known".into()),
    }
}

/// Minutes since midnight in UTC of `00:30:00+00:00`; whole minutes only.
fn utc_minute(text: &str) -> Option<u32> {
    let (clock, offset) = match text.find(['+', '-', 'Z']) {
        Some(at) => text.split_at(at),
        None => (text, "Z"),
    };
    let minute = clock_minute(clock)?;
    let shift = if offset == "Z" { 0 } else { clock_minute(&offset[1..])? };
    let shift = if offset.starts_with('-') { shift } else { DAY - shift };
    Some((minute + shift) % DAY)
}

/// `HH:MM` or `HH:MM:00`.
fn clock_minute(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split(':').collect();
    let two = |part: &str| -> Option<u32> { if part.len() == 2 { part.parse().ok() } else { None } };
    let seconds = parts.get(2).map_or(Some(0), |s| two(s))?;
    let (hours, minutes) = (two(parts.first()?)?, two(parts.get(1)?)?);
    (parts.len() <= 3 && hours < 24 && minutes < 60 && seconds == 0).then_some(hours * 60 + minutes)
}

fn read_prices(object: &Object<'_>, left_out: &mut BTreeSet<String>) -> Result<Prices, Refusal> {
    if let Some(twice) = object.repeated() {
        return Err(format!("has {twice} twice").into());
    }
    let mut prices = Prices::new();
    for (name, value) in object.members().filter(|m| !m.1.is_null()) {
        let Some((_, meter, units)) = MEMBERS.iter().find(|m| m.0 == name) else {
            if !HOURS.contains(&name) {
                left_out.insert(name.to_owned());
            }
            continue;
        };
        let price = tiered(value, *units).map_err(|why| format!("{name} {why}"))?;
        prices.insert(*meter, price);
    }
    match hours(object)? {
        Ok(None) => {}
        Ok(Some(second)) => {
            prices.insert(Meter::Second, second);
        }
        Err(member) => {
            left_out.insert(member.to_owned());
        }
    }
    Ok(prices)
}

/// The price of a second; the inner error is the member that has none.
fn hours(object: &Object<'_>) -> Result<Result<Option<Tiered>, &'static str>, Refusal> {
    let mut found = Vec::new();
    for member in HOURS {
        found.extend(object.price(member)?.map(|hour| (member, hour)));
    }
    Ok(match found.as_slice() {
        [] => Ok(None),
        [(member, hour), rest @ ..] if rest.iter().all(|other| other.1 == *hour) => {
            hour.checked_div_int(3600).map(|base| Some(Tiered { base, tiers: Vec::new() })).ok_or(*member)
        }
        [(member, _), ..] => Err(*member),
    })
}

/// A price, or `{"base": ..., "tiers": [{"start": ..., "price": ...}]}`.
fn tiered(value: &Json<'_>, units: u64) -> Result<Tiered, Refusal> {
    let Some(object) = value.object() else {
        let base = value.price()?.ok_or("is null")?;
        return Ok(Tiered { base: per(base, units)?, tiers: Vec::new() });
    };
    let base = object.price("base")?.ok_or("has no base")?;
    let mut tiers = Vec::new();
    for tier in object.get("tiers").and_then(Json::list).unwrap_or_default() {
        let tier = tier.object().ok_or("has a tier that is no object")?;
        let start =
            tier.get("start").and_then(Json::whole).filter(|start| *start >= 0).ok_or("has a tier without start")?;
        tiers.push((start, per(tier.price("price")?.ok_or("has a tier without price")?, units)?));
    }
    // Of tiers with one start the last in the list counts.
    tiers.sort_by_key(|tier| tier.0);
    Ok(Tiered { base: per(base, units)?, tiers })
}
