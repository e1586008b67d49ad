//! Credit notes: all or some lines of a final invoice taken back.

use super::allocate::{allocate, payable};
use super::document::{Document, DocumentKind, DocumentStatus, Line, LineKind, Tax, Totals};
use super::tax::{TaxRule, share};
use crate::domain::money::{Amount, Mode, mul_div_round};
use crate::domain::period::Day;

/// Why nothing can be taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditError {
    #[error("{0} is no final invoice")]
    NotAnInvoice(String),
    #[error("line {0} is not there")]
    NoLine(u32),
    #[error("line {0} was taken back already")]
    Twice(u32),
    #[error("all of it was taken back already")]
    Nothing,
    #[error("{amount} is no amount to take back: more than 0, whole in the currency's smallest unit")]
    NotPayable { amount: Amount },
    #[error("{amount} is more than the {left} before tax that are left of it")]
    TooMuch { amount: Amount, left: Amount },
    #[error("a sum has more digits than can be held exactly")]
    Overflow,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct CreditAsk<'a> {
    /// Positions of lines; none: all that is left.
    pub positions: &'a [u32],
    /// So much before tax in place of whole lines, in the invoice's currency.
    pub amount: Option<Amount>,
    pub reason: &'a str,
    pub series: &'a str,
    pub issued_on: Day,
}

/// A credit note over lines of an invoice, each less its share of the discount. `earlier` are the notes
/// that correct the invoice already; together they never take back more than it billed.
///
/// # Errors
/// [`CreditError`].
pub fn credit_note(invoice: &Document, earlier: &[Document], ask: &CreditAsk<'_>) -> Result<Document, CreditError> {
    let number = || invoice.number.clone().unwrap_or_default();
    let (Some(billed), DocumentKind::Invoice, DocumentStatus::Final) = (&invoice.totals, invoice.kind, invoice.status)
    else {
        return Err(CreditError::NotAnInvoice(number()));
    };
    let all = worth(invoice, billed).ok_or(CreditError::Overflow)?;
    let is_gone = |position: u32| {
        earlier.iter().flat_map(|note| &note.lines).any(|l| l.kind == LineKind::Credit && l.position == position)
    };
    let mut lines: Vec<Line> = Vec::new();
    for position in ask.positions {
        let line = all.iter().find(|l| l.position == *position).ok_or(CreditError::NoLine(*position))?;
        if is_gone(*position) || lines.iter().any(|l| l.position == *position) {
            return Err(CreditError::Twice(*position));
        }
        lines.push(line.clone());
    }
    if ask.positions.is_empty() {
        lines.extend(all.iter().filter(|l| !is_gone(l.position)).cloned());
    }
    let left = Left::of(billed, earlier).ok_or(CreditError::Overflow)?;
    if let Some(amount) = ask.amount {
        if !amount.is_positive() || amount.round(invoice.minor_units, Mode::Down) != Some(amount) {
            return Err(CreditError::NotPayable { amount });
        }
        if amount > left.net {
            return Err(CreditError::TooMuch { amount, left: left.net });
        }
        let position = invoice.lines.iter().map(|l| l.position).max().unwrap_or(0).saturating_add(3);
        lines = vec![plain(position, ask.reason, amount, invoice)];
    }
    finish(invoice, lines, &left, ask)
}

/// What of an invoice no note has taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) net: Amount,
    pub(crate) tax: Amount,
}

impl Left {
    /// `notes` are those that correct the invoice. `None` on overflow.
    pub(crate) fn of<'a>(billed: &Totals, notes: impl IntoIterator<Item = &'a Document>) -> Option<Left> {
        let tax = |totals: &Totals| Amount::sum(totals.tax.iter().map(|t| t.amount));
        let mut left = Left { net: billed.net, tax: tax(billed)? };
        for note in notes.into_iter().filter_map(|n| n.totals.as_ref()) {
            left.net = left.net.checked_sub(note.net)?;
            left.tax = left.tax.checked_sub(tax(note)?)?;
        }
        Some(left)
    }
}

/// A note over lines that are already what is to be taken back.
fn finish(invoice: &Document, mut lines: Vec<Line>, left: &Left, ask: &CreditAsk<'_>) -> Result<Document, CreditError> {
    const TOO_LARGE: CreditError = CreditError::Overflow;
    let places = invoice.minor_units;
    let asked = Amount::sum(lines.iter().map(|l| l.net)).ok_or(TOO_LARGE)?;
    if asked > left.net {
        // Late corrections took some of it back already.
        let known = left.net.checked_sub(asked).ok_or(TOO_LARGE)?;
        let position = invoice.lines.iter().map(|l| l.position).max().unwrap_or(0).saturating_add(2);
        lines.push(plain(position, "Taken back before", known, invoice));
    }
    let net = asked.min(left.net);
    if !net.is_positive() {
        return Err(CreditError::Nothing);
    }
    let printed = invoice.totals.as_ref().and_then(|t| t.tax.first());
    let rule = printed.map_or(TaxRule::None, TaxRule::of_group);
    let tax = if net == left.net {
        left.tax
    } else {
        share(net, rule.percent()).and_then(|t| payable(t, places)).ok_or(TOO_LARGE)?.min(left.tax)
    };
    let total = net.checked_add(tax).ok_or(TOO_LARGE)?;
    let group = printed.map(|group| Tax { base: net, amount: tax, ..group.clone() });
    let totals =
        Totals { subtotal: net, net, tax: group.into_iter().collect(), total, payable: total, ..Totals::default() };
    Ok(Document {
        kind: DocumentKind::CreditNote,
        status: DocumentStatus::Draft,
        number: None,
        series: ask.series.to_owned(),
        issued_on: ask.issued_on,
        due_on: None,
        terms_days: None,
        lines,
        totals: Some(totals),
        corrects: invoice.number.clone(),
        reason: Some(ask.reason.to_owned()),
        laws: Vec::new(),
        ..invoice.clone()
    })
}

/// The invoice's lines less their shares of the discount, and its commitment as one more.
fn worth(invoice: &Document, billed: &Totals) -> Option<Vec<Line>> {
    let taken = Amount::sum(billed.discounts.iter().map(|d| d.amount))?;
    // Late lines were settled before and take no part in this month's discount.
    let shares = |l: &Line| l.kind != LineKind::Late;
    let base = Amount::sum(invoice.lines.iter().filter(|l| shares(l)).map(|l| l.net))?;
    let mut exact = Vec::new();
    for line in invoice.lines.iter().filter(|l| shares(l)) {
        let off =
            if base.is_zero() { 0 } else { mul_div_round(line.net.raw(), taken.raw(), base.raw(), Mode::HalfEven)? };
        exact.push(line.net.checked_sub(Amount::from_raw(off)?)?);
    }
    let mut reduced = allocate(base.checked_sub(taken)?, &exact, invoice.minor_units)?.into_iter();
    let mut lines = Vec::new();
    for line in &invoice.lines {
        let net = if shares(line) { reduced.next()? } else { line.net };
        lines.push(Line { kind: LineKind::Credit, net, drift: Amount::ZERO, ..line.clone() });
    }
    if let Some(commitment) = billed.commitment {
        let position = invoice.lines.iter().map(|l| l.position).max().unwrap_or(0).checked_add(1)?;
        lines.push(plain(position, "Minimum commitment", commitment, invoice));
    }
    Some(lines)
}

fn plain(position: u32, text: &str, net: Amount, invoice: &Document) -> Line {
    Line {
        position,
        text: text.to_owned(),
        kind: LineKind::Credit,
        model: None,
        endpoint: None,
        unit: invoice.currency.clone(),
        quantity_calls: None,
        input_tokens: None,
        output_tokens: None,
        usage_amount: net,
        rate: Vec::new(),
        net,
        drift: Amount::ZERO,
        period: invoice.period,
    }
}
