//! Cloudflare AI Gateway: its logs as the interface gives them. Members by the official SDK of 2026.

use super::context::{CallContext, CallFormat, NO_ACCOUNT};
use super::parts::{endpoint_of_model, endpoint_of_path, filled, instant, later, status, yes};
use crate::domain::call::{Call, Outcome, ReportedUsage};
use crate::domain::money::Representation;
use crate::domain::period::Zone;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};
use crate::edge::source::record::schema::{Node, OTHERS_IGNORED, Schema, ignored, leaf, packed, slots};

slots! { ID CACHED CREATED_AT DURATION NAME PATH PROVIDER SUCCESS TOKENS_IN TOKENS_OUT COST META USER STATUS ANSWER }

static META_NODE: Node = Node { entries: &[leaf("user", USER), OTHERS_IGNORED] };

static ROOT: Node = Node {
    entries: &[
        leaf("id", ID),
        leaf("cached", CACHED),
        leaf("created_at", CREATED_AT),
        leaf("duration", DURATION),
        leaf("model", NAME),
        leaf("path", PATH),
        leaf("provider", PROVIDER),
        leaf("success", SUCCESS),
        leaf("tokens_in", TOKENS_IN),
        leaf("tokens_out", TOKENS_OUT),
        leaf("cost", COST),
        packed("metadata", META, &META_NODE),
        leaf("status_code", STATUS),
        leaf("response_content_type", ANSWER),
        ignored("custom_cost"),
        ignored("feedback"),
        ignored("model_type"),
        ignored("request_content_type"),
        ignored("request_head"),
        ignored("request_head_complete"),
        ignored("request_size"),
        ignored("request_type"),
        ignored("response_head"),
        ignored("response_head_complete"),
        ignored("response_size"),
        ignored("score"),
        ignored("step"),
        ignored("timings"),
    ],
};

static SCHEMA: Schema = Schema {
    what: "AI Gateway's logs",
    root: &ROOT,
    required: &["id", "created_at", "model", "tokens_in", "tokens_out"],
    spans_lines: true,
};

pub(super) const FORMAT: CallFormat = RowFormat {
    name: "cloudflare",
    aliases: &["cloudflare-ai-gateway"],
    about: "Cloudflare AI Gateway: its logs (GET .../ai-gateway/gateways/ID/logs)",
    versions: &[],
    conventions: &[("", "tokens_in contains what was cached, tokens_out its reasoning; no row tells either apart")],
    unit: Some("USD"),
    recorded: Representation::Float64,
    framing: Framing::Lists(&["result"]),
    sniff: |members| {
        let log = ["id", "cached", "provider", "tokens_in", "tokens_out", "path"];
        if members.all(&log) { Fit::Sure } else { Fit::No }
    },
    schema: &SCHEMA,
    reader: |context| Box::new(Cloudflare(context)),
};

struct Cloudflare<'c>(&'c CallContext);

impl ToRows<Call> for Cloudflare<'_> {
    fn row(&mut self, f: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        let started_at = instant(f, CREATED_AT, Some(Zone::UTC))?.ok_or_else(|| f.fault(CREATED_AT, "is missing"))?;
        let model = f.required_text(NAME)?;
        let by_path = f.text(PATH)?.and_then(|path| endpoint_of_path(&format!("/{path}")));
        let status = status(f, STATUS);
        let outcome = match yes(f, SUCCESS)? {
            Some(true) => Outcome::Ok,
            Some(false) => Outcome::Error,
            None => Outcome::resolve(None, status),
        };
        let (read, written) = (f.count(TOKENS_IN)?, f.count(TOKENS_OUT)?);
        let measured = match (read, written) {
            (None, None) => false,
            (read, written) => outcome == Outcome::Ok || read.unwrap_or(0) + written.unwrap_or(0) > 0,
        };
        let tokens = ReportedUsage {
            input_tokens: read.unwrap_or(0),
            output_tokens: written.unwrap_or(0),
            ..ReportedUsage::default()
        };
        let stream = f.cow(ANSWER)?.map(|kind| kind.starts_with("text/event-stream"));
        let endpoint = endpoint_of_model(&model).or(by_path);
        out.give(Call {
            source: self.0.source.clone(),
            call_id: f.required_text(ID)?,
            attempt: 1,
            account_id: filled(f, USER)?.unwrap_or_else(|| NO_ACCOUNT.to_owned()),
            api_key_id: None,
            provider: filled(f, PROVIDER)?,
            model,
            model_served: None,
            endpoint: endpoint.map(str::to_owned),
            region: None,
            group: None,
            started_at,
            ended_at: later(f, DURATION, started_at)?,
            status,
            outcome,
            stream,
            service_tier: None,
            service_tier_requested: None,
            batch: false,
            context: None,
            estimated: false,
            cache_hit: yes(f, CACHED)?.unwrap_or(false),
            upstream_cost: None,
            row_version: None,
            trace_id: None,
            usage: measured.then(|| tokens.into_disjoint().0),
            usage_note: None,
            charge: f.amount(COST)?,
            charge_unit: self.0.unit.clone(),
            balance_after: None,
            file: self.0.file,
            offset: out.spot.offset,
        })
    }
}
