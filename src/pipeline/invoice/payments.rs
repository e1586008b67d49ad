//! Invoices on money that was paid into wallets.

use std::collections::{BTreeMap, HashSet};

use super::account_months::{AccountMonth, Payment};
use super::draft::{Draft, DraftBuilder, part, too_large};
use crate::domain::invoice::{
    Basis, BillingTerms, Content, Document, DocumentKind, Hold, InvoiceOn, LineKind, OpenLine, minor_units, plain_line,
};
use crate::domain::ledger::{Account, PostingKind};
use crate::domain::money::Amount;
use crate::domain::period::Period;
use crate::pipeline::stop::Stop;

/// How a payment is called on a document: by this it is known again.
pub(super) fn text_of(payment: &Payment, zone: crate::domain::period::Zone) -> String {
    let what = match payment.kind {
        PostingKind::PackagePurchase => "Package",
        PostingKind::Payout => "Paid back",
        _ => "Top-up",
    };
    let reference = payment.reference.as_deref().filter(|r| *r != payment.posting_id);
    let reference = reference.map_or(String::new(), |r| format!(", {r}"));
    format!("{what} {} of {}{reference}", payment.posting_id, zone.day_of(payment.at))
}

/// The money of a payment; what went back is negative.
fn money_of(payment: &Payment) -> Option<(Amount, String)> {
    let (money, currency) = match (payment.money, &payment.currency) {
        (Some(money), Some(currency)) => (money.abs(), currency.to_string()),
        (Some(money), None) if minor_units(&payment.unit).is_some() => (money.abs(), payment.unit.to_string()),
        (None, _) if minor_units(&payment.unit).is_some() => (payment.amount.abs(), payment.unit.to_string()),
        _ => return None,
    };
    Some((if payment.kind == PostingKind::Payout { -money } else { money }, currency))
}

/// A document for every currency an account paid in, over what no document has yet.
pub(super) fn payment_documents(
    maker: &DraftBuilder<'_>,
    account: &Account,
    terms: &BillingTerms,
    own: &AccountMonth,
) -> Result<Vec<Draft>, Stop> {
    let id = &account.account_id;
    let period = maker.frame.period;
    let known: HashSet<&str> = maker.history.payments(id).collect();
    let late = maker.late.get(id);
    let all = own
        .payments
        .iter()
        .map(|p| (p, period))
        .chain(late.into_iter().flat_map(|l| l.payments.iter()).map(|(p, of)| (p, *of)));
    let mut by_currency: BTreeMap<String, Vec<OpenLine>> = BTreeMap::new();
    let mut holds = Vec::new();
    for (payment, of) in all {
        let text = text_of(payment, maker.frame.zone);
        let own_key = |c: &str| maker.history.of_key(&key_of(terms, id, c, period)).is_some();
        match money_of(payment) {
            None => holds.push(Hold::NoMoney(payment.posting_id.clone())),
            // A final document of this very period is drafted again as it was.
            Some((_, currency)) if known.contains(text.as_str()) && !(of == period && own_key(&currency)) => {}
            Some((money, currency)) => {
                let kind = if of == period { LineKind::TopUp } else { LineKind::Late };
                let line = plain_line(kind, text, (payment.amount, &payment.unit), (money, Vec::new()), of);
                by_currency.entry(currency).or_default().push(line);
            }
        }
    }
    let mut drafts = Vec::new();
    for (currency, open) in by_currency {
        let mut draft = Draft {
            key: key_of(terms, id, &currency, period),
            account_id: id.clone(),
            document: None,
            holds: holds.clone(),
            on_request: terms.invoice_on == InvoiceOn::Request,
        };
        match minor_units(&currency) {
            None => draft.holds.push(Hold::NoCurrency(currency)),
            Some(places) => {
                let (document, hold) = document(maker, account, terms, (&currency, places), open)?;
                draft.document = Some(document);
                draft.holds.extend(hold);
            }
        }
        drafts.push(draft);
    }
    if drafts.is_empty() && !holds.is_empty() {
        let key = key_of(terms, id, "", period);
        drafts.push(Draft { key, account_id: id.clone(), document: None, holds, on_request: false });
    }
    Ok(drafts)
}

fn key_of(terms: &BillingTerms, id: &str, currency: &str, period: Period) -> String {
    let basis = if terms.invoice_on == InvoiceOn::Request { Basis::Request } else { Basis::TopUp };
    format!("invoice/{}/{}/{}/{period}", basis.name(), part(id), part(currency))
}

/// An invoice; where more went back than came in, a note that corrects the last invoice.
fn document(
    maker: &DraftBuilder<'_>,
    account: &Account,
    terms: &BillingTerms,
    money: (&str, u32),
    mut open: Vec<OpenLine>,
) -> Result<(Document, Option<Hold>), Stop> {
    let basis = if terms.invoice_on == InvoiceOn::Request { Basis::Request } else { Basis::TopUp };
    let sum = Amount::sum(open.iter().map(|(_, exact)| *exact)).ok_or_else(too_large)?;
    if !sum.is_negative() {
        let content = Content { open, settled: Vec::new() };
        let series = (basis, maker.billing.series.as_str());
        let made = maker.frame.paid_invoice(account, terms, money, series, content).ok_or_else(too_large)?;
        return Ok((made, None));
    }
    for (line, exact) in &mut open {
        *exact = -*exact;
        line.usage_amount = -line.usage_amount;
        line.kind = LineKind::Credit;
    }
    let series = (basis, maker.billing.credit_series.as_str());
    let content = Content { open, settled: Vec::new() };
    let made = maker.frame.paid_invoice(account, terms, money, series, content).ok_or_else(too_large)?;
    let corrected = maker.history.paid_invoice(&account.account_id, money.0).and_then(|d| d.number.clone());
    let hold = corrected.is_none().then_some(Hold::NothingToCorrect);
    let reason = Some("Unused money paid back".to_owned());
    Ok((Document { kind: DocumentKind::CreditNote, corrects: corrected, reason, ..made }, hold))
}
