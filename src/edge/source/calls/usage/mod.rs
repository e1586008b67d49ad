//! Usage as reported: the native members, and three providers' own objects told by their members.
//!
//! OpenAI (`prompt_tokens`, or `input_tokens` with details) and the native form count caches and
//! reasoning inside their totals; Anthropic (`cache_read_input_tokens`) and Bedrock (`inputTokens`)
//! count caches beside the input; Gemini (`promptTokenCount`) counts thoughts and tool prompts
//! beside, and so does xAI where its total says so. Cohere bills units of its own. All become [`ReportedUsage`],
//! inclusive. Members of one meaning must agree, 0 giving way
//! (gateways fill what they do not use with 0). A usage in which nothing known is counted, such as
//! `{}`, measures nothing and is absent; one of zeros is a measurement.

mod providers;
mod snake;
mod tokens;

use providers::{bedrock, billed, gemini};
use snake::snake;
use tokens::{Tokens, count, one};

use super::usage_fields::slot::*;
use crate::domain::call::{ReportedUsage, Usage, UsageNote};
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::value::Value;

/// What a row says was consumed.
pub(crate) struct Reported {
    pub(crate) used: ReportedUsage,
    /// What of it is not certain.
    pub(crate) note: Option<UsageNote>,
    /// A count in it that no meter takes.
    pub(crate) uncounted: Option<String>,
}

/// In disjoint buckets, with what is not certain. Where it has a count that no meter takes, which may be money, there
/// is only the note: nothing is compared.
pub(crate) fn disjoint(
    f: &Fields<'_, '_>,
    endpoint: Option<&str>,
) -> Result<(Option<Usage>, Option<UsageNote>), Fault> {
    let reported = read(f, endpoint)?;
    if let Some(name) = reported.as_ref().and_then(|reported| reported.uncounted.clone()).or_else(|| uncounted(f)) {
        return Ok((None, Some(UsageNote(format!("{name}: a count that no meter takes")))));
    }
    let Some(Reported { used, note, .. }) = reported else { return Ok((None, None)) };
    let (usage, cut) = used.into_disjoint();
    Ok((Some(usage), cut.or(note)))
}

/// The name of a member that holds a count and is of no meter.
pub(crate) fn uncounted(f: &Fields<'_, '_>) -> Option<String> {
    match f.raw(at(UNCOUNTED)) {
        Value::Text(name) => Some(name.to_owned()),
        Value::True => Some("a member".to_owned()),
        _ => None,
    }
}

/// The usage of a row; `None` where nothing is measured. What the call was for decides what a lone total counts.
pub(crate) fn read(f: &Fields<'_, '_>, endpoint: Option<&str>) -> Result<Option<Reported>, Fault> {
    if !f.slots.any(at(INPUT), at(B_WRITE_BY)) {
        return Ok(None);
    }
    let mut tokens = if f.slots.any(at(PROMPT), at(B_WRITE_BY)) { of_any_convention(f)? } else { native(f)? };
    match count(f, TOTAL)?.filter(|_| !tokens.measured()) {
        Some(total) if endpoint.is_some_and(only_reads) => tokens.input = Some(total),
        Some(1..) => tokens.uncounted = Some("total_tokens alone".to_owned()),
        _ => {}
    }
    let images = count(f, IMAGES)?;
    let seconds = count(f, SECONDS)?;
    let characters = count(f, CHARACTERS)?;
    let requests = count(f, REQUESTS)?.or(tokens.requests);
    let web_searches = one(f, &[WEB_SEARCHES, STU_SEARCH, STD_SEARCH])?;
    if count(f, STD_EXECUTED)?.unwrap_or(0) > web_searches.unwrap_or(0) {
        tokens.uncounted = Some("tool_calls_executed".to_owned());
    }
    let [pages, file_searches, code_sessions] = [count(f, PAGES)?, count(f, FILE_SEARCHES)?, count(f, CODE_SESSIONS)?];
    let (image_size, image_quality) = (f.text(at(IMAGE_SIZE))?, f.text(at(IMAGE_QUALITY))?);
    let others = [images, seconds, characters, requests, web_searches, pages, file_searches, code_sessions];
    if !tokens.measured() && tokens.uncounted.is_none() && others.iter().all(Option::is_none) {
        return Ok(None);
    }
    let n = |count: Option<i64>| count.unwrap_or(0);
    // A part without its total is not a part of 0: the total is then the sum of its parts.
    let cache_write = n(tokens.cache_write.or(tokens.cache_write_1h));
    let inputs = n(tokens.cache_read) + cache_write + n(tokens.input_audio) + n(tokens.input_image);
    let outputs = n(tokens.reasoning) + n(tokens.output_audio) + n(tokens.output_image);
    let used = ReportedUsage {
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
    };
    Ok(Some(Reported { used, note: tokens.note.map(UsageNote), uncounted: tokens.uncounted }))
}

/// Endpoints that write no tokens.
fn only_reads(endpoint: &str) -> bool {
    ["embed", "rerank", "moderation"].iter().any(|part| endpoint.contains(part))
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
        ..Tokens::default()
    })
}

fn of_any_convention(f: &Fields<'_, '_>) -> Result<Tokens, Fault> {
    if f.slots.any(at(BILLED), at(BILLED)) {
        return billed(f);
    }
    let mut found = [snake(f)?, gemini(f)?, bedrock(f)?].into_iter().filter(Tokens::measured);
    let first = found.next().unwrap_or_default();
    match found.next() {
        None => Ok(first),
        Some(_) => Err(Fault::new("usage", "mixes the members of two conventions")),
    }
}
