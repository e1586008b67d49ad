//! A document read back from its canonical text.

use std::str::FromStr;

use super::shape::*;
use crate::domain::invoice::{
    Basis, Customer, Discount, Document, DocumentKind, DocumentLaw, DocumentStatus, Issuer, Line, LineKind,
    MovementSum, Proposal, Rate, SourceRef, Statement, Tax, TaxCategory, Totals, UsageRow,
};
use crate::domain::money::{Amount, Exact};
use crate::domain::period::{Day, Instant, Period, Zone};

/// Why a text is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    #[error("is no document: {what}")]
    Wrong { what: String },
    /// In a shape that came after this build.
    #[error("is in shape {format}, and this build (trueup {}) reads up to {FORMAT}", env!("CARGO_PKG_VERSION"))]
    Newer { format: String },
}

fn wrong(name: &str, text: &str) -> DocumentError {
    DocumentError::Wrong { what: format!("{name} is {text:?}") }
}

/// The shape alone: of a later one no other member is known.
#[derive(serde::Deserialize)]
struct Shape {
    format: String,
}

fn is_later(format: &str) -> bool {
    let number = |format: &str| format.strip_prefix(FAMILY)?.parse::<u32>().ok();
    number(format).zip(number(FORMAT)).is_some_and(|(it, ours)| it > ours)
}

fn word<T>(name: &str, text: &str, from_name: fn(&str) -> Option<T>) -> Result<T, DocumentError> {
    from_name(text).ok_or_else(|| wrong(name, text))
}

fn amount(name: &str, text: &str) -> Result<Amount, DocumentError> {
    Amount::from_str(text).map_err(|_| wrong(name, text))
}

fn exact(name: &str, text: &str) -> Result<Exact, DocumentError> {
    Exact::from_str(text).map_err(|_| wrong(name, text))
}

fn some(name: &str, text: Option<&String>) -> Result<Option<Amount>, DocumentError> {
    text.map(|t| amount(name, t)).transpose()
}

fn must(name: &str, text: Option<&String>) -> Result<Amount, DocumentError> {
    some(name, text)?.ok_or_else(|| DocumentError::Wrong { what: format!("{name} is missing") })
}

/// The document of a canonical text, equal to the one it was written from.
///
/// # Errors
/// Another format, a member missing, unknown or of another shape.
pub fn document_from_json(bytes: &[u8]) -> Result<Document, DocumentError> {
    let unreadable = |e: serde_json::Error| DocumentError::Wrong { what: e.to_string() };
    let Shape { format } = serde_json::from_slice(bytes).map_err(unreadable)?;
    if is_later(&format) {
        return Err(DocumentError::Newer { format });
    }
    let stored: StoredDocument = serde_json::from_slice(bytes).map_err(unreadable)?;
    if stored.format != FORMAT {
        return Err(wrong("format", &stored.format));
    }
    let d = &stored;
    let totals = d.subtotal.is_some().then(|| totals(d)).transpose()?;
    Ok(Document {
        kind: word("kind", &d.kind, DocumentKind::from_name)?,
        basis: word("basis", &d.basis, Basis::from_name)?,
        status: word("status", &d.status, DocumentStatus::from_name)?,
        number: d.number.clone(),
        series: d.series.clone(),
        issued_on: word("issued_on", &d.issued_on, Day::parse)?,
        due_on: d.due_on.as_ref().map(|t| word("due_on", t, Day::parse)).transpose()?,
        terms_days: d.terms_days,
        currency: d.currency.clone(),
        minor_units: d.minor_units,
        issuer: issuer(&d.issuer),
        customer: customer(&d.customer),
        period: word("period", &d.period.name, Period::parse)?,
        zone: word("zone", &d.period.zone, Zone::parse)?,
        lines: d.lines.iter().map(line).collect::<Result<_, _>>()?,
        totals,
        corrects: d.corrects.clone(),
        reason: d.reason.clone(),
        statement: d.statement.as_ref().map(statement).transpose()?,
        sources: d
            .sources
            .iter()
            .map(|s| SourceRef {
                job: s.job.clone(),
                period: s.period.clone(),
                revision: s.revision,
                digest: s.digest.clone(),
            })
            .collect(),
        laws: d
            .laws
            .iter()
            .map(|l| DocumentLaw { name: l.name.clone(), left: l.left.clone(), right: l.right.clone() })
            .collect(),
    })
}

fn totals(d: &StoredDocument) -> Result<Totals, DocumentError> {
    let discount = |s: &StoredDiscount| {
        Ok(Discount {
            from: amount("from", &s.from)?,
            until: some("until", s.until.as_ref())?,
            percent: exact("percent", &s.percent)?,
            base: amount("base", &s.base)?,
            amount: amount("amount", &s.amount)?,
        })
    };
    let tax = |t: &StoredTax| {
        Ok(Tax {
            category: word("category", &t.category, TaxCategory::from_name)?,
            percent: exact("percent", &t.percent)?,
            base: amount("base", &t.base)?,
            amount: amount("amount", &t.amount)?,
            reason: t.reason.clone(),
        })
    };
    Ok(Totals {
        subtotal: must("subtotal", d.subtotal.as_ref())?,
        discounts: d.discounts.iter().map(discount).collect::<Result<_, _>>()?,
        commitment: some("commitment", d.commitment.as_ref())?,
        net: must("net", d.net.as_ref())?,
        tax: d.tax.iter().map(tax).collect::<Result<_, _>>()?,
        total: must("total", d.total.as_ref())?,
        paid: must("paid", d.paid.as_ref())?,
        payable: must("payable", d.payable.as_ref())?,
        rounding_drift: must("rounding_drift", d.rounding_drift.as_ref())?,
    })
}

fn issuer(i: &StoredIssuer) -> Issuer {
    Issuer {
        name: i.name.clone(),
        street: i.street.clone(),
        city: i.city.clone(),
        postcode: i.postcode.clone(),
        country: i.country.clone(),
        tax_id: i.tax_id.clone(),
        registration: i.registration.clone(),
        email: i.email.clone(),
        phone: i.phone.clone(),
        bank_name: i.bank_name.clone(),
        account_holder: i.account_holder.clone(),
        iban: i.iban.clone(),
        bic: i.bic.clone(),
    }
}

fn customer(c: &StoredCustomer) -> Customer {
    Customer {
        account_id: c.account_id.clone(),
        name: c.name.clone(),
        street: c.street.clone(),
        city: c.city.clone(),
        postcode: c.postcode.clone(),
        country: c.country.clone(),
        tax_id: c.tax_id.clone(),
        email: c.email.clone(),
        locale: c.locale.clone(),
    }
}

fn line(l: &StoredLine) -> Result<Line, DocumentError> {
    let rate = |r: &StoredRate| {
        Ok(Rate {
            of: r.of.clone(),
            amount: exact("rate", &r.amount)?,
            unit: r.unit.clone(),
            from: r.from.as_ref().map(|t| Instant::parse(t).map_err(|_| wrong("rate from", t))).transpose()?,
        })
    };
    Ok(Line {
        position: l.position,
        text: l.text.clone(),
        kind: word("kind", &l.kind, LineKind::from_name)?,
        model: l.model.clone(),
        endpoint: l.endpoint.clone(),
        unit: l.unit.clone(),
        quantity_calls: l.quantity_calls,
        input_tokens: l.input_tokens,
        output_tokens: l.output_tokens,
        usage_amount: amount("usage_amount", &l.usage_amount)?,
        rate: l.rate.iter().map(rate).collect::<Result<_, _>>()?,
        net: amount("net", &l.net)?,
        drift: amount("drift", &l.drift)?,
        period: word("period", &l.period, Period::parse)?,
    })
}

fn statement(s: &StoredStatement) -> Result<Statement, DocumentError> {
    let movement = |m: &StoredMovement| {
        Ok(MovementSum { kind: m.kind.clone(), count: m.count, amount: amount("movement", &m.amount)? })
    };
    let proposal = |p: &StoredProposal| {
        Ok(Proposal { cause: p.cause.clone(), calls: p.calls, amount: amount("proposed", &p.amount)? })
    };
    let usage = |rows: &[StoredUsage]| -> Result<Vec<UsageRow>, DocumentError> {
        let row = |u: &StoredUsage| {
            Ok(UsageRow {
                name: u.name.clone(),
                calls: u.calls,
                input_tokens: u.input_tokens,
                output_tokens: u.output_tokens,
                amount: amount("usage", &u.amount)?,
            })
        };
        rows.iter().map(row).collect()
    };
    Ok(Statement {
        wallet: s.wallet.clone(),
        unit: s.unit.clone(),
        opening: some("opening", s.opening.as_ref())?,
        movements: s.movements.iter().map(movement).collect::<Result<_, _>>()?,
        usage_posted: amount("usage_posted", &s.usage_posted)?,
        closing: some("closing", s.closing.as_ref())?,
        residual: amount("residual", &s.residual)?,
        proposed: s.proposed.iter().map(proposal).collect::<Result<_, _>>()?,
        by_day: usage(&s.by_day)?,
        by_model: usage(&s.by_model)?,
        by_key: usage(&s.by_key)?,
    })
}
