//! The invoice over a month's usage.

use super::account_month::AccountMonth;
use super::currency::minor_units;
use super::document::Basis;
use super::draft::{Draft, DraftBuilder, LateLine};
use super::error::BillingError;
use super::frame::Content;
use super::hold::Hold;
use super::key::usage_key;
use super::terms::{BillingTerms, InvoiceOn};
use super::usage::{LineError, OpenLine, gift_lines, usage_lines};
use crate::domain::ledger::Account;

impl DraftBuilder<'_> {
    /// The currency of an account's invoices, with its decimal places: the account's own, else what the
    /// first unit is or is worth.
    fn currency<'u>(
        &self,
        terms: &BillingTerms,
        mut units: impl Iterator<Item = &'u str>,
    ) -> Result<(String, u32), Hold> {
        let wanted = match &terms.currency {
            Some(currency) => currency.clone(),
            None => {
                let unit = units.next().unwrap_or_default();
                let money = |unit: &str| minor_units(unit).is_some();
                let rated =
                    || self.units.rates().iter().find(|r| r.name == unit && money(&r.unit)).map(|r| r.unit.clone());
                if money(unit) { unit.to_owned() } else { rated().unwrap_or_else(|| unit.to_owned()) }
            }
        };
        match minor_units(&wanted) {
            Some(places) => Ok((wanted, places)),
            None => Err(Hold::NoCurrency(wanted)),
        }
    }

    /// The invoice over the month's usage where there is anything to bill, with the late lines it can take; those
    /// it cannot are on invoices of their own.
    pub(super) fn usage_documents(
        &self,
        account: &Account,
        terms: &BillingTerms,
        own: &AccountMonth,
    ) -> Result<Vec<Draft>, BillingError> {
        let id = &account.account_id;
        own.check_lines().map_err(|e| e.at(id))?;
        let late = self.late.get(id).map_or(&[][..], |late| &late.lines);
        let of_lines = late.iter().map(|l| l.currency.as_str()).filter(|_| own.sums.is_empty());
        let currency = self.currency(terms, own.sums.keys().map(|k| k.unit.as_str()).chain(of_lines));
        let fits = |l: &&LateLine| currency.as_ref().is_ok_and(|(c, _)| l.fits(c, &terms.tax));
        let (fitting, others): (Vec<&LateLine>, Vec<&LateLine>) = late.iter().partition(fits);
        let mut drafts = self.late_invoices(account, &others)?;
        if own.sums.is_empty() && fitting.is_empty() && (terms.commitment.is_none() || !self.was_there(account)) {
            return Ok(drafts);
        }
        let on_request = terms.invoice_on == InvoiceOn::Request;
        let basis = if on_request { Basis::Request } else { Basis::Usage };
        let mut draft = Draft { on_request, ..Draft::new(self.usage_key(basis, id), id) };
        draft.holds.extend(fitting.iter().flat_map(|l| l.holds.iter().cloned()));
        match currency {
            Err(hold) => draft.holds.push(hold),
            Ok((currency, places)) => match self.usage_content(own, &currency) {
                Err(LineError::NoRate { unit, currency }) => draft.holds.push(Hold::NoRate { unit, currency }),
                Err(LineError::Overflow) => return Err(BillingError::too_large()),
                Ok(open) => {
                    let content = Content { open, settled: fitting.iter().map(|l| l.line.clone()).collect() };
                    let series = (basis, self.rules.series.as_str());
                    let made = self.frame.usage_invoice(account, terms, (&currency, places), series, content);
                    draft.document = Some(made.ok_or_else(BillingError::too_large)?);
                }
            },
        }
        drafts.push(draft);
        Ok(drafts)
    }

    /// Usage of a month has one invoice, also where the account's way changed since.
    fn usage_key(&self, basis: Basis, account: &str) -> String {
        let keys = [Basis::Usage, Basis::Request].map(|basis| usage_key(basis, account, self.frame.period));
        let issued = keys.into_iter().find(|key| self.issued.of_key(key).is_some());
        issued.unwrap_or_else(|| usage_key(basis, account, self.frame.period))
    }

    /// Whether the account was there when the period began.
    fn was_there(&self, account: &Account) -> bool {
        self.parties.account(&account.account_id, self.span().0).is_some()
    }

    fn usage_content(&self, own: &AccountMonth, currency: &str) -> Result<Vec<OpenLine>, LineError> {
        let mut lines = usage_lines(&own.sums, self.units, currency, self.frame.period)?;
        lines.extend(gift_lines(&own.given, self.units, currency, self.frame.period)?);
        Ok(lines)
    }
}
