//! Usage of those that have names of their own: Gemini, Bedrock, Cohere.

use std::borrow::Cow;

use serde::Deserialize;

use super::tokens::{Tokens, bounded, count, one, parts};
use crate::domain::call::UsageParts;
use crate::edge::source::calls::usage_fields::slot::*;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::value::Value;

/// Thoughts and tool prompts stand beside the totals, the cached prompt inside.
pub(super) fn gemini(f: &Fields<'_, '_>) -> Result<Tokens, Fault> {
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
pub(super) fn bedrock(f: &Fields<'_, '_>) -> Result<Tokens, Fault> {
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

/// Cohere bills units; its own count of tokens is another.
pub(super) fn billed(f: &Fields<'_, '_>) -> Result<Tokens, Fault> {
    let (text, image) = (count(f, BILLED_INPUT)?, count(f, BILLED_IMAGE)?);
    let input = [text, image];
    Ok(Tokens {
        input: input.iter().any(Option::is_some).then(|| input.into_iter().flatten().sum()),
        input_image: image,
        output: count(f, BILLED_OUTPUT)?,
        requests: count(f, BILLED_SEARCH)?,
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
