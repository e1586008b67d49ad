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

use super::usage_fields::slot::*;
use crate::domain::call::{ReportedUsage, UsageParts};
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::report::MAX_COUNT;
use crate::edge::source::record::value::Value;

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
    parts: UsageParts,
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
pub(crate) fn read(f: &Fields<'_, '_>) -> Result<Option<ReportedUsage>, Fault> {
    if !f.slots.any(at(INPUT), at(B_WRITE_BY)) {
        return Ok(None);
    }
    let tokens = if f.slots.any(at(PROMPT), at(B_WRITE_BY)) { of_any_convention(f)? } else { native(f)? };
    let images = count(f, IMAGES)?;
    let seconds = count(f, SECONDS)?;
    let characters = count(f, CHARACTERS)?;
    let requests = count(f, REQUESTS)?;
    let web_searches = one(f, &[WEB_SEARCHES, STU_SEARCH, STD_SEARCH])?;
    let [pages, file_searches, code_sessions] = [count(f, PAGES)?, count(f, FILE_SEARCHES)?, count(f, CODE_SESSIONS)?];
    let (image_size, image_quality) = (f.text(at(IMAGE_SIZE))?, f.text(at(IMAGE_QUALITY))?);
    let others = [images, seconds, characters, requests, web_searches, pages, file_searches, code_sessions];
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
        pages: n(pages),
        file_searches: n(file_searches),
        code_sessions: n(code_sessions),
        image_size,
        image_quality,
        parts: tokens.parts,
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
        parts: UsageParts::default(),
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
        parts: UsageParts {
            accepted_prediction: count(f, CD_ACCEPTED)?.unwrap_or(0),
            rejected_prediction: count(f, CD_REJECTED)?.unwrap_or(0),
            ..UsageParts::default()
        },
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
        parts: UsageParts { tool_prompt: tool.unwrap_or(0), ..UsageParts::default() },
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
        Value::Absent | Value::True => Ok(Vec::new()),
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
