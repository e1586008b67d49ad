//! One call explained, as one JSON object: what a receipt prints, for programs.

use super::finding::finding_object;
use super::object::Object;
use crate::domain::call::Meter;
use crate::domain::rating::{ChargeStatus, Line, Quote, Zero};
use crate::report::{Explanation, OnDocument, Paid};

/// Members absent where there is nothing to say; amounts and rates as decimal strings.
pub fn explanation_to_json(e: &Explanation) -> String {
    let mut usage = Object::default();
    if let Some(measured) = &e.call.usage {
        for meter in Meter::ALL.iter().filter(|m| measured.get(**m) != 0) {
            usage.put(meter.name(), measured.get(*meter));
        }
    }
    let mut object = Object::default();
    object
        .object("call", &call(e))
        .put("state", e.state.as_str())
        .object("usage", &usage)
        .object("price", &price(e))
        .put("charge_class", e.sealed.map(|s| s.charge_class.name()))
        .put("posting_class", e.sealed.map(|s| s.posting_class.name()))
        .put("unit", e.unit.as_str())
        .show("posted", e.sealed.and_then(|s| s.posted))
        .put("differs", e.differs.as_deref())
        .show("expected", e.expected)
        .show("recorded", e.call.charge)
        .list("postings", e.postings.iter().map(paid))
        .list("documents", e.documents.iter().flatten().map(on_document))
        .list("findings", e.findings.iter().map(finding_object));
    object.to_string()
}

fn call(e: &Explanation) -> Object {
    let c = &e.call;
    let mut object = Object::default();
    object
        .put("source", &*c.source)
        .put("call_id", c.call_id.as_str())
        .put("attempt", c.attempt)
        .put("duplicate", e.duplicate.then_some(true))
        .put("account_id", &*c.account_id)
        .put("api_key_id", c.api_key_id.as_deref())
        .put("model", &*c.model)
        .put("model_served", c.model_served.as_deref())
        .put("provider", c.provider.as_deref())
        .put("endpoint", c.endpoint.as_deref())
        .put("service_tier", c.service_tier.as_deref())
        .put("batch", c.batch.then_some(true))
        .put("outcome", c.outcome.name())
        .put("status", c.status)
        .show("started_at", Some(c.started_at))
        .show("ended_at", Some(c.ended_at))
        .put("log_line", e.place.as_str());
    object
}

fn price(e: &Explanation) -> Object {
    let mut object = Object::default();
    object.put("book", e.book.as_str()).show("known", Some(e.known));
    match &e.quote {
        Ok(quote) => quoted(quote, &mut object),
        Err(ChargeStatus::Unpriced(why)) => {
            object.put("unpriced", why.code());
        }
        Err(_) => {
            object.put("not_compared", "no_usage");
        }
    }
    object.put("conversion", e.conversion.as_str());
    object
}

fn quoted(quote: &Quote, object: &mut Object) {
    let mut rounding = Object::default();
    if let Some(rule) = quote.rounding {
        rounding.put("mode", rule.mode.name()).put("scale", rule.scale);
    }
    let multipliers = quote.multipliers.iter().map(|used| {
        let mut object = Object::default();
        object.put("what", used.what.as_str()).show("value", Some(&used.value));
        object
    });
    object
        .show("version", quote.version)
        .show("row", quote.place.as_ref())
        .put("zero", quote.zero.map(zero))
        .list("lines", quote.lines.iter().map(line))
        .list("multipliers", multipliers)
        .show("sum", Some(&quote.sum))
        .object("rounding", &rounding)
        .put("minimum_applied", quote.minimum_applied.then_some(true))
        .show("amount", Some(quote.amount))
        .put("unit", quote.unit.as_str());
}

fn zero(zero: Zero) -> &'static str {
    match zero {
        Zero::Refusal => "refusal",
        Zero::Failed => "failed_calls_free",
        Zero::Cancelled => "cancelled_calls_free",
        Zero::GatewayCache => "gateway_cache_hit",
        Zero::FreeRow => "free_row",
    }
}

fn line(line: &Line) -> Object {
    let mut object = Object::default();
    object
        .put("meter", line.meter.name())
        .put("quantity", line.quantity)
        .show("rate", Some(&line.rate))
        .put("rate_of", (line.rate_of != line.meter).then(|| line.rate_of.name()))
        .put("variant", line.variant.as_str())
        .show("exact", Some(&line.exact))
        .show("amount", Some(&line.amount));
    object
}

fn on_document(on: &OnDocument) -> Object {
    let share = on.line.and_then(|line| line.share);
    let mut object = Object::default();
    object
        .put("number", on.number.as_str())
        .put("kind", on.kind.name())
        .put("wallet", on.wallet.as_deref())
        .put("line", on.line.map(|line| line.position))
        .show("late_for", on.line.and_then(|line| line.late_for))
        .show("amount", share.map(|share| share.amount))
        .show("discount", share.map(|share| share.discount))
        .put("currency", on.currency.as_str());
    object
}

fn paid(paid: &Paid) -> Object {
    let p = &paid.posting;
    let mut object = Object::default();
    object
        .put("posting_id", p.posting_id.as_str())
        .put("kind", p.kind.name())
        .show("amount", Some(p.amount))
        .put("unit", &*p.unit)
        .put("wallet", &*p.wallet)
        .show("posted_at", Some(p.posted_at))
        .show("balance_before", paid.around.map(|a| a.0))
        .show("balance_after", paid.around.map(|a| a.1));
    object
}
