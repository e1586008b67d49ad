//! Every final document so far, read back.

use std::collections::{HashMap, HashSet};

use crate::domain::invoice::{
    Basis, Before, Document, DocumentKind, DocumentStatus, LineKind, billed_of_own_period, check_document,
};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};
use crate::edge::render::{DocumentError, document_from_json};
use crate::edge::state::Issued;
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;

/// Final documents in the order of series and number.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) documents: Vec<(Issued, Document)>,
    by_key: HashMap<String, usize>,
    by_account: HashMap<String, Vec<usize>>,
    numbers: HashSet<String>,
}

/// A kept document with the number it has.
pub(super) fn final_document(issued: &Issued) -> Result<Document, Stop> {
    let place = || format!("final document {}", issued.number);
    let document = document_from_json(issued.body.as_bytes()).map_err(|e| match e {
        DocumentError::Newer { .. } => Stop::newer(e).at(place()),
        DocumentError::Wrong { .. } => Stop::law(e).at(place()),
    })?;
    let document = Document { number: Some(issued.number.clone()), status: DocumentStatus::Final, ..document };
    check_document(&document).map_err(|e| Stop::law(e).at(place()))?;
    Ok(document)
}

impl History {
    /// Reads all of them and checks that the numbers of every series run on without gap or repeat.
    ///
    /// # Errors
    /// Law: a number is missing, or a document is not what it was.
    pub(super) async fn load(desk: &Desk) -> Result<History, Stop> {
        let mut history = History::default();
        for issued in desk.state.all_issued().await? {
            history.add(issued)?;
        }
        for (series, first, next) in desk.state.all_series().await? {
            let own = history.documents.iter().map(|d| &d.0).filter(|i| i.series == series);
            let numbers: Vec<u64> = own.map(|i| i.sequence).collect();
            if !numbers.iter().copied().eq(first..next) {
                let odd = (first..next).zip(&numbers).find(|(due, is)| due != *is).map(|(due, _)| due);
                let odd = odd.unwrap_or(first + numbers.len() as u64);
                let last = next.saturating_sub(1);
                let what = format!("the numbers of {series} run from {first} to {last}, and {odd} is missing or twice");
                return Err(Stop::law(what));
            }
        }
        Ok(history)
    }

    pub(super) fn add(&mut self, issued: Issued) -> Result<(), Stop> {
        let document = final_document(&issued)?;
        self.put(issued, document);
        Ok(())
    }

    fn put(&mut self, issued: Issued, document: Document) {
        self.by_account.entry(document.customer.account_id.clone()).or_default().push(self.documents.len());
        self.numbers.insert(issued.number.clone());
        self.by_key.insert(issued.document_key.clone(), self.documents.len());
        self.documents.push((issued, document));
    }

    /// What had gone out when documents of a period were issued on a day.
    pub(super) fn before_issue(&self, period: Period, issued_on: Day) -> Result<History, Stop> {
        let mut before = History::default();
        for (issued, document) in &self.documents {
            if (document.issued_on, document.period) < (issued_on, period) {
                before.put(issued.clone(), document.clone());
            }
        }
        Ok(before)
    }

    pub(super) fn is_number(&self, number: &str) -> bool {
        self.numbers.contains(number)
    }

    pub(super) fn of_key(&self, key: &str) -> Option<&(Issued, Document)> {
        self.by_key.get(key).map(|at| &self.documents[*at])
    }

    /// Final documents of an account.
    pub(super) fn of_account(&self, account: &str) -> impl DoubleEndedIterator<Item = &Document> + use<'_> {
        let own = self.by_account.get(account).map_or(&[][..], Vec::as_slice);
        own.iter().map(|at| &self.documents[*at].1)
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = &str> {
        self.by_account.keys().map(String::as_str)
    }

    /// Where the last final statement of a wallet before a period left it.
    pub(super) fn before(&self, account: &str, wallet: &str, unit: &str, period: Period) -> Option<Before> {
        let own = self.of_account(account).filter(|d| d.period.first() < period.first());
        let own = own.filter_map(|d| Some((d.period, d.statement.as_ref()?)));
        let last = own.filter(|(_, s)| s.wallet == wallet && s.unit == unit).max_by_key(|(period, _)| *period)?;
        Some(Before { closing: last.1.closing? })
    }

    /// What was billed before tax for an account's usage of a month so far, by its own documents and as
    /// late lines of others; calls as well. `None` on overflow.
    pub(super) fn billed(&self, account: &str, month: Period) -> Option<(Amount, u64)> {
        let (mut net, mut calls) = (Amount::ZERO, 0u64);
        // What was paid already was no usage.
        let unpaid = |d: &Document| d.totals.as_ref().is_some_and(|t| t.paid.is_zero());
        let usage = |d: &&Document| d.basis != Basis::TopUp && unpaid(d);
        for document in self.of_account(account).filter(usage) {
            let is_invoice = document.kind == DocumentKind::Invoice;
            if is_invoice && document.period == month {
                net = net.checked_add(billed_of_own_period(document)?)?;
                let own = document.lines.iter().filter(|l| l.kind == LineKind::Usage);
                calls = calls.checked_add(own.filter_map(|l| l.quantity_calls).sum())?;
            }
            for late in document.lines.iter().filter(|l| l.kind == LineKind::Late && l.period == month) {
                net = if is_invoice { net.checked_add(late.net)? } else { net.checked_sub(late.net)? };
                calls = calls.checked_add(late.quantity_calls.unwrap_or_default())?;
            }
        }
        Some((net, calls))
    }

    /// The newest invoice that billed usage of a month to an account.
    pub(super) fn invoice_of(&self, account: &str, month: Period) -> Option<&Document> {
        let bills = |d: &&Document| {
            d.kind == DocumentKind::Invoice
                && d.basis != Basis::TopUp
                && (d.period == month || d.lines.iter().any(|l| l.kind == LineKind::Late && l.period == month))
        };
        self.of_account(account).rfind(bills)
    }

    /// Texts of every payment that stands on a document of an account.
    pub(super) fn payments(&self, account: &str) -> impl Iterator<Item = &str> + use<'_> {
        let paid = self.of_account(account).filter(|d| d.basis == Basis::TopUp || d.basis == Basis::Request);
        paid.flat_map(|d| &d.lines).filter(|l| l.model.is_none()).map(|l| l.text.as_str())
    }

    /// The newest invoice over money an account paid in a currency.
    pub(super) fn paid_invoice(&self, account: &str, currency: &str) -> Option<&Document> {
        let paid =
            |d: &&Document| d.kind == DocumentKind::Invoice && d.totals.as_ref().is_some_and(|t| t.paid.is_positive());
        self.of_account(account).filter(paid).rfind(|d| d.currency == currency)
    }

    /// Notes that correct a document.
    pub(super) fn corrections(&self, number: &str) -> Vec<Document> {
        let corrects = |d: &&Document| d.corrects.as_deref() == Some(number);
        self.documents.iter().map(|d| &d.1).filter(corrects).cloned().collect()
    }
}
