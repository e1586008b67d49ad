//! What one day's pass takes and gives: calls are read once, everything else follows from them.

use std::collections::BTreeMap;

use super::findings::finding::{Class, Finding, Leg};
use crate::domain::call::Calls;
use crate::domain::hash::{Canonical, CanonicalBytes};
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

impl Canonical for SourceRules {
    fn write(&self, to: &mut CanonicalBytes) {
        let SourceRules { name, unit, recorded, book } = self;
        to.record("source", |to| {
            to.member("name", name);
            to.member("unit", unit);
            to.member("recorded", recorded);
            to.member("book", book);
        });
    }
}

impl Canonical for Tolerance {
    fn write(&self, to: &mut CanonicalBytes) {
        let Tolerance { row, sum } = self;
        to.record("tolerance", |to| {
            to.member("row", row);
            to.member("sum", sum);
        });
    }
}

/// Everything one day's pass reads.
///
/// Context reaches twice `match_within` around the day for calls and three times for postings. Beyond
/// that it holds every call inside the span of a posting given, and where they can be found the calls
/// that postings of the day name and the postings that name calls of the day, however far they lie.
#[derive(Clone, Copy, Debug)]
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
    pub context_calls: &'a Calls,
    /// Every posting that can pair with a call of this day or whose own day is this one, and those
    /// the context calls need; identical rows already dropped.
    pub postings: &'a [Posting],
    /// The ledger's watermark: its latest `posted_at`, cut at the end of this day's reach, which is
    /// `match_within` after its last instant (or the last `ended_at` of its calls, where that is later).
    pub watermark: Instant,
    /// Balances dated in this day.
    pub balances: &'a [Balance],
    /// What earlier days leave behind.
    pub opening: &'a crate::domain::ledger::LedgerState,
}

/// A row of the posting leg that has movements and no call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementRow {
    pub posting_id: String,
    pub account_id: String,
    pub unit: String,
    pub class: Class,
    /// Minus the movement; of a posting that covers a span, what is left of it over the calls inside.
    pub posted: Amount,
    pub difference: Option<Amount>,
}

/// A posting that stands, as one day's pass counts it.
///
/// Every posting of the day that stands is there once with `own` set, so over all days each counts once;
/// repeats, and those another of their id set aside, are not there. Besides there are the postings of other
/// days that pay for calls of this day: with them, what was posted for the day's calls can be told from the
/// day alone. They are `own` on the day they were posted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedPosting {
    /// Position among the pass's postings.
    pub posting: u32,
    /// Posted on this day.
    pub own: bool,
    /// The class of the row of this day's posting leg that the posting is in: that of the (first) call it
    /// pays for, its own where it pays for none. Absent where it is in no row of this day: it is nothing a
    /// call is paid with (a top-up), or it pays for a call of another day, where its class stands.
    pub class: Option<Class>,
}

/// A posting that contradicts another of the same id, which stands in its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostingConflict {
    pub posting_id: String,
    pub posted_at: Instant,
    pub amount: Amount,
    /// What the one that stands moves.
    pub stands_for: Amount,
    /// File and offset of the one set aside, and of the one that stands.
    pub place: (u32, u64),
    pub stands: (u32, u64),
    /// Position of the one set aside among the pass's postings.
    pub posting: u32,
}

/// Totals of one class of one leg, a source and unit.
///
/// Charge leg: `difference` = `recorded` - `expected`. Posting leg: `difference` = `posted` -
/// `recorded` - `expected`, where `expected` is only that of calls without a recorded charge. Rows of
/// a class without a difference (`unpriced`, `not_compared`) still add what they have to the rest.
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
    /// Expected, in the compared unit, as the source would have written it; 0 for a duplicate row.
    pub expected: Vec<Option<Amount>>,
    /// Net debit of the movements paired with the call, in the compared unit.
    pub posted: Vec<Option<Amount>>,
    pub charge_class: Vec<Class>,
    /// A row that is not the call of its identity is no row of this leg: it has
    /// [`Class::DuplicateCall`] here, whatever its class in the charge leg, and is in no sum.
    pub posting_class: Vec<Class>,
    pub movements: Vec<MovementRow>,
    /// In the order of the pass's postings.
    pub counted: Vec<CountedPosting>,
    /// Postings of this day that another of the same id set aside.
    pub conflicts: Vec<PostingConflict>,
    pub findings: Vec<Finding>,
    pub sums: Vec<LegSum>,
    /// By source and compared unit: what writing amounts down the source's way moved.
    pub representation: BTreeMap<(String, String), Amount>,
    pub carry: crate::domain::ledger::LedgerState,
    /// Movements of each wallet over the day.
    pub roll_forward: Vec<crate::domain::ledger::WalletDay>,
}

impl LegSum {
    /// Sums of several days as one list, in order. `None` when a sum overflows.
    pub fn add_up(sums: &[LegSum]) -> Option<Vec<LegSum>> {
        let mut totals: BTreeMap<(Leg, Class, &str, &str), LegSum> = BTreeMap::new();
        for sum in sums {
            let total = totals.entry((sum.leg, sum.class, &sum.source, &sum.unit)).or_insert_with(|| LegSum {
                rows: 0,
                expected: Amount::ZERO,
                recorded: Amount::ZERO,
                posted: Amount::ZERO,
                difference: Amount::ZERO,
                ..sum.clone()
            });
            total.rows += sum.rows;
            total.expected = total.expected.checked_add(sum.expected)?;
            total.recorded = total.recorded.checked_add(sum.recorded)?;
            total.posted = total.posted.checked_add(sum.posted)?;
            total.difference = total.difference.checked_add(sum.difference)?;
        }
        Some(totals.into_values().collect())
    }
}
