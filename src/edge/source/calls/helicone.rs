//! Helicone: answers of `POST /v1/request/query-clickhouse`. Members by its source of 2026.

use super::context::{CallContext, CallFormat, NO_ACCOUNT};
use super::parts::{endpoint_of_path, filled, first_of, instant, yes};
use crate::domain::call::{Call, Outcome, ReportedUsage};
use crate::domain::money::Representation;
use crate::domain::period::Zone;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};
use crate::edge::source::record::schema::{Node, OTHERS_IGNORED, Schema, ignored, leaf, object, slots};

slots! {
    REQUEST_ID ASKED_AT ANSWERED_AT STATUS NAME RESPONSE_MODEL REQUEST_MODEL PROVIDER PATH USER PROMPT READ WRITTEN
    COMPLETION AUDIO_IN AUDIO_OUT REASONING COST STREAMED PROPERTIES SESSION
}

static PROPERTIES_NODE: Node = Node { entries: &[leaf("Helicone-Session-Id", SESSION), OTHERS_IGNORED] };

static ROOT: Node = Node {
    entries: &[
        leaf("request_id", REQUEST_ID),
        leaf("request_created_at", ASKED_AT),
        leaf("response_created_at", ANSWERED_AT),
        leaf("response_status", STATUS),
        leaf("model", NAME),
        leaf("response_model", RESPONSE_MODEL),
        leaf("request_model", REQUEST_MODEL),
        leaf("provider", PROVIDER),
        leaf("request_path", PATH),
        leaf("request_user_id", USER),
        leaf("prompt_tokens", PROMPT),
        leaf("prompt_cache_read_tokens", READ),
        leaf("prompt_cache_write_tokens", WRITTEN),
        leaf("completion_tokens", COMPLETION),
        leaf("prompt_audio_tokens", AUDIO_IN),
        leaf("completion_audio_tokens", AUDIO_OUT),
        leaf("reasoning_tokens", REASONING),
        leaf("costUSD", COST),
        leaf("is_stream", STREAMED),
        object("request_properties", PROPERTIES, &PROPERTIES_NODE),
        ignored("ai_gateway_body_mapping"),
        ignored("asset_ids"),
        ignored("asset_urls"),
        ignored("assets"),
        ignored("cache_enabled"),
        ignored("cache_reference_id"),
        ignored("cost"),
        ignored("country_code"),
        ignored("delay_ms"),
        ignored("helicone_user"),
        ignored("llmSchema"),
        ignored("model_override"),
        ignored("node_id"),
        ignored("prompt_id"),
        ignored("prompt_version"),
        ignored("properties"),
        ignored("request_body"),
        ignored("response_body"),
        ignored("response_id"),
        ignored("scores"),
        ignored("signed_body_url"),
        ignored("storage_location"),
        ignored("target_url"),
        ignored("time_to_first_token"),
        ignored("total_tokens"),
        ignored("updated_at"),
    ],
};

static SCHEMA: Schema = Schema {
    what: "Helicone's requests",
    root: &ROOT,
    required: &["request_id", "request_created_at", "request_model"],
    spans_lines: true,
};

pub(super) const FORMAT: CallFormat = RowFormat {
    name: "helicone",
    aliases: &[],
    about: "Helicone: answers of POST /v1/request/query-clickhouse",
    versions: &[],
    conventions: &[("", "prompt_tokens stands beside what was read from and written to caches; no row says so")],
    unit: Some("USD"),
    recorded: Representation::Float64,
    framing: Framing::Lists(&["data"]),
    sniff: |members| {
        let request = ["request_id", "request_created_at", "response_status", "costUSD"];
        if members.all(&request) { Fit::Sure } else { Fit::No }
    },
    schema: &SCHEMA,
    reader: |context| Box::new(Helicone(context)),
};

struct Helicone<'c>(&'c CallContext);

/// Codes of its own, in place of an HTTP status.
const PENDING: i64 = -2;
const CANCELLED: i64 = -3;

impl ToRows<Call> for Helicone<'_> {
    fn row(&mut self, f: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        let code = f.whole(STATUS)?;
        if code == Some(PENDING) {
            out.set_aside("a request that has no answer yet");
            return Ok(());
        }
        let status = code.and_then(|code| u16::try_from(code).ok()).filter(|code| (100..=599).contains(code));
        let outcome = match code {
            Some(CANCELLED) => Outcome::Cancelled,
            Some(..0) => Outcome::Error,
            _ => Outcome::resolve(None, status),
        };
        let started_at = instant(f, ASKED_AT, Some(Zone::UTC))?.ok_or_else(|| f.fault(ASKED_AT, "is missing"))?;
        let model = first_of(f, &[NAME, RESPONSE_MODEL, REQUEST_MODEL])?;
        let (usage, usage_note) = match reported(f)? {
            Some(reported) => {
                let (usage, note) = reported.into_disjoint();
                (Some(usage), note)
            }
            None => (None, None),
        };
        let endpoint = filled(f, PATH)?.as_deref().and_then(endpoint_of_path);
        out.give(Call {
            source: self.0.source.clone(),
            call_id: f.required_text(REQUEST_ID)?,
            attempt: 1,
            account_id: filled(f, USER)?.unwrap_or_else(|| NO_ACCOUNT.to_owned()),
            api_key_id: None,
            provider: filled(f, PROVIDER)?.map(|name| name.to_lowercase()),
            model: model.ok_or_else(|| f.fault(NAME, "is missing"))?,
            model_served: None,
            endpoint: endpoint.map(str::to_owned),
            region: None,
            group: None,
            started_at,
            ended_at: instant(f, ANSWERED_AT, Some(Zone::UTC))?.unwrap_or(started_at),
            status,
            outcome,
            stream: yes(f, STREAMED)?,
            service_tier: None,
            service_tier_requested: None,
            batch: false,
            context: None,
            estimated: false,
            cache_hit: false,
            upstream_cost: None,
            row_version: None,
            trace_id: filled(f, SESSION)?,
            usage,
            usage_note,
            charge: f.amount(COST)?,
            charge_unit: self.0.unit.clone(),
            balance_after: None,
            file: self.0.file,
            offset: out.spot.offset,
        })
    }
}

fn reported(f: &Fields<'_, '_>) -> Result<Option<ReportedUsage>, Fault> {
    let (prompt, completion) = (f.count(PROMPT)?, f.count(COMPLETION)?);
    if prompt.or(completion).is_none() {
        return Ok(None);
    }
    let n = |slot: u8| Ok::<i64, Fault>(f.count(slot)?.unwrap_or(0));
    let (read, written, audio) = (n(READ)?, n(WRITTEN)?, n(AUDIO_IN)?);
    let (reasoning, audio_out) = (n(REASONING)?, n(AUDIO_OUT)?);
    Ok(Some(ReportedUsage {
        input_tokens: prompt.unwrap_or(0) + read + written + audio,
        cache_read_tokens: read,
        cache_write_tokens: written,
        input_audio_tokens: audio,
        output_tokens: completion.unwrap_or(0) + reasoning + audio_out,
        reasoning_tokens: reasoning,
        output_audio_tokens: audio_out,
        ..ReportedUsage::default()
    }))
}
