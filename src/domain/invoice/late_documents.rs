//! Invoices over late lines alone: of a currency or a tax that no other invoice of the account has.

use super::document::{Basis, Tax};
use super::draft::{Draft, DraftBuilder, LateLine};
use super::error::BillingError;
use super::frame::Content;
use super::key::late_invoice_key;
use super::tax::TaxRule;
use super::terms::BillingTerms;
use crate::domain::ledger::Account;

impl LateLine {
    /// Whether an invoice in a currency, taxed by a rule, can take it.
    pub(super) fn fits(&self, currency: &str, rule: &TaxRule) -> bool {
        self.currency == currency && is_one(&self.tax, &rule.shape())
    }
}

fn is_one(a: &Tax, b: &Tax) -> bool {
    (a.category, a.percent, &a.reason) == (b.category, b.percent, &b.reason)
}

impl DraftBuilder<'_> {
    /// An invoice for every currency and tax among late lines, each on the terms of the months it bills.
    pub(super) fn late_invoices(&self, account: &Account, lines: &[&LateLine]) -> Result<Vec<Draft>, BillingError> {
        let mut groups: Vec<Vec<&LateLine>> = Vec::new();
        for line in lines {
            let is_like = |g: &&mut Vec<&LateLine>| g[0].currency == line.currency && is_one(&g[0].tax, &line.tax);
            match groups.iter_mut().find(is_like) {
                Some(group) => group.push(line),
                None => groups.push(vec![line]),
            }
        }
        groups.into_iter().map(|group| self.late_invoice(account, &group)).collect()
    }

    fn late_invoice(&self, account: &Account, lines: &[&LateLine]) -> Result<Draft, BillingError> {
        let like = lines[0];
        let terms = BillingTerms {
            tax: TaxRule::of_group(&like.tax),
            terms_days: like.terms_days.unwrap_or(BillingTerms::default().terms_days),
            ..BillingTerms::default()
        };
        let money = (like.currency.as_str(), like.minor_units);
        let content = Content { open: Vec::new(), settled: lines.iter().map(|l| l.line.clone()).collect() };
        let made = self.frame.usage_invoice(account, &terms, money, (like.basis, &self.rules.series), content);
        let id = &account.account_id;
        Ok(Draft {
            document: Some(made.ok_or_else(BillingError::too_large)?),
            holds: lines.iter().flat_map(|l| l.holds.iter().cloned()).collect(),
            on_request: like.basis == Basis::Request,
            ..Draft::new(late_invoice_key(id, &like.currency, &like.tax, self.frame.period), id)
        })
    }
}
