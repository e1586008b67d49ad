//! What final invoices of a month would have billed, had its calls cost something else.

use std::collections::{BTreeMap, BTreeSet};

use super::drafts::{Maker, frame, too_large};
use super::month::{CallOverride, Views, gather};
use super::{Bench, days_of, today};
use crate::domain::invoice::{Document, DocumentKind, billed_of_own_period};
use crate::domain::money::Amount;
use crate::domain::period::Period;
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;

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
    desk: &Desk,
    month: Period,
    accounts: &BTreeSet<String>,
    again: CallOverride<'_>,
) -> Result<Vec<InvoiceShift>, Stop> {
    let Some(bench) = Bench::load(desk).await? else { return Ok(Vec::new()) };
    let invoices: Vec<&Document> = accounts.iter().filter_map(|a| bench.history.invoice_of(a, month)).collect();
    if invoices.is_empty() {
        return Ok(Vec::new());
    }
    let then = net_of(&bench, month, None).await?;
    let now = net_of(&bench, month, Some(again)).await?;
    let mut shifts = Vec::new();
    for invoice in invoices {
        let account = &invoice.customer.account_id;
        let of = |nets: &BTreeMap<String, Amount>| nets.get(account).copied().unwrap_or_default();
        let difference = of(&now).checked_sub(of(&then)).ok_or_else(too_large)?;
        let number = invoice.number.clone().unwrap_or_default();
        let net = |document: &Document| document.totals.as_ref().map(|t| t.net).unwrap_or_default();
        let notes = bench.history.corrections(&number);
        let credited = Amount::sum(notes.iter().map(net)).ok_or_else(too_large)?;
        let left = net(invoice).checked_sub(credited).ok_or_else(too_large)?;
        let (account_id, currency) = (account.clone(), invoice.currency.clone());
        shifts.push(InvoiceShift { number, account_id, currency, difference, credited, left });
    }
    shifts.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(shifts)
}

/// What each account's usage of the month comes to before tax.
async fn net_of(
    bench: &Bench<'_>,
    period: Period,
    again: Option<CallOverride<'_>>,
) -> Result<BTreeMap<String, Amount>, Stop> {
    let days = days_of(bench.desk, period).await?;
    let month = gather(bench.desk, &Views::Now(&bench.view), &bench.parties, period, &days, again).await?;
    let none = BTreeMap::new();
    let maker = Maker {
        billing: &bench.billing,
        units: &bench.desk.config.rules.units,
        parties: &bench.parties,
        history: &bench.history,
        frame: frame(&bench.billing, (period, bench.desk.config.zone), today(bench.desk), &month),
        late: &none,
    };
    let mut nets = BTreeMap::new();
    for draft in maker.drafts(&month)? {
        let usage =
            |d: &&Document| d.kind == DocumentKind::Invoice && d.totals.as_ref().is_some_and(|t| t.paid.is_zero());
        if let Some(document) = draft.document.as_ref().filter(usage) {
            nets.insert(draft.account_id.clone(), billed_of_own_period(document).ok_or_else(too_large)?);
        }
    }
    Ok(nets)
}
