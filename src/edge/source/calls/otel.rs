//! OpenTelemetry GenAI: spans as OTLP JSON, one export a line, as the collector's file exporter writes them.
//!
//! A call is a span of a model; whose it is stands on the span, on one above it, which may come later, or on the
//! resource. Attributes by the semantic conventions of 2024 to 2026 and by traceloop's instrumentations.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::context::{CallContext, CallFormat, NO_ACCOUNT};
use crate::domain::call::{Call, Outcome, ReportedUsage, Usage, UsageNote};
use crate::domain::money::Representation;
use crate::domain::period::Instant;
use crate::edge::source::record::fields::{Fault, Fields, dated};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};
use crate::edge::source::record::report::{MAX_COUNT, MAX_TEXT};
use crate::edge::source::record::schema::{Node, Schema, list, slots};
use crate::edge::source::record::value::Value;

slots! { SPANS }

static ROOT: Node = Node { entries: &[list("resourceSpans", SPANS)] };

static SCHEMA: Schema = Schema { what: "OTLP traces", root: &ROOT, required: &["resourceSpans"], spans_lines: false };

pub(super) const FORMAT: CallFormat = RowFormat {
    name: "otel",
    aliases: &["otel-genai", "opentelemetry"],
    about: "OpenTelemetry GenAI spans, OTLP JSON, which have no charge",
    versions: &[],
    conventions: &[(
        "",
        "gen_ai.usage.input_tokens contains what was read from and written to caches, output_tokens its reasoning",
    )],
    unit: None,
    recorded: Representation::Exact,
    framing: Framing::Lists(&[]),
    sniff: |members| if members.all(&["resourceSpans"]) { Fit::Sure } else { Fit::No },
    schema: &SCHEMA,
    reader: |context| Box::new(Otel { context, above: HashMap::new(), waiting: Vec::new() }),
};

/// Attributes that say whose a span is, the first that is there.
const ACCOUNTS: [&str; 4] = ["tenant.id", "enduser.id", "user.id", "session.id"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfResource<'a> {
    #[serde(borrow, default)]
    resource: Option<Resource<'a>>,
    #[serde(borrow, default)]
    scope_spans: Vec<OfScope<'a>>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow, default)]
    attributes: Vec<Attribute<'a>>,
}

#[derive(Deserialize)]
struct OfScope<'a> {
    #[serde(borrow, default)]
    spans: Vec<Span<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span<'a> {
    #[serde(borrow)]
    trace_id: Cow<'a, str>,
    #[serde(borrow)]
    span_id: Cow<'a, str>,
    #[serde(borrow, default)]
    parent_span_id: Option<Cow<'a, str>>,
    start_time_unix_nano: serde_json::Value,
    #[serde(default)]
    end_time_unix_nano: serde_json::Value,
    #[serde(borrow, default)]
    attributes: Vec<Attribute<'a>>,
    #[serde(default)]
    status: Option<Status>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    code: serde_json::Value,
}

#[derive(Deserialize)]
struct Attribute<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    /// `{"stringValue": "x"}`, `{"intValue": "1"}`, ...
    #[serde(default)]
    value: serde_json::Value,
}

/// The attributes of one span.
struct Said<'s, 'a>(&'s [Attribute<'a>]);

impl Said<'_, '_> {
    fn value(&self, key: &str) -> Option<&serde_json::Value> {
        let found = self.0.iter().find(|attribute| attribute.key == key)?;
        found.value.as_object()?.values().next()
    }

    /// The text of the first of these that is there.
    fn text(&self, keys: &[&str]) -> Result<Option<String>, Fault> {
        for key in keys {
            let text = match self.value(key) {
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(serde_json::Value::Number(number)) => number.to_string(),
                _ => continue,
            };
            if text.len() > MAX_TEXT || text.chars().any(char::is_control) {
                return Err(Fault::new((*key).to_owned(), "is no text of an attribute"));
            }
            if !text.trim().is_empty() {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    fn count(&self, keys: &[&str]) -> Result<Option<i64>, Fault> {
        for key in keys {
            let count = match self.value(key) {
                None | Some(serde_json::Value::Null) => continue,
                Some(serde_json::Value::String(text)) => text.parse().ok(),
                Some(other) => other.as_i64(),
            };
            let count = count.filter(|count| (0..=MAX_COUNT).contains(count));
            return count.map(Some).ok_or_else(|| Fault::new((*key).to_owned(), "is not a count"));
        }
        Ok(None)
    }

    fn yes(&self, keys: &[&str]) -> Option<bool> {
        keys.iter().find_map(|key| self.value(key)?.as_bool())
    }

    /// The usual tier goes without saying.
    fn tier(&self, keys: &[&str]) -> Result<Option<String>, Fault> {
        Ok(self.text(keys)?.filter(|tier| !["default", "standard", "auto"].contains(&tier.as_str())))
    }
}

/// A span of the file: what is above it, and whose it says it is.
type Above = HashMap<String, (Option<String>, Option<String>)>;

struct Otel<'c> {
    context: &'c CallContext,
    above: Above,
    /// Calls whose account a later line may say, by their span, with what the resource says.
    waiting: Vec<(String, Option<String>, Call)>,
}

impl ToRows<Call> for Otel<'_> {
    fn row(&mut self, f: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        let Value::Json(text) = f.raw(SPANS) else { return Err(f.fault(SPANS, "is missing")) };
        let resources: Vec<OfResource<'_>> =
            serde_json::from_str(text).map_err(|_| f.fault(SPANS, "is not what OTLP has there"))?;
        for OfResource { resource, scope_spans } in resources {
            let of_resource = Said(resource.as_ref().map_or(&[], |resource| &resource.attributes)).text(&ACCOUNTS)?;
            for span in scope_spans.iter().flat_map(|scope| &scope.spans) {
                let said = Said(&span.attributes);
                let key = format!("{}{}", span.trace_id, span.span_id);
                let parent = span.parent_span_id.as_deref().filter(|parent| !parent.is_empty());
                let parent = parent.map(|parent| format!("{}{parent}", span.trace_id));
                let read = said.text(&ACCOUNTS).and_then(|account| {
                    self.above.insert(key.clone(), (parent, account));
                    match no_call(&said)? {
                        Some(why) => {
                            out.set_aside(why);
                            Ok(())
                        }
                        None => {
                            let call = self.call(span, &said, out)?;
                            dated("startTimeUnixNano", call.started_at)?;
                            self.waiting.push((key, of_resource.clone(), call));
                            Ok(())
                        }
                    }
                });
                if let Err(fault) = read {
                    out.reject(fault);
                }
            }
        }
        self.settle(false, out)?;
        if !self.waiting.is_empty() {
            out.keep_back();
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        self.settle(true, out)
    }
}

/// Why a span is no call.
fn no_call(said: &Said<'_, '_>) -> Result<Option<&'static str>, Fault> {
    let operation = said.text(&["gen_ai.operation.name"])?;
    Ok(match operation.as_deref() {
        Some("execute_tool") => Some("a span of a tool"),
        Some("create_agent" | "invoke_agent" | "invoke_workflow") => Some("a span of an agent"),
        Some(_) => None,
        None if said.text(&["gen_ai.request.model"])?.is_some() => None,
        None => Some("a span that is no call of a model"),
    })
}

/// Longer chains of spans than this are no trace.
const DEPTH: usize = 1000;

/// Whose a span is by those above it; nothing where one of them has not been seen.
fn whose(above: &Above, span: &str) -> Option<Option<String>> {
    let mut at = span;
    for _ in 0..DEPTH {
        let (parent, account) = above.get(at)?;
        if account.is_some() {
            return Some(account.clone());
        }
        match parent {
            Some(parent) => at = parent,
            None => return Some(None),
        }
    }
    Some(None)
}

impl Otel<'_> {
    fn settle(&mut self, end: bool, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        for (span, of_resource, call) in std::mem::take(&mut self.waiting) {
            match whose(&self.above, &span) {
                None if !end => self.waiting.push((span, of_resource, call)),
                found => {
                    let account = found.flatten().or(of_resource);
                    out.give(Call { account_id: account.unwrap_or_else(|| NO_ACCOUNT.to_owned()), ..call })?;
                }
            }
        }
        Ok(())
    }

    fn call(&self, span: &Span<'_>, said: &Said<'_, '_>, out: &Out<'_, Call>) -> Result<Call, Fault> {
        let started_at = micros(&span.start_time_unix_nano)
            .ok_or_else(|| Fault::new("startTimeUnixNano", "is no count of nanoseconds since 1970"))?;
        let model = said.text(&["gen_ai.request.model", "gen_ai.response.model"])?;
        let failed = span.status.as_ref().is_some_and(|status| match &status.code {
            serde_json::Value::String(code) => code == "STATUS_CODE_ERROR" || code == "2",
            code => code.as_i64() == Some(2),
        });
        let (usage, usage_note) = usage(said)?;
        let asked = ["openai.request.service_tier", "gen_ai.openai.request.service_tier"];
        let served = ["openai.response.service_tier", "gen_ai.openai.response.service_tier"];
        let operation = said.text(&["gen_ai.operation.name"])?.unwrap_or_default();
        let endpoint = match operation.as_str() {
            "chat" | "generate_content" | "" => "chat",
            "embeddings" => "embedding",
            "text_completion" => "completion",
            other => other,
        };
        let span_id = span.span_id.as_ref().to_owned();
        Ok(Call {
            source: self.context.source.clone(),
            call_id: said.text(&["gen_ai.response.id"])?.unwrap_or(span_id),
            attempt: 1,
            account_id: String::new(),
            api_key_id: None,
            provider: said.text(&["gen_ai.provider.name", "gen_ai.system"])?,
            model: model.ok_or_else(|| Fault::new("gen_ai.request.model", "is missing"))?,
            model_served: said.text(&["gen_ai.response.model"])?,
            endpoint: Some(endpoint.to_owned()),
            region: None,
            group: None,
            started_at,
            ended_at: micros(&span.end_time_unix_nano).unwrap_or(started_at),
            status: None,
            outcome: if failed { Outcome::Error } else { Outcome::Ok },
            stream: said.yes(&["gen_ai.is_streaming", "llm.is_streaming", "gen_ai.request.stream"]),
            service_tier: said.tier(&served)?,
            service_tier_requested: said.tier(&asked)?,
            batch: false,
            context: None,
            estimated: false,
            cache_hit: false,
            upstream_cost: None,
            row_version: None,
            trace_id: Some(span.trace_id.as_ref().to_owned()).filter(|id| !id.is_empty()),
            usage,
            usage_note,
            charge: None,
            charge_unit: None,
            balance_after: None,
            file: self.context.file,
            offset: out.spot.offset,
        })
    }
}

/// Nanoseconds as a number or as text, cut to microseconds.
fn micros(value: &serde_json::Value) -> Option<Instant> {
    let nanos: i64 = match value {
        serde_json::Value::String(text) => text.parse().ok()?,
        other => other.as_i64()?,
    };
    Some(Instant::from_micros(nanos / 1000)).filter(|_| nanos > 0)
}

const USAGE: &str = "gen_ai.usage.";
const INPUT: [&str; 2] = ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"];
const OUTPUT: [&str; 2] = ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"];
const READ: [&str; 2] = ["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"];
const WRITTEN: [&str; 2] = ["gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"];
const REASONING: [&str; 2] = ["gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"];
const TOTAL: &str = "gen_ai.usage.total_tokens";

fn usage(said: &Said<'_, '_>) -> Result<(Option<Usage>, Option<UsageNote>), Fault> {
    let known = [INPUT, OUTPUT, READ, WRITTEN, REASONING].concat();
    for attribute in said.0.iter().filter(|attribute| attribute.key.starts_with(USAGE)) {
        let key = attribute.key.as_ref();
        if key != TOTAL && !known.contains(&key) && said.count(&[key])?.is_some_and(|count| count > 0) {
            return Ok((None, Some(UsageNote(format!("{key}: a count that no meter takes")))));
        }
    }
    let (input, output) = (said.count(&INPUT)?, said.count(&OUTPUT)?);
    if input.or(output).is_none() {
        return Ok((None, None));
    }
    let n = |keys: &[&str]| Ok::<i64, Fault>(said.count(keys)?.unwrap_or(0));
    let reported = ReportedUsage {
        input_tokens: input.unwrap_or(0),
        cache_read_tokens: n(&READ)?,
        cache_write_tokens: n(&WRITTEN)?,
        output_tokens: output.unwrap_or(0),
        reasoning_tokens: n(&REASONING)?,
        ..ReportedUsage::default()
    };
    let (usage, note) = reported.into_disjoint();
    Ok((Some(usage), note))
}
