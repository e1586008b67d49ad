//! Documents put together from what a period held.

use super::credit::CreditAsk;
use super::document::{
    Basis, Customer, Document, DocumentKind, DocumentStatus, Issuer, Line, LineKind, SourceRef, Statement, Tax, Totals,
};
use super::left::Money;
use super::tax::TaxRule;
use super::terms::BillingTerms;
use super::totals::{MoneyTerms, Settled, total_up};
use super::usage::OpenLine;
use crate::domain::ledger::Account;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period, Zone};

/// What every document of a run shares.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    pub issuer: &'a Issuer,
    pub period: Period,
    pub zone: Zone,
    pub issued_on: Day,
    pub sources: &'a [SourceRef],
}

/// Lines of a document, to be totalled.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pub open: Vec<OpenLine>,
    /// Payable before tax already; no part of discount and commitment.
    pub settled: Vec<Line>,
}

impl Content {
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.settled.is_empty()
    }
}

/// Who gets it, of an account's row.
pub fn customer_of(account: &Account) -> Customer {
    let text = |name: &str| account.other.get(name).cloned().unwrap_or_default();
    Customer {
        account_id: account.account_id.clone(),
        name: account.name.clone(),
        street: text("street"),
        city: text("city"),
        postcode: text("postcode"),
        country: text("country"),
        tax_id: text("tax_id"),
        email: text("email"),
        locale: text("locale"),
    }
}

impl Frame<'_> {
    fn blank(&self, kind: DocumentKind, basis: Basis, series: &str, customer: Customer) -> Document {
        Document {
            kind,
            basis,
            status: DocumentStatus::Draft,
            number: None,
            series: series.to_owned(),
            issued_on: self.issued_on,
            due_on: None,
            terms_days: None,
            currency: String::new(),
            minor_units: 0,
            issuer: self.issuer.clone(),
            customer,
            period: self.period,
            zone: self.zone,
            lines: Vec::new(),
            totals: None,
            corrects: None,
            reason: None,
            statement: None,
            sources: self.sources.to_vec(),
            laws: Vec::new(),
        }
    }

    fn blank_invoice(
        &self,
        account: &Account,
        (currency, minor_units): (&str, u32),
        (basis, series): (Basis, &str),
    ) -> Document {
        let blank = self.blank(DocumentKind::Invoice, basis, series, customer_of(account));
        Document { currency: currency.to_owned(), minor_units, ..blank }
    }

    /// An invoice on usage, to be paid within its terms. `None` on overflow.
    pub fn usage_invoice(
        &self,
        account: &Account,
        terms: &BillingTerms,
        (currency, minor_units): (&str, u32),
        (basis, series): (Basis, &str),
        content: Content,
    ) -> Option<Document> {
        let money = MoneyTerms {
            minor_units,
            tax: terms.tax.clone(),
            discount: terms.discount.clone(),
            commitment: terms.commitment,
        };
        let blank = self.blank_invoice(account, (currency, minor_units), (basis, series));
        Some(Document {
            due_on: Some(self.issued_on.plus(i64::from(terms.terms_days))),
            terms_days: Some(terms.terms_days),
            ..filled(blank, content, &money, false)?
        })
    }

    /// An invoice over money that was paid already; what was paid contains the tax. `None` on overflow.
    pub fn paid_invoice(
        &self,
        account: &Account,
        terms: &BillingTerms,
        (currency, minor_units): (&str, u32),
        (basis, series): (Basis, &str),
        content: Content,
    ) -> Option<Document> {
        let tax = match &terms.tax {
            TaxRule::Standard(percent) => TaxRule::Inclusive(*percent),
            other => other.clone(),
        };
        let money = MoneyTerms { minor_units, tax, ..MoneyTerms::default() };
        let blank = self.blank_invoice(account, (currency, minor_units), (basis, series));
        filled(blank, content, &money, true)
    }

    /// A statement of one wallet.
    pub fn statement(&self, customer: Customer, series: &str, statement: Statement, minor_units: u32) -> Document {
        let document = self.blank(DocumentKind::Statement, Basis::Usage, series, customer);
        Document { currency: statement.unit.clone(), minor_units, statement: Some(statement), ..document }
    }

    /// A credit note over what lines take back of an invoice, with the tax that goes back with it. `paid`: the money
    /// is back already. `None` on overflow.
    pub(crate) fn taken_back(
        &self,
        invoice: &Document,
        ask: &CreditAsk<'_>,
        lines: Vec<Line>,
        taken: Money,
        paid: bool,
    ) -> Option<Document> {
        let document = self.blank(DocumentKind::CreditNote, invoice.basis, ask.series, invoice.customer.clone());
        let printed = invoice.totals.as_ref().and_then(|t| t.tax.first());
        let group = printed.map(|group| Tax { base: taken.net, amount: taken.tax, ..group.clone() });
        let total = taken.total()?;
        let paid = if paid { total } else { Amount::ZERO };
        let totals = Totals {
            subtotal: taken.net,
            net: taken.net,
            tax: group.into_iter().collect(),
            total,
            paid,
            payable: total.checked_sub(paid)?,
            rounding_drift: Amount::sum(lines.iter().map(|l| l.drift))?,
            ..Totals::default()
        };
        Some(Document {
            currency: invoice.currency.clone(),
            minor_units: invoice.minor_units,
            corrects: invoice.number.clone(),
            reason: Some(ask.reason.to_owned()),
            lines: (1u32..).zip(lines).map(|(position, line)| Line { position, ..line }).collect(),
            totals: Some(totals),
            ..document
        })
    }
}

/// A document with its lines numbered and totalled.
fn filled(document: Document, content: Content, money: &MoneyTerms, paid: bool) -> Option<Document> {
    let exact: Vec<Amount> = content.open.iter().map(|(_, exact)| *exact).collect();
    let settled: Vec<Settled> = content.settled.iter().map(Settled::of).collect::<Option<_>>()?;
    let mut totalled = total_up(&exact, &settled, money, Amount::ZERO)?;
    if paid {
        totalled.totals.paid = totalled.totals.total;
        totalled.totals.payable = Amount::ZERO;
    }
    let open = content.open.into_iter().zip(totalled.lines);
    let lines = open.map(|((line, _), (net, drift))| Line { net, drift, ..line }).chain(content.settled);
    let lines = (1u32..).zip(lines).map(|(position, line)| Line { position, ..line }).collect();
    Some(Document { lines, totals: Some(totalled.totals), ..document })
}

/// A draft as it is issued on a day, still without its number: it is due its terms after that day.
pub(crate) fn as_issued(draft: &Document, issued_on: Day) -> Document {
    let due_on = draft.terms_days.map(|days| issued_on.plus(i64::from(days)));
    Document { status: DocumentStatus::Final, number: None, issued_on, due_on, ..draft.clone() }
}

/// What a document bills of its own period before tax: all of it but what came late for others.
pub fn billed_of_own_period(document: &Document) -> Option<Amount> {
    let late = document.lines.iter().filter(|l| l.kind == LineKind::Late).map(|l| l.net);
    document.totals.as_ref()?.net.checked_sub(Amount::sum(late)?)
}
