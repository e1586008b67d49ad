//! Rows to be priced, one JSON object a line: every line gives a row or says what is wrong with it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use super::modifiers::Modifiers;
use super::{context_field, usage, usage_fields};
use crate::domain::call::{Outcome, Usage, context_value};
use crate::domain::period::Instant;
use crate::edge::blob::Body;
use crate::edge::source::record::chunks::{Chunk, Chunks, find_newline};
use crate::edge::source::record::error::SourceError;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::json_lines::JsonRows;
use crate::edge::source::record::open::{Opened, open};
use crate::edge::source::record::report::{FileReport, MAX_ROW};
use crate::edge::source::record::schema::{Node, Schema, Slots, ignored, leaf, object, slots};
use crate::edge::source::record::value::Value;

slots! {
    ID PROVIDER MODEL TS SERVICE_TIER BATCH CONTEXT GROUP ENDPOINT REGION OUTCOME USAGE
}

/// What a row of price checks carries beside the call it is about is passed over.
static ROOT: Node = Node {
    entries: &[
        leaf("id", ID),
        leaf("provider", PROVIDER),
        leaf("model", MODEL),
        leaf("ts", TS),
        leaf("service_tier", SERVICE_TIER),
        leaf("batch", BATCH),
        leaf("context", CONTEXT),
        leaf("group", GROUP),
        leaf("endpoint", ENDPOINT),
        leaf("region", REGION),
        leaf("outcome", OUTCOME),
        object("usage", USAGE, &usage_fields::NODE),
        ignored("engine"),
        ignored("table"),
        ignored("mode"),
        ignored("case"),
        ignored("time_case"),
        ignored("engine_cost"),
        ignored("exact"),
    ],
};

static SCHEMA: Schema =
    Schema { what: "rows to price", root: &ROOT, required: &["id", "model", "usage"], spans_lines: false };

/// One call to be priced.
#[derive(Clone, Debug)]
pub struct QuoteRow<'a> {
    /// As JSON, as it was written.
    pub id: String,
    pub model: Cow<'a, str>,
    pub provider: Option<Cow<'a, str>>,
    pub at: Option<Instant>,
    pub service_tier: Option<Cow<'a, str>>,
    pub batch: bool,
    /// As [`crate::domain::call::context_text`] writes it.
    pub context: Option<String>,
    pub group: Option<Cow<'a, str>>,
    pub endpoint: Option<Cow<'a, str>>,
    pub region: Option<Cow<'a, str>>,
    pub outcome: Outcome,
    pub usage: Option<Usage>,
}

/// Why a line is no row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// As JSON; `null` where it could not be made out.
    pub id: String,
    pub code: &'static str,
    pub message: String,
}

/// Some whole lines of rows to price, for any thread to read.
#[derive(Debug)]
pub struct QuoteLines {
    /// Counted from 1.
    first: u64,
    /// `None`: one line that is too long.
    bytes: Option<Vec<u8>>,
}

/// Cuts a text of rows into runs of lines, in order.
pub struct QuoteText {
    chunks: Chunks,
    line: u64,
}

impl QuoteText {
    /// # Errors
    /// When it is no text.
    pub fn open(body: Body) -> Result<QuoteText, SourceError> {
        match open(body)? {
            Opened::Text(text) => Ok(QuoteText { chunks: Chunks::new(text), line: 0 }),
            Opened::Parquet(_) => Err(SourceError::NotRows("is Parquet; rows to price are JSON Lines".into())),
        }
    }

    /// # Errors
    /// When the text as a whole cannot be read.
    pub fn next_lines(&mut self) -> Result<Option<QuoteLines>, SourceError> {
        let Some(chunk) = self.chunks.next()? else { return Ok(None) };
        let first = self.line + 1;
        let bytes = match chunk {
            Chunk::TooLong { .. } => None,
            Chunk::Lines { bytes, .. } => Some(bytes.to_vec()),
        };
        self.line += match &bytes {
            None => 1,
            Some(bytes) => {
                let ends = bytes.iter().filter(|b| **b == b'\n').count() as u64;
                ends + u64::from(bytes.last().is_some_and(|b| *b != b'\n'))
            }
        };
        Ok(Some(QuoteLines { first, bytes }))
    }
}

/// Reads runs of lines; each thread has its own.
pub struct QuoteReader {
    rows: JsonRows,
}

impl Default for QuoteReader {
    fn default() -> QuoteReader {
        QuoteReader { rows: JsonRows::new(&SCHEMA) }
    }
}

impl QuoteReader {
    /// Gives every line, in order, as a row or with what is wrong with it.
    pub fn read(&mut self, lines: &QuoteLines, sink: &mut dyn FnMut(Result<QuoteRow<'_>, RowError>)) {
        let Some(bytes) = &lines.bytes else {
            return sink(Err(nameless(lines.first, "too_long", format!("is longer than {MAX_ROW} bytes"))));
        };
        let mut slots = Slots::new();
        let (mut rest, mut line) = (bytes.as_slice(), lines.first);
        while !rest.is_empty() {
            let end = find_newline(rest).unwrap_or(rest.len());
            let raw = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
            rest = rest.get(end + 1..).unwrap_or_default();
            slots.clear();
            sink(read_line(raw, line, &mut self.rows, &mut slots));
            line += 1;
        }
    }
}

fn nameless(line: u64, code: &'static str, message: String) -> RowError {
    RowError { id: "null".to_owned(), code, message: format!("line {line} {message}") }
}

fn read_line<'a>(
    raw: &'a [u8],
    line: u64,
    rows: &mut JsonRows,
    slots: &mut Slots<'a>,
) -> Result<QuoteRow<'a>, RowError> {
    let raw = if line == 1 { raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw) } else { raw };
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Err(nameless(line, "empty_line", "is empty".to_owned()));
    }
    let Ok(text) = std::str::from_utf8(raw) else {
        return Err(nameless(line, "not_utf8", "is not UTF-8 text".to_owned()));
    };
    let mut report = FileReport::default();
    let read = rows.read(text, slots, &mut report);
    let fields = Fields { slots, schema: &SCHEMA, zone: None, rounded: Cell::new(0), unrounded: RefCell::default() };
    let id = id_of(&fields);
    let known = id.clone().unwrap_or_else(|_| "null".to_owned());
    let wrong = |fault: Fault| {
        let (field, reason) = fault.into_parts();
        let code = match (field.as_ref(), reason.as_ref()) {
            (_, "is named twice") => "repeated_field",
            (_, "is missing" | "is empty") => "missing_field",
            ("", _) => "not_json",
            _ => "bad_field",
        };
        let subject = if field.is_empty() { String::new() } else { format!("{field} ") };
        RowError { id: known.clone(), code, message: format!("line {line}: {subject}{reason}") }
    };
    read.map_err(&wrong)?;
    // Of a usage object, only a count could be money.
    let counted = usage::uncounted(&fields);
    let lost = |name: &&String| match (name.starts_with("usage."), &counted) {
        (true, Some(counted)) => name.ends_with(counted.as_str()),
        (inside, _) => !inside,
    };
    if let Some(name) = report.unknown.keys().find(lost).or(counted.as_ref()) {
        let message = format!("line {line}: {name} is not known; what it says would be left out of the price");
        return Err(RowError { id: known, code: "unknown_field", message });
    }
    let id = id.map_err(&wrong)?;
    match row(&fields, id).map_err(&wrong)? {
        Told::Row(row) => Ok(*row),
        Told::Uncounted(name) => {
            let message =
                format!("line {line}: usage has {name}, which no meter counts; the price would be without it");
            Err(RowError { id: known, code: "unknown_field", message })
        }
    }
}

/// The id as JSON.
fn id_of(f: &Fields<'_, '_>) -> Result<String, Fault> {
    match f.raw(ID) {
        Value::Text("") | Value::Absent => Err(f.fault(ID, "is missing")),
        Value::Text(text) | Value::Escaped(text) => Ok(format!("\"{text}\"")),
        Value::Number(text) => Ok(text.to_owned()),
        _ => Err(f.fault(ID, "is neither text nor a number")),
    }
}

enum Told<'a> {
    Row(Box<QuoteRow<'a>>),
    Uncounted(String),
}

fn row<'a>(f: &Fields<'_, 'a>, id: String) -> Result<Told<'a>, Fault> {
    let modifiers = Modifiers::of(f)?;
    let context = context_field::with(context_field::read(f, CONTEXT)?, &modifiers.facts);
    let fact = |name: &str| context_value(context.as_deref(), name);
    let (own, told) = (f.cow(SERVICE_TIER)?, fact("service_tier"));
    if own.as_ref().zip(told.as_ref()).is_some_and(|(own, told)| own.as_ref() != told.as_str()) {
        return Err(f.fault(SERVICE_TIER, "is not what the context says"));
    }
    let by_batch = fact("processing").is_some_and(|processing| processing == "batch");
    let endpoint = f.cow(ENDPOINT)?;
    let reported = usage::read(f, endpoint.as_deref())?;
    if let Some(name) = reported.as_ref().and_then(|reported| reported.uncounted.clone()) {
        return Ok(Told::Uncounted(name));
    }
    let usage = reported.map(|reported| reported.used.into_disjoint().0);
    Ok(Told::Row(Box::new(QuoteRow {
        id,
        model: f.required_cow(MODEL)?,
        provider: f.cow(PROVIDER)?,
        at: f.instant(TS)?,
        service_tier: own.or(told.map(Cow::Owned)).or(modifiers.tier.map(Cow::Owned)),
        batch: f.boolean(BATCH)?.unwrap_or(false) || by_batch,
        context,
        group: f.cow(GROUP)?,
        endpoint,
        region: f.cow(REGION)?,
        outcome: f.one_of(OUTCOME, Outcome::from_name, "is not ok, error or cancelled")?.unwrap_or(Outcome::Ok),
        usage,
    })))
}
