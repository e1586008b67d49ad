//! Usage as reported: the native members, and three providers' own objects told by their members.
//!
//! OpenAI (`prompt_tokens`, or `input_tokens` with details) and the native form count caches and
//! reasoning inside their totals; Anthropic (`cache_read_input_tokens`) and Bedrock (`inputTokens`)
//! count caches beside the input; Gemini (`promptTokenCount`) counts thoughts and tool prompts
//! beside. All become [`ReportedUsage`], inclusive. Members of one meaning must agree, 0 giving way
//! (gateways fill what they do not use with 0). A usage in which nothing known is counted, such as
//! `{}`, measures nothing and is absent; one of zeros is a measurement.

use std::borrow::Cow;

use serde::Deserialize;

use super::MAX_COUNT;
use super::fields::{Fault, Fields};
use super::shape::{Node, ignored, leaf, list, object, object_or_list};
use super::value::Value;
use crate::domain::call::ReportedUsage;

/// Slots after those of a call's other fields.
mod slot {
    use super::super::shape::slots;

    const BASE: u8 = super::super::calls::USAGE + 1;
    slots! {
        INPUT CACHE_READ CACHE_WRITE CACHE_WRITE_1H INPUT_AUDIO INPUT_IMAGE OUTPUT REASONING OUTPUT_REASONING
        OUTPUT_AUDIO OUTPUT_IMAGE IMAGES SECONDS CHARACTERS REQUESTS WEB_SEARCHES IMAGE_SIZE IMAGE_QUALITY
        PROMPT COMPLETION HIT_FLAT NUM_CACHED CACHED_FLAT
        PD PD_CACHED PD_WRITE PD_CREATION PD_AUDIO PD_IMAGE
        P1 P1_CACHED
        CD CD_REASONING CD_AUDIO CD_IMAGE
        C1 C1_REASONING
        ID ID_CACHED ID_WRITE ID_AUDIO ID_IMAGE
        OD OD_REASONING OD_THINKING OD_AUDIO OD_IMAGE
        X_READ X_WRITE CC CC_5M CC_1H STU STU_SEARCH STD STD_SEARCH
        G_PROMPT G_CACHED G_CANDIDATES G_THOUGHTS G_TOOL G_PROMPT_BY G_CACHED_BY G_CANDIDATES_BY G_TOOL_BY
        S_PROMPT S_CACHED S_CANDIDATES S_THOUGHTS S_TOOL S_CACHED_BY S_CANDIDATES_BY S_TOOL_BY
        B_INPUT B_OUTPUT B_READ B_READ_COUNT B_WRITE B_WRITE_COUNT B_WRITE_BY
    }

    pub(super) const fn at(order: u8) -> u8 {
        BASE + order
    }
}
use slot::*;

/// How many nodes stand under `usage`, itself included.
pub(super) const NODES: usize = 10;

macro_rules! node {
    ($name:ident, $id:literal, $path:literal, [$($entry:expr),* $(,)?]) => {
        static $name: Node = Node { path: $path, id: $id, entries: &[$($entry),*] };
    };
}

node!(
    PROMPT_DETAILS,
    2,
    "usage.prompt_tokens_details.",
    [
        leaf("cached_tokens", at(PD_CACHED)),
        leaf("cache_write_tokens", at(PD_WRITE)),
        leaf("cache_creation_tokens", at(PD_CREATION)),
        leaf("audio_tokens", at(PD_AUDIO)),
        leaf("image_tokens", at(PD_IMAGE)),
        ignored("text_tokens"),
    ]
);
node!(PROMPT_DETAIL, 3, "usage.prompt_token_details.", [leaf("cached_tokens", at(P1_CACHED))]);
node!(
    COMPLETION_DETAILS,
    4,
    "usage.completion_tokens_details.",
    [
        leaf("reasoning_tokens", at(CD_REASONING)),
        leaf("audio_tokens", at(CD_AUDIO)),
        leaf("image_tokens", at(CD_IMAGE)),
        ignored("text_tokens"),
        ignored("accepted_prediction_tokens"),
        ignored("rejected_prediction_tokens"),
    ]
);
node!(COMPLETION_DETAIL, 5, "usage.completion_token_details.", [leaf("reasoning_tokens", at(C1_REASONING))]);
node!(
    INPUT_DETAILS,
    6,
    "usage.input_tokens_details.",
    [
        leaf("cached_tokens", at(ID_CACHED)),
        leaf("cache_write_tokens", at(ID_WRITE)),
        leaf("audio_tokens", at(ID_AUDIO)),
        leaf("image_tokens", at(ID_IMAGE)),
        ignored("text_tokens"),
    ]
);
node!(
    OUTPUT_DETAILS,
    7,
    "usage.output_tokens_details.",
    [
        leaf("reasoning_tokens", at(OD_REASONING)),
        leaf("thinking_tokens", at(OD_THINKING)),
        leaf("audio_tokens", at(OD_AUDIO)),
        leaf("image_tokens", at(OD_IMAGE)),
        ignored("text_tokens"),
    ]
);
node!(
    CACHE_CREATION,
    8,
    "usage.cache_creation.",
    [leaf("ephemeral_5m_input_tokens", at(CC_5M)), leaf("ephemeral_1h_input_tokens", at(CC_1H)),]
);
node!(SERVER_TOOLS, 9, "usage.server_tool_use.", [leaf("web_search_requests", at(STU_SEARCH))]);
node!(SERVER_TOOL_DETAILS, 10, "usage.server_tool_use_details.", [leaf("web_search_requests", at(STD_SEARCH))]);

pub(super) static NODE: Node = Node {
    path: "usage.",
    id: 1,
    entries: &[
        leaf("input_tokens", at(INPUT)),
        leaf("cache_read_tokens", at(CACHE_READ)),
        leaf("cache_write_tokens", at(CACHE_WRITE)),
        leaf("cache_write_1h_tokens", at(CACHE_WRITE_1H)),
        leaf("input_audio_tokens", at(INPUT_AUDIO)),
        leaf("input_image_tokens", at(INPUT_IMAGE)),
        leaf("output_tokens", at(OUTPUT)),
        leaf("reasoning_tokens", at(REASONING)),
        leaf("output_reasoning_tokens", at(OUTPUT_REASONING)),
        leaf("output_audio_tokens", at(OUTPUT_AUDIO)),
        leaf("output_image_tokens", at(OUTPUT_IMAGE)),
        leaf("images", at(IMAGES)),
        leaf("image_size", at(IMAGE_SIZE)),
        leaf("image_quality", at(IMAGE_QUALITY)),
        leaf("seconds", at(SECONDS)),
        leaf("characters", at(CHARACTERS)),
        leaf("requests", at(REQUESTS)),
        leaf("web_searches", at(WEB_SEARCHES)),
        leaf("prompt_tokens", at(PROMPT)),
        leaf("completion_tokens", at(COMPLETION)),
        ignored("total_tokens"),
        object_or_list("prompt_tokens_details", at(PD), &PROMPT_DETAILS),
        object("prompt_token_details", at(P1), &PROMPT_DETAIL),
        object("completion_tokens_details", at(CD), &COMPLETION_DETAILS),
        object("completion_token_details", at(C1), &COMPLETION_DETAIL),
        object("input_tokens_details", at(ID), &INPUT_DETAILS),
        object("output_tokens_details", at(OD), &OUTPUT_DETAILS),
        leaf("prompt_cache_hit_tokens", at(HIT_FLAT)),
        ignored("prompt_cache_miss_tokens"),
        leaf("num_cached_tokens", at(NUM_CACHED)),
        leaf("cached_tokens", at(CACHED_FLAT)),
        leaf("cache_read_input_tokens", at(X_READ)),
        leaf("cache_creation_input_tokens", at(X_WRITE)),
        object("cache_creation", at(CC), &CACHE_CREATION),
        object("server_tool_use", at(STU), &SERVER_TOOLS),
        object("server_tool_use_details", at(STD), &SERVER_TOOL_DETAILS),
        leaf("promptTokenCount", at(G_PROMPT)),
        leaf("cachedContentTokenCount", at(G_CACHED)),
        leaf("candidatesTokenCount", at(G_CANDIDATES)),
        leaf("thoughtsTokenCount", at(G_THOUGHTS)),
        leaf("toolUsePromptTokenCount", at(G_TOOL)),
        ignored("totalTokenCount"),
        list("promptTokensDetails", at(G_PROMPT_BY)),
        list("cacheTokensDetails", at(G_CACHED_BY)),
        list("candidatesTokensDetails", at(G_CANDIDATES_BY)),
        list("toolUsePromptTokensDetails", at(G_TOOL_BY)),
        leaf("prompt_token_count", at(S_PROMPT)),
        leaf("cached_content_token_count", at(S_CACHED)),
        leaf("candidates_token_count", at(S_CANDIDATES)),
        leaf("thoughts_token_count", at(S_THOUGHTS)),
        leaf("tool_use_prompt_token_count", at(S_TOOL)),
        ignored("total_token_count"),
        list("cache_tokens_details", at(S_CACHED_BY)),
        list("candidates_tokens_details", at(S_CANDIDATES_BY)),
        list("tool_use_prompt_tokens_details", at(S_TOOL_BY)),
        leaf("inputTokens", at(B_INPUT)),
        leaf("outputTokens", at(B_OUTPUT)),
        ignored("totalTokens"),
        leaf("cacheReadInputTokens", at(B_READ)),
        leaf("cacheReadInputTokenCount", at(B_READ_COUNT)),
        leaf("cacheWriteInputTokens", at(B_WRITE)),
        leaf("cacheWriteInputTokenCount", at(B_WRITE_COUNT)),
        list("cacheDetails", at(B_WRITE_BY)),
    ],
};

/// Token counts, inclusive; absent where nothing says so.
#[derive(Default)]
struct Tokens {
    input: Option<i64>,
    cache_read: Option<i64>,
    cache_write: Option<i64>,
    cache_write_1h: Option<i64>,
    input_audio: Option<i64>,
    input_image: Option<i64>,
    output: Option<i64>,
    reasoning: Option<i64>,
    output_audio: Option<i64>,
    output_image: Option<i64>,
}

impl Tokens {
    fn all(&self) -> [Option<i64>; 10] {
        let Tokens { input, cache_read, cache_write, cache_write_1h, input_audio, .. } = *self;
        let Tokens { input_image, output, reasoning, output_audio, output_image, .. } = *self;
        let inputs = [input, cache_read, cache_write, cache_write_1h, input_audio, input_image];
        let outputs = [output, reasoning, output_audio, output_image];
        std::array::from_fn(|i| if i < 6 { inputs[i] } else { outputs[i - 6] })
    }

    fn measured(&self) -> bool {
        self.all().iter().any(Option::is_some)
    }
}

/// The usage of a row; `None` where nothing is measured.
pub(super) fn read(f: &Fields<'_, '_>) -> Result<Option<ReportedUsage>, Fault> {
    if !f.slots.any(at(INPUT), at(B_WRITE_BY)) {
        return Ok(None);
    }
    let tokens = if f.slots.any(at(PROMPT), at(B_WRITE_BY)) { of_any_convention(f)? } else { native(f)? };
    let images = count(f, IMAGES)?;
    let seconds = count(f, SECONDS)?;
    let characters = count(f, CHARACTERS)?;
    let requests = count(f, REQUESTS)?;
    let web_searches = one(f, &[WEB_SEARCHES, STU_SEARCH, STD_SEARCH])?;
    let (image_size, image_quality) = (f.text(at(IMAGE_SIZE))?, f.text(at(IMAGE_QUALITY))?);
    let others = [images, seconds, characters, requests, web_searches];
    if !tokens.measured() && others.iter().all(Option::is_none) {
        return Ok(None);
    }
    let n = |count: Option<i64>| count.unwrap_or(0);
    // A part without its total is not a part of 0: the total is then the sum of its parts.
    let cache_write = n(tokens.cache_write.or(tokens.cache_write_1h));
    let inputs = n(tokens.cache_read) + cache_write + n(tokens.input_audio) + n(tokens.input_image);
    let outputs = n(tokens.reasoning) + n(tokens.output_audio) + n(tokens.output_image);
    Ok(Some(ReportedUsage {
        input_tokens: tokens.input.unwrap_or(inputs),
        cache_read_tokens: n(tokens.cache_read),
        cache_write_tokens: cache_write,
        cache_write_1h_tokens: n(tokens.cache_write_1h),
        input_audio_tokens: n(tokens.input_audio),
        input_image_tokens: n(tokens.input_image),
        output_tokens: tokens.output.unwrap_or(outputs),
        reasoning_tokens: n(tokens.reasoning),
        output_audio_tokens: n(tokens.output_audio),
        output_image_tokens: n(tokens.output_image),
        images: n(images),
        seconds: n(seconds),
        characters: n(characters),
        requests: n(requests),
        web_searches: n(web_searches),
        image_size,
        image_quality,
    }))
}

fn count(f: &Fields<'_, '_>, order: u8) -> Result<Option<i64>, Fault> {
    f.count(at(order))
}

/// One count that several members may state; a 0 gives way, two others must be equal.
fn one(f: &Fields<'_, '_>, orders: &[u8]) -> Result<Option<i64>, Fault> {
    let mut found = None;
    for order in orders {
        match (found, count(f, *order)?) {
            (_, None) => {}
            (None | Some(0), next) => found = next,
            (Some(before), Some(next)) if next == 0 || next == before => {}
            _ => return Err(f.fault(at(*order), "contradicts another member of the same meaning")),
        }
    }
    Ok(found)
}

fn native(f: &Fields<'_, '_>) -> Result<Tokens, Fault> {
    Ok(Tokens {
        input: count(f, INPUT)?,
        cache_read: count(f, CACHE_READ)?,
        cache_write: count(f, CACHE_WRITE)?,
        cache_write_1h: count(f, CACHE_WRITE_1H)?,
        input_audio: count(f, INPUT_AUDIO)?,
        input_image: count(f, INPUT_IMAGE)?,
        output: count(f, OUTPUT)?,
        reasoning: one(f, &[REASONING, OUTPUT_REASONING])?,
        output_audio: count(f, OUTPUT_AUDIO)?,
        output_image: count(f, OUTPUT_IMAGE)?,
    })
}

fn of_any_convention(f: &Fields<'_, '_>) -> Result<Tokens, Fault> {
    let mut found = [snake(f)?, gemini(f)?, bedrock(f)?].into_iter().filter(Tokens::measured);
    let first = found.next().unwrap_or_default();
    match found.next() {
        None => Ok(first),
        Some(_) => Err(Fault::new("usage", "mixes the members of two conventions")),
    }
}

/// Native, OpenAI and Anthropic share names; what says whether caches are inside is told apart here.
fn snake(f: &Fields<'_, '_>) -> Result<Tokens, Fault> {
    let (prompt, plain) = (count(f, PROMPT)?, count(f, INPUT)?);
    let input = one(f, &[PROMPT, INPUT])?;
    let outside_read = count(f, X_READ)?;
    let (five_minutes, one_hour) = (count(f, CC_5M)?, count(f, CC_1H)?);
    let parts = five_minutes.map(|n| n + one_hour.unwrap_or(0)).or(one_hour);
    let outside_write = count(f, X_WRITE)?.or(parts);
    // Gateways that add Anthropic's members to an OpenAI object have made its total inclusive.
    let openai = prompt.is_some_and(|n| n > 0 || plain.unwrap_or(0) == 0);
    let outside = (outside_read.is_some() || outside_write.is_some()) && !openai;
    let mut reads = vec![CACHE_READ, PD_CACHED, ID_CACHED, P1_CACHED];
    if prompt.is_some() {
        reads.extend([HIT_FLAT, NUM_CACHED, CACHED_FLAT]);
    }
    let writes = [CACHE_WRITE, PD_WRITE, PD_CREATION, ID_WRITE];
    let (inside_read, inside_write) = (one(f, &reads)?, one(f, &writes)?);
    let inside_1h = count(f, CACHE_WRITE_1H)?;
    let (input, cache_read, cache_write) = if outside {
        if [inside_read, inside_write, inside_1h].into_iter().flatten().any(|n| n > 0) {
            return Err(Fault::new("usage", "mixes caches counted inside the input with caches counted beside it"));
        }
        let sum = input.unwrap_or(0) + outside_read.unwrap_or(0) + outside_write.unwrap_or(0);
        (Some(sum), outside_read, outside_write)
    } else {
        let (read, write) =
            (same(f, inside_read, outside_read, X_READ)?, same(f, inside_write, outside_write, X_WRITE)?);
        (input, read, write)
    };
    Ok(Tokens {
        input,
        cache_read,
        cache_write,
        cache_write_1h: same(f, inside_1h, one_hour, CC_1H)?,
        input_audio: one(f, &[INPUT_AUDIO, PD_AUDIO, ID_AUDIO])?,
        input_image: one(f, &[INPUT_IMAGE, PD_IMAGE, ID_IMAGE])?,
        output: one(f, &[COMPLETION, OUTPUT])?,
        reasoning: one(f, &[REASONING, OUTPUT_REASONING, CD_REASONING, C1_REASONING, OD_REASONING, OD_THINKING])?,
        output_audio: one(f, &[OUTPUT_AUDIO, CD_AUDIO, OD_AUDIO])?,
        output_image: one(f, &[OUTPUT_IMAGE, CD_IMAGE, OD_IMAGE])?,
    })
}

/// Two statements of one count, by the rule of [`one`].
fn same(f: &Fields<'_, '_>, a: Option<i64>, b: Option<i64>, order: u8) -> Result<Option<i64>, Fault> {
    match (a, b) {
        (None | Some(0), Some(_)) => Ok(b),
        (Some(a), Some(b)) if b != 0 && a != b => {
            Err(f.fault(at(order), "contradicts another member of the same meaning"))
        }
        _ => Ok(a),
    }
}

/// Thoughts and tool prompts stand beside the totals, the cached prompt inside.
fn gemini(f: &Fields<'_, '_>) -> Result<Tokens, Fault> {
    let prompt = one(f, &[G_PROMPT, S_PROMPT])?;
    let tool = one(f, &[G_TOOL, S_TOOL])?;
    let cached = one(f, &[G_CACHED, S_CACHED])?;
    let candidates = one(f, &[G_CANDIDATES, S_CANDIDATES])?;
    let thoughts = one(f, &[G_THOUGHTS, S_THOUGHTS])?;
    let plus = |a: Option<i64>, b: Option<i64>| a.map(|a| a + b.unwrap_or(0)).or(b);
    let mut tokens = Tokens {
        input: plus(prompt, tool),
        cache_read: cached,
        output: plus(candidates, thoughts),
        reasoning: thoughts,
        ..Tokens::default()
    };
    if !tokens.measured() {
        return match f.raw(at(PD)) {
            Value::Json(_) => Err(f.fault(at(PD), "is not an object")),
            _ => Ok(tokens),
        };
    }
    let kinds = |orders: &[u8]| by_modality(f, orders);
    let (prompts, tools) = (kinds(&[G_PROMPT_BY, PD])?, kinds(&[G_TOOL_BY, S_TOOL_BY])?);
    let hits = kinds(&[G_CACHED_BY, S_CACHED_BY])?;
    let outputs = kinds(&[G_CANDIDATES_BY, S_CANDIDATES_BY])?;
    // What was cached is counted as cached, whatever it was.
    tokens.input_audio = Some((prompts.audio + tools.audio - hits.audio).max(0));
    tokens.input_image = Some((prompts.image + tools.image - hits.image).max(0));
    tokens.output_audio = Some(outputs.audio);
    tokens.output_image = Some(outputs.image);
    Ok(tokens)
}

/// Caches stand beside the input.
fn bedrock(f: &Fields<'_, '_>) -> Result<Tokens, Fault> {
    let (input, output) = (count(f, B_INPUT)?, count(f, B_OUTPUT)?);
    let read = one(f, &[B_READ, B_READ_COUNT])?;
    let write = one(f, &[B_WRITE, B_WRITE_COUNT])?;
    let known = [input, read, write];
    Ok(Tokens {
        input: known.iter().any(Option::is_some).then(|| known.into_iter().flatten().sum()),
        cache_read: read,
        cache_write: write,
        cache_write_1h: write.map(|_| written_for_an_hour(f)).transpose()?,
        output,
        ..Tokens::default()
    })
}

#[derive(Default)]
struct Modalities {
    audio: i64,
    image: i64,
}

fn by_modality(f: &Fields<'_, '_>, orders: &[u8]) -> Result<Modalities, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct One<'a> {
        #[serde(borrow, default)]
        modality: Option<Cow<'a, str>>,
        #[serde(alias = "token_count")]
        token_count: Option<u64>,
    }
    let mut sums = Modalities::default();
    for order in orders {
        for one in parts::<One<'_>>(f, *order)? {
            let tokens = bounded(f, *order, one.token_count)?;
            match one.modality.as_deref() {
                Some("AUDIO") => sums.audio += tokens,
                Some("IMAGE") => sums.image += tokens,
                _ => {}
            }
        }
    }
    Ok(sums)
}

fn written_for_an_hour(f: &Fields<'_, '_>) -> Result<i64, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct One<'a> {
        #[serde(borrow, default)]
        ttl: Option<Cow<'a, str>>,
        input_tokens: Option<u64>,
    }
    let mut sum = 0;
    for one in parts::<One<'_>>(f, B_WRITE_BY)? {
        if one.ttl.as_deref() == Some("1h") {
            sum += bounded(f, B_WRITE_BY, one.input_tokens)?;
        }
    }
    Ok(sum)
}

/// Longer lists of parts than this are no provider's.
const MAX_PARTS: usize = 100;

fn parts<'a, T: Deserialize<'a>>(f: &Fields<'_, 'a>, order: u8) -> Result<Vec<T>, Fault> {
    match f.raw(at(order)) {
        // An object in place of the list is another convention's.
        Value::Absent | Value::Bool(true) => Ok(Vec::new()),
        Value::Json(text) => match serde_json::from_str::<Vec<T>>(text) {
            Ok(parts) if parts.len() <= MAX_PARTS => Ok(parts),
            _ => Err(f.fault(at(order), "is not a list of counts by kind")),
        },
        _ => Err(f.fault(at(order), "is not a list of counts by kind")),
    }
}

fn bounded(f: &Fields<'_, '_>, order: u8, count: Option<u64>) -> Result<i64, Fault> {
    i64::try_from(count.unwrap_or(0))
        .ok()
        .filter(|n| *n <= MAX_COUNT)
        .ok_or_else(|| f.fault(at(order), format!("is above {MAX_COUNT}")))
}
