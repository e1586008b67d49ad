//! Every final document so far: what was billed, paid and given back, and of what.

use std::collections::HashMap;

use super::allocate::payable;
use super::document::{Basis, Document, DocumentKind, Line, LineKind};
use super::error::BillingError;
use super::key::again_key;
use super::left::{Left, Money};
use super::statement::Before;
use super::tax::share;
use super::treatment::Tally;
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
    /// Notes by the number of the invoice they correct.
    notes: HashMap<String, Vec<usize>>,
}

/// What an account was billed for a month's usage, less what late corrections gave back.
#[derive(Clone, Debug, Default)]
pub(crate) struct BilledUsage<'d> {
    pub(crate) money: Money,
    pub(crate) calls: u64,
    /// The month's own invoice, then those with late lines of it.
    pub(crate) on: Vec<BilledOn<'d>>,
}

/// A month's usage on one invoice.
#[derive(Clone, Debug)]
pub(crate) struct BilledOn<'d> {
    pub(crate) invoice: &'d Document,
    pub(crate) left: Left,
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

    /// Tax of a line that was settled before it came on the document: known where its prices had the tax in them.
    fn settled_tax(&self, line: &Line) -> Option<Amount> {
        let known = line.usage_amount.checked_sub(line.net)?;
        if !known.is_zero() {
            return Some(known);
        }
        let percent = self.totals.as_ref()?.tax.first()?.percent;
        payable(share(line.net, percent)?, self.minor_units)
    }

    /// What it bills of a month: all of it but what came late for others, or what came late for it.
    fn billed_of(&self, month: Period) -> Option<Money> {
        let mut late = Money::default();
        let counts = |l: &&Line| l.kind == LineKind::Late && (self.period == month || l.period == month);
        for line in self.lines.iter().filter(counts) {
            late = late.checked_add(Money { net: line.net, tax: self.settled_tax(line)? })?;
        }
        if self.period == month { Money::of(self.totals.as_ref()?)?.checked_sub(late) } else { Some(late) }
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
        if let Some(corrects) = &document.corrects {
            self.notes.entry(corrects.clone()).or_default().push(at);
        }
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
    /// others. What was asked to be taken back still counts: it is not billed anew. An invoice that was taken back
    /// whole and billed again is that which bills it again. `None` on overflow.
    pub(crate) fn billed(&self, account: &str, month: Period) -> Option<BilledUsage<'_>> {
        let mut billed = BilledUsage::default();
        // What was paid already was no usage.
        for document in self.of_account(account).filter(|d| d.basis != Basis::TopUp && d.is_unpaid()) {
            let is_late = |l: &&Line| l.kind == LineKind::Late && l.period == month;
            let late = document.lines.iter().filter(is_late);
            let bills = document.period == month || late.clone().next().is_some();
            if document.kind != DocumentKind::Invoice || !bills || self.is_billed_again(document) {
                continue;
            }
            billed.money = billed.money.checked_add(document.billed_of(month)?)?;
            let calls: u64 = late.filter_map(|l| l.quantity_calls).sum();
            let own = if document.period == month { document.billed_calls() } else { 0 };
            billed.calls = billed.calls.checked_add(own)?.checked_add(calls)?;
            for note in self.corrections(document.number.as_deref().unwrap_or_default()) {
                if note.lines.iter().any(|l| is_late(&l)) {
                    billed.money = billed.money.checked_sub(Money::of(note.totals.as_ref()?)?)?;
                }
            }
            billed.on.push(BilledOn { invoice: document, left: self.left_of(document)? });
        }
        billed.on.sort_by_key(|on| on.invoice.period != month);
        Some(billed)
    }

    /// Whether another invoice bills once more what this one billed.
    fn is_billed_again(&self, invoice: &Document) -> bool {
        invoice.number.as_deref().is_some_and(|number| self.of_key(&again_key(number)).is_some())
    }

    /// What the invoices of a period bill of its own calls, less what gifts paid. `None` on overflow.
    pub(crate) fn invoiced(&self, account: &str, period: Period) -> Option<Tally> {
        let mut billed = Tally::default();
        let own = self.of_account(account).filter(|d| d.is_usage_invoice() && d.period == period);
        let own = own.filter(|d| !self.is_billed_again(d));
        for line in own.flat_map(|d| &d.lines).filter(|l| matches!(l.kind, LineKind::Usage | LineKind::Credit)) {
            billed.calls = billed.calls.checked_add(line.quantity_calls.unwrap_or_default())?;
            billed.merge(&Tally { amounts: [(line.unit.clone(), line.usage_amount)].into(), ..Tally::default() })?;
        }
        Some(billed)
    }

    /// Texts of every payment that stands on a document of an account.
    pub(crate) fn payments(&self, account: &str) -> impl Iterator<Item = &str> + use<'_> {
        let paid = self.of_account(account).filter(|d| d.basis == Basis::TopUp || d.basis == Basis::Request);
        paid.flat_map(|d| &d.lines).filter(|l| l.model.is_none()).map(|l| l.text.as_str())
    }

    /// The invoices over money an account paid in a currency, the newest first, each with what is left of it. `None`
    /// on overflow.
    pub(crate) fn paid_invoices(&self, account: &str, currency: &str) -> Option<Vec<BilledOn<'_>>> {
        let paid =
            |d: &&Document| d.kind == DocumentKind::Invoice && d.totals.as_ref().is_some_and(|t| t.paid.is_positive());
        let own = self.of_account(account).filter(paid).filter(|d| d.currency == currency && !self.is_billed_again(d));
        own.rev().map(|invoice| Some(BilledOn { invoice, left: self.left_of(invoice)? })).collect()
    }

    /// Notes that correct a document, in order.
    pub(crate) fn corrections(&self, number: &str) -> Vec<&Document> {
        let notes = self.notes.get(number).map_or(&[][..], Vec::as_slice);
        notes.iter().map(|at| &self.documents[*at].document).collect()
    }

    /// As [`IssuedDocuments::corrections`], with their keys.
    pub(crate) fn notes_over(&self, number: &str) -> impl Iterator<Item = &IssuedDocument> + use<'_> {
        let notes = self.notes.get(number).map_or(&[][..], Vec::as_slice);
        notes.iter().map(|at| &self.documents[*at])
    }

    /// What of an invoice no note has taken back; `None` where it has no totals, or on overflow.
    pub(crate) fn left_of(&self, invoice: &Document) -> Option<Left> {
        let notes = self.corrections(invoice.number.as_deref().unwrap_or_default());
        Left::of(invoice, notes)
    }
}
