//! The answer to "why was this call charged this?", as lines a person can read.

use crate::domain::call::{Call, Meter};
use crate::domain::invoice::{CallShare, Document, DocumentKind};
use crate::domain::ledger::Posting;
use crate::domain::money::Amount;
use crate::domain::period::{Instant, Period, Zone};
use crate::domain::rating::{ChargeStatus, Quote, Zero};
use crate::domain::reconcile::{Class, Finding};

use super::finding_table::explain;

/// Everything known about one call.
#[derive(Debug)]
pub struct Explanation {
    pub call: Call,
    /// A second logging of another row, which is the call.
    pub duplicate: bool,
    /// `file:byte offset`.
    pub place: String,
    pub zone: Zone,
    pub book: String,
    /// When prices were looked up as known.
    pub known: Instant,
    pub quote: Result<Quote, ChargeStatus>,
    /// Expected in the compared unit, as the source would have written it: as sealed, where the day is.
    pub expected: Option<Amount>,
    pub unit: String,
    /// Rate between the book's unit and the compared one, in words; empty where they are one.
    pub conversion: String,
    pub postings: Vec<Paid>,
    pub findings: Vec<Finding>,
    /// What else the sealed day says of the row; absent where the row is not sealed.
    pub sealed: Option<SealedAs>,
    /// The final documents it is on; absent where they were not asked for.
    pub documents: Option<Vec<OnDocument>>,
    /// Where the arithmetic does not lead to the figure that is sealed: a sentence that says so.
    pub differs: Option<String>,
    /// `provisional`, `closed` or `not sealed yet`.
    pub state: String,
}

/// What a sealed day says of a row, beside what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedAs {
    /// Net debit of the movements that count for the call, in its unit.
    pub posted: Option<Amount>,
    pub charge_class: Class,
    pub posting_class: Class,
}

/// A movement that names the call.
#[derive(Clone, Debug)]
pub struct Paid {
    pub posting: Posting,
    /// What its wallet held just before and just after it, where the ledger tells.
    pub around: Option<(Amount, Amount)>,
}

/// A final document that a call is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnDocument {
    pub number: String,
    pub kind: DocumentKind,
    pub currency: String,
    /// Of a statement, the wallet it is about.
    pub wallet: Option<String>,
    /// Of an invoice, the line that bills it.
    pub line: Option<OnLine>,
}

/// The line that a call is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnLine {
    pub position: u32,
    /// The month whose calls that came late it sums up.
    pub late_for: Option<Period>,
    /// What of the line is the call's; a late line is no sum of calls.
    pub share: Option<CallShare>,
}

impl OnDocument {
    /// Without saying where on it.
    pub(crate) fn of(document: &Document) -> OnDocument {
        OnDocument {
            number: document.number.clone().unwrap_or_default(),
            kind: document.kind,
            currency: document.currency.clone(),
            wallet: None,
            line: None,
        }
    }
}

/// Sections of lines: the call, the arithmetic, what was recorded and posted, the findings.
pub(crate) fn receipt(e: &Explanation) -> Vec<String> {
    let mut lines = Vec::new();
    call_lines(e, &mut lines);
    usage_lines(e, &mut lines);
    match &e.quote {
        Ok(quote) => price_lines(e, quote, &mut lines),
        Err(ChargeStatus::NoUsage) => lines.push("price     no usage was recorded, so nothing can be computed".into()),
        Err(ChargeStatus::Unpriced(why)) => {
            lines.push(format!("price     unpriced ({}) in book {}, known at {}", why.code(), e.book, e.known));
        }
        Err(_) => {}
    }
    money_lines(e, &mut lines);
    document_lines(e, &mut lines);
    for finding in &e.findings {
        lines.push(format!(
            "finding   {} {} {} ({})  {}",
            finding.finding_id,
            finding.leg.name(),
            finding.class.name(),
            finding.certainty.name(),
            explain(finding)
        ));
        lines.extend(finding.evidence.iter().map(|(name, value)| format!("            {name}: {value}")));
    }
    if e.findings.is_empty() {
        lines.push("finding   none".into());
    }
    lines
}

fn document_lines(e: &Explanation, lines: &mut Vec<String>) {
    let Some(documents) = &e.documents else { return };
    if documents.is_empty() {
        lines.push("document  none that is final".into());
    }
    for d in documents {
        let wallet = d.wallet.as_ref().map(|wallet| format!(", wallet {wallet}")).unwrap_or_default();
        let line = d.line.map(|line| format!(", line {}", line.position)).unwrap_or_default();
        lines.push(format!("document  {} {}{wallet}{line}", d.kind.name(), d.number));
        if let Some(month) = d.line.and_then(|l| l.late_for) {
            lines.push(format!("          with what came late for {month}"));
        }
        if let Some(CallShare { amount, discount }) = d.line.and_then(|l| l.share) {
            let net = amount.checked_sub(discount).unwrap_or(amount);
            let (unit, of) = (&d.currency, "its share of the discount");
            lines.push(match discount.is_zero() {
                true => format!("          {amount} {unit} of it before tax"),
                false => format!("          {amount} {unit} of it, less {discount}, {of}: {net} {unit} before tax"),
            });
        }
    }
}

fn call_lines(e: &Explanation, lines: &mut Vec<String>) {
    let c = &e.call;
    let attempt = if c.attempt == 1 { String::new() } else { format!(" attempt {}", c.attempt) };
    lines.push(format!("call      {}{attempt} of {} ({})", c.call_id, c.source, e.state));
    if e.duplicate {
        lines.push("          this row is a second logging of the call; nothing is expected for it".into());
    }
    let key = c.api_key_id.as_deref().map(|k| format!(", key {k}")).unwrap_or_default();
    lines.push(format!("account   {}{key}", c.account_id));
    let mut model = c.model.clone();
    for (label, value) in
        [("served as", &c.model_served), ("at", &c.provider), ("endpoint", &c.endpoint), ("tier", &c.service_tier)]
    {
        if let Some(value) = value {
            model.push_str(&format!(", {label} {value}"));
        }
    }
    if c.batch {
        model.push_str(", batch");
    }
    lines.push(format!("model     {model}"));
    let status = c.status.map(|s| format!(" (HTTP {s})")).unwrap_or_default();
    lines.push(format!(
        "time      {} to {}, {}{status}",
        e.zone.show(c.started_at),
        e.zone.show(c.ended_at),
        c.outcome.name()
    ));
    lines.push(format!("log line  {}", e.place));
}

fn usage_lines(e: &Explanation, lines: &mut Vec<String>) {
    let Some(usage) = &e.call.usage else { return };
    let parts: Vec<String> =
        Meter::ALL.iter().filter(|m| usage.get(**m) != 0).map(|m| format!("{} {}", m.name(), usage.get(*m))).collect();
    let parts = if parts.is_empty() { "measured, all zero".to_owned() } else { parts.join(", ") };
    lines.push(format!("usage     {parts}"));
    if let Some(note) = &e.call.usage_note {
        lines.push(format!("          parts were cut to fit: {}", note.0));
    }
}

fn price_lines(e: &Explanation, quote: &Quote, lines: &mut Vec<String>) {
    let version = quote.version.map_or("no version".into(), |v| format!("version {v}"));
    let place = quote.place.as_ref().map(|p| format!(", row at {p}")).unwrap_or_default();
    lines.push(format!("price     book {}, {version}{place}", e.book));
    if let Some(zero) = quote.zero {
        let why = match zero {
            Zero::Refusal => "a refusal: nothing was consumed",
            Zero::Failed => "failed calls are free in this book",
            Zero::Cancelled => "cancelled calls are free in this book",
            Zero::GatewayCache => "answered from the gateway's own cache, which is free in this book",
            Zero::FreeRow => "the model is free",
        };
        lines.push(format!("          {why}"));
    }
    // Multipliers apply to every component.
    let mut times = String::new();
    for used in &quote.multipliers {
        times.push_str(&format!(" x {}", used.value));
        lines.push(format!("          x {} for {}", used.value, used.what));
    }
    for line in &quote.lines {
        let of = if line.rate_of == line.meter { String::new() } else { format!(" (rate of {})", line.rate_of.name()) };
        let variant = if line.variant.is_empty() { String::new() } else { format!(" [{}]", line.variant) };
        lines.push(format!(
            "          {:<15} {:>12} x {}{of}{variant}{times} = {}",
            line.meter.name(),
            line.quantity,
            line.rate,
            line.exact
        ));
        if line.amount != line.exact {
            lines.push(format!("          {:<15} rounded to {}", "", line.amount));
        }
    }
    if let Some(rounding) = &quote.rounding {
        lines.push(format!(
            "          sum {}, rounded {} to {} places",
            quote.sum,
            rounding.mode.name(),
            rounding.scale
        ));
    }
    if quote.minimum_applied {
        lines.push("          raised to the minimum a call".into());
    }
    lines.push(format!("          = {} {}", quote.amount, quote.unit));
}

fn money_lines(e: &Explanation, lines: &mut Vec<String>) {
    let show = |a: Option<Amount>| a.map_or("nothing".into(), |a| format!("{a} {}", e.unit));
    let conversion = if e.conversion.is_empty() { String::new() } else { format!(" ({})", e.conversion) };
    lines.push(format!("expected  {}{conversion}", show(e.expected)));
    lines.extend(e.differs.iter().map(|sentence| format!("          {sentence}")));
    lines.push(format!("recorded  {}", show(e.call.charge)));
    if let Some(sealed) = &e.sealed {
        lines.push(format!(
            "sealed    charge {}, posting {}, {} posted",
            sealed.charge_class.name(),
            sealed.posting_class.name(),
            show(sealed.posted)
        ));
    }
    if e.postings.is_empty() {
        lines.push("posted    nothing".into());
    }
    for paid in &e.postings {
        let p = &paid.posting;
        lines.push(format!(
            "posted    {} {} {} {} on wallet {} at {}",
            p.posting_id,
            p.kind.name(),
            p.amount,
            p.unit,
            p.wallet,
            e.zone.show(p.posted_at)
        ));
        if let Some((before, after)) = paid.around {
            lines.push(format!("balance   {before} {} before, {after} after", p.unit));
        }
    }
}
