//! What one day's pass takes and gives: calls are read once, everything else follows from them.

use std::collections::BTreeMap;

use super::finding::{Class, Finding, Leg};
use crate::domain::call::Calls;
use crate::domain::ledger::{Balance, Parties, Posting, PostingKind};
use crate::domain::money::{Amount, Representation, Units};
use crate::domain::period::{Day, Instant, Span, Zone};
use crate::domain::rating::{Charges, Rater};

/// What is known of a source.
#[derive(Clone, Debug)]
pub struct SourceRules {
    pub name: String,
    /// The unit its charges are in, where a call does not say; absent: its book's.
    pub unit: Option<String>,
    pub recorded: Representation,
    /// Index into [`DayInput::raters`].
    pub book: u16,
}

/// How much may differ without being an amount mismatch, in one unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tolerance {
    pub row: Amount,
    /// Cap on the sum of tolerated differences of a day; beyond it rows are mismatches again.
    pub sum: Amount,
}

/// Settings of reconciliation that change what is found.
#[derive(Clone, Debug)]
pub struct Rules {
    pub zone: Zone,
    pub match_within: Span,
    /// By unit; a unit not named has none.
    pub tolerance: BTreeMap<String, Tolerance>,
    pub forbid: Vec<PostingKind>,
    /// Wallets without an earlier balance start at 0 from here on.
    pub complete_from: Option<Instant>,
    pub units: Units,
    pub sources: Vec<SourceRules>,
    /// Whether the operator has a ledger of postings at all; without one, that leg only counts.
    pub has_postings: bool,
}

/// Everything one day's pass reads.
pub struct DayInput<'a> {
    pub day: Day,
    pub span: (Instant, Instant),
    pub rules: &'a Rules,
    /// One for each book, versions known at the day's K.
    pub raters: &'a [Rater],
    pub parties: &'a Parties,
    /// Rows that started on this day, identical rows already dropped; several may share one identity.
    pub calls: &'a Calls,
    /// Rows of other days: those within reach of the matching window, and those sharing an identity
    /// with a row of this day or of the window. They are context: their rows belong to other passes.
    pub near: &'a Calls,
    /// Every posting that can pair with a call of this day or whose own day is this one, and those
    /// the context calls need; identical rows already dropped.
    pub postings: &'a [Posting],
    /// The ledger's watermark: its latest `posted_at`, cut at the end of this day's reach.
    pub watermark: Instant,
    /// Balances dated in this day.
    pub balances: &'a [Balance],
    /// What earlier days leave behind.
    pub opening: &'a crate::domain::ledger::Carry,
}

/// A row of the posting leg that has movements and no call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementRow {
    pub posting_id: String,
    pub account_id: String,
    pub unit: String,
    pub class: Class,
    /// Minus the sum of the movements.
    pub posted: Amount,
    pub difference: Option<Amount>,
}

/// Totals of one class of one leg, a source and unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegSum {
    pub leg: Leg,
    pub class: Class,
    /// Empty for movements without a call.
    pub source: String,
    pub unit: String,
    pub rows: u64,
    pub expected: Amount,
    pub recorded: Amount,
    pub posted: Amount,
    pub difference: Amount,
}

/// What one day's pass gives; `charges` and the vectors beside it are row-aligned with its calls.
#[derive(Debug)]
pub struct DayResult {
    pub charges: Charges,
    /// Unit in which the amounts of a row are compared.
    pub unit: Vec<std::sync::Arc<str>>,
    /// Expected, in the compared unit, as the source would have written it.
    pub expected: Vec<Option<Amount>>,
    /// Net debit of the movements paired with the call, in the compared unit.
    pub posted: Vec<Option<Amount>>,
    pub charge_class: Vec<Class>,
    pub posting_class: Vec<Class>,
    pub movements: Vec<MovementRow>,
    pub findings: Vec<Finding>,
    pub sums: Vec<LegSum>,
    /// By source and compared unit: what writing amounts down the source's way moved.
    pub representation: BTreeMap<(String, String), Amount>,
    pub carry: crate::domain::ledger::Carry,
    /// Movements of each wallet over the day.
    pub roll_forward: Vec<crate::domain::ledger::WalletDay>,
}
