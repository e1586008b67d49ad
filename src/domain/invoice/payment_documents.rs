//! Documents over money that was paid in or back.

use std::collections::{BTreeMap, HashSet};

use super::credit::CreditAsk;
use super::currency::minor_units;
use super::document::{Basis, LineKind};
use super::draft::{Draft, DraftBuilder};
use super::error::BillingError;
use super::frame::Content;
use super::hold::Hold;
use super::issued::BilledOn;
use super::key::{paid_back_key, payment_key};
use super::payment::Payment;
use super::terms::{BillingTerms, InvoiceOn};
use super::usage::{OpenLine, plain_line};
use crate::domain::ledger::Account;
use crate::domain::money::Amount;
use crate::domain::period::Period;

/// What an account's documents over payments are about.
fn basis(terms: &BillingTerms) -> Basis {
    if terms.invoice_on == InvoiceOn::Request { Basis::Request } else { Basis::TopUp }
}

/// One payment that no document has yet; what went back is negative.
#[derive(Clone, Debug)]
struct OpenPayment<'p> {
    payment: &'p Payment,
    of: Period,
    money: Amount,
}

/// Payments that no document has yet, by currency.
#[derive(Default)]
struct OpenPayments<'p> {
    by_currency: BTreeMap<String, Vec<OpenPayment<'p>>>,
    holds: Vec<Hold>,
}

impl DraftBuilder<'_> {
    /// A document for every currency an account paid in, over what no document has yet; where more went back than
    /// came in, notes.
    pub(super) fn payment_documents(
        &self,
        account: &Account,
        terms: &BillingTerms,
        own: &[Payment],
    ) -> Result<Vec<Draft>, BillingError> {
        let id = &account.account_id;
        let key = |currency: &str| payment_key(basis(terms), id, currency, self.frame.period);
        let OpenPayments { by_currency, holds } = self.open_payments(id, own, &key);
        let on_request = terms.invoice_on == InvoiceOn::Request;
        let mut drafts = Vec::new();
        for (currency, open) in by_currency {
            let own = Draft { holds: holds.clone(), on_request, ..Draft::new(key(&currency), id) };
            match minor_units(&currency) {
                None => {
                    let hold = Hold::NoCurrency(currency);
                    drafts.push(Draft { holds: own.holds.iter().cloned().chain([hold]).collect(), ..own });
                }
                Some(places) => drafts.extend(self.of_currency(account, terms, (&currency, places), open, own)?),
            }
        }
        if drafts.is_empty() && !holds.is_empty() {
            drafts.push(Draft { holds, ..Draft::new(key(""), id) });
        }
        Ok(drafts)
    }

    fn open_payments<'p>(&'p self, id: &str, own: &'p [Payment], key: &dyn Fn(&str) -> String) -> OpenPayments<'p> {
        let period = self.frame.period;
        let known: HashSet<&str> = self.issued.payments(id).collect();
        let late = self.late.get(id).into_iter().flat_map(|l| &l.payments);
        let all = own.iter().map(|p| (p, period)).chain(late.map(|(p, of)| (p, *of)));
        let mut open = OpenPayments::default();
        for (payment, of) in all {
            let Some((money, currency)) = payment.money() else {
                open.holds.push(Hold::NoMoney(payment.posting_id.clone()));
                continue;
            };
            // A final document of this very period is drafted again as it was.
            let is_again = || of == period && self.issued.of_key(&key(&currency)).is_some();
            if known.contains(payment.text(self.frame.zone).as_str()) && !is_again() {
                continue;
            }
            open.by_currency.entry(currency).or_default().push(OpenPayment { payment, of, money });
        }
        open
    }

    /// An invoice; where more went back than came in, notes over what is left of the invoices it was paid on.
    fn of_currency(
        &self,
        account: &Account,
        terms: &BillingTerms,
        (currency, places): (&str, u32),
        mut open: Vec<OpenPayment<'_>>,
        own: Draft,
    ) -> Result<Vec<Draft>, BillingError> {
        let too_large = BillingError::too_large;
        let invoices = self.issued.paid_invoices(&account.account_id, currency).ok_or_else(too_large)?;
        leave_out_what_is_back(&mut open, &invoices).ok_or_else(too_large)?;
        let sum = Amount::sum(open.iter().map(|p| p.money)).ok_or_else(too_large)?;
        if sum.is_negative() {
            return self.notes(&open, invoices, own).ok_or_else(too_large);
        }
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let line = |p: &OpenPayment<'_>| {
            let kind = if p.of == self.frame.period { LineKind::TopUp } else { LineKind::Late };
            self.line(kind, p, p.payment.amount, p.money)
        };
        let content = Content { open: open.iter().map(line).collect(), settled: Vec::new() };
        let series = (basis(terms), self.rules.series.as_str());
        let made = self.frame.paid_invoice(account, terms, (currency, places), series, content);
        Ok(vec![Draft { document: Some(made.ok_or_else(too_large)?), ..own }])
    }

    fn line(&self, kind: LineKind, open: &OpenPayment<'_>, amount: Amount, money: Amount) -> OpenLine {
        let text = open.payment.text(self.frame.zone);
        plain_line(kind, text, (amount, &open.payment.unit), (money, Vec::new()), open.of)
    }

    /// Takes what went back, less what came in, from the invoices: first of those that its references are on, then of
    /// the newest, of each what is left. `None` on overflow.
    fn notes(&self, open: &[OpenPayment<'_>], mut invoices: Vec<BilledOn<'_>>, own: Draft) -> Option<Vec<Draft>> {
        // The sort is stable: of the others the newest stays first.
        invoices.sort_by_key(|on| !open.iter().any(|p| p.payment.gives_back(on.invoice)));
        let mut rest = Amount::ZERO.checked_sub(Amount::sum(open.iter().map(|p| p.money))?)?;
        // What came in stands on the first note, whatever of what went back does.
        let (came, mut went): (Vec<OpenPayment<'_>>, Vec<OpenPayment<'_>>) =
            open.iter().cloned().partition(|p| !p.money.is_negative());
        let mut drafts: Vec<Draft> = Vec::new();
        for BilledOn { invoice, left } in &invoices {
            let taken = left.take_paid(rest)?;
            let total = taken.total()?;
            if !total.is_positive() {
                continue;
            }
            let is_first = drafts.is_empty();
            let mut lines: Vec<OpenLine> = Vec::new();
            let mut room = total;
            for p in came.iter().filter(|_| is_first) {
                room = room.checked_add(p.money)?;
                lines.push(self.line(LineKind::Credit, p, -p.payment.amount, -p.money));
            }
            for p in &mut went {
                let part = room.min(-p.money);
                if part.is_positive() {
                    let amount = if part == p.payment.money()?.0.abs() { -p.payment.amount } else { part };
                    lines.push(self.line(LineKind::Credit, p, amount, part));
                    (p.money, room) = (p.money.checked_add(part)?, room.checked_sub(part)?);
                }
            }
            let key = match is_first {
                true => own.key.clone(),
                false => paid_back_key(&own.account_id, invoice, self.frame.period),
            };
            let ask = CreditAsk {
                positions: &[],
                amount: None,
                reason: "Unused money paid back",
                series: &self.rules.credit_series,
                issued_on: self.frame.issued_on,
            };
            let lines = left.before_tax(lines, taken)?;
            let note = self.frame.taken_back(invoice, &ask, lines, taken, true)?;
            drafts.push(Draft { key, document: Some(note), ..own.clone() });
            rest = rest.checked_sub(total)?;
            if !rest.is_positive() {
                break;
            }
        }
        let given_back = invoices.iter().map(|on| on.left.given_back()).collect::<Option<Vec<Amount>>>()?;
        if rest > Amount::sum(given_back)? {
            let holds = own.holds.iter().cloned().chain([Hold::NothingToCorrect]).collect();
            let key = if drafts.is_empty() { own.key.clone() } else { format!("{}/rest", own.key) };
            drafts.push(Draft { key, holds, ..own });
        }
        Some(drafts)
    }
}

/// What a note took back already of the top-up that a payment's reference names is not taken back again, wherever it
/// went. `None` on overflow.
fn leave_out_what_is_back(open: &mut Vec<OpenPayment<'_>>, invoices: &[BilledOn<'_>]) -> Option<()> {
    for on in invoices {
        let mut left = on.left.net.checked_add(on.left.tax)?.max(Amount::ZERO);
        for p in open.iter_mut().filter(|p| p.payment.gives_back(on.invoice)) {
            p.money = p.money.max(-left);
            left = left.checked_add(p.money)?;
        }
    }
    open.retain(|p| !p.money.is_zero() || !p.payment.is_payout());
    Some(())
}
