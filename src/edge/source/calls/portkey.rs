//! Portkey: its log export, today's columns and the older ones. Columns by its documentation of 2026.

use super::context::{CallContext, CallFormat, NO_ACCOUNT};
use super::parts::{cents, endpoint_of_model, endpoint_of_path, filled, instant, later, status, yes};
use super::usage_fields::slot;
use super::{usage, usage_fields};
use crate::domain::call::{Call, Outcome, ReportedUsage};
use crate::domain::money::Representation;
use crate::domain::period::Zone;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};
use crate::edge::source::record::schema::{
    Node, OTHERS_IGNORED, Schema, ignored, leaf, object, object_or_leaf, packed, slots,
};

slots! {
    ID TRACE CREATED_AT PROVIDER NAME PROMPTED COMPLETED URL COST TOOK STATUS SUCCESS STREAMED CACHE META USER ANSWER
    BODY FLAT_BODY USAGE
}

static META_NODE: Node = Node { entries: &[leaf("_user", USER), OTHERS_IGNORED] };
static BODY_NODE: Node = Node { entries: &[object_or_leaf("usage", USAGE, &usage_fields::NODE), OTHERS_IGNORED] };
static ANSWER_NODE: Node = Node { entries: &[object_or_leaf("body", BODY, &BODY_NODE), OTHERS_IGNORED] };

static ROOT: Node = Node {
    entries: &[
        leaf("id", ID),
        leaf("trace_id", TRACE),
        leaf("created_at", CREATED_AT),
        leaf("ai_org", PROVIDER),
        leaf("ai_model", NAME),
        leaf("req_units", PROMPTED),
        leaf("res_units", COMPLETED),
        leaf("request_url", URL),
        leaf("cost", COST),
        leaf("response_time", TOOK),
        leaf("response_status_code", STATUS),
        leaf("is_success", SUCCESS),
        leaf("stream_mode", STREAMED),
        leaf("cache_status", CACHE),
        packed("metadata", META, &META_NODE),
        object("response", ANSWER, &ANSWER_NODE),
        object_or_leaf("response.body", FLAT_BODY, &BODY_NODE),
        ignored("cache_type"),
        ignored("config"),
        ignored("cost_currency"),
        ignored("mode"),
        ignored("prompt_slug"),
        ignored("request"),
        ignored("request.body"),
        ignored("request_method"),
        ignored("retry_success_count"),
        ignored("total_units"),
    ],
};

static SCHEMA: Schema = Schema {
    what: "Portkey's logs",
    root: &ROOT,
    required: &["created_at", "ai_org", "ai_model", "cost"],
    spans_lines: true,
};

const _: () = assert!(USAGE < slot::BASE, "the slots of a usage object begin after a row's own");

pub(super) const FORMAT: CallFormat = RowFormat {
    name: "portkey",
    aliases: &[],
    about: "Portkey: its log export, with or without ids",
    versions: &[],
    conventions: &[(
        "",
        "the usage object of the answer says by its members which counts contain which; without one, req_units and \
         res_units are input and output",
    )],
    unit: Some("USD"),
    recorded: Representation::Float64,
    framing: Framing::Lists(&["data"]),
    sniff: |members| {
        if members.all(&["ai_org", "ai_model", "req_units", "res_units", "cost"]) { Fit::Sure } else { Fit::No }
    },
    schema: &SCHEMA,
    reader: |context| Box::new(Portkey(context)),
};

struct Portkey<'c>(&'c CallContext);

impl ToRows<Call> for Portkey<'_> {
    fn row(&mut self, f: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        let started_at = instant(f, CREATED_AT, Some(Zone::UTC))?.ok_or_else(|| f.fault(CREATED_AT, "is missing"))?;
        let model = f.required_text(NAME)?;
        let by_path = filled(f, URL)?.as_deref().and_then(endpoint_of_path);
        let endpoint = endpoint_of_model(&model).or(by_path);
        let (status, success) = (status(f, STATUS), yes(f, SUCCESS)?);
        let outcome = match success {
            Some(true) => Outcome::Ok,
            Some(false) => Outcome::Error,
            None => Outcome::resolve(None, status),
        };
        let (mut usage, usage_note) = usage::disjoint(f, endpoint)?;
        let (prompted, completed) = (f.count(PROMPTED)?.unwrap_or(0), f.count(COMPLETED)?.unwrap_or(0));
        if usage.is_none() && usage_note.is_none() && prompted + completed > 0 {
            let units = ReportedUsage { input_tokens: prompted, output_tokens: completed, ..ReportedUsage::default() };
            usage = Some(units.into_disjoint().0);
        }
        let hit = f.cow(CACHE)?.is_some_and(|cache| matches!(cache.as_ref(), "HIT" | "SEMANTIC HIT"));
        // The older columns have no id: it is where the row stands.
        let call_id = filled(f, ID)?.unwrap_or_else(|| format!("{}:{}", self.0.name, out.spot.line));
        out.give(Call {
            source: self.0.source.clone(),
            call_id,
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
            ended_at: later(f, TOOK, started_at)?,
            status,
            outcome,
            stream: yes(f, STREAMED)?,
            service_tier: None,
            service_tier_requested: None,
            batch: false,
            context: None,
            estimated: false,
            cache_hit: hit,
            upstream_cost: None,
            row_version: None,
            trace_id: filled(f, TRACE)?,
            usage,
            usage_note,
            charge: cents(f, COST)?,
            charge_unit: self.0.unit.clone(),
            balance_after: None,
            file: self.0.file,
            offset: out.spot.offset,
        })
    }
}
