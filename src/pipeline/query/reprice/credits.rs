//! Which final invoices billed calls that are priced anew, and what of each is to be given back.

use std::collections::BTreeSet;

use super::{priced, too_large};
use crate::domain::ledger::Parties;
use crate::domain::period::{Instant, Period};
use crate::edge::lake::Manifest;
use crate::pipeline::close::sealed_day::SealedDay;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::invoice::{InvoiceShift, invoice_shifts};
use crate::pipeline::registry::books::Books;

/// An invoice, and what it would have billed before tax at the prices known later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Billed {
    pub(crate) month: Period,
    pub(crate) shift: InvoiceShift,
}

impl Billed {
    /// What to type to give back what was billed too much; none where nothing was.
    pub(crate) fn command(&self) -> Option<CreditCommand> {
        let shift = &self.shift;
        let amount = shift.difference.abs().min(shift.left);
        if !shift.difference.is_negative() || !amount.is_positive() {
            return None;
        }
        let text = format!(
            "trueup invoice credit {} --amount {} --reason \"prices of {} corrected\"",
            shift.number, amount, self.month
        );
        let note = if shift.difference.abs() > shift.left {
            Some(format!(
                "{} less than it would be: credit notes took that back already",
                shift.difference.abs().checked_sub(amount).unwrap_or_default()
            ))
        } else if shift.credited.is_positive() {
            Some(format!("{} was taken back of it already: for this?", shift.credited))
        } else {
            None
        };
        Some(CreditCommand { text, note })
    }
}

/// A command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CreditCommand {
    pub(crate) text: String,
    /// What to think of first.
    pub(crate) note: Option<String>,
}

/// The final invoices of a month to these accounts, with discount and commitment computed again whole.
pub(super) async fn billed(
    context: &RunContext,
    books: &Books,
    parties: &Parties,
    month: Period,
    (known, accounts): (Instant, &BTreeSet<String>),
) -> Result<Vec<Billed>, AppError> {
    let again = |manifest: &Manifest, day: &mut SealedDay| reprice_day(context, books, parties, known, manifest, day);
    let shifts = invoice_shifts(context, month, accounts, &again).await?;
    Ok(shifts.into_iter().map(|shift| Billed { month, shift }).collect())
}

/// Puts the amounts of later prices in the place of the sealed ones, where they differ.
fn reprice_day(
    context: &RunContext,
    books: &Books,
    parties: &Parties,
    known: Instant,
    manifest: &Manifest,
    day: &mut SealedDay,
) -> Result<(), AppError> {
    if manifest.known >= known || books.fingerprint(manifest.known) == books.fingerprint(known) {
        return Ok(());
    }
    let rows = day.call_rows();
    let calls = day.calls.take(&rows).map_err(AppError::internal)?;
    let before = priced(context, &books.raters(manifest.known), parties, &calls)?;
    let after = priced(context, &books.raters(known), parties, &calls)?;
    for (at, row) in rows.iter().enumerate() {
        if before.amount[at] != after.amount[at] {
            let place = day.said.expected.get_mut(*row as usize).ok_or_else(too_large)?;
            *place = after.amount[at];
        }
    }
    Ok(())
}
