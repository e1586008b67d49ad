//! Drafts of a month: what every account would get.

use std::collections::{BTreeMap, BTreeSet};

use super::account_month::{AccountMonth, AccountMonths};
use super::currency::minor_units;
use super::document::{Basis, Document, LineKind};
use super::error::BillingError;
use super::frame::{Content, Frame, customer_of};
use super::hold::{Hold, account_holds, odd_fields};
use super::issued::IssuedDocuments;
use super::key::{statement_key, usage_key};
use super::late::Late;
use super::laws::check_document;
use super::placement::{account_row, terms_of};
use super::statement::{proposals, statement};
use super::terms::{BillingTerms, InvoiceOn};
use super::usage::{LineError, OpenLine, convert, plain_line, usage_lines};
use crate::domain::ledger::{Account, Mode, Parties};
use crate::domain::money::{Amount, Units};
use crate::domain::period::Instant;

/// A document that may become final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// What it is, for ever.
    pub(crate) key: String,
    pub(crate) account_id: String,
    /// Absent where none could be made.
    pub(crate) document: Option<Document>,
    pub(crate) holds: Vec<Hold>,
    /// Somebody has to ask before it becomes final.
    pub(crate) on_request: bool,
}

impl Draft {
    pub(crate) fn new(key: String, account: &str) -> Draft {
        Draft { key, account_id: account.to_owned(), document: None, holds: Vec::new(), on_request: false }
    }
}

/// What the operator settled about all bills.
#[derive(Clone, Debug, Default)]
pub(crate) struct BillingRules {
    /// What numbers of invoices, credit notes and statements begin with.
    pub(crate) series: String,
    pub(crate) credit_series: String,
    pub(crate) statement_series: String,
    /// An account with more unexplained than this is held; a unit not named: 0.
    pub(crate) hold_above: Vec<(String, Amount)>,
}

/// What drafts are made from, beside the month.
#[derive(Clone, Debug)]
pub(crate) struct DraftBuilder<'a> {
    pub(crate) rules: &'a BillingRules,
    pub(crate) units: &'a Units,
    pub(crate) parties: &'a Parties,
    pub(crate) issued: &'a IssuedDocuments,
    pub(crate) frame: Frame<'a>,
    /// What earlier months still owe or are owed, by account.
    pub(crate) late: &'a BTreeMap<String, Late>,
}

impl DraftBuilder<'_> {
    /// Every draft of the month, in the order of accounts.
    ///
    /// # Errors
    /// Law: an equality of a draft does not hold.
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
                document.laws = check_document(document).map_err(|e| BillingError::law(e).at(&draft.key))?;
                draft.holds.extend(odd_fields(document));
            }
            draft.holds.sort();
            draft.holds.dedup();
        }
        Ok(drafts)
    }

    fn span(&self) -> (Instant, Instant) {
        self.frame.period.span(self.frame.zone)
    }

    fn account(&self, id: &str, own: &AccountMonth, months: &AccountMonths) -> Result<Vec<Draft>, BillingError> {
        let row = account_row(self.parties, id, self.span().1);
        let terms = terms_of(row)?;
        let holds = account_holds(row, own, &self.rules.hold_above)?;
        let fallback = Account { account_id: id.to_owned(), name: id.to_owned(), ..Account::default() };
        let account = row.unwrap_or(&fallback);
        let mut drafts = self.statements(account, &terms, own, months)?;
        match (terms.invoice_on, terms.mode) {
            (InvoiceOn::Usage, _) | (InvoiceOn::Request, Mode::Postpaid) => {
                drafts.extend(self.usage_documents(account, &terms, own)?);
            }
            (InvoiceOn::TopUp, _) | (InvoiceOn::Request, Mode::Prepaid) => {
                drafts.extend(self.payment_documents(account, &terms, own)?);
            }
            (InvoiceOn::Never, _) => {}
        }
        for draft in &mut drafts {
            draft.holds.extend(holds.iter().cloned());
        }
        Ok(drafts)
    }

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

    /// Notes over earlier months, and the invoice over the month's usage where there is anything to bill.
    fn usage_documents(
        &self,
        account: &Account,
        terms: &BillingTerms,
        own: &AccountMonth,
    ) -> Result<Vec<Draft>, BillingError> {
        let id = &account.account_id;
        own.check_lines(terms).map_err(|e| e.at(id))?;
        let late = self.late.get(id);
        let mut drafts: Vec<Draft> = late.into_iter().flat_map(|l| &l.credits).cloned().collect();
        let more = late.is_some_and(|l| !l.lines.is_empty());
        if own.sums.is_empty() && !more && (terms.commitment.is_none() || !self.was_there(account)) {
            return Ok(drafts);
        }
        let on_request = terms.invoice_on == InvoiceOn::Request;
        let basis = if on_request { Basis::Request } else { Basis::Usage };
        let mut draft = Draft { on_request, ..Draft::new(self.usage_key(basis, id), id) };
        draft.holds.extend(late.into_iter().flat_map(|l| l.holds.iter().cloned()));
        let of_lines = late.into_iter().map(|l| l.currency.as_str()).filter(|_| own.sums.is_empty());
        match self.currency(terms, own.sums.keys().map(|k| k.unit.as_str()).chain(of_lines)) {
            Err(hold) => draft.holds.push(hold),
            Ok((currency, places)) => match self.usage_content(own, &currency) {
                Err(LineError::NoRate { unit, currency }) => draft.holds.push(Hold::NoRate { unit, currency }),
                Err(LineError::Overflow) => return Err(BillingError::too_large()),
                Ok(open) => {
                    let content = Content { open, settled: late.map_or_else(Vec::new, |l| l.lines.clone()) };
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
        for (unit, covered) in &own.covered {
            // Credit takes off what usage in its unit comes to, no more.
            let used = Amount::sum(own.sums.iter().filter(|(k, _)| k.unit == *unit).map(|(_, s)| s.amount));
            let covered = (*covered).min(used.ok_or(LineError::Overflow)?);
            if covered.is_positive() {
                let (exact, rate) = convert(self.units, -covered, unit, currency, self.span().0)?;
                let text = "Paid from free credit".to_owned();
                let money = (-covered, unit.as_str());
                lines.push(plain_line(LineKind::Credit, text, money, (exact, rate), self.frame.period));
            }
        }
        Ok(lines)
    }

    /// A statement of each wallet: of all of a prepaid account, of a postpaid one those that were filled.
    fn statements(
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
        for rolled in months.rolled[first..].iter().take_while(|w| *w.wallet.account_id == **id) {
            if terms.mode == Mode::Postpaid && !months.filled.contains(&rolled.wallet) {
                continue;
            }
            let (wallet, unit) = (&rolled.wallet.wallet, &rolled.wallet.unit);
            let usage = own.wallets.get(&(wallet.clone(), unit.clone())).cloned().unwrap_or_default();
            let before = self.issued.before(id, wallet, unit, period);
            let proposed = proposals(&rolled.wallet, &own.findings).ok_or_else(BillingError::too_large)?;
            let made = statement(rolled, &usage, before, proposed).ok_or_else(BillingError::too_large)?;
            let places = minor_units(unit).unwrap_or(0);
            let document = self.frame.statement(customer_of(account), &self.rules.statement_series, made, places);
            let key = statement_key(id, wallet, unit, period);
            drafts.push(Draft { document: Some(document), ..Draft::new(key, id) });
        }
        Ok(drafts)
    }
}
