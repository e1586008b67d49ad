//! Every final document so far: what was billed, paid and given back, and of what.

use std::collections::HashMap;

use super::credit::Left;
use super::document::{Basis, Document, DocumentKind, LineKind};
use super::error::BillingError;
use super::frame::billed_of_own_period;
use super::statement::Before;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};

/// A final document under its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssuedDocument {
    /// What it is, for ever.
    pub(crate) key: String,
    pub(crate) document: Document,
}

/// Final documents in the order in which they are read: by series and number.
#[derive(Clone, Debug, Default)]
pub(crate) struct IssuedDocuments {
    documents: Vec<IssuedDocument>,
    by_key: HashMap<String, usize>,
    by_account: HashMap<String, Vec<usize>>,
    numbers: HashMap<String, usize>,
}

/// What an account was billed for a month's usage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BilledUsage {
    /// Before tax.
    pub(crate) net: Amount,
    pub(crate) calls: u64,
}

/// The numbers of a series run from its first to before its next without gap or repeat.
///
/// # Errors
/// Law: one is missing or there twice.
pub(crate) fn check_numbers(series: &str, (first, next): (u64, u64), numbers: &[u64]) -> Result<(), BillingError> {
    if numbers.iter().copied().eq(first..next) {
        return Ok(());
    }
    let odd = (first..next).zip(numbers).find(|(due, is)| due != *is).map(|(due, _)| due);
    let odd = odd.unwrap_or(first + numbers.len() as u64);
    let last = next.saturating_sub(1);
    Err(BillingError::law(format!("the numbers of {series} run from {first} to {last}, and {odd} is missing or twice")))
}

impl Document {
    /// An invoice over usage, which nobody has paid yet.
    pub(crate) fn is_usage_invoice(&self) -> bool {
        self.kind == DocumentKind::Invoice && self.is_unpaid()
    }

    fn is_unpaid(&self) -> bool {
        self.totals.as_ref().is_some_and(|t| t.paid.is_zero())
    }

    /// Calls on lines over its own period.
    fn billed_calls(&self) -> u64 {
        self.lines.iter().filter(|l| l.kind == LineKind::Usage).filter_map(|l| l.quantity_calls).sum()
    }
}

impl IssuedDocuments {
    pub(crate) fn add(&mut self, key: String, document: Document) {
        let at = self.documents.len();
        self.by_account.entry(document.customer.account_id.clone()).or_default().push(at);
        self.numbers.extend(document.number.clone().map(|number| (number, at)));
        self.by_key.insert(key.clone(), at);
        self.documents.push(IssuedDocument { key, document });
    }

    /// What had gone out when documents of a period were issued on a day.
    pub(crate) fn before_issue(&self, period: Period, issued_on: Day) -> IssuedDocuments {
        let mut before = IssuedDocuments::default();
        for one in &self.documents {
            if (one.document.issued_on, one.document.period) < (issued_on, period) {
                before.add(one.key.clone(), one.document.clone());
            }
        }
        before
    }

    pub(crate) fn all(&self) -> &[IssuedDocument] {
        &self.documents
    }

    pub(crate) fn of_number(&self, number: &str) -> Option<&Document> {
        self.numbers.get(number).map(|at| &self.documents[*at].document)
    }

    pub(crate) fn of_key(&self, key: &str) -> Option<&Document> {
        self.by_key.get(key).map(|at| &self.documents[*at].document)
    }

    /// Final documents of an account.
    pub(crate) fn of_account(&self, account: &str) -> impl DoubleEndedIterator<Item = &Document> + use<'_> {
        let own = self.by_account.get(account).map_or(&[][..], Vec::as_slice);
        own.iter().map(|at| &self.documents[*at].document)
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = &str> {
        self.by_account.keys().map(String::as_str)
    }

    /// Where the last final statement of a wallet before a period left it.
    pub(crate) fn before(&self, account: &str, wallet: &str, unit: &str, period: Period) -> Option<Before> {
        let own = self.of_account(account).filter(|d| d.period.first() < period.first());
        let own = own.filter_map(|d| Some((d.period, d.statement.as_ref()?)));
        let last = own.filter(|(_, s)| s.wallet == wallet && s.unit == unit).max_by_key(|(period, _)| *period)?;
        Some(Before { closing: last.1.closing? })
    }

    /// What was billed for an account's usage of a month so far, by its own documents and as late lines of
    /// others. `None` on overflow.
    pub(crate) fn billed(&self, account: &str, month: Period) -> Option<BilledUsage> {
        let mut billed = BilledUsage::default();
        // What was paid already was no usage.
        for document in self.of_account(account).filter(|d| d.basis != Basis::TopUp && d.is_unpaid()) {
            let is_invoice = document.kind == DocumentKind::Invoice;
            if is_invoice && document.period == month {
                billed.net = billed.net.checked_add(billed_of_own_period(document)?)?;
                billed.calls = billed.calls.checked_add(document.billed_calls())?;
            }
            for late in document.lines.iter().filter(|l| l.kind == LineKind::Late && l.period == month) {
                let sum = if is_invoice { billed.net.checked_add(late.net) } else { billed.net.checked_sub(late.net) };
                billed.net = sum?;
                billed.calls = billed.calls.checked_add(late.quantity_calls.unwrap_or_default())?;
            }
        }
        Some(billed)
    }

    /// The newest invoice that billed usage of a month to an account.
    pub(crate) fn invoice_of(&self, account: &str, month: Period) -> Option<&Document> {
        let bills = |d: &&Document| {
            d.kind == DocumentKind::Invoice
                && d.basis != Basis::TopUp
                && (d.period == month || d.lines.iter().any(|l| l.kind == LineKind::Late && l.period == month))
        };
        self.of_account(account).rfind(bills)
    }

    /// How many calls the invoices of a period bill to an account on lines of their own period.
    pub(crate) fn invoiced_calls(&self, account: &str, period: Period) -> u64 {
        let own = self.of_account(account).filter(|d| d.kind == DocumentKind::Invoice && d.period == period);
        own.map(Document::billed_calls).sum()
    }

    /// Texts of every payment that stands on a document of an account.
    pub(crate) fn payments(&self, account: &str) -> impl Iterator<Item = &str> + use<'_> {
        let paid = self.of_account(account).filter(|d| d.basis == Basis::TopUp || d.basis == Basis::Request);
        paid.flat_map(|d| &d.lines).filter(|l| l.model.is_none()).map(|l| l.text.as_str())
    }

    /// The newest invoice over money an account paid in a currency.
    pub(crate) fn paid_invoice(&self, account: &str, currency: &str) -> Option<&Document> {
        let paid =
            |d: &&Document| d.kind == DocumentKind::Invoice && d.totals.as_ref().is_some_and(|t| t.paid.is_positive());
        self.of_account(account).filter(paid).rfind(|d| d.currency == currency)
    }

    /// Notes that correct a document, in order.
    pub(crate) fn corrections(&self, number: &str) -> Vec<&Document> {
        let corrects = |d: &&Document| d.corrects.as_deref() == Some(number);
        self.documents.iter().map(|d| &d.document).filter(corrects).collect()
    }

    /// What of an invoice no note has taken back; `None` where it has no totals, or on overflow.
    pub(crate) fn left_of(&self, invoice: &Document) -> Option<Left> {
        let notes = self.corrections(invoice.number.as_deref().unwrap_or_default());
        Left::of(invoice.totals.as_ref()?, notes)
    }
}
