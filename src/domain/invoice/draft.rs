//! A document that may become final, and what drafts are made from.

use std::collections::BTreeMap;

use super::document::{Basis, Document, Line, Tax};
use super::frame::Frame;
use super::hold::Hold;
use super::issued::IssuedDocuments;
use super::payment::Payment;
use crate::domain::ledger::Parties;
use crate::domain::money::{Amount, Units};
use crate::domain::period::{Instant, Period};

/// A document that may become final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// What it is, for ever.
    pub(crate) key: String,
    pub(crate) account_id: String,
    /// Absent where none could be made.
    pub(crate) document: Option<Document>,
    pub(crate) holds: Vec<Hold>,
    /// Somebody has to ask before it becomes final.
    pub(crate) on_request: bool,
}

/// What stands between a draft and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DraftState {
    /// A person has to mend something first.
    Held,
    /// Somebody has to ask for it.
    OnRequest,
    Ready,
}

impl DraftState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            DraftState::Held => "held",
            DraftState::OnRequest => "on_request",
            DraftState::Ready => "draft",
        }
    }
}

impl Draft {
    pub(crate) fn new(key: String, account: &str) -> Draft {
        Draft { key, account_id: account.to_owned(), document: None, holds: Vec::new(), on_request: false }
    }

    pub(crate) fn state(&self) -> DraftState {
        match (self.holds.is_empty(), self.on_request) {
            (false, _) => DraftState::Held,
            (true, true) => DraftState::OnRequest,
            (true, false) => DraftState::Ready,
        }
    }

    /// The document that gets a number, where nothing stands against it; `asked` says that somebody asked.
    pub(crate) fn ready(&self, asked: bool) -> Option<&Document> {
        let is_ready = match self.state() {
            DraftState::Held => false,
            DraftState::OnRequest => asked,
            DraftState::Ready => true,
        };
        self.document.as_ref().filter(|_| is_ready)
    }
}

/// What the operator settled about all bills.
#[derive(Clone, Debug, Default)]
pub(crate) struct BillingRules {
    /// What numbers of invoices, credit notes and statements begin with.
    pub(crate) series: String,
    pub(crate) credit_series: String,
    pub(crate) statement_series: String,
    /// An account with more unexplained than this is held; a unit not named: 0.
    pub(crate) hold_above: Vec<(String, Amount)>,
}

/// What an earlier month adds to an account's bills, on the terms that month was billed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LateLine {
    /// Payable before tax.
    pub(crate) line: Line,
    pub(crate) currency: String,
    pub(crate) minor_units: u32,
    /// How it is taxed; of what amount is the document's to say.
    pub(crate) tax: Tax,
    /// Of the month's own documents.
    pub(crate) basis: Basis,
    pub(crate) terms_days: Option<u32>,
    /// Why it waits for a person.
    pub(crate) holds: Vec<Hold>,
}

/// What earlier months still have to say to one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Late {
    /// To be billed, one a month.
    pub(crate) lines: Vec<LateLine>,
    /// To be given back, each a note of its own.
    pub(crate) credits: Vec<Draft>,
    /// Every payment of those months, and which it was; those on a document already are passed over.
    pub(crate) payments: Vec<(Payment, Period)>,
}

/// What drafts are made from, beside the month.
#[derive(Clone, Debug)]
pub(crate) struct DraftBuilder<'a> {
    pub(crate) rules: &'a BillingRules,
    pub(crate) units: &'a Units,
    pub(crate) parties: &'a Parties,
    pub(crate) issued: &'a IssuedDocuments,
    pub(crate) frame: Frame<'a>,
    /// What earlier months still owe or are owed, by account.
    pub(crate) late: &'a BTreeMap<String, Late>,
}

impl DraftBuilder<'_> {
    pub(super) fn span(&self) -> (Instant, Instant) {
        self.frame.period.span(self.frame.zone)
    }
}
