//! Taking back what a final invoice billed.

use std::collections::BTreeSet;

use super::complete;
use super::context::{BillingContext, today};
use super::finalise::number;
use super::print::Unprinted;
use crate::domain::invoice::{CreditAsk, Document, check_document, credit_key, credit_note};
use crate::domain::money::Amount;
use crate::domain::period::Day;
use crate::edge::render::canonical;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::{AppError, ErrorKind};

/// A credit note that is wanted. Asked for again, in the same words, it is the same note.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CreditRequest<'a> {
    pub invoice: &'a str,
    /// Positions of lines; none: all that is left.
    pub lines: &'a [u32],
    /// So much before tax in place of whole lines.
    pub amount: Option<Amount>,
    pub reason: &'a str,
    /// Of equal requests, which one this is: 1 is the first.
    pub nth: u32,
}

/// A document that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Absent where nothing was written.
    pub number: Option<String>,
    /// The day it was issued, where it had its number before.
    pub known_since: Option<Day>,
    /// Final documents whose files could not be made.
    pub unprinted: Vec<Unprinted>,
    /// Canonical JSON.
    pub canonical: Vec<u8>,
}

/// Takes back lines of a final invoice, so much of it (before tax, in its currency), or all that is left,
/// with a credit note of its own number. A request that has its note gets that note, brought to its end if
/// it was not.
///
/// # Errors
/// Input: no such invoice or line, nothing left to take back, or less than `amount`.
pub(crate) async fn credit(run: &RunContext, request: &CreditRequest<'_>) -> Result<Asked, AppError> {
    let Some(mut context) = BillingContext::load(run).await? else {
        return Err(AppError::config("nobody is set up to send bills").hint("[issuer] in trueup.toml says who is"));
    };
    complete::check_kept(&context).await?;
    let found = context.history.documents.of_number(request.invoice).cloned();
    let unknown = || {
        AppError::new(ErrorKind::Input, format!("there is no document {}", request.invoice))
            .hint("`trueup invoice list` shows them all")
    };
    let document = found.ok_or_else(unknown)?;
    let series = context.rules.credit_series.clone();
    let ask = CreditAsk {
        positions: request.lines,
        amount: request.amount,
        reason: request.reason.trim(),
        series: &series,
        issued_on: today(run),
    };
    let key = credit_key(request.invoice, &ask, request.nth);
    let known = known_key(&context, &document, &ask, &key, request.nth);
    let known_since = known.as_ref().and_then(|key| context.history.documents.of_key(key)).map(|d| d.issued_on);
    if known.is_none() {
        let earlier: Vec<Document> =
            context.history.documents.corrections(request.invoice).into_iter().cloned().collect();
        let mut note =
            credit_note(&document, &earlier, &ask).map_err(|e| AppError::new(ErrorKind::Input, e.to_string()))?;
        note.laws = check_document(&note).map_err(AppError::law)?;
        if !context.is_real() {
            let canonical = canonical(&note);
            return Ok(Asked { number: None, known_since, unprinted: Vec::new(), canonical });
        }
        number(&mut context, &key, &note).await?;
    }
    let mut unprinted = Vec::new();
    if context.is_real() {
        unprinted = complete::complete(&context, &BTreeSet::new(), None).await?;
    }
    let made = context.history.documents.of_key(known.as_ref().unwrap_or(&key));
    let made = made.ok_or_else(|| AppError::internal("a note that was just numbered is gone"))?;
    Ok(Asked { number: made.number.clone(), known_since, unprinted, canonical: canonical(made) })
}

/// The key of the note that a request has already. Earlier builds counted the notes over an invoice: one of
/// theirs is the first of its kind if the request, made at its time, gives what it says.
fn known_key(
    context: &BillingContext<'_>,
    invoice: &Document,
    ask: &CreditAsk<'_>,
    key: &str,
    nth: u32,
) -> Option<String> {
    let issued = &context.history.documents;
    if issued.of_key(key).is_some() {
        return Some(key.to_owned());
    }
    let number = invoice.number.as_deref()?;
    let notes: Vec<Document> = issued.corrections(number).into_iter().cloned().collect();
    let counted = (1..=notes.len()).map(|n| format!("credit/{number}/{n}"));
    let mut equal = counted.filter(|key| {
        let Some(note) = issued.of_key(key) else { return false };
        let before = notes.iter().take_while(|other| other.number != note.number).cloned().collect::<Vec<_>>();
        credit_note(invoice, &before, ask).is_ok_and(|again| again.lines == note.lines && again.reason == note.reason)
    });
    equal.nth(nth.checked_sub(1)? as usize)
}
