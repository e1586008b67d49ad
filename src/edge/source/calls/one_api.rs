//! one-api: its table `logs` as CSV, JSON Lines or pages of its interface. Seen in February 2025.
//!
//! A row of type 2 is a call and its debit at once; charges are whole quota. The row says nothing of caches, and of
//! pictures and speech nothing that could be priced.

use super::context::{CallContext, CallFormat};
use super::parts::{filled, instant, yes};
use crate::domain::call::{Call, Outcome, ReportedUsage};
use crate::domain::money::{Mode, Representation};
use crate::domain::period::{Instant, Zone};
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};
use crate::edge::source::record::schema::{Node, Schema, ignored, leaf, slots};

slots! { ROW_ID USER_ID CREATED_AT TYPE CONTENT MODEL QUOTA PROMPTED COMPLETED ELAPSED STREAM REQUEST_ID }

static ROOT: Node = Node {
    entries: &[
        leaf("id", ROW_ID),
        leaf("user_id", USER_ID),
        leaf("created_at", CREATED_AT),
        leaf("type", TYPE),
        leaf("content", CONTENT),
        leaf("model_name", MODEL),
        leaf("quota", QUOTA),
        leaf("prompt_tokens", PROMPTED),
        leaf("completion_tokens", COMPLETED),
        leaf("elapsed_time", ELAPSED),
        leaf("is_stream", STREAM),
        leaf("request_id", REQUEST_ID),
        ignored("channel"),
        ignored("channel_id"),
        ignored("system_prompt_reset"),
        ignored("token_name"),
        ignored("username"),
    ],
};

static SCHEMA: Schema = Schema {
    what: "one-api's logs",
    root: &ROOT,
    required: &["id", "user_id", "created_at", "type", "model_name", "quota"],
    spans_lines: true,
};

pub(super) const FORMAT: CallFormat = RowFormat {
    name: "one-api",
    aliases: &["oneapi"],
    about: "one-api: its table logs (CSV, JSON) and pages of /api/log/",
    versions: &[],
    conventions: &[("", "prompt_tokens contains what was cached, which no row tells apart")],
    unit: Some("quota"),
    recorded: Representation::Integer { mode: Mode::Up },
    framing: Framing::Lists(&["data"]),
    sniff: |members| {
        let table = ["user_id", "created_at", "model_name", "quota", "token_name", "prompt_tokens"];
        // new-api's, which began as a copy of it.
        let later = ["use_time", "other", "token_id", "group"];
        if members.all(&table) && !members.any(&later) { Fit::Sure } else { Fit::No }
    },
    schema: &SCHEMA,
    reader: |context| Box::new(OneApi(context)),
};

struct OneApi<'c>(&'c CallContext);

impl ToRows<Call> for OneApi<'_> {
    fn row(&mut self, f: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        let id = f.whole(ROW_ID)?.ok_or_else(|| f.fault(ROW_ID, "is missing"))?;
        let why = match f.whole(TYPE)? {
            Some(2) => None,
            Some(0) => Some("of no type"),
            Some(1) => Some("a top-up"),
            Some(3) => Some("an act of an administrator"),
            Some(4) => Some("a grant or change by the system, as text"),
            Some(5) => Some("a test of a channel"),
            Some(_) => return Err(f.fault(TYPE, "is no type of row that is known")),
            None => return Err(f.fault(TYPE, "is missing")),
        };
        if let Some(why) = why {
            out.set_aside(why);
            return Ok(());
        }
        let ended_at = instant(f, CREATED_AT, Some(Zone::UTC))?.ok_or_else(|| f.fault(CREATED_AT, "is missing"))?;
        let took = f.count(ELAPSED)?.unwrap_or(0).checked_mul(1000);
        let started = took.and_then(|took| ended_at.micros().checked_sub(took));
        let (prompted, completed) = (f.count(PROMPTED)?.unwrap_or(0), f.count(COMPLETED)?.unwrap_or(0));
        let charge = f.amount(QUOTA)?;
        // Text names a third ratio, that of its answer; speech repeats its charge as tokens, pictures have none.
        let content = f.cow(CONTENT)?.unwrap_or_default();
        let endpoint = match content.matches('×').count() {
            1 if prompted > 0 => Some("audio"),
            1 => Some("image"),
            _ => None,
        };
        let tokens = ReportedUsage { input_tokens: prompted, output_tokens: completed, ..ReportedUsage::default() };
        let usage = endpoint.is_none().then(|| tokens.into_disjoint().0);
        out.give(Call {
            source: self.0.source.clone(),
            call_id: filled(f, REQUEST_ID)?.unwrap_or_else(|| format!("log:{id}")),
            attempt: 1,
            account_id: f.whole(USER_ID)?.ok_or_else(|| f.fault(USER_ID, "is missing"))?.to_string(),
            api_key_id: None,
            provider: None,
            model: f.required_text(MODEL)?,
            model_served: None,
            endpoint: endpoint.map(str::to_owned),
            region: None,
            group: None,
            started_at: started.map(Instant::from_micros).ok_or_else(|| f.fault(ELAPSED, "is no time a call takes"))?,
            ended_at,
            status: None,
            outcome: Outcome::Ok,
            stream: yes(f, STREAM)?,
            service_tier: None,
            service_tier_requested: None,
            batch: false,
            context: None,
            estimated: false,
            cache_hit: false,
            upstream_cost: None,
            row_version: None,
            trace_id: None,
            usage,
            usage_note: None,
            charge,
            charge_unit: self.0.unit.clone(),
            balance_after: None,
            file: self.0.file,
            offset: out.spot.offset,
        })
    }
}
