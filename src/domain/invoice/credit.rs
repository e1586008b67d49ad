//! Credit notes: all or some lines of a final invoice taken back.

use super::document::{Document, DocumentKind, DocumentStatus, Line, Tax, Totals};
use super::left::{Left, Money, plain, worth};
use crate::domain::money::{Amount, Mode};
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
    // A note over money paid back has lines of its own, which only happen to have the same places.
    let is_it = |a: &Line, b: &Line| (a.kind, a.position, &a.text) == (b.kind, b.position, &b.text);
    let is_gone = |line: &Line| earlier.iter().flat_map(|note| &note.lines).any(|l| is_it(l, line));
    let mut lines: Vec<Line> = Vec::new();
    for position in ask.positions {
        let line = all.iter().find(|l| l.position == *position).ok_or(CreditError::NoLine(*position))?;
        if is_gone(line) || lines.iter().any(|l| l.position == *position) {
            return Err(CreditError::Twice(*position));
        }
        lines.push(line.clone());
    }
    if ask.positions.is_empty() {
        lines.extend(all.iter().filter(|l| !is_gone(l)).cloned());
    }
    let left = Left::of(invoice, earlier).ok_or(CreditError::Overflow)?;
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

/// A note over lines that are already what is to be taken back.
fn finish(invoice: &Document, mut lines: Vec<Line>, left: &Left, ask: &CreditAsk<'_>) -> Result<Document, CreditError> {
    const TOO_LARGE: CreditError = CreditError::Overflow;
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
    let Money { net, tax } = left.take(net).ok_or(TOO_LARGE)?;
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
