//! What final invoices of a month would have billed, had its calls cost something else.

use std::collections::{BTreeMap, BTreeSet};

use super::account_months::{CallOverride, RawCatalogs, gather};
use super::context::{BillingContext, today};
use crate::domain::invoice::{BilledOn, BillingError, billed_of_own_period};
use crate::domain::money::Amount;
use crate::domain::period::Period;
use crate::pipeline::close::day_revisions::days_of;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// A final invoice on usage, and how much more it would have billed before tax, with discount and
/// commitment computed again whole; in its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvoiceShift {
    pub(crate) number: String,
    pub(crate) account_id: String,
    pub(crate) currency: String,
    /// Negative: so much is to be given back.
    pub(crate) difference: Amount,
    /// What credit notes took back of it already, and what is left.
    pub(crate) credited: Amount,
    pub(crate) left: Amount,
}

/// The final invoices of a month to these accounts, by number; none where nobody is set up to send bills.
///
/// # Errors
/// Law: a sealed day is not what its seal says.
pub(crate) async fn invoice_shifts(
    run: &RunContext,
    month: Period,
    accounts: &BTreeSet<String>,
    again: CallOverride<'_>,
) -> Result<Vec<InvoiceShift>, AppError> {
    let Some(context) = BillingContext::load(run).await? else { return Ok(Vec::new()) };
    let issued = &context.history.documents;
    let too_large = BillingError::too_large;
    let mut billed: Vec<(&String, Vec<BilledOn<'_>>)> = Vec::new();
    for account in accounts {
        billed.push((account, issued.billed(account, month).ok_or_else(too_large)?.on));
    }
    if billed.iter().all(|(_, on)| on.is_empty()) {
        return Ok(Vec::new());
    }
    let then = net_of(&context, month, None).await?;
    let now = net_of(&context, month, Some(again)).await?;
    let mut shifts = Vec::new();
    for (account, on) in billed {
        let of = |nets: &BTreeMap<String, Amount>| nets.get(account).copied().unwrap_or_default();
        let mut rest = of(&now).checked_sub(of(&then)).ok_or_else(too_large)?;
        for (place, BilledOn { invoice, left }) in on.iter().enumerate() {
            // Of each invoice that billed the month no more than it bills of it; the last says what is over.
            let stands = left.stands_of(month).ok_or_else(too_large)?;
            let difference = if place + 1 == on.len() { rest } else { rest.max(-stands) };
            if place > 0 && difference.is_zero() {
                continue;
            }
            rest = rest.checked_sub(difference).ok_or_else(too_large)?;
            let net = invoice.totals.as_ref().map(|t| t.net).unwrap_or_default();
            let credited = net.checked_sub(left.net).ok_or_else(too_large)?;
            let (number, currency) = (invoice.number.clone().unwrap_or_default(), invoice.currency.clone());
            let left = left.left_of(month).ok_or_else(too_large)?;
            shifts.push(InvoiceShift { number, account_id: account.clone(), currency, difference, credited, left });
        }
    }
    shifts.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(shifts)
}

/// What each account's usage of the month comes to before tax.
async fn net_of(
    context: &BillingContext<'_>,
    period: Period,
    again: Option<CallOverride<'_>>,
) -> Result<BTreeMap<String, Amount>, AppError> {
    let days = days_of(context.run, period).await?;
    let months =
        gather(context.run, &RawCatalogs::Now(&context.catalog), &context.parties, period, &days, again).await?;
    let none = BTreeMap::new();
    let builder = context.builder((period, today(context.run)), &months, &none);
    let mut nets = BTreeMap::new();
    for draft in builder.drafts(&months)? {
        if let Some(document) = draft.document.as_ref().filter(|d| d.is_usage_invoice()) {
            let net = billed_of_own_period(document).ok_or_else(BillingError::too_large)?;
            nets.insert(draft.account_id.clone(), net);
        }
    }
    Ok(nets)
}
