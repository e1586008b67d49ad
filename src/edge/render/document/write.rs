//! A document as its canonical text.

use super::shape::*;
use crate::domain::invoice::{Customer, Document, Issuer, Line, Statement, UsageRow};
use crate::domain::money::Amount;
use crate::domain::period::Zone;

/// At least `places` decimals, more where the amount has them.
fn fixed(amount: Amount, places: u32) -> String {
    let mut text = amount.to_string();
    let has = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let places = places as usize;
    if has == 0 && places > 0 {
        text.push('.');
    }
    text.extend(std::iter::repeat_n('0', places.saturating_sub(has)));
    text
}

/// The document's bytes: JSON in fixed order, money with all its minor units, exact amounts without
/// trailing zeros. Equal documents have equal bytes.
///
/// # Panics
/// Never: the shape holds text and whole numbers only.
pub fn document_to_json(document: &Document) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(&stored(document)).expect("text and whole numbers are JSON");
    text.push('\n');
    text.into_bytes()
}

fn stored(d: &Document) -> StoredDocument {
    let money = |amount: Amount| fixed(amount, d.minor_units);
    let totals = d.totals.as_ref();
    let some = |amount: Option<Amount>| amount.map(money);
    let span = d.period.span(d.zone);
    StoredDocument {
        format: FORMAT.to_owned(),
        kind: d.kind.name().to_owned(),
        basis: d.basis.name().to_owned(),
        status: d.status.name().to_owned(),
        number: d.number.clone(),
        series: d.series.clone(),
        issued_on: d.issued_on.to_string(),
        due_on: d.due_on.map(|day| day.to_string()),
        terms_days: d.terms_days,
        currency: d.currency.clone(),
        minor_units: d.minor_units,
        issuer: issuer(&d.issuer),
        customer: customer(&d.customer),
        period: StoredPeriod {
            name: d.period.to_string(),
            from: d.zone.show(span.0),
            until: d.zone.show(span.1),
            zone: d.zone.name().to_owned(),
        },
        lines: d.lines.iter().map(|l| line(l, d.minor_units, d.zone)).collect(),
        subtotal: some(totals.map(|t| t.subtotal)),
        discounts: totals
            .map_or(&[][..], |t| &t.discounts)
            .iter()
            .map(|s| StoredDiscount {
                from: money(s.from),
                until: some(s.until),
                percent: s.percent.to_string(),
                base: money(s.base),
                amount: money(s.amount),
            })
            .collect(),
        commitment: some(totals.and_then(|t| t.commitment)),
        net: some(totals.map(|t| t.net)),
        tax: totals
            .map_or(&[][..], |t| &t.tax)
            .iter()
            .map(|t| StoredTax {
                category: t.category.name().to_owned(),
                percent: t.percent.to_string(),
                base: money(t.base),
                amount: money(t.amount),
                reason: t.reason.clone(),
            })
            .collect(),
        total: some(totals.map(|t| t.total)),
        paid: some(totals.map(|t| t.paid)),
        payable: some(totals.map(|t| t.payable)),
        rounding_drift: totals.map(|t| t.rounding_drift.to_string()),
        corrects: d.corrects.clone(),
        reason: d.reason.clone(),
        statement: d.statement.as_ref().map(statement),
        sources: d
            .sources
            .iter()
            .map(|s| StoredSource {
                job: s.job.clone(),
                period: s.period.clone(),
                revision: s.revision,
                digest: s.digest.clone(),
            })
            .collect(),
        laws: d
            .laws
            .iter()
            .map(|l| StoredLaw { name: l.name.clone(), left: l.left.clone(), right: l.right.clone() })
            .collect(),
    }
}

fn issuer(i: &Issuer) -> StoredIssuer {
    StoredIssuer {
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

fn customer(c: &Customer) -> StoredCustomer {
    StoredCustomer {
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

fn line(l: &Line, places: u32, zone: Zone) -> StoredLine {
    let rate = l.rate.iter().map(|r| StoredRate {
        of: r.of.clone(),
        amount: r.amount.to_string(),
        unit: r.unit.clone(),
        from: r.from.map(|at| zone.show(at)),
    });
    StoredLine {
        position: l.position,
        text: l.text.clone(),
        kind: l.kind.name().to_owned(),
        model: l.model.clone(),
        endpoint: l.endpoint.clone(),
        unit: l.unit.clone(),
        quantity_calls: l.quantity_calls,
        input_tokens: l.input_tokens,
        output_tokens: l.output_tokens,
        usage_amount: l.usage_amount.to_string(),
        rate: rate.collect(),
        net: fixed(l.net, places),
        drift: l.drift.to_string(),
        period: l.period.to_string(),
    }
}

fn statement(s: &Statement) -> StoredStatement {
    let usage = |rows: &[UsageRow]| {
        let row = |u: &UsageRow| StoredUsage {
            name: u.name.clone(),
            calls: u.calls,
            input_tokens: u.input_tokens,
            output_tokens: u.output_tokens,
            amount: u.amount.to_string(),
        };
        rows.iter().map(row).collect()
    };
    StoredStatement {
        wallet: s.wallet.clone(),
        unit: s.unit.clone(),
        opening: s.opening.map(|a| a.to_string()),
        movements: s
            .movements
            .iter()
            .map(|m| StoredMovement { kind: m.kind.clone(), count: m.count, amount: m.amount.to_string() })
            .collect(),
        usage_posted: s.usage_posted.to_string(),
        closing: s.closing.map(|a| a.to_string()),
        residual: s.residual.to_string(),
        proposed: s
            .proposed
            .iter()
            .map(|p| StoredProposal { cause: p.cause.clone(), calls: p.calls, amount: p.amount.to_string() })
            .collect(),
        by_day: usage(&s.by_day),
        by_model: usage(&s.by_model),
        by_key: usage(&s.by_key),
    }
}
