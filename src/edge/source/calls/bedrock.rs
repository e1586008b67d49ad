//! Amazon Bedrock: its model invocation logs, as S3 objects or messages of CloudWatch hold them. Seen in October 2026.
//!
//! They have no charge. Caches stand beside `inputTokenCount`; how long what was written lasts stands only in the
//! answer's body, where there is one.

use super::context::{CallContext, CallFormat, NO_ACCOUNT};
use super::parts::{endpoint_of_model, filled};
use super::usage_fields::slot::{self, CC_1H, at};
use super::{usage, usage_fields};
use crate::domain::call::{Call, Outcome, ReportedUsage, Usage, UsageNote};
use crate::domain::money::Representation;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};
use crate::edge::source::record::schema::{Node, OTHERS_IGNORED, Schema, ignored, leaf, object, object_or_leaf, slots};

slots! {
    AT IDENTITY ARN REGION ROUTED REQUEST_ID OPERATION NAME INPUT READ_IN READ WRITTEN OUTPUT WRITTEN_OUT BODY ERROR
    TYPE USAGE
}

static IDENTITY_NODE: Node = Node { entries: &[leaf("arn", ARN), OTHERS_IGNORED] };
static INPUT_NODE: Node = Node {
    entries: &[
        leaf("inputTokenCount", READ_IN),
        leaf("cacheReadInputTokenCount", READ),
        leaf("cacheWriteInputTokenCount", WRITTEN),
        ignored("inputBodyJson"),
        ignored("inputBodyS3Path"),
        ignored("inputContentType"),
    ],
};
static BODY_NODE: Node = Node { entries: &[object_or_leaf("usage", USAGE, &usage_fields::NODE), OTHERS_IGNORED] };
static OUTPUT_NODE: Node = Node {
    entries: &[
        leaf("outputTokenCount", WRITTEN_OUT),
        object_or_leaf("outputBodyJson", BODY, &BODY_NODE),
        ignored("outputBodyS3Path"),
        ignored("outputContentType"),
    ],
};

static ROOT: Node = Node {
    entries: &[
        leaf("schemaType", TYPE),
        leaf("timestamp", AT),
        object("identity", IDENTITY, &IDENTITY_NODE),
        leaf("region", REGION),
        leaf("inferenceRegion", ROUTED),
        leaf("requestId", REQUEST_ID),
        leaf("operation", OPERATION),
        leaf("modelId", NAME),
        object("input", INPUT, &INPUT_NODE),
        object("output", OUTPUT, &OUTPUT_NODE),
        leaf("errorCode", ERROR),
        ignored("accountId"),
        ignored("requestMetadata"),
        ignored("schemaVersion"),
    ],
};

static SCHEMA: Schema = Schema {
    what: "Bedrock's invocation logs",
    root: &ROOT,
    required: &["timestamp", "requestId", "modelId"],
    spans_lines: false,
};

const _: () = assert!(USAGE < slot::BASE, "the slots of a usage object begin after a row's own");

pub(super) const FORMAT: CallFormat = RowFormat {
    name: "bedrock",
    aliases: &["bedrock-logs"],
    about: "Amazon Bedrock: model invocation logs (S3, CloudWatch), which have no charge",
    versions: &[],
    conventions: &[("", "inputTokenCount stands beside what was read from and written to caches")],
    unit: None,
    recorded: Representation::Exact,
    framing: Framing::Lists(&[]),
    sniff: |members| {
        let log = ["schemaType", "modelId", "requestId", "timestamp"];
        if members.all(&log) { Fit::Sure } else { Fit::No }
    },
    schema: &SCHEMA,
    reader: |context| Box::new(Bedrock(context)),
};

struct Bedrock<'c>(&'c CallContext);

impl ToRows<Call> for Bedrock<'_> {
    fn row(&mut self, f: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        if f.cow(TYPE)?.is_some_and(|kind| kind != "ModelInvocationLog") {
            out.set_aside("no log of an invocation");
            return Ok(());
        }
        let model = f.required_text(NAME)?;
        let started_at = f.required_instant(AT)?;
        let endpoint = endpoint(&model);
        let (usage, usage_note) = measured(f, endpoint)?;
        let region = match filled(f, ROUTED)? {
            Some(routed) => Some(routed),
            None => filled(f, REGION)?,
        };
        let failed = filled(f, ERROR)?.is_some();
        out.give(Call {
            source: self.0.source.clone(),
            call_id: f.required_text(REQUEST_ID)?,
            attempt: 1,
            account_id: filled(f, ARN)?.unwrap_or_else(|| NO_ACCOUNT.to_owned()),
            api_key_id: None,
            provider: Some("bedrock".to_owned()),
            model,
            model_served: None,
            endpoint: Some(endpoint.to_owned()),
            region,
            group: None,
            started_at,
            ended_at: started_at,
            status: None,
            outcome: if failed { Outcome::Error } else { Outcome::Ok },
            stream: f.cow(OPERATION)?.map(|operation| operation.contains("Stream")),
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
            usage_note,
            charge: None,
            charge_unit: self.0.unit.clone(),
            balance_after: None,
            file: self.0.file,
            offset: out.spot.offset,
        })
    }
}

fn endpoint(model: &str) -> &'static str {
    const PICTURES: [&str; 5] = ["stability.", "image", "canvas", "titan-image", "stable-"];
    match endpoint_of_model(model) {
        Some(endpoint) => endpoint,
        None if PICTURES.iter().any(|part| model.contains(part)) => "image",
        None => "chat",
    }
}

/// By the counts of the log itself; by the answer's where it has none.
fn measured(f: &Fields<'_, '_>, endpoint: &str) -> Result<(Option<Usage>, Option<UsageNote>), Fault> {
    let (input, output) = (f.count(READ_IN)?, f.count(WRITTEN_OUT)?);
    if input.or(output).is_none() {
        return usage::disjoint(f, Some(endpoint));
    }
    let (read, written) = (f.count(READ)?.unwrap_or(0), f.count(WRITTEN)?.unwrap_or(0));
    let for_an_hour = f.count(at(CC_1H))?.unwrap_or(0);
    let counted = ReportedUsage {
        input_tokens: input.unwrap_or(0) + read + written,
        cache_read_tokens: read,
        cache_write_tokens: written,
        cache_write_1h_tokens: for_an_hour,
        output_tokens: output.unwrap_or(0),
        ..ReportedUsage::default()
    };
    let (usage, note) = counted.into_disjoint();
    Ok((Some(usage), note))
}
