//! The pack's tables.

use super::super::labels::cause_in_words;
use super::super::receipt::Explanation;
use super::super::table::{Cell, Table};
use super::super::tieout::ReportOverflow;
use super::{CallVerdict, Dispute};
use crate::domain::call::Meter;
use crate::domain::ledger::Posting;
use crate::domain::rating::ChargeStatus;

/// One row a call: what it used, what was charged, what was right, why, and the sum done in full.
pub(crate) fn dispute_table<'a>(calls: impl IntoIterator<Item = (&'a Explanation, &'a CallVerdict)>) -> Table {
    let mut table = Table::new(&[
        "started_at",
        "call_id",
        "attempt",
        "model",
        "api_key",
        "outcome",
        "status",
        "usage",
        "unit",
        "expected",
        "recorded",
        "debited",
        "from_own_wallets",
        "difference",
        "verdict",
        "why",
        "arithmetic",
        "price_version",
        "log_line",
    ]);
    for (e, verdict) in calls {
        let version = e.quote.as_ref().ok().and_then(|q| q.version.as_ref()).map(ToString::to_string);
        table.push(vec![
            e.call.started_at.into(),
            e.call.call_id.as_str().into(),
            u64::from(e.call.attempt).into(),
            e.call.model.as_str().into(),
            e.call.api_key_id.clone().into(),
            e.call.outcome.name().into(),
            e.call.status.map(u64::from).into(),
            usage(e).into(),
            e.unit.as_str().into(),
            e.expected.filter(|_| !e.duplicate).into(),
            e.call.charge.into(),
            e.sealed.filter(|_| !e.duplicate).and_then(|sealed| sealed.posted).into(),
            verdict.debited.into(),
            verdict.difference.into(),
            verdict.verdict.name().into(),
            verdict.why.as_str().into(),
            arithmetic(e).into(),
            version.into(),
            e.place.as_str().into(),
        ]);
    }
    table
}

fn usage(e: &Explanation) -> String {
    let Some(usage) = &e.call.usage else { return String::new() };
    let used = Meter::ALL.iter().filter(|m| usage.get(**m) != 0);
    used.map(|m| format!("{} {}", m.name(), usage.get(*m))).collect::<Vec<_>>().join(", ")
}

/// `input 3000 x 0.0000025 = 0.0075; output 800 x 0.000015 = 0.012; = 0.0195 CNY`.
pub(super) fn arithmetic(e: &Explanation) -> String {
    let quote = match &e.quote {
        Ok(quote) => quote,
        Err(ChargeStatus::NoUsage) => return "no usage was recorded".to_owned(),
        Err(ChargeStatus::Unpriced(why)) => return format!("no price: {}", why.code()),
        Err(_) => return String::new(),
    };
    if quote.zero.is_some() {
        return format!("free: 0 {}", quote.unit);
    }
    let times: String = quote.multipliers.iter().map(|m| format!(" x {} ({})", m.value, m.what)).collect();
    let mut steps: Vec<String> = quote
        .lines
        .iter()
        .map(|l| format!("{} {} x {}{times} = {}", l.meter.name(), l.quantity, l.rate, l.amount))
        .collect();
    if let Some(rounding) = &quote.rounding {
        steps.push(format!("sum {} rounded {} to {} places", quote.sum, rounding.mode.name(), rounding.scale));
    }
    if quote.minimum_applied {
        steps.push("raised to the minimum a call".to_owned());
    }
    steps.push(format!("= {} {}", quote.amount, quote.unit));
    steps.join("; ")
}

/// Movements of the customer's wallets.
pub(crate) fn movement_table<'a>(postings: impl IntoIterator<Item = &'a Posting>) -> Table {
    let mut table =
        Table::new(&["posted_at", "posting_id", "wallet", "kind", "amount", "unit", "call_id", "api_key", "reference"]);
    for p in postings {
        table.push(vec![
            p.posted_at.into(),
            p.posting_id.as_str().into(),
            (&*p.wallet).into(),
            p.kind.name().into(),
            p.amount.into(),
            (&*p.unit).into(),
            p.call_id.clone().into(),
            p.api_key_id.as_deref().unwrap_or_default().into(),
            p.reference.clone().into(),
        ]);
    }
    table
}

/// One row a unit.
///
/// # Errors
/// When a sum overflows.
pub(crate) fn unit_table(dispute: &Dispute) -> Result<Table, ReportOverflow> {
    let columns = [
        "unit",
        "calls",
        "second_loggings",
        "recorded",
        "expected",
        "debited",
        "wallets_beyond",
        "wallets_debited",
        "too_much",
        "too_little",
        "credit",
        "not_decided",
    ];
    let mut table = Table::new(&columns);
    for (unit, sum) in &dispute.units {
        table.push(vec![
            unit.as_str().into(),
            sum.calls.into(),
            sum.second_loggings.into(),
            sum.recorded.into(),
            sum.expected.into(),
            sum.debited.into(),
            sum.wallets_beyond()?.into(),
            sum.wallets.into(),
            sum.too_much.into(),
            sum.too_little.into(),
            sum.credit()?.into(),
            sum.open.into(),
        ]);
    }
    Ok(table)
}

/// One row a unit and cause.
pub(crate) fn cause_table(dispute: &Dispute) -> Table {
    let mut table = Table::new(&["cause", "in_words", "findings", "not_decided", "difference", "unit"]);
    for ((unit, cause), sum) in &dispute.causes {
        table.push(vec![
            Cell::from(cause.as_str()),
            cause_in_words(cause).into(),
            sum.findings.into(),
            sum.open.into(),
            sum.difference.into(),
            unit.as_str().into(),
        ]);
    }
    table
}
