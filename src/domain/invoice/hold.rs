//! Why a document waits for a person.

use std::collections::BTreeMap;
use std::fmt;

use super::account_month::AccountMonth;
use super::document::{Customer, Document, DocumentKind, TaxCategory};
use super::error::BillingError;
use super::treatment::{Treatment, Unbilled};
use crate::domain::ledger::Account;
use crate::domain::money::Amount;
use crate::domain::reconcile::{Certainty, Leg};

/// A reason not to send a document yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// No row of the accounts file is in force at the period's end.
    NoAccount,
    /// A row of the account in the accounts file cannot be understood, in words.
    Row(String),
    /// A column that a bill needs is empty.
    Missing(&'static str),
    /// A column that cannot be printed or understood.
    Odd(&'static str),
    Unpriced(u64),
    Unexplained {
        unit: String,
        amount: Amount,
    },
    NoCurrency(String),
    NoRate {
        unit: String,
        currency: String,
    },
    /// Money went back for which no invoice is known.
    NothingToCorrect,
    /// A top-up without what was paid for it.
    NoMoney(String),
    /// An equality that every document must keep does not hold in it, in words.
    Law(String),
    /// A part of the file could not be made, in words.
    NotRendered(String),
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hold::NoAccount => f.write_str("the account is not in the accounts file"),
            Hold::Row(what) => write!(f, "its row in the accounts file: {what}"),
            Hold::Missing(column) => write!(f, "{column} is missing"),
            Hold::Odd(column) => write!(f, "{column} has characters that cannot be printed, or is too long"),
            Hold::Unpriced(calls) => write!(f, "{calls} calls have no price"),
            Hold::Unexplained { unit, amount } => write!(f, "{amount} {unit} of differences are unexplained"),
            Hold::NoCurrency(unit) => write!(f, "{unit} is no currency, and the account names none"),
            Hold::NoRate { unit, currency } => write!(f, "there is no rate from {unit} to {currency}"),
            Hold::NothingToCorrect => f.write_str("money went back, and there is no invoice it could correct"),
            Hold::NoMoney(posting) => write!(f, "top-up {posting} does not say what was paid"),
            Hold::Law(what) => write!(f, "its sums do not agree: {what}"),
            Hold::NotRendered(what) => f.write_str(what),
        }
    }
}

/// Longest text of a field that is printed.
const LONGEST: usize = 300;

/// Whether a text can stand on paper: no control characters, nothing that turns the direction of what
/// follows.
fn is_printable(text: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}');
    text.chars().count() <= LONGEST && !text.chars().any(|c| c.is_control() || turns(c))
}

/// What is missing from or odd about a document's parties.
pub fn odd_fields(document: &Document) -> Vec<Hold> {
    let Customer { account_id, name, street, city, postcode, country, tax_id, email, locale } = &document.customer;
    let fields: [(&'static str, &str); 9] = [
        ("account_id", account_id),
        ("name", name),
        ("street", street),
        ("city", city),
        ("postcode", postcode),
        ("country", country),
        ("tax_id", tax_id),
        ("email", email),
        ("locale", locale),
    ];
    let mut holds: Vec<Hold> =
        fields.iter().filter(|(_, text)| !is_printable(text)).map(|(column, _)| Hold::Odd(column)).collect();
    if document.lines.iter().any(|l| !is_printable(&l.text)) {
        holds.push(Hold::Odd("a line's text"));
    }
    if document.kind == DocumentKind::Statement {
        return holds;
    }
    let reverse =
        document.totals.as_ref().is_some_and(|t| t.tax.iter().any(|t| t.category == TaxCategory::ReverseCharge));
    let needed =
        |column: &str| ["name", "street", "city", "country"].contains(&column) || (reverse && column == "tax_id");
    holds.extend(fields.iter().filter(|(c, text)| needed(c) && text.trim().is_empty()).map(|(c, _)| Hold::Missing(c)));
    holds
}

/// What holds every document of an account: no row of its own or one that cannot be understood, calls without a price, or more unexplained
/// in a unit than `hold_above` allows (a unit not named: 0).
///
/// # Errors
/// Overflow.
pub(crate) fn account_holds(
    row: Option<&Account>,
    own: &AccountMonth,
    hold_above: &[(String, Amount)],
) -> Result<Vec<Hold>, BillingError> {
    let mut holds = Vec::new();
    if row.is_none() {
        holds.push(Hold::NoAccount);
    }
    holds.extend(row.into_iter().flat_map(|row| &row.faults).cloned().map(Hold::Row));
    if let Some(tally) = own.tallies.get(&Treatment::Unbilled(Unbilled::Unpriced)) {
        holds.push(Hold::Unpriced(tally.calls));
    }
    let mut open: BTreeMap<&str, Amount> = BTreeMap::new();
    for finding in own.findings.iter().filter(|f| f.certainty == Certainty::Unexplained) {
        let is_money = matches!(finding.leg, Leg::Charge | Leg::Posting | Leg::Balance);
        let (Some(unit), Some(difference)) = (&finding.unit, finding.difference.filter(|_| is_money)) else {
            continue;
        };
        let sum = open.entry(unit).or_default();
        *sum = sum.checked_add(difference.abs()).ok_or_else(BillingError::too_large)?;
    }
    for (unit, amount) in open {
        let limit = hold_above.iter().find(|(u, _)| u == unit).map_or(Amount::ZERO, |l| l.1);
        if amount > limit {
            holds.push(Hold::Unexplained { unit: unit.to_owned(), amount });
        }
    }
    Ok(holds)
}
