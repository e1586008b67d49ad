//! Langfuse: observations of its public interface (v2), and its blob export as JSON Lines and CSV. Members by its
//! source and SDK of 2026.
//!
//! Counts are disjoint by name. A row that comes again with a later `updatedAt` takes the place of the earlier one.

use std::collections::BTreeMap;

use super::context::{CallContext, CallFormat, NO_ACCOUNT};
use super::parts::{first_of, instant};
use crate::domain::call::{Call, Outcome, ReportedUsage, Usage, UsageNote};
use crate::domain::money::Representation;
use crate::domain::period::Zone;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};
use crate::edge::source::record::report::MAX_COUNT;
use crate::edge::source::record::schema::{Node, OTHERS_IGNORED, Schema, leaf, packed, slots};
use crate::edge::source::record::value::Value;

slots! {
    ID TRACE_ID TRACE_UNDER TYPE START START_UNDER END END_UNDER USER USER_UNDER NAME NAME_UNDER COUNTS COUNTS_UNDER
    TOTAL_COST COSTS COST_TOTAL COSTS_UNDER COST_TOTAL_UNDER LEVEL UPDATED UPDATED_UNDER EVENT
}

static COSTS_NODE: Node = Node { entries: &[leaf("total", COST_TOTAL), OTHERS_IGNORED] };
static COSTS_UNDER_NODE: Node = Node { entries: &[leaf("total", COST_TOTAL_UNDER), OTHERS_IGNORED] };

static ROOT: Node = Node {
    entries: &[
        leaf("id", ID),
        leaf("traceId", TRACE_ID),
        leaf("trace_id", TRACE_UNDER),
        leaf("type", TYPE),
        leaf("startTime", START),
        leaf("start_time", START_UNDER),
        leaf("endTime", END),
        leaf("end_time", END_UNDER),
        leaf("userId", USER),
        leaf("user_id", USER_UNDER),
        leaf("model", NAME),
        leaf("provided_model_name", NAME_UNDER),
        leaf("usageDetails", COUNTS),
        leaf("usage_details", COUNTS_UNDER),
        leaf("totalCost", TOTAL_COST),
        packed("costDetails", COSTS, &COSTS_NODE),
        packed("cost_details", COSTS_UNDER, &COSTS_UNDER_NODE),
        leaf("level", LEVEL),
        leaf("updatedAt", UPDATED),
        leaf("updated_at", UPDATED_UNDER),
        leaf("event_ts", EVENT),
        OTHERS_IGNORED,
    ],
};

static SCHEMA: Schema = Schema {
    what: "Langfuse's observations",
    root: &ROOT,
    required: &["id", "type", "start_time", "provided_model_name", "usage_details"],
    spans_lines: true,
};

pub(super) const FORMAT: CallFormat = RowFormat {
    name: "langfuse",
    aliases: &[],
    about: "Langfuse: observations of its interface, and its blob export (JSON Lines, CSV)",
    versions: &[],
    conventions: &[(
        "",
        "counts are disjoint: input + what was cached, written, heard or seen is the whole input; where a row's own total \
         leaves the cache writes out, they are in input (LiteLLM)",
    )],
    unit: Some("USD"),
    recorded: Representation::Float64,
    framing: Framing::Lists(&["data"]),
    sniff: |members| {
        let page = ["traceId", "type", "startTime", "usageDetails"];
        let blob = ["trace_id", "type", "start_time", "usage_details", "provided_model_name"];
        if members.all(&page) || members.all(&blob) { Fit::Sure } else { Fit::No }
    },
    schema: &SCHEMA,
    reader: |context| Box::new(Langfuse(context)),
};

struct Langfuse<'c>(&'c CallContext);

impl ToRows<Call> for Langfuse<'_> {
    fn row(&mut self, f: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        let endpoint = match f.required_cow(TYPE)?.as_ref() {
            "GENERATION" => "chat",
            "EMBEDDING" => "embedding",
            _ => {
                out.set_aside("an observation that is no call of a model");
                return Ok(());
            }
        };
        let at = |slots: [u8; 2]| {
            let first = instant(f, slots[0], Some(Zone::UTC))?;
            first.map_or_else(|| instant(f, slots[1], Some(Zone::UTC)), |at| Ok(Some(at)))
        };
        let started_at = at([START, START_UNDER])?.ok_or_else(|| f.fault(START, "is missing"))?;
        let updated = match at([UPDATED, UPDATED_UNDER])? {
            Some(at) => Some(at),
            None => instant(f, EVENT, Some(Zone::UTC))?,
        };
        let model = first_of(f, &[NAME, NAME_UNDER])?.ok_or_else(|| f.fault(NAME, "is missing"))?;
        let (usage, usage_note) = counted(f)?;
        let charge = f.amount(TOTAL_COST)?.or(f.amount(COST_TOTAL)?).or(f.amount(COST_TOTAL_UNDER)?);
        let failed = f.cow(LEVEL)?.is_some_and(|level| level == "ERROR");
        out.give(Call {
            source: self.0.source.clone(),
            call_id: f.required_text(ID)?,
            attempt: 1,
            account_id: first_of(f, &[USER, USER_UNDER])?.unwrap_or_else(|| NO_ACCOUNT.to_owned()),
            api_key_id: None,
            provider: None,
            model,
            model_served: None,
            endpoint: Some(endpoint.to_owned()),
            region: None,
            group: None,
            started_at,
            ended_at: at([END, END_UNDER])?.unwrap_or(started_at),
            status: None,
            outcome: if failed { Outcome::Error } else { Outcome::Ok },
            stream: None,
            service_tier: None,
            service_tier_requested: None,
            batch: false,
            context: None,
            estimated: false,
            cache_hit: false,
            upstream_cost: None,
            row_version: updated.map(|at| at.micros()),
            trace_id: first_of(f, &[TRACE_ID, TRACE_UNDER])?,
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

/// What a name of the open map of counts is.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Input,
    Read,
    Write,
    Write1h,
    AudioIn,
    ImageIn,
    Output,
    Reasoning,
    AudioOut,
    ImageOut,
    Total,
    /// Among others at the same price.
    Nothing,
}

fn part(name: &str) -> Option<Part> {
    Some(match name {
        "input" | "prompt_tokens" | "input_tokens" | "promptTokens" | "input_text_tokens" => Part::Input,
        "input_cached_tokens" | "cache_read_input_tokens" | "input_cache_read" | "input_cached" => Part::Read,
        "cache_creation_input_tokens" | "input_cache_creation" | "input_cache_write_tokens" => Part::Write,
        "input_cache_creation_1h" | "cache_creation_1h_input_tokens" => Part::Write1h,
        "input_audio_tokens" | "input_audio" => Part::AudioIn,
        "input_image_tokens" | "input_image" => Part::ImageIn,
        "output" | "completion_tokens" | "output_tokens" | "completionTokens" | "output_text_tokens" => Part::Output,
        "output_reasoning_tokens" | "output_reasoning" | "reasoning_tokens" => Part::Reasoning,
        "output_audio_tokens" | "output_audio" => Part::AudioOut,
        "output_image_tokens" | "output_image" => Part::ImageOut,
        "total" | "total_tokens" => Part::Total,
        "output_accepted_prediction_tokens" | "output_rejected_prediction_tokens" => Part::Nothing,
        _ => return None,
    })
}

fn counted(f: &Fields<'_, '_>) -> Result<(Option<Usage>, Option<UsageNote>), Fault> {
    let slot = if f.raw(COUNTS).is_absent() { COUNTS_UNDER } else { COUNTS };
    let text = match f.raw(slot) {
        Value::Absent => return Ok((None, None)),
        Value::Json(text) | Value::Cell(text) | Value::Text(text) => text.to_owned(),
        Value::Doubled(raw) => raw.replace("\"\"", "\""),
        _ => return Err(f.fault(slot, "is not an object of counts")),
    };
    let map: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&text).map_err(|_| f.fault(slot, "is not an object of counts"))?;
    let mut sums = [0i64; 12];
    let mut measured = false;
    for (name, value) in &map {
        let count = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(text) => text.parse().ok(),
            serde_json::Value::Number(number) => {
                number.as_i64().or_else(|| number.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64))
            }
            _ => None,
        };
        let count = count.filter(|count| (0..=MAX_COUNT).contains(count));
        let count = count.ok_or_else(|| f.fault(slot, "has what is not a count"))?;
        let Some(part) = part(name) else {
            if count == 0 {
                continue;
            }
            return Ok((None, Some(UsageNote(format!("{name}: a count that no meter takes")))));
        };
        sums[part as usize] += count;
        measured |= part != Part::Total;
    }
    let n = |part: Part| sums[part as usize];
    if !measured {
        return Ok((None, None));
    }
    let written = n(Part::Write) + n(Part::Write1h);
    let beside = n(Part::Read) + n(Part::AudioIn) + n(Part::ImageIn);
    let output = n(Part::Output) + n(Part::Reasoning) + n(Part::AudioOut) + n(Part::ImageOut);
    // LiteLLM takes only what was read out of the prompt; its total shows that it counts the writes once.
    let inside = written > 0 && n(Part::Total) == n(Part::Input) + beside + output;
    let reported = ReportedUsage {
        input_tokens: n(Part::Input) + beside + if inside { 0 } else { written },
        cache_read_tokens: n(Part::Read),
        cache_write_tokens: written,
        cache_write_1h_tokens: n(Part::Write1h),
        input_audio_tokens: n(Part::AudioIn),
        input_image_tokens: n(Part::ImageIn),
        output_tokens: output,
        reasoning_tokens: n(Part::Reasoning),
        output_audio_tokens: n(Part::AudioOut),
        output_image_tokens: n(Part::ImageOut),
        ..ReportedUsage::default()
    };
    let (usage, note) = reported.into_disjoint();
    Ok((Some(usage), note))
}
