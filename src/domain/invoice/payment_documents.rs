//! Documents over money that was paid in or back.

use std::collections::{BTreeMap, HashSet};

use super::account_month::AccountMonth;
use super::currency::minor_units;
use super::document::{Basis, Document, DocumentKind, LineKind};
use super::draft::{Draft, DraftBuilder};
use super::error::BillingError;
use super::frame::Content;
use super::hold::Hold;
use super::key::payment_key;
use super::terms::{BillingTerms, InvoiceOn};
use super::usage::{OpenLine, plain_line};
use crate::domain::ledger::Account;
use crate::domain::money::Amount;

/// What an account's documents over payments are about.
fn basis(terms: &BillingTerms) -> Basis {
    if terms.invoice_on == InvoiceOn::Request { Basis::Request } else { Basis::TopUp }
}

/// Payments that no document has yet, as lines by currency.
struct OpenPayments {
    by_currency: BTreeMap<String, Vec<OpenLine>>,
    holds: Vec<Hold>,
}

impl DraftBuilder<'_> {
    /// A document for every currency an account paid in, over what no document has yet.
    pub(super) fn payment_documents(
        &self,
        account: &Account,
        terms: &BillingTerms,
        own: &AccountMonth,
    ) -> Result<Vec<Draft>, BillingError> {
        let id = &account.account_id;
        let key = |currency: &str| payment_key(basis(terms), id, currency, self.frame.period);
        let OpenPayments { by_currency, holds } = self.open_payments(id, own, &key);
        let mut drafts = Vec::new();
        for (currency, open) in by_currency {
            let mut draft = Draft {
                holds: holds.clone(),
                on_request: terms.invoice_on == InvoiceOn::Request,
                ..Draft::new(key(&currency), id)
            };
            match minor_units(&currency) {
                None => draft.holds.push(Hold::NoCurrency(currency)),
                Some(places) => {
                    let (document, hold) = self.payment_document(account, terms, (&currency, places), open)?;
                    draft.document = Some(document);
                    draft.holds.extend(hold);
                }
            }
            drafts.push(draft);
        }
        if drafts.is_empty() && !holds.is_empty() {
            drafts.push(Draft { holds, ..Draft::new(key(""), id) });
        }
        Ok(drafts)
    }

    fn open_payments(&self, id: &str, own: &AccountMonth, key: &dyn Fn(&str) -> String) -> OpenPayments {
        let period = self.frame.period;
        let known: HashSet<&str> = self.issued.payments(id).collect();
        let late = self.late.get(id).into_iter().flat_map(|l| &l.payments);
        let all = own.payments.iter().map(|p| (p, period)).chain(late.map(|(p, of)| (p, *of)));
        let mut open = OpenPayments { by_currency: BTreeMap::new(), holds: Vec::new() };
        for (payment, of) in all {
            let text = payment.text(self.frame.zone);
            let Some((money, currency)) = payment.money() else {
                open.holds.push(Hold::NoMoney(payment.posting_id.clone()));
                continue;
            };
            // A final document of this very period is drafted again as it was.
            let is_again = || of == period && self.issued.of_key(&key(&currency)).is_some();
            if known.contains(text.as_str()) && !is_again() {
                continue;
            }
            let kind = if of == period { LineKind::TopUp } else { LineKind::Late };
            let line = plain_line(kind, text, (payment.amount, &payment.unit), (money, Vec::new()), of);
            open.by_currency.entry(currency).or_default().push(line);
        }
        open
    }

    /// An invoice; where more went back than came in, a note that corrects the last invoice.
    fn payment_document(
        &self,
        account: &Account,
        terms: &BillingTerms,
        money: (&str, u32),
        mut open: Vec<OpenLine>,
    ) -> Result<(Document, Option<Hold>), BillingError> {
        let sum = Amount::sum(open.iter().map(|(_, exact)| *exact)).ok_or_else(BillingError::too_large)?;
        let is_note = sum.is_negative();
        if is_note {
            for (line, exact) in &mut open {
                *exact = -*exact;
                line.usage_amount = -line.usage_amount;
                line.kind = LineKind::Credit;
            }
        }
        let series = if is_note { &self.rules.credit_series } else { &self.rules.series };
        let content = Content { open, settled: Vec::new() };
        let made = self.frame.paid_invoice(account, terms, money, (basis(terms), series), content);
        let made = made.ok_or_else(BillingError::too_large)?;
        if !is_note {
            return Ok((made, None));
        }
        let corrects = self.issued.paid_invoice(&account.account_id, money.0).and_then(|d| d.number.clone());
        let hold = corrects.is_none().then_some(Hold::NothingToCorrect);
        let reason = Some("Unused money paid back".to_owned());
        Ok((Document { kind: DocumentKind::CreditNote, corrects, reason, ..made }, hold))
    }
}
