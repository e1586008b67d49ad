//! Calls: the native row, whatever the format.

use std::borrow::Cow;

use super::context::{CallContext, CallFormat};
use super::modifiers::Modifiers;
use super::parts::tier;
use super::usage_fields::slot;
use super::{context_field, usage, usage_fields};
use crate::domain::call::{Call, Outcome};
use crate::edge::source::record::collector::Spot;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Framing, Out, RowFormat, ToRows};
use crate::edge::source::record::schema::{Node, Schema, leaf, object, slots};

slots! {
    CALL_ID ACCOUNT_ID MODEL STARTED_AT ATTEMPT ENDED_AT API_KEY_ID PROVIDER MODEL_SERVED ENDPOINT STATUS OUTCOME
    STREAM SERVICE_TIER SERVICE_TIER_REQUESTED BATCH REGION GROUP ESTIMATED GATEWAY_CACHE UPSTREAM_COST ROW_VERSION
    TRACE_ID CHARGE CHARGE_UNIT BALANCE_AFTER CONTEXT USAGE
}

static ROOT: Node = Node {
    entries: &[
        leaf("call_id", CALL_ID),
        leaf("account_id", ACCOUNT_ID),
        leaf("model", MODEL),
        leaf("started_at", STARTED_AT),
        leaf("attempt", ATTEMPT),
        leaf("ended_at", ENDED_AT),
        leaf("api_key_id", API_KEY_ID),
        leaf("provider", PROVIDER),
        leaf("model_served", MODEL_SERVED),
        leaf("endpoint", ENDPOINT),
        leaf("status", STATUS),
        leaf("outcome", OUTCOME),
        leaf("stream", STREAM),
        leaf("service_tier", SERVICE_TIER),
        leaf("service_tier_requested", SERVICE_TIER_REQUESTED),
        leaf("batch", BATCH),
        leaf("region", REGION),
        leaf("group", GROUP),
        leaf("estimated", ESTIMATED),
        leaf("gateway_cache", GATEWAY_CACHE),
        leaf("upstream_cost", UPSTREAM_COST),
        leaf("row_version", ROW_VERSION),
        leaf("trace_id", TRACE_ID),
        leaf("charge", CHARGE),
        leaf("charge_unit", CHARGE_UNIT),
        leaf("balance_after", BALANCE_AFTER),
        leaf("context", CONTEXT),
        object("usage", USAGE, &usage_fields::NODE),
    ],
};

pub(crate) static SCHEMA: Schema = Schema {
    what: "calls",
    root: &ROOT,
    required: &["call_id", "account_id", "model", "started_at"],
    spans_lines: false,
};

const _: () = assert!(USAGE < slot::BASE, "the slots of a usage object begin after a row's own");

pub(super) const FORMAT: CallFormat = RowFormat {
    framing: Framing::Lists(&["data"]),
    ..RowFormat::own(
        "our own: JSON Lines, a JSON list or page, CSV or Parquet",
        &SCHEMA,
        |members| members.fit(SCHEMA.required),
        |context| Box::new(Native(context)),
    )
};

struct Native<'c>(&'c CallContext);

impl ToRows<Call> for Native<'_> {
    fn row(&mut self, row: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        out.give(call(row, self.0, out.spot)?)
    }
}

fn call(f: &Fields<'_, '_>, context: &CallContext, spot: Spot) -> Result<Call, Fault> {
    let call_id = f.required_text(CALL_ID)?;
    let account_id = f.required_text(ACCOUNT_ID)?;
    let model = f.required_text(MODEL)?;
    let started_at = f.required_instant(STARTED_AT)?;
    let status = f.small(STATUS)?;
    if status.is_some_and(|s: u16| !(100..=999).contains(&s)) {
        return Err(f.fault(STATUS, "is not an HTTP status"));
    }
    let outcome = f.one_of(OUTCOME, Outcome::from_name, "is not ok, error or cancelled")?;
    let cache_hit = f.one_of(GATEWAY_CACHE, hit, "is not hit or miss")?;
    let endpoint = f.text(ENDPOINT)?;
    let (usage, usage_note) = usage::disjoint(f, endpoint.as_deref())?;
    let modifiers = Modifiers::of(f)?;
    Ok(Call {
        source: context.source.clone(),
        call_id,
        attempt: f.small(ATTEMPT)?.unwrap_or(1),
        account_id,
        api_key_id: f.text(API_KEY_ID)?,
        provider: f.text(PROVIDER)?,
        model,
        model_served: f.text(MODEL_SERVED)?,
        endpoint,
        region: f.text(REGION)?,
        group: f.text(GROUP)?,
        started_at,
        ended_at: f.instant(ENDED_AT)?.unwrap_or(started_at),
        status,
        outcome: Outcome::resolve(outcome, status),
        stream: f.boolean(STREAM)?,
        service_tier: tier(f, SERVICE_TIER)?.or(modifiers.tier),
        service_tier_requested: tier(f, SERVICE_TIER_REQUESTED)?,
        batch: f.boolean(BATCH)?.unwrap_or(false),
        context: context_field::with(context_field::read(f, CONTEXT)?, &modifiers.facts),
        estimated: f.boolean(ESTIMATED)?.unwrap_or(false),
        cache_hit: cache_hit.unwrap_or(false),
        upstream_cost: f.amount(UPSTREAM_COST)?,
        row_version: f.whole(ROW_VERSION)?,
        trace_id: f.text(TRACE_ID)?,
        usage,
        usage_note,
        charge: f.amount(CHARGE)?,
        charge_unit: f.unit(CHARGE_UNIT, &context.units)?.map(Cow::into_owned).or_else(|| context.unit.clone()),
        balance_after: f.amount(BALANCE_AFTER)?,
        file: context.file,
        offset: spot.offset,
    })
}

fn hit(name: &str) -> Option<bool> {
    match name {
        "hit" => Some(true),
        "miss" => Some(false),
        _ => None,
    }
}
