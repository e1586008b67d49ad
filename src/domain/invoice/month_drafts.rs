//! Drafts of a month: what every account would get.

use std::collections::BTreeSet;

use super::account_month::{AccountMonth, AccountMonths};
use super::draft::{Draft, DraftBuilder};
use super::error::BillingError;
use super::hold::{Hold, account_holds, odd_fields};
use super::laws::check_document;
use super::terms::{InvoiceOn, account_row, terms_of};
use crate::domain::ledger::{Account, Mode};

impl DraftBuilder<'_> {
    /// Every draft of the month, in the order of accounts. One in which an equality does not hold is held.
    ///
    /// # Errors
    /// Law: the calls behind an account's lines do not come to them. Overflow.
    pub(crate) fn drafts(&self, months: &AccountMonths) -> Result<Vec<Draft>, BillingError> {
        let mut ids: BTreeSet<&str> = months.accounts.keys().map(String::as_str).collect();
        ids.extend(self.late.keys().map(String::as_str));
        ids.extend(self.parties.accounts().map(|a| a.account_id.as_str()));
        let empty = AccountMonth::default();
        let mut drafts = Vec::new();
        for id in ids {
            let own = months.accounts.get(id).unwrap_or(&empty);
            drafts.extend(self.account(id, own, months)?);
        }
        for draft in &mut drafts {
            if let Some(document) = &mut draft.document {
                match check_document(document) {
                    Ok(laws) => document.laws = laws,
                    // One account's document stands in nobody else's way.
                    Err(broken) => draft.holds.push(Hold::Law(broken.to_string())),
                }
                draft.holds.extend(odd_fields(document));
            }
            draft.holds.sort();
            draft.holds.dedup();
        }
        Ok(drafts)
    }

    fn account(&self, id: &str, own: &AccountMonth, months: &AccountMonths) -> Result<Vec<Draft>, BillingError> {
        let row = account_row(self.parties, id, self.span().1);
        let terms = terms_of(row)?;
        let holds = account_holds(row, own, &self.rules.hold_above)?;
        let fallback = Account { account_id: id.to_owned(), name: id.to_owned(), ..Account::default() };
        let account = row.unwrap_or(&fallback);
        let mut drafts = self.statements(account, &terms, own, months)?;
        // What a closed month still owes or is owed goes out on its own terms, whatever the row says now.
        let late = self.late.get(id);
        drafts.extend(late.into_iter().flat_map(|l| &l.credits).cloned());
        let late_lines = || late.iter().flat_map(|l| &l.lines).collect::<Vec<_>>();
        match (terms.invoice_on, terms.mode) {
            (InvoiceOn::Usage, _) | (InvoiceOn::Request, Mode::Postpaid) => {
                drafts.extend(self.usage_documents(account, &terms, own)?);
            }
            (InvoiceOn::TopUp, _) | (InvoiceOn::Request, Mode::Prepaid) => {
                drafts.extend(self.payment_documents(account, &terms, &own.payments)?);
                drafts.extend(self.late_invoices(account, &late_lines())?);
            }
            (InvoiceOn::Never, _) => drafts.extend(self.late_invoices(account, &late_lines())?),
        }
        if !terms.invoices_payments() && late.is_some_and(|l| !l.payments.is_empty()) {
            drafts.extend(self.payment_documents(account, &terms, &[])?);
        }
        for draft in &mut drafts {
            draft.holds.extend(holds.iter().cloned());
        }
        Ok(drafts)
    }
}
