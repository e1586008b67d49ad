//! Where a call is billed: every call is in exactly one place.

use std::collections::BTreeMap;

use super::terms::{Billed, BillingTerms, InvoiceOn};
use crate::domain::ledger::Mode;
use crate::domain::money::Amount;

/// Why a call is on no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unbilled {
    /// It costs nothing.
    Free,
    /// Nobody knows what it costs.
    Unpriced,
    /// Its document waits for a person.
    Held,
    /// It came after its month's documents; the next ones have it.
    Late,
    /// Nobody is to get a document for it.
    NotAsked,
}

impl Unbilled {
    pub fn name(self) -> &'static str {
        match self {
            Unbilled::Free => "free",
            Unbilled::Unpriced => "unpriced",
            Unbilled::Held => "held",
            Unbilled::Late => "late",
            Unbilled::NotAsked => "not_asked",
        }
    }
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Treatment {
    Statement,
    Invoice,
    Unbilled(Unbilled),
}

impl Treatment {
    pub fn name(self) -> &'static str {
        match self {
            Treatment::Statement => "statement",
            Treatment::Invoice => "invoice",
            Treatment::Unbilled(why) => why.name(),
        }
    }
}

/// What of a call decides where it is billed. Debits positive.
#[derive(Clone, Copy, Debug, Default)]
pub struct Billable {
    pub expected: Option<Amount>,
    pub recorded: Option<Amount>,
    pub posted: Option<Amount>,
    /// Whether what was posted came out of a wallet that was filled beforehand.
    pub paid_ahead: bool,
}

impl Billable {
    /// The amount an invoice would have of it.
    pub fn amount(&self, billed: Billed) -> Option<Amount> {
        match billed {
            Billed::Expected => self.expected,
            Billed::Recorded => self.recorded,
        }
    }
}

/// Where a call is billed under an account's terms, once its documents go out.
pub fn treat(call: &Billable, terms: &BillingTerms) -> Treatment {
    let posted = call.posted.is_some_and(|p| !p.is_zero());
    if posted && call.paid_ahead {
        return Treatment::Statement;
    }
    let Some(amount) = call.amount(terms.billed) else { return Treatment::Unbilled(Unbilled::Unpriced) };
    if amount.is_zero() {
        return Treatment::Unbilled(Unbilled::Free);
    }
    match (terms.invoice_on, terms.mode) {
        (InvoiceOn::Usage, _) => Treatment::Invoice,
        (InvoiceOn::Request, Mode::Postpaid) => Treatment::Invoice,
        // The ledger owes it a debit; the statement proposes one.
        (_, Mode::Prepaid) => Treatment::Statement,
        _ => Treatment::Unbilled(Unbilled::NotAsked),
    }
}

/// How many calls, and what they come to by unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub calls: u64,
    pub amounts: BTreeMap<String, Amount>,
}

impl Tally {
    /// `None` on overflow.
    pub fn add(&mut self, unit: &str, amount: Amount) -> Option<()> {
        self.calls += 1;
        if !self.amounts.contains_key(unit) {
            self.amounts.insert(unit.to_owned(), Amount::ZERO);
        }
        let sum = self.amounts.get_mut(unit)?;
        *sum = sum.checked_add(amount)?;
        Some(())
    }
}
