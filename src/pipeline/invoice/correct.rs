//! Taking back what a final invoice billed.

use super::complete;
use super::context::{BillingContext, today};
use super::finalise::number;
use super::print::Unprinted;
use crate::domain::invoice::{CreditAsk, Document, check_document, credit_key, credit_note};
use crate::domain::money::Amount;
use crate::edge::render::canonical;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::{AppError, ErrorKind};

/// A credit note that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Credit {
    /// Absent where nothing was written.
    pub number: Option<String>,
    /// Final documents whose files could not be made.
    pub unprinted: Vec<Unprinted>,
    /// Canonical JSON.
    pub canonical: Vec<u8>,
}

/// Takes back lines of a final invoice, so much of it (before tax, in its currency), or all that is left,
/// with a credit note of its own number.
///
/// # Errors
/// Input: no such invoice or line, nothing left to take back, or less than `amount`.
pub(crate) async fn credit(
    run: &RunContext,
    invoice: &str,
    (lines, amount): (&[u32], Option<Amount>),
    reason: &str,
) -> Result<Credit, AppError> {
    let Some(mut context) = BillingContext::load(run).await? else {
        return Err(AppError::config("nobody is set up to send bills").hint("[issuer] in trueup.toml says who is"));
    };
    complete::check_kept(&context).await?;
    let found = context.history.documents.of_number(invoice).cloned();
    let unknown = || {
        AppError::new(ErrorKind::Input, format!("there is no document {invoice}"))
            .hint("`trueup invoice list` shows them all")
    };
    let document = found.ok_or_else(unknown)?;
    let earlier: Vec<Document> = context.history.documents.corrections(invoice).into_iter().cloned().collect();
    let series = context.rules.credit_series.clone();
    let ask = CreditAsk { positions: lines, amount, reason, series: &series, issued_on: today(run) };
    let mut note =
        credit_note(&document, &earlier, &ask).map_err(|e| AppError::new(ErrorKind::Input, e.to_string()))?;
    note.laws = check_document(&note).map_err(AppError::law)?;
    if !context.is_real() {
        let canonical = canonical(&note);
        return Ok(Credit { number: None, unprinted: Vec::new(), canonical });
    }
    let key = credit_key(invoice, earlier.len() + 1);
    let number = number(&mut context, &key, &note).await?;
    let unprinted = complete::complete(&context).await?;
    let made = context.history.documents.of_key(&key).map(canonical).unwrap_or_default();
    Ok(Credit { number: Some(number), unprinted, canonical: made })
}
