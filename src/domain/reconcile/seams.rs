//! Where other parts of reconciliation are plugged into a day's pass: naming causes, and the legs
//! that judge wallets.

use std::sync::Arc;

use super::charge::expected_amounts::RatedCalls;
use super::error::PassError;
use super::findings::finding::{Certainty, Class, Finding, Leg};
use super::input::DayInput;
use crate::domain::ledger::{Carry, Posting, WalletDay};
use crate::domain::money::{Amount, Ratio, Representation};
use crate::domain::price::VersionId;

/// A call of the day whose amount is to be explained, in the compared unit; debits positive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// Row of the day's calls.
    pub row: usize,
    /// [`Leg::Charge`]: `target` is what was recorded. [`Leg::Posting`]: what was posted.
    pub leg: Leg,
    /// Index into [`DayInput::raters`].
    pub book: u16,
    pub unit: Arc<str>,
    /// As the source would have written it.
    pub expected: Amount,
    pub target: Amount,
    /// From the book's unit to the compared one.
    pub ratio: Ratio,
    pub representation: Representation,
}

/// What was found out about a suspect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// A code, or `a+b` in alphabetical order; empty where ambiguous or unexplained.
    pub cause: String,
    pub origin: String,
    pub certainty: Certainty,
    pub candidates: Vec<String>,
    pub version_matched: Option<VersionId>,
    pub evidence: Vec<(String, String)>,
}

impl Verdict {
    pub fn unexplained() -> Verdict {
        Verdict {
            cause: String::new(),
            origin: String::new(),
            certainty: Certainty::Unexplained,
            candidates: Vec::new(),
            version_matched: None,
            evidence: Vec::new(),
        }
    }

    /// Writes the verdict onto a finding; evidence the finding has stays in front.
    pub(super) fn onto(&self, finding: &mut Finding) {
        let named = finding.clone().because(&self.cause, &self.origin, self.certainty);
        *finding = named;
        finding.candidates.clone_from(&self.candidates);
        finding.version_matched = self.version_matched.map(|v| v.to_string());
        finding.evidence.extend(self.evidence.iter().cloned());
    }
}

/// A pass once both legs are judged; row-aligned with [`DayInput::calls`].
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    pub input: &'a DayInput<'a>,
    pub rated: &'a RatedCalls,
    /// Of the context rows.
    pub near: &'a RatedCalls,
    /// Whether a row is the call of its identity: of the day's rows, then of the context rows.
    pub is_call: &'a [bool],
    pub unit: &'a [Arc<str>],
    pub expected: &'a [Option<Amount>],
    pub posted: &'a [Option<Amount>],
    pub charge_class: &'a [Class],
    pub posting_class: &'a [Class],
    /// One posting an id, those that stand.
    pub postings: &'a [&'a Posting],
    /// Of the usage, charge and posting legs, with the causes known so far.
    pub findings: &'a [Finding],
}

impl Judged<'_> {
    /// What naming would be asked about a row of the charge leg: also one that matched, as a witness.
    /// `None` where one of the two amounts is missing.
    pub fn suspect(&self, row: usize) -> Option<Suspect> {
        let (input, calls) = (self.input, self.input.calls);
        let (expected, target) = ((*self.expected.get(row)?)?, calls.recorded(row)?);
        let book = self.rated.assignment.book[row];
        let header = &input.raters[usize::from(book)].book().header;
        let at = match header.price_at {
            crate::domain::price::PriceAt::Started => calls.started(row),
            crate::domain::price::PriceAt::Ended => calls.ended(row),
        };
        let unit = self.unit[row].clone();
        let source = calls.source().get(row).unwrap_or_default();
        let representation = input.rules.sources.iter().find(|s| s.name == source)?.recorded;
        let ratio = input.rules.units.ratio(&header.unit, &unit, at)?;
        Some(Suspect { row, leg: Leg::Charge, book, unit, expected, target, ratio, representation })
    }
}

/// Says why amounts are what they are.
pub trait Naming {
    /// One verdict a suspect, in their order.
    fn name(&self, judged: &Judged<'_>, suspects: &[Suspect]) -> Vec<Verdict>;
}

/// The balance, policy and funding legs.
pub trait LedgerLegs {
    /// # Errors
    /// [`PassError`] when a sum does not fit or an input contradicts itself.
    fn judge(&self, judged: &Judged<'_>) -> Result<LedgerOutcome, PassError>;
}

/// What the ledger legs give.
#[derive(Clone, Debug, Default)]
pub struct LedgerOutcome {
    pub findings: Vec<Finding>,
    pub carry: Carry,
    pub roll_forward: Vec<WalletDay>,
}

/// Names nothing: every difference stays unexplained.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unnamed;

impl Naming for Unnamed {
    fn name(&self, _: &Judged<'_>, suspects: &[Suspect]) -> Vec<Verdict> {
        vec![Verdict::unexplained(); suspects.len()]
    }
}

/// Judges no wallet and hands on what it was given.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWallets;

impl LedgerLegs for NoWallets {
    fn judge(&self, judged: &Judged<'_>) -> Result<LedgerOutcome, PassError> {
        Ok(LedgerOutcome { carry: judged.input.opening.clone(), ..LedgerOutcome::default() })
    }
}
