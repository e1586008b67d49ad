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
    /// Given credit paid it.
    Given,
    /// Its account is not in the accounts file, or its row does not hold yet at the month's end.
    NoAccount,
    /// It is to be debited to a wallet, and the account has none that a statement could tell of.
    NoStatement,
}

impl Unbilled {
    pub fn name(self) -> &'static str {
        match self {
            Unbilled::Free => "free",
            Unbilled::Unpriced => "unpriced",
            Unbilled::Held => "held",
            Unbilled::Late => "late",
            Unbilled::NotAsked => "not_asked",
            Unbilled::Given => "given",
            Unbilled::NoAccount => "no_account",
            Unbilled::NoStatement => "no_statement",
        }
    }

    /// In words, where it is use that nobody is billed for and nobody said so.
    pub(crate) fn lost(self) -> Option<&'static str> {
        match self {
            Unbilled::NoAccount => Some("no row of the accounts file holds at the month's end"),
            Unbilled::NoStatement => Some("prepaid, and the ledger has no wallet that a statement could tell of"),
            _ => None,
        }
    }
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Treatment {
    Statement,
    /// The ledger owes it a debit; a statement proposes one.
    Proposed,
    Invoice,
    /// On a later document, as a line of its own month.
    LateLine,
    Unbilled(Unbilled),
}

impl Treatment {
    pub fn name(self) -> &'static str {
        match self {
            Treatment::Statement => "statement",
            Treatment::Proposed => "proposed",
            Treatment::Invoice => "invoice",
            Treatment::LateLine => "late_line",
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

/// Where what was not paid ahead of a call is billed under an account's terms, once its documents go out.
/// `ahead` is what wallets that were filled beforehand paid of it.
pub fn treat(call: &Billable, ahead: Amount, terms: &BillingTerms) -> Treatment {
    let posted = call.posted.is_some_and(|p| !p.is_zero());
    if posted && terms.mode == Mode::Prepaid {
        return Treatment::Statement;
    }
    let Some(amount) = call.amount(terms.billed) else {
        let is_paid = posted && call.posted == Some(ahead);
        return if is_paid { Treatment::Statement } else { Treatment::Unbilled(Unbilled::Unpriced) };
    };
    if posted && ahead.is_positive() && amount <= ahead {
        return Treatment::Statement;
    }
    if amount.is_zero() {
        return Treatment::Unbilled(Unbilled::Free);
    }
    match (terms.invoice_on, terms.mode) {
        (InvoiceOn::Usage, _) => Treatment::Invoice,
        (InvoiceOn::Request, Mode::Postpaid) => Treatment::Invoice,
        (_, Mode::Prepaid) => Treatment::Proposed,
        _ => Treatment::Unbilled(Unbilled::NotAsked),
    }
}

/// How many calls, and what they come to by unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub calls: u64,
    /// Parts of calls that are counted elsewhere.
    pub parts: u64,
    pub amounts: BTreeMap<String, Amount>,
}

impl Tally {
    /// A call. `None` on overflow.
    pub fn add(&mut self, unit: &str, amount: Amount) -> Option<()> {
        self.calls += 1;
        self.add_amount(unit, amount)
    }

    /// A part of a call. `None` on overflow.
    pub fn add_part(&mut self, unit: &str, amount: Amount) -> Option<()> {
        self.parts += 1;
        self.add_amount(unit, amount)
    }

    /// Another tally. `None` on overflow.
    pub fn merge(&mut self, other: &Tally) -> Option<()> {
        self.calls += other.calls;
        self.parts += other.parts;
        other.amounts.iter().try_for_each(|(unit, amount)| self.add_amount(unit, *amount))
    }

    /// What is left of it after another: calls never below none. `None` on overflow.
    pub fn less(&self, other: &Tally) -> Option<Tally> {
        let mut rest = Tally { calls: self.calls.saturating_sub(other.calls), ..self.clone() };
        other.amounts.iter().try_for_each(|(unit, amount)| rest.add_amount(unit, -*amount))?;
        Some(rest)
    }

    pub fn is_nothing(&self) -> bool {
        self.calls == 0 && self.amounts.values().all(|amount| amount.is_zero())
    }

    fn add_amount(&mut self, unit: &str, amount: Amount) -> Option<()> {
        if !self.amounts.contains_key(unit) {
            self.amounts.insert(unit.to_owned(), Amount::ZERO);
        }
        let sum = self.amounts.get_mut(unit)?;
        *sum = sum.checked_add(amount)?;
        Some(())
    }
}
