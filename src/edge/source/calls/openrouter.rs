//! OpenRouter: answers of `/generation`, one a line, and chat answers with usage accounting. Seen in October 2026.

use super::context::{CallContext, CallFormat, NO_ACCOUNT};
use super::parts::{filled, first_of, instant, tier, yes};
use super::usage_fields::slot::{self, COST, UPSTREAM_COST, at};
use super::{usage, usage_fields};
use crate::domain::call::{Call, Outcome, ReportedUsage};
use crate::domain::money::Representation;
use crate::domain::period::Zone;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};
use crate::edge::source::record::schema::{Entry, Node, Schema, ignored, leaf, object, object_or_leaf, slots};
use crate::edge::source::record::value::Value;

slots! {
    DATA ID GENERATION_ID CREATED_AT CREATED NAME PROVIDER_NAME PROVIDER STREAMED CANCELLED EXTERNAL_USER USER
    REQUEST_ID TIER API_TYPE FINISHED TOTAL_COST USAGE UPSTREAM PROMPT CACHED COMPLETION REASONING IMAGES_OUT
    FROM_CACHE KIND
}

const GENERATION: [Entry; 59] = [
    leaf("id", ID),
    leaf("generation_id", GENERATION_ID),
    leaf("created_at", CREATED_AT),
    leaf("created", CREATED),
    leaf("model", NAME),
    leaf("provider_name", PROVIDER_NAME),
    leaf("provider", PROVIDER),
    leaf("streamed", STREAMED),
    leaf("cancelled", CANCELLED),
    leaf("external_user", EXTERNAL_USER),
    leaf("user", USER),
    leaf("request_id", REQUEST_ID),
    leaf("service_tier", TIER),
    leaf("api_type", API_TYPE),
    leaf("finish_reason", FINISHED),
    leaf("total_cost", TOTAL_COST),
    // The cost once more, or the usage object of an answer.
    object_or_leaf("usage", USAGE, &usage_fields::NODE),
    leaf("upstream_inference_cost", UPSTREAM),
    leaf("native_tokens_prompt", PROMPT),
    leaf("native_tokens_cached", CACHED),
    leaf("native_tokens_completion", COMPLETION),
    leaf("native_tokens_reasoning", REASONING),
    leaf("native_tokens_completion_images", IMAGES_OUT),
    leaf("response_cache_source_id", FROM_CACHE),
    leaf("object", KIND),
    ignored("app_id"),
    ignored("cache_discount"),
    ignored("choices"),
    ignored("data_region"),
    ignored("generation_time"),
    ignored("http_referer"),
    ignored("is_byok"),
    ignored("latency"),
    ignored("moderation_latency"),
    ignored("native_finish_reason"),
    ignored("num_fetches"),
    ignored("num_input_audio_prompt"),
    ignored("num_media_completion"),
    ignored("num_media_prompt"),
    ignored("num_search_results"),
    ignored("origin"),
    ignored("preset_id"),
    ignored("provider_responses"),
    ignored("router"),
    ignored("session_id"),
    ignored("system_fingerprint"),
    // Counts of one tokenizer for all; the bill is by the model's own.
    ignored("tokens_completion"),
    ignored("tokens_prompt"),
    ignored("upstream_id"),
    ignored("usage_cache"),
    ignored("usage_data"),
    ignored("usage_file"),
    ignored("usage_upstream"),
    ignored("usage_web"),
    ignored("user_agent"),
    ignored("web_search_engine"),
    ignored("workspace_id"),
    ignored("api_key_id"),
    ignored("app_name"),
];

static GENERATION_NODE: Node = Node { entries: &GENERATION };

const ROOT_ENTRIES: [Entry; 60] = {
    let mut entries = [object("data", DATA, &GENERATION_NODE); 60];
    let mut n = 0;
    while n < 59 {
        entries[n + 1] = GENERATION[n];
        n += 1;
    }
    entries
};

static ROOT: Node = Node { entries: &ROOT_ENTRIES };

static SCHEMA: Schema =
    Schema { what: "OpenRouter's generations", root: &ROOT, required: &["model", "created_at"], spans_lines: true };

const _: () = assert!(KIND < slot::BASE, "the slots of a usage object begin after a row's own");

pub(super) const FORMAT: CallFormat = RowFormat {
    name: "openrouter",
    aliases: &[],
    about: "OpenRouter: /generation objects and answers with usage accounting, one a line",
    versions: &[],
    conventions: &[(
        "",
        "native_tokens_prompt contains what was cached, native_tokens_completion its reasoning and images; tokens_* are \
         counts of another tokenizer and not read",
    )],
    unit: Some("USD"),
    recorded: Representation::Float64,
    framing: Framing::Lists(&["data"]),
    sniff: |members| {
        let generation = ["native_tokens_prompt", "native_tokens_completion"];
        let wrapped = ["data.native_tokens_prompt", "data.native_tokens_completion"];
        let answer = ["id", "provider", "choices", "usage.cost"];
        let sure = members.all(&generation) || members.all(&wrapped) || members.all(&answer);
        if sure { Fit::Sure } else { Fit::No }
    },
    schema: &SCHEMA,
    reader: |context| Box::new(OpenRouter(context)),
};

struct OpenRouter<'c>(&'c CallContext);

impl ToRows<Call> for OpenRouter<'_> {
    fn row(&mut self, f: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        let started = match instant(f, CREATED_AT, Some(Zone::UTC))? {
            Some(at) => Some(at),
            None => instant(f, CREATED, Some(Zone::UTC))?,
        };
        let started_at = started.ok_or_else(|| f.fault(CREATED_AT, "is missing"))?;
        let call_id = match filled(f, GENERATION_ID)? {
            Some(id) => id,
            None => f.required_text(ID)?,
        };
        let of_answer = f.raw(USAGE) == Value::True;
        let endpoint = endpoint(f)?;
        let (usage, usage_note, charge, upstream_cost) = if of_answer {
            let (usage, note) = usage::disjoint(f, Some(endpoint))?;
            (usage, note, f.amount(at(COST))?, f.amount(at(UPSTREAM_COST))?)
        } else {
            let charge = f.amount(TOTAL_COST)?.or(f.amount(USAGE)?);
            let (usage, note) = match native(f)? {
                Some(reported) => {
                    let (usage, note) = reported.into_disjoint();
                    (Some(usage), note)
                }
                None => (None, None),
            };
            (usage, note, charge, f.amount(UPSTREAM)?)
        };
        let cancelled = yes(f, CANCELLED)? == Some(true);
        let outcome = match f.cow(FINISHED)?.as_deref() {
            _ if cancelled => Outcome::Cancelled,
            Some("error") => Outcome::Error,
            _ => Outcome::Ok,
        };
        out.give(Call {
            source: self.0.source.clone(),
            call_id,
            attempt: 1,
            account_id: first_of(f, &[EXTERNAL_USER, USER])?.unwrap_or_else(|| NO_ACCOUNT.to_owned()),
            api_key_id: None,
            provider: first_of(f, &[PROVIDER_NAME, PROVIDER])?,
            model: f.required_text(NAME)?,
            model_served: None,
            endpoint: Some(endpoint.to_owned()),
            region: None,
            group: None,
            started_at,
            ended_at: started_at,
            status: None,
            outcome,
            stream: yes(f, STREAMED)?,
            service_tier: tier(f, TIER)?,
            service_tier_requested: None,
            batch: false,
            context: None,
            estimated: false,
            cache_hit: filled(f, FROM_CACHE)?.is_some(),
            upstream_cost,
            row_version: None,
            trace_id: filled(f, REQUEST_ID)?,
            usage,
            usage_note,
            charge,
            charge_unit: self.0.unit.clone(),
            balance_after: None,
            file: self.0.file,
            offset: out.spot.offset,
        })
    }
}

/// By the interface that was used; an answer says what it is.
fn endpoint(f: &Fields<'_, '_>) -> Result<&'static str, Fault> {
    let told = match f.cow(API_TYPE)? {
        Some(api) => api,
        None => f.cow(KIND)?.unwrap_or_default(),
    };
    Ok(match told.as_ref() {
        "embeddings" | "embedding" | "list" => "embedding",
        "responses" | "response" => "responses",
        "rerank" => "rerank",
        "text_completion" => "completion",
        "images" | "image" => "image",
        "video" | "videos" => "video",
        "audio" | "speech" | "transcription" | "tts" | "stt" => "audio",
        _ => "chat",
    })
}

fn native(f: &Fields<'_, '_>) -> Result<Option<ReportedUsage>, Fault> {
    let n = |slot: u8| f.count(slot);
    let (prompt, completion) = (n(PROMPT)?, n(COMPLETION)?);
    if prompt.or(completion).is_none() {
        return Ok(None);
    }
    Ok(Some(ReportedUsage {
        input_tokens: prompt.unwrap_or(0),
        cache_read_tokens: n(CACHED)?.unwrap_or(0),
        output_tokens: completion.unwrap_or(0),
        reasoning_tokens: n(REASONING)?.unwrap_or(0),
        output_image_tokens: n(IMAGES_OUT)?.unwrap_or(0),
        ..ReportedUsage::default()
    }))
}
