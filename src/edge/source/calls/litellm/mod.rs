//! LiteLLM: StandardLoggingPayload (custom loggers, objects in S3 and GCS) and the table LiteLLM_SpendLogs, as CSV,
//! JSON or pages of its interface. Seen in 1.72 to 1.108.7.

use std::collections::BTreeSet;

mod members;

use members::*;

use super::context::{CallContext, CallFormat, NO_ACCOUNT};
use super::parts::{filled, first_of, instant, status, tier, yes};
use super::usage::{self, Reported};
use super::usage_fields::slot::{CD, PD_CREATION, PD_WRITE, at};
use crate::domain::call::{Call, Outcome, ReportedUsage, UsageNote};
use crate::domain::money::Representation;
use crate::domain::period::Zone;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};

/// Releases from here on count what is written to a cache inside `prompt_tokens`.
const INSIDE: &str = "1.78";
/// From here on what is written stands beside, and Gemini's thoughts inside `completion_tokens`, also when streamed.
const BESIDE: &str = "1.77";
/// Until then Gemini's thoughts stand beside as well when streamed.
const BOTH_BESIDE: &str = "1.72";

pub(super) const FORMAT: CallFormat = RowFormat {
    name: "litellm",
    aliases: &[],
    about: "LiteLLM: StandardLoggingPayload (custom logger, S3, GCS) and LiteLLM_SpendLogs (CSV, JSON)",
    versions: &[INSIDE, BESIDE, BOTH_BESIDE],
    conventions: &[
        (
            "",
            "not declared: prompt_tokens contains cache reads and writes and completion_tokens its reasoning (1.78 and \
             later), except in rows whose own sums prove the earlier way",
        ),
        (INSIDE, "prompt_tokens contains cache reads and writes, completion_tokens contains reasoning"),
        (
            BESIDE,
            "prompt_tokens contains cache reads, cache writes stand beside it; completion_tokens contains reasoning",
        ),
        (
            BOTH_BESIDE,
            "prompt_tokens contains cache reads, cache writes stand beside it; completion_tokens contains reasoning, \
             except in streams of Gemini",
        ),
    ],
    unit: Some("USD"),
    recorded: Representation::Float64,
    framing: Framing::Lists(&["data"]),
    sniff: |members| {
        let payload = ["id", "call_type", "response_cost", "startTime", "model_map_information"];
        let table = ["request_id", "call_type", "spend", "startTime"];
        if members.all(&payload) || members.all(&table) { Fit::Sure } else { Fit::No }
    },
    schema: &SCHEMA,
    reader: |context| Box::new(LiteLlm(context)),
};

struct LiteLlm<'c>(&'c CallContext);

impl ToRows<Call> for LiteLlm<'_> {
    fn row(&mut self, f: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        let kind = kind(f.cow(CALL_TYPE)?.unwrap_or_default().as_ref());
        let endpoint = match kind {
            Kind::Call(endpoint) => endpoint,
            Kind::NoCall(why) => {
                out.set_aside(why);
                return Ok(());
            }
        };
        let charge = f.amount(RESPONSE_COST)?.or(f.amount(SPEND)?);
        let usage = self.usage(f, &endpoint)?;
        if endpoint == BATCH && usage.is_none() && charge.is_none_or(|charge| charge.is_zero()) {
            out.set_aside("a batch that has no usage yet");
            return Ok(());
        }
        let call_id = match filled(f, ID)? {
            Some(id) => id,
            None => f.required_text(REQUEST_ID)?,
        };
        let account_id = first_of(f, &[TEAM, M_TEAM, USER, M_USER, KEY, M_HASH, M_KEY])?;
        let started_at = instant(f, START, Some(Zone::UTC))?.ok_or_else(|| f.fault(START, "is missing"))?;
        let outcome = match first_of(f, &[STATUS, M_STATUS])?.as_deref() {
            None | Some("success") => Outcome::Ok,
            Some("failure") => Outcome::Error,
            Some(_) => return Err(f.fault(STATUS, "is neither success nor failure")),
        };
        let (reported, estimated, note) = usage.unwrap_or((None, false, None));
        let (usage, usage_note) = match reported.map(ReportedUsage::into_disjoint) {
            Some((usage, cut)) => (Some(usage), cut.or(note)),
            None => (None, note),
        };
        let stream = yes(f, STREAM)?;
        out.give(Call {
            source: self.0.source.clone(),
            call_id,
            attempt: 1,
            account_id: account_id.unwrap_or_else(|| NO_ACCOUNT.to_owned()),
            api_key_id: first_of(f, &[KEY, M_HASH, M_KEY])?,
            provider: filled(f, GATE_PROVIDER)?,
            model: model(f)?,
            model_served: None,
            batch: endpoint == BATCH,
            endpoint: Some(endpoint).filter(|endpoint| !endpoint.is_empty()),
            region: None,
            group: None,
            started_at,
            ended_at: instant(f, END, Some(Zone::UTC))?.unwrap_or(started_at),
            status: status(f, CODE).or_else(|| status(f, M_CODE)),
            outcome,
            // The payload says null where a call was not streamed; the table says nothing.
            stream: if filled(f, ID)?.is_some() { Some(stream.unwrap_or(false)) } else { stream },
            service_tier: tier(f, TIER)?.or(tier(f, M_TIER)?),
            service_tier_requested: tier(f, TIER_ASKED)?,
            context: None,
            estimated,
            cache_hit: yes(f, CACHE_HIT)?.unwrap_or(false),
            upstream_cost: None,
            row_version: None,
            trace_id: first_of(f, &[TRACE, SESSION])?,
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

/// A batch has no model of its own; those of its requests are listed, one for each.
fn model(f: &Fields<'_, '_>) -> Result<String, Fault> {
    if let Some(name) = filled(f, NAME)? {
        return Ok(name);
    }
    let of_batch: BTreeSet<String> = f.texts(BATCH_MODELS)?.into_iter().chain(f.texts(M_BATCH_MODELS)?).collect();
    if !of_batch.is_empty() {
        return Ok(of_batch.into_iter().collect::<Vec<_>>().join("+"));
    }
    filled(f, MODEL_GROUP)?.ok_or_else(|| f.fault(NAME, "is missing"))
}

type Measured = Option<(Option<ReportedUsage>, bool, Option<UsageNote>)>;

impl LiteLlm<'_> {
    /// What was consumed, whether the gateway only estimated it, and what of it is not certain.
    fn usage(&self, f: &Fields<'_, '_>, endpoint: &str) -> Result<Measured, Fault> {
        let Some(Reported { used: mut usage, uncounted, .. }) = usage::read(f, Some(endpoint))? else {
            // A call that failed is counted by the gateway itself; releases before the usage object have totals only.
            let (prompted, completed) = (f.count(PROMPTED)?.unwrap_or(0), f.count(COMPLETED)?.unwrap_or(0));
            let totals = ReportedUsage { input_tokens: prompted, output_tokens: completed, ..ReportedUsage::default() };
            let failed = f.cow(STATUS)?.or(f.cow(M_STATUS)?).is_some_and(|status| status == "failure");
            return Ok((prompted + completed > 0).then_some((Some(totals), failed, None)));
        };
        let note = self.by_convention(f, &mut usage)?;
        if endpoint == "image" && f.raw(at(CD)).is_absent() && usage.output_image_tokens == 0 {
            // An image model's answer is an image, where nothing splits it.
            usage.output_image_tokens = usage.output_tokens;
        }
        if let Some(name) = uncounted.or_else(|| usage::uncounted(f)) {
            return Ok(Some((None, false, Some(UsageNote(format!("{name}: a count that no meter takes"))))));
        }
        Ok(Some((Some(usage), false, note)))
    }

    /// What the declared release counts beside its totals is put inside; where none is declared, what the row's own
    /// sums prove.
    fn by_convention(&self, f: &Fields<'_, '_>, usage: &mut ReportedUsage) -> Result<Option<UsageNote>, Fault> {
        let total = f.count(TOTAL)?;
        let (input, output) = (usage.input_tokens, usage.output_tokens);
        let (written, thoughts) = (usage.cache_write_tokens, usage.reasoning_tokens);
        let gemini = matches!(f.cow(GATE_PROVIDER)?.as_deref(), Some("gemini" | "vertex_ai" | "vertex_ai_beta"));
        let version = self.0.version.as_deref();
        let writes_beside = match version {
            Some(version) => version != INSIDE,
            None => usage.cache_read_tokens + written > input || total == Some(input + output + written),
        };
        let thoughts_beside = match version {
            Some(version) => version == BOTH_BESIDE && gemini && yes(f, STREAM)? == Some(true),
            None => gemini && (thoughts > output || total == Some(input + output + thoughts)),
        };
        // The details have these two since they are inside.
        let told = f.slots.any(at(PD_WRITE), at(PD_CREATION));
        let note = (version.is_none() && written > 0 && !writes_beside && !told).then(|| {
            UsageNote(format!(
                "cache_creation_input_tokens {written} inside prompt_tokens {input} or beside: declare the version"
            ))
        });
        if writes_beside {
            usage.input_tokens += written;
        }
        if thoughts_beside {
            usage.output_tokens += thoughts;
        }
        Ok(note)
    }
}

enum Kind {
    Call(String),
    NoCall(&'static str),
}

const BATCH: &str = "batch";

/// What a row is, by its call type; the asynchronous ones begin with an a.
fn kind(call_type: &str) -> Kind {
    let name = call_type.trim_start_matches('_');
    let known = |name: &str| {
        Some(match name {
            "completion" | "anthropic_messages" | "generate_content" | "generate_content_stream" => Ok("chat"),
            "text_completion" => Ok("completion"),
            "responses" => Ok("responses"),
            "embedding" => Ok("embedding"),
            "image_generation" | "image_edit" | "image_variation" => Ok("image"),
            "transcription" | "speech" => Ok("audio"),
            "rerank" => Ok("rerank"),
            "moderation" => Ok("moderation"),
            "pass_through_endpoint" | "llm_passthrough_route" => Ok("pass_through"),
            "retrieve_batch" => Ok(BATCH),
            "create_file" => Err("a file upload"),
            "file_content" => Err("a file download"),
            "file_retrieve" | "file_list" | "file_delete" => Err("an act on files"),
            "create_batch" => Err("a batch that was created: its cost comes when it is retrieved"),
            "list_batches" | "cancel_batch" => Err("an act on batches"),
            "get_responses" | "delete_responses" | "cancel_responses" | "list_input_items" => {
                Err("an act on responses")
            }
            _ => return None,
        })
    };
    match known(name).or_else(|| known(name.strip_prefix('a')?)) {
        Some(Ok(endpoint)) => Kind::Call(endpoint.to_owned()),
        Some(Err(why)) => Kind::NoCall(why),
        None => Kind::Call(call_type.to_owned()),
    }
}
