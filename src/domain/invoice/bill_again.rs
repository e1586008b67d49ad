//! An invoice billed once more: what was asked to be taken back of it, to the address and with the tax that hold now.

use super::allocate::{allocate, payable};
use super::document::{Document, DocumentKind, DocumentStatus, Issuer, Line, LineKind, Tax, Totals};
use super::frame::customer_of;
use super::issued::IssuedDocuments;
use super::key::KeyKind;
use super::left::Money;
use super::tax::{share, without};
use super::terms::BillingTerms;
use crate::domain::ledger::Account;
use crate::domain::money::{Amount, Exact};
use crate::domain::period::Day;

/// Why an invoice cannot be billed once more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AgainError {
    #[error("{0} is no final invoice")]
    NotAnInvoice(String),
    #[error("{left} of it before tax are not taken back")]
    SomethingLeft { left: Amount },
    #[error("nobody asked for any of it to be taken back: what was corrected or paid back is not owed")]
    NotAskedFor,
    #[error("its currency {is} is not that of the account's row, {row}")]
    OtherCurrency { is: String, row: String },
    #[error("a sum has more digits than can be held exactly")]
    Overflow,
}

/// Who is billed, and by whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AgainAsk<'a> {
    pub(crate) account: &'a Account,
    pub(crate) terms: &'a BillingTerms,
    pub(crate) issuer: &'a Issuer,
    pub(crate) series: &'a str,
    pub(crate) issued_on: Day,
}

/// What is billed once more, as it was taxed.
struct Taken {
    lines: Vec<Line>,
    totals: Totals,
}

/// The invoice that bills once more what notes that were asked for took back of another.
///
/// # Errors
/// [`AgainError`].
pub(crate) fn bill_again(
    issued: &IssuedDocuments,
    invoice: &Document,
    ask: &AgainAsk<'_>,
) -> Result<Document, AgainError> {
    let number = invoice.number.clone().unwrap_or_default();
    if invoice.kind != DocumentKind::Invoice || invoice.status != DocumentStatus::Final {
        return Err(AgainError::NotAnInvoice(number));
    }
    let left = issued.left_of(invoice).ok_or(AgainError::Overflow)?;
    if !left.net.is_zero() || !left.tax.is_zero() {
        return Err(AgainError::SomethingLeft { left: left.net });
    }
    if let Some(row) = ask.terms.currency.as_ref().filter(|row| **row != invoice.currency) {
        return Err(AgainError::OtherCurrency { is: invoice.currency.clone(), row: row.clone() });
    }
    let (asked, others): (Vec<_>, Vec<_>) =
        issued.notes_over(&number).partition(|note| KeyKind::of(&note.key) == KeyKind::AskedNote);
    let asked: Vec<&Document> = asked.into_iter().map(|note| &note.document).collect();
    if asked.is_empty() {
        return Err(AgainError::NotAskedFor);
    }
    let taken = match others.is_empty() {
        true => Taken::whole(invoice),
        false => Taken::by_notes(invoice, &asked),
    };
    let taken = taken.and_then(|taken| taken.taxed(ask.terms, invoice.minor_units)).ok_or(AgainError::Overflow)?;
    let notes: Vec<&str> = asked.iter().filter_map(|note| note.number.as_deref()).collect();
    let owes = taken.totals.payable.is_positive();
    let days = owes.then_some(ask.terms.terms_days);
    Ok(Document {
        status: DocumentStatus::Draft,
        number: None,
        series: ask.series.to_owned(),
        issued_on: ask.issued_on,
        due_on: days.map(|days| ask.issued_on.plus(i64::from(days))),
        terms_days: days,
        issuer: ask.issuer.clone(),
        customer: customer_of(ask.account),
        lines: (1u32..).zip(taken.lines).map(|(position, line)| Line { position, ..line }).collect(),
        totals: Some(taken.totals),
        reason: Some(format!("bills once more {number}, which {} took back", notes.join(", "))),
        laws: Vec::new(),
        ..invoice.clone()
    })
}

impl Taken {
    /// All of an invoice.
    fn whole(invoice: &Document) -> Option<Taken> {
        Some(Taken { lines: invoice.lines.clone(), totals: invoice.totals.clone()? })
    }

    /// What some notes took back, where others took the rest: their lines, each already less its discount.
    fn by_notes(invoice: &Document, notes: &[&Document]) -> Option<Taken> {
        let billed = invoice.totals.as_ref()?;
        let mut lines = Vec::new();
        let mut money = Money::default();
        for note in notes {
            money = money.checked_add(Money::of(note.totals.as_ref()?)?)?;
            for line in &note.lines {
                let is_it = |l: &&Line| (l.position, &l.text) == (line.position, &line.text);
                let known = invoice.lines.iter().find(is_it);
                lines.push(Line {
                    kind: known.map_or(LineKind::Credit, |l| l.kind),
                    usage_amount: if known.is_some_and(|l| l.kind == LineKind::Late) {
                        line.net
                    } else {
                        line.usage_amount
                    },
                    ..line.clone()
                });
            }
        }
        let total = money.total()?;
        let group = billed.tax.first().map(|group| Tax { base: money.net, amount: money.tax, ..group.clone() });
        let paid = if billed.paid.is_positive() { total } else { Amount::ZERO };
        let totals = Totals {
            subtotal: money.net,
            net: money.net,
            tax: group.into_iter().collect(),
            total,
            paid,
            payable: total.checked_sub(paid)?,
            rounding_drift: Amount::sum(lines.iter().map(|l| l.drift))?,
            ..Totals::default()
        };
        Some(Taken { lines, totals })
    }

    /// With an account's tax in place of the one it had: on top of what is owed before tax, within what was paid.
    /// Where it is the same, the amounts are, to the last cent.
    fn taxed(self, terms: &BillingTerms, minor_units: u32) -> Option<Taken> {
        let Taken { mut lines, totals } = self;
        let shape = terms.tax.shape();
        let was = totals.tax.first();
        if was.is_some_and(|was| (was.category, was.percent) == (shape.category, shape.percent)) {
            let tax = totals.tax.iter().map(|group| Tax { reason: shape.reason.clone(), ..group.clone() }).collect();
            return Some(Taken { lines, totals: Totals { tax, ..totals } });
        }
        let percent = shape.percent;
        if totals.paid.is_zero() {
            for line in lines.iter_mut().filter(|l| l.kind == LineKind::Late) {
                // Its tax is no longer within it.
                line.usage_amount = line.net;
            }
            let amount = payable(share(totals.net, percent)?, minor_units)?;
            let total = totals.net.checked_add(amount)?;
            let tax = vec![Tax { base: totals.net, amount, ..shape }];
            return Some(Taken { lines, totals: Totals { tax, total, payable: total, ..totals } });
        }
        let net = payable(without(totals.total, percent)?, minor_units)?;
        let old = was.map_or(Exact::ZERO, |was| was.percent);
        let exact = lines.iter().map(|line| paid_before_tax(line, old, percent)).collect::<Option<Vec<_>>>()?;
        let parts = allocate(net, &exact, minor_units)?;
        for (line, (part, exact)) in lines.iter_mut().zip(parts.into_iter().zip(exact)) {
            (line.net, line.drift) = (part, part.checked_sub(exact)?);
        }
        let tax = vec![Tax { base: net, amount: totals.total.checked_sub(net)?, ..shape }];
        let rounding_drift = Amount::sum(lines.iter().map(|l| l.drift))?;
        Some(Taken { lines, totals: Totals { subtotal: net, net, tax, rounding_drift, ..totals } })
    }
}

/// What a line over paid money comes to before a tax of `new` percent in place of `old`.
fn paid_before_tax(line: &Line, old: Exact, new: Exact) -> Option<Amount> {
    let before = line.net.checked_sub(line.drift)?;
    without(before.checked_add(share(before, old)?)?, new)
}
