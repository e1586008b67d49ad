//! What a row consumed: by the members of `other`, and for pictures by the text of `content`.

use std::borrow::Cow;

use serde::Deserialize;

use super::members::*;
use super::{CLAUDE_SAYS, CLAUDE_SAYS_1H};
use crate::domain::call::{ReportedUsage, Usage, UsageNote};
use crate::edge::source::calls::parts::{filled, yes};
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::value::Value;

/// Size and quality of what was drawn, which only the text says.
pub(super) struct Pictures {
    size: String,
    quality: Option<String>,
    many: Option<i64>,
}

impl Pictures {
    /// `模型价格 0.04，分组倍率 1.00, 大小 1024x1024, 品质 standard`, later with `生成数量 2`.
    pub(super) fn of(content: &str) -> Option<Pictures> {
        let after = |label: &str| {
            let (_, text) = content.split_once(label)?;
            let word = text.split([',', '，']).next()?.trim();
            (!word.is_empty()).then(|| word.to_owned())
        };
        let many = after("生成数量 ").and_then(|many| many.parse().ok());
        Some(Pictures { size: after("大小 ")?, quality: after("品质 "), many })
    }
}

type Measured = (Option<Usage>, Option<UsageNote>);

pub(super) fn read(
    f: &Fields<'_, '_>,
    version: Option<&str>,
    endpoint: Option<&str>,
    pictures: Option<Pictures>,
) -> Result<Measured, Fault> {
    let (prompted, completed) = (f.count(PROMPTED)?.unwrap_or(0), f.count(COMPLETED)?.unwrap_or(0));
    if let Some(Pictures { size, quality, many }) = pictures {
        // Its count of prompt tokens is that of the pictures.
        let images = many.unwrap_or(prompted.max(1));
        let drawn =
            ReportedUsage { images, image_size: Some(size), image_quality: quality, ..ReportedUsage::default() };
        return Ok(disjoint(drawn, None));
    }
    let priced_by_call = f.amount(PRICE)?.is_some_and(|price| !price.is_negative() && !price.is_zero());
    if priced_by_call && (endpoint == Some("image") || prompted + completed == 0) {
        return Ok(disjoint(ReportedUsage { requests: 1, ..ReportedUsage::default() }, None));
    }
    let caches = Caches::of(f)?;
    let (beside, mut note) = caches.stand_beside(f, version, prompted)?;
    let [mut web_searches, mut file_searches] =
        [f.count(SEARCHES)?.unwrap_or(0), f.count(FILE_SEARCHES_MADE)?.unwrap_or(0)];
    let called = if yes(f, IMAGE_CALL)? == Some(true) { Some(1) } else { None };
    let mut images = f.count(IMAGE_CALLS)?.or(called).unwrap_or(0);
    for Surcharge { name, count } in surcharges(f)? {
        match name.as_ref() {
            "web_search" | "web_search_preview" | "google_search" => web_searches = web_searches.max(count),
            "file_search" => file_searches = file_searches.max(count),
            "image_generation" | "image_generation_call" => images = images.max(count),
            _ if count == 0 => {}
            other => note = note.or_else(|| Some(UsageNote(format!("{count} of tool {other}, which no meter counts")))),
        }
    }
    let audio = yes(f, AUDIO)? == Some(true) || yes(f, WS)? == Some(true);
    let part = |slot: u8| Ok::<i64, Fault>(if audio { f.count(slot)?.unwrap_or(0) } else { 0 });
    let used = ReportedUsage {
        input_tokens: prompted + if beside { caches.read + caches.written } else { 0 },
        cache_read_tokens: caches.read,
        cache_write_tokens: caches.written,
        cache_write_1h_tokens: caches.for_an_hour,
        input_audio_tokens: part(AUDIO_IN)? + f.count(GEMINI_AUDIO)?.unwrap_or(0),
        input_image_tokens: f.count(IMAGE_IN)?.unwrap_or(0),
        output_tokens: completed,
        output_audio_tokens: part(AUDIO_OUT)?,
        images,
        requests: i64::from(priced_by_call),
        web_searches,
        file_searches,
        ..ReportedUsage::default()
    };
    Ok(disjoint(used, note))
}

fn disjoint(used: ReportedUsage, note: Option<UsageNote>) -> Measured {
    let (usage, cut) = used.into_disjoint();
    (Some(usage), cut.or(note))
}

struct Caches {
    read: i64,
    written: i64,
    for_an_hour: i64,
}

impl Caches {
    fn of(f: &Fields<'_, '_>) -> Result<Caches, Fault> {
        let n = |slot: u8| Ok::<i64, Fault>(f.count(slot)?.unwrap_or(0));
        let for_an_hour = n(WRITTEN_1H)?;
        let written = n(WRITTEN)?.max(n(WRITTEN_5M)? + for_an_hour).max(n(WRITE_TOTAL)?);
        Ok(Caches { read: n(CACHED)?, written, for_an_hour })
    }

    /// Whether caches are counted beside the prompt, and what of that is not certain.
    fn stand_beside(
        &self,
        f: &Fields<'_, '_>,
        version: Option<&str>,
        prompted: i64,
    ) -> Result<(bool, Option<UsageNote>), Fault> {
        if f.cow(SEMANTIC)?.is_some_and(|semantic| semantic == "anthropic") {
            return Ok((true, None));
        }
        if yes(f, CLAUDE)? != Some(true) {
            return Ok((false, None));
        }
        let of_caches = self.read + self.written;
        match version {
            Some(CLAUDE_SAYS | CLAUDE_SAYS_1H) => Ok((true, None)),
            Some(_) => Ok((false, None)),
            // These came with the release that names what the prompt contains.
            None if filled(f, PATH)?.is_some() || filled(f, BILLED_BY)?.is_some() => Ok((false, None)),
            None if of_caches == 0 || of_caches > prompted => Ok((true, None)),
            None => Ok((
                true,
                Some(UsageNote(format!(
                    "caches of {of_caches} beside prompt_tokens {prompted} or inside: declare the version"
                ))),
            )),
        }
    }
}

#[derive(Deserialize)]
struct Surcharge<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default = "one")]
    count: i64,
}

fn one() -> i64 {
    1
}

/// Longer lists of tools than this are no gateway's.
const MOST_TOOLS: usize = 100;

fn surcharges<'a>(f: &Fields<'_, 'a>) -> Result<Vec<Surcharge<'a>>, Fault> {
    let Value::Json(text) = f.raw(SURCHARGES) else { return Ok(Vec::new()) };
    let tools: Vec<Surcharge<'a>> =
        serde_json::from_str(text).map_err(|_| f.fault(SURCHARGES, "is not a list of tools with their counts"))?;
    let right = tools.len() <= MOST_TOOLS && tools.iter().all(|tool| (0..1_000_000).contains(&tool.count));
    if right { Ok(tools) } else { Err(f.fault(SURCHARGES, "has counts that no call makes")) }
}
