//! The statements of an account's wallets.

use super::account_month::{AccountMonth, AccountMonths};
use super::currency::minor_units;
use super::draft::{Draft, DraftBuilder};
use super::error::BillingError;
use super::frame::customer_of;
use super::key::statement_key;
use super::proposals::Proposing;
use super::statement::statement;
use super::terms::BillingTerms;
use crate::domain::ledger::{Account, Mode, WalletDay};

impl DraftBuilder<'_> {
    /// A statement of each wallet: of all of a prepaid account, of a postpaid one those that were filled.
    pub(super) fn statements(
        &self,
        account: &Account,
        terms: &BillingTerms,
        own: &AccountMonth,
        months: &AccountMonths,
    ) -> Result<Vec<Draft>, BillingError> {
        let id = &account.account_id;
        let period = self.frame.period;
        let mut drafts = Vec::new();
        // Wallets are in the order of their accounts.
        let first = months.rolled.partition_point(|w| *w.wallet.account_id < **id);
        let of_account = months.rolled[first..].iter().take_while(|w| *w.wallet.account_id == **id);
        let stated = |w: &&WalletDay| terms.mode == Mode::Prepaid || months.filled.contains(&w.wallet);
        let wallets: Vec<&WalletDay> = of_account.filter(stated).collect();
        let proposing = Proposing { wallets: &wallets, debits: &months.call_debits };
        let mut proposals = proposing
            .all(own.findings.iter().filter(|f| !own.is_invoiced(f)), &own.debited_for_others)
            .ok_or_else(BillingError::too_large)?;
        for rolled in wallets {
            let (wallet, unit) = (&rolled.wallet.wallet, &rolled.wallet.unit);
            let usage = own.wallets.get(&(wallet.clone(), unit.clone())).cloned().unwrap_or_default();
            let before = self.issued.before(id, wallet, unit, period);
            let proposed = proposals.remove(&rolled.wallet).unwrap_or_default();
            let made = statement(rolled, &usage, before, proposed).ok_or_else(BillingError::too_large)?;
            let places = minor_units(unit).unwrap_or(0);
            let document = self.frame.statement(customer_of(account), &self.rules.statement_series, made, places);
            let key = statement_key(id, wallet, unit, period);
            drafts.push(Draft { document: Some(document), ..Draft::new(key, id) });
        }
        Ok(drafts)
    }
}
