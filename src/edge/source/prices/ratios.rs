//! Ratios of new-api and one-api: a model ratio of 1 is 0.002 USD per 1,000 prompt tokens.
//!
//! `ModelRatio`, `CompletionRatio` and `GroupRatio`, also `CacheRatio`, `CreateCacheRatio`,
//! `ImageRatio`, `AudioRatio`, `AudioCompletionRatio` and `ModelPrice` (USD a call), named so, in
//! snake case, or as texts of JSON, as their options are kept. 500,000 quota are 1 USD.
//! Where a table of one-api names no completion ratio, the one built into its program counts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::document::{self, Document, Json, Object};
use super::{PriceTable, Refusal, TableError, per, price};
use crate::domain::call::Meter;
use crate::domain::money::Exact;
use crate::domain::price::{Components, Matcher, ModelName, MultiplierOf, Place, PriceMultiplier, PriceRow};

/// USD per token at a ratio of 1: 0.002 for 1,000.
const UNIT: (i128, u32) = (2, 6);

type Ratios = BTreeMap<String, Result<Exact, Refusal>>;

pub(super) fn read(document: &Document<'_>) -> Result<PriceTable, TableError> {
    let root = document.root.object().and_then(|o| o.get("data").and_then(Json::object).or(Some(o)));
    let Some(root) = root else {
        return Err(document.error("is not an object of ratios"));
    };
    let ratios = |camel: &str, snake: &str| ratios(document, root, camel, snake);
    let (models, calls) = (ratios("ModelRatio", "model_ratio")?, ratios("ModelPrice", "model_price")?);
    if models.is_empty() && calls.is_empty() {
        return Err(document.error("has neither ModelRatio nor ModelPrice"));
    }
    let book = Book {
        completion: ratios("CompletionRatio", "completion_ratio")?,
        cache: ratios("CacheRatio", "cache_ratio")?,
        create_cache: ratios("CreateCacheRatio", "create_cache_ratio")?,
        image: ratios("ImageRatio", "image_ratio")?,
        audio: ratios("AudioRatio", "audio_ratio")?,
        audio_completion: ratios("AudioCompletionRatio", "audio_completion_ratio")?,
        built_in: root.text("source").is_some_and(|source| source.contains("one-api")),
    };
    let mut table = PriceTable::default();
    let place = document.place(root);
    for (name, ratio) in &models {
        let made = book.by_tokens(name, ratio, calls.contains_key(name));
        table.add(name, made, &place);
    }
    for (name, price) in &calls {
        let components = price.clone().map(|price| {
            let mut components = Components::default();
            components.rates[Meter::Request.index()] = Some(price);
            components
        });
        table.add(name, components, &place);
    }
    for (group, ratio) in ratios("GroupRatio", "group_ratio")? {
        match ratio {
            Ok(value) if value == Exact::ONE => {}
            Ok(value) => {
                let of = MultiplierOf::Group(group);
                table.multipliers.push(PriceMultiplier { of, value, place: place.clone() });
            }
            Err(why) => table.refuse(&place, &format!("group {group}"), why),
        }
    }
    Ok(table)
}

impl PriceTable {
    fn add(&mut self, name: &str, made: Result<Components, Refusal>, place: &Place) {
        match made {
            Ok(components) => {
                self.imported += 1;
                self.rows.push(PriceRow {
                    matcher: Matcher { models: vec![ModelName::Exact(name.to_owned())], ..Matcher::default() },
                    components,
                    variants: Vec::new(),
                    free: false,
                    minimum: None,
                    place: place.clone(),
                });
            }
            Err(reason) => self.refuse(place, name, reason),
        }
    }
}

/// One table of ratios: an object, or a text of one.
fn ratios(document: &Document<'_>, root: &Object<'_>, camel: &str, snake: &str) -> Result<Ratios, TableError> {
    let Some(value) = root.get(camel).or_else(|| root.get(snake)) else { return Ok(Ratios::new()) };
    let wrong = |what: &str| document.error(format!("{camel} {what}"));
    let inner: Cow<'_, str>;
    let parsed: Document<'_>;
    let object = match value {
        Json::Text(text) => {
            inner = Cow::Borrowed(text.as_ref());
            parsed = document::parse(&inner, "").map_err(|e| wrong(&e.message))?;
            parsed.root.object()
        }
        other => other.object(),
    };
    let object = object.ok_or_else(|| wrong("is not an object of numbers"))?;
    if let Some(twice) = object.repeated() {
        return Err(wrong(&format!("names {twice:?} twice")));
    }
    let read = |value: &Json<'_>| match value {
        Json::Number(text) => price(text),
        _ => Err("has a ratio that is no number".into()),
    };
    Ok(object.members().map(|(name, value)| (name.to_owned(), read(value))).collect())
}

struct Book {
    completion: Ratios,
    cache: Ratios,
    create_cache: Ratios,
    image: Ratios,
    audio: Ratios,
    audio_completion: Ratios,
    /// Whether completion ratios that are not named are those built into one-api.
    built_in: bool,
}

impl Book {
    fn by_tokens(&self, name: &str, ratio: &Result<Exact, Refusal>, by_call: bool) -> Result<Components, Refusal> {
        if by_call {
            return Err("has a price per call as well, which goes before its ratio".into());
        }
        if name.ends_with(')') && name.contains('(') {
            return Err("is for channels of one type only, which calls do not name".into());
        }
        let too_long = || Refusal::from("has too many digits");
        let input = ratio.clone()?.checked_mul(Exact::new(UNIT.0, UNIT.1)).ok_or_else(too_long)?;
        let times = |ratios: &Ratios| -> Result<Option<Exact>, Refusal> {
            let Some(ratio) = ratios.get(name) else { return Ok(None) };
            input.checked_mul(ratio.clone()?).map(Some).ok_or_else(too_long)
        };
        let mut components = Components::default();
        let mut set = |meter: Meter, rate: Option<Exact>| components.rates[meter.index()] = rate;
        set(Meter::Input, Some(input));
        set(Meter::CacheRead, times(&self.cache)?);
        let write = times(&self.create_cache)?;
        set(Meter::CacheWrite, write);
        // An hour's write is 6 where 5 minutes' are 3.75.
        let hour = write.map(|w| w.checked_mul(Exact::new(16, 1)).ok_or_else(too_long)).transpose()?;
        set(Meter::CacheWrite1h, hour);
        set(Meter::InputImage, times(&self.image)?);
        let audio = times(&self.audio)?;
        set(Meter::InputAudio, audio);
        if let (Some(audio), Some(ratio)) = (audio, self.audio_completion.get(name)) {
            set(Meter::OutputAudio, Some(audio.checked_mul(ratio.clone()?).ok_or_else(too_long)?));
        }
        let output = match times(&self.completion)? {
            None if self.built_in => Some(times_built_in(name, input)?),
            named => named,
        };
        set(Meter::Output, output);
        Ok(components)
    }
}

/// Completion ratios that one-api has for families of names, the first that holds, as a fraction.
const BUILT_IN: [(&str, &str, u64, u64); 20] = [
    ("gpt-3.5-turbo", "=", 3, 1),
    ("gpt-3.5", "0125", 3, 1),
    ("gpt-3.5", "1106", 2, 1),
    ("gpt-3.5", "", 4, 3),
    ("gpt-4o-2024-05-13", "=", 3, 1),
    ("gpt-4o", "", 4, 1),
    ("gpt-4-turbo", "", 3, 1),
    ("gpt-4", "preview", 3, 1),
    ("gpt-4", "", 2, 1),
    ("o1", "", 4, 1),
    ("chatgpt-4o-latest", "=", 3, 1),
    ("claude-3", "", 5, 1),
    ("claude-", "", 3, 1),
    ("mistral-", "", 3, 1),
    ("gemini-", "", 3, 1),
    ("deepseek-", "", 2, 1),
    ("llama2-70b-4096", "=", 5, 4),
    ("llama3-8b-8192", "=", 2, 1),
    ("llama3-70b-8192", "=", 79, 59),
    ("command-r", "=", 3, 1),
];
const BUILT_IN_TWO: [&str; 4] = ["command", "command-light", "command-nightly", "command-light-nightly"];
const BUILT_IN_FIVE: [&str; 12] = [
    "command-r-plus",
    "ibm-granite/granite-20b-code-instruct-8k",
    "ibm-granite/granite-3.0-8b-instruct",
    "ibm-granite/granite-8b-code-instruct-128k",
    "meta/llama-2-13b",
    "meta/llama-2-13b-chat",
    "meta/llama-2-7b",
    "meta/llama-2-7b-chat",
    "meta/meta-llama-3-8b",
    "meta/meta-llama-3-8b-instruct",
    "mistralai/mistral-7b-instruct-v0.2",
    "mistralai/mistral-7b-v0.1",
];
const BUILT_IN_SINGLE: [(&str, u64, u64); 7] = [
    ("grok-beta", 3, 1),
    ("ibm-granite/granite-3.0-2b-instruct", 25, 3),
    ("meta/llama-2-70b", 55, 13),
    ("meta/llama-2-70b-chat", 55, 13),
    ("meta/meta-llama-3-70b", 55, 13),
    ("meta/meta-llama-3-70b-instruct", 55, 13),
    ("mistralai/mixtral-8x7b-instruct-v0.1", 10, 3),
];

fn times_built_in(name: &str, input: Exact) -> Result<Exact, Refusal> {
    let family = BUILT_IN.iter().find(|(start, end, ..)| match *end {
        "=" => name == *start,
        end => name.starts_with(start) && name.ends_with(end),
    });
    let single = || BUILT_IN_SINGLE.iter().find(|single| single.0 == name).map(|s| (s.1, s.2));
    let (times, parts) = match family {
        Some(family) => (family.2, family.3),
        None if BUILT_IN_TWO.contains(&name) => (2, 1),
        None if BUILT_IN_FIVE.contains(&name) => (5, 1),
        None => single().unwrap_or((1, 1)),
    };
    let times = i64::try_from(times).map(Exact::from_int).unwrap_or_default();
    let whole = input.checked_mul(times).ok_or("has too many digits")?;
    per(whole, parts).map_err(|why| format!("costs {why} of its output tokens").into())
}
