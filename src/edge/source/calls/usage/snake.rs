//! Usage in snake case: native, OpenAI's, Anthropic's and of all who copied them.

use std::borrow::Cow;

use serde::Deserialize;

use super::tokens::{Tokens, bounded, count, one, parts, same};
use crate::domain::call::UsageParts;
use crate::edge::source::calls::usage_fields::slot::*;
use crate::edge::source::record::fields::{Fault, Fields};

/// Native, OpenAI and Anthropic share names; what says whether caches are inside is told apart here.
pub(super) fn snake(f: &Fields<'_, '_>) -> Result<Tokens, Fault> {
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
    let mut tokens = Tokens {
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
        ..Tokens::default()
    };
    if outside {
        iterations(f, &mut tokens)?;
    } else {
        cached_by_modality(f, &mut tokens)?;
        by_total(f, &mut tokens)?;
    }
    Ok(tokens)
}

/// The input is cut in two ways: by what it was (text, audio, image) and by whether it was cached. What was cached is
/// counted as cached, whatever it was.
fn cached_by_modality(f: &Fields<'_, '_>, tokens: &mut Tokens) -> Result<(), Fault> {
    let n = |count: Option<i64>| count.unwrap_or(0);
    let (audio, image) = (n(tokens.input_audio), n(tokens.input_image));
    let (cached_audio, cached_image) = (n(count(f, CACHED_AUDIO)?), n(count(f, CACHED_IMAGE)?));
    if cached_audio + cached_image > 0 {
        tokens.input_audio = Some(audio - cached_audio.min(audio));
        tokens.input_image = Some(image - cached_image.min(image));
        return Ok(());
    }
    // Where the kinds add up to the whole, the rest of a cache that is larger than its text was of the other kind.
    let text = one(f, &[PD_TEXT, ID_TEXT])?;
    let over = n(tokens.cache_read) + n(tokens.cache_write) + audio + image - n(tokens.input);
    if text.is_some_and(|text| text + audio + image == n(tokens.input)) && over > 0 {
        match (audio, image) {
            (0, image) => tokens.input_image = Some(image - over.min(image)),
            (audio, 0) => tokens.input_audio = Some(audio - over.min(audio)),
            _ => {}
        }
    }
    Ok(())
}

/// Where the total says that reasoning stands beside the output, as xAI counts it, it is put inside. A total that is
/// neither is told.
fn by_total(f: &Fields<'_, '_>, tokens: &mut Tokens) -> Result<(), Fault> {
    let (Some(input), Some(output), Some(total)) = (tokens.input, tokens.output, count(f, TOTAL)?) else {
        return Ok(());
    };
    let reasoning = tokens.reasoning.unwrap_or(0);
    if total == input + output {
        return Ok(());
    }
    if reasoning > 0 && total == input + output + reasoning {
        tokens.output = Some(output + reasoning);
    } else if total > 0 {
        tokens.note = Some(format!("total_tokens {total}, but input {input} + output {output}"));
    }
    Ok(())
}

/// Anthropic leaves what it summed up of a long prompt out of its totals, and what another model was asked.
fn iterations(f: &Fields<'_, '_>, tokens: &mut Tokens) -> Result<(), Fault> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Written {
        ephemeral_5m_input_tokens: Option<u64>,
        ephemeral_1h_input_tokens: Option<u64>,
    }
    #[derive(Deserialize)]
    struct One<'a> {
        #[serde(borrow, default, rename = "type")]
        kind: Option<Cow<'a, str>>,
        input_tokens: Option<u64>,
        output_tokens: Option<u64>,
        cache_read_input_tokens: Option<u64>,
        cache_creation_input_tokens: Option<u64>,
        cache_creation: Option<Written>,
    }
    let add = |to: &mut Option<i64>, n: i64| *to = Some(to.unwrap_or(0) + n);
    for one in parts::<One<'_>>(f, ITERATIONS)? {
        let n = |count: Option<u64>| bounded(f, ITERATIONS, count);
        let written = one.cache_creation.unwrap_or_default();
        let for_an_hour = n(written.ephemeral_1h_input_tokens)?;
        let wrote = n(one.cache_creation_input_tokens)?.max(n(written.ephemeral_5m_input_tokens)? + for_an_hour);
        let (input, output) = (n(one.input_tokens)?, n(one.output_tokens)?);
        let read = n(one.cache_read_input_tokens)?;
        match one.kind.as_deref() {
            Some("message") => {}
            Some("compaction") => {
                add(&mut tokens.input, input + read + wrote);
                add(&mut tokens.cache_read, read);
                add(&mut tokens.cache_write, wrote);
                add(&mut tokens.cache_write_1h, for_an_hour);
                add(&mut tokens.output, output);
            }
            other if input + output + read + wrote > 0 => {
                tokens.uncounted = Some(format!("iterations of type {}", other.unwrap_or("none")));
            }
            _ => {}
        }
    }
    Ok(())
}
