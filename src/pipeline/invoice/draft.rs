//! Drafts of a month: what every account would get.

use std::collections::{BTreeMap, BTreeSet};

use super::account_months::{AccountMonth, Month, account_row, check_lines, terms_of};
use super::history::History;
use super::late::Late;
use super::payments::payment_documents;
use crate::domain::invoice::{
    Basis, BillingTerms, Content, Customer, Document, Frame, Hold, InvoiceOn, LineError, LineKind, OpenLine, Treatment,
    Unbilled, check_document, convert, customer_of, minor_units, odd_fields, plain_line, proposals, statement,
    usage_lines,
};
use crate::domain::ledger::{Account, Mode, Parties};
use crate::domain::money::{Amount, Units};
use crate::domain::period::{Period, Zone};
use crate::domain::reconcile::{Certainty, Leg};
use crate::pipeline::config::Billing;
use crate::pipeline::stop::Stop;

/// A document that may become final.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// What it is, for ever.
    pub(super) key: String,
    pub(super) account_id: String,
    /// Absent where none could be made.
    pub(super) document: Option<Document>,
    pub(super) holds: Vec<Hold>,
    /// Somebody has to ask before it becomes final.
    pub(super) on_request: bool,
}

/// What drafts are made from, beside the month.
pub(super) struct DraftBuilder<'a> {
    pub(super) billing: &'a Billing,
    pub(super) units: &'a Units,
    pub(super) parties: &'a Parties,
    pub(super) history: &'a History,
    pub(super) frame: Frame<'a>,
    /// What earlier months still owe or are owed, by account.
    pub(super) late: &'a BTreeMap<String, Late>,
}

pub(super) fn too_large() -> Stop {
    Stop::internal("a document's sums have more digits than can be held exactly")
}

/// What an invoice over a month's usage is, for ever.
pub(super) fn usage_key(basis: Basis, account: &str, period: Period) -> String {
    format!("invoice/{}/{}/{period}", basis.name(), part(account))
}

/// A name as one part of a key.
pub(super) fn part(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        match c {
            '/' | '%' => text.push_str(&format!("%{:02X}", u32::from(c))),
            c if c.is_control() => text.push_str(&format!("%{:02X}", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

impl DraftBuilder<'_> {
    /// Every draft of the month, in the order of accounts.
    ///
    /// # Errors
    /// Law: an equality of a draft does not hold.
    pub(super) fn drafts(&self, month: &Month) -> Result<Vec<Draft>, Stop> {
        let mut ids: BTreeSet<&str> = month.accounts.keys().map(String::as_str).collect();
        ids.extend(self.late.keys().map(String::as_str));
        ids.extend(self.parties.accounts().map(|a| a.account_id.as_str()));
        let empty = AccountMonth::default();
        let mut drafts = Vec::new();
        for id in ids {
            let own = month.accounts.get(id).unwrap_or(&empty);
            drafts.extend(self.account(id, own, month)?);
        }
        for draft in &mut drafts {
            if let Some(document) = &mut draft.document {
                let place = || draft.key.clone();
                document.laws = check_document(document).map_err(|e| Stop::law(e).at(place()))?;
                draft.holds.extend(odd_fields(document));
            }
            draft.holds.sort();
            draft.holds.dedup();
        }
        Ok(drafts)
    }

    pub(super) fn span(&self) -> (crate::domain::period::Instant, crate::domain::period::Instant) {
        self.frame.period.span(self.frame.zone)
    }

    fn account(&self, id: &str, own: &AccountMonth, month: &Month) -> Result<Vec<Draft>, Stop> {
        let row = account_row(self.parties, id, self.span().1);
        let terms = terms_of(row)?;
        let holds = self.account_holds(row, own)?;
        let fallback = Account { account_id: id.to_owned(), name: id.to_owned(), ..Account::default() };
        let account = row.unwrap_or(&fallback);
        let mut drafts = self.statements(account, &terms, own, month)?;
        match (terms.invoice_on, terms.mode) {
            (InvoiceOn::Usage, _) | (InvoiceOn::Request, Mode::Postpaid) => {
                drafts.extend(self.usage(account, &terms, own)?);
            }
            (InvoiceOn::TopUp, _) | (InvoiceOn::Request, Mode::Prepaid) => {
                drafts.extend(payment_documents(self, account, &terms, own)?);
            }
            (InvoiceOn::Never, _) => {}
        }
        for draft in &mut drafts {
            draft.holds.extend(holds.iter().cloned());
        }
        Ok(drafts)
    }

    /// What holds every document of an account.
    fn account_holds(&self, row: Option<&Account>, own: &AccountMonth) -> Result<Vec<Hold>, Stop> {
        let mut holds = Vec::new();
        if row.is_none() {
            holds.push(Hold::NoAccount);
        }
        if let Some(tally) = own.tallies.get(&Treatment::Unbilled(Unbilled::Unpriced)) {
            holds.push(Hold::Unpriced(tally.calls));
        }
        let mut open: BTreeMap<&str, Amount> = BTreeMap::new();
        for finding in own.findings.iter().filter(|f| f.certainty == Certainty::Unexplained) {
            let money = matches!(finding.leg, Leg::Charge | Leg::Posting | Leg::Balance);
            let (Some(unit), Some(difference)) = (&finding.unit, finding.difference.filter(|_| money)) else {
                continue;
            };
            let sum = open.entry(unit).or_default();
            *sum = sum.checked_add(difference.abs()).ok_or_else(too_large)?;
        }
        for (unit, amount) in open {
            let limit = self.billing.hold_above.iter().find(|(u, _)| u == unit).map_or(Amount::ZERO, |l| l.1);
            if amount > limit {
                holds.push(Hold::Unexplained { unit: unit.to_owned(), amount });
            }
        }
        Ok(holds)
    }

    /// The currency of an account's invoices.
    pub(super) fn currency<'u>(
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

    fn usage(&self, account: &Account, terms: &BillingTerms, own: &AccountMonth) -> Result<Vec<Draft>, Stop> {
        check_lines(own, terms).map_err(|e| e.at(account.account_id.clone()))?;
        let id = &account.account_id;
        let late = self.late.get(id);
        let mut drafts: Vec<Draft> = late.into_iter().flat_map(|l| &l.credits).cloned().collect();
        let more = late.is_some_and(|l| !l.lines.is_empty());
        if own.sums.is_empty() && !more && (terms.commitment.is_none() || !self.was_there(account)) {
            return Ok(drafts);
        }
        let on_request = terms.invoice_on == InvoiceOn::Request;
        let basis = if on_request { Basis::Request } else { Basis::Usage };
        // Usage of a month has one invoice, also where the account's way changed since.
        let keys = [Basis::Usage, Basis::Request].map(|basis| usage_key(basis, id, self.frame.period));
        let issued = keys.into_iter().find(|key| self.history.of_key(key).is_some());
        let key = issued.unwrap_or_else(|| usage_key(basis, id, self.frame.period));
        let mut draft = Draft { key, account_id: id.clone(), document: None, holds: Vec::new(), on_request };
        draft.holds.extend(late.into_iter().flat_map(|l| l.holds.iter().cloned()));
        let of_lines = late.into_iter().map(|l| l.currency.as_str()).filter(|_| own.sums.is_empty());
        match self.currency(terms, own.sums.keys().map(|k| k.unit.as_str()).chain(of_lines)) {
            Err(hold) => draft.holds.push(hold),
            Ok((currency, places)) => match self.usage_content(own, &currency) {
                Err(LineError::NoRate { unit, currency }) => draft.holds.push(Hold::NoRate { unit, currency }),
                Err(LineError::Overflow) => return Err(too_large()),
                Ok(open) => {
                    let settled = late.map_or_else(Vec::new, |l| l.lines.clone());
                    let content = Content { open, settled };
                    let series = &self.billing.series;
                    let money = (currency.as_str(), places);
                    let made = self.frame.usage_invoice(account, terms, money, (basis, series), content);
                    draft.document = Some(made.ok_or_else(too_large)?);
                }
            },
        }
        drafts.push(draft);
        Ok(drafts)
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

    fn statements(
        &self,
        account: &Account,
        terms: &BillingTerms,
        own: &AccountMonth,
        month: &Month,
    ) -> Result<Vec<Draft>, Stop> {
        let id = &account.account_id;
        let mut drafts = Vec::new();
        // Wallets are in the order of their accounts.
        let first = month.rolled.partition_point(|w| *w.wallet.account_id < **id);
        for rolled in month.rolled[first..].iter().take_while(|w| *w.wallet.account_id == **id) {
            if terms.mode == Mode::Postpaid && !month.filled.contains(&rolled.wallet) {
                continue;
            }
            let (wallet, unit) = (&rolled.wallet.wallet, &rolled.wallet.unit);
            let usage = own.wallets.get(&(wallet.clone(), unit.clone())).cloned().unwrap_or_default();
            let before = self.history.before(id, wallet, unit, self.frame.period);
            let proposed = proposals(&rolled.wallet, &own.findings).ok_or_else(too_large)?;
            let made = statement(rolled, &usage, before, proposed).ok_or_else(too_large)?;
            let places = minor_units(unit).unwrap_or(0);
            let customer: Customer = customer_of(account);
            let document = self.frame.statement(customer, &self.billing.statement_series, made, places);
            drafts.push(Draft {
                key: format!("statement/{}/{}/{}/{}", part(id), part(wallet), part(unit), self.frame.period),
                account_id: id.clone(),
                document: Some(document),
                holds: Vec::new(),
                on_request: false,
            });
        }
        Ok(drafts)
    }
}

/// The frame of a month's documents.
pub(super) fn frame<'a>(
    billing: &'a Billing,
    (period, zone): (Period, Zone),
    issued_on: crate::domain::period::Day,
    month: &'a Month,
) -> Frame<'a> {
    Frame { issuer: &billing.issuer, period, zone, issued_on, sources: &month.sources }
}
