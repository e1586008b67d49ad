//! Which movements of the ledger pay for which calls.
//!
//! Three ways, tried in this order: the posting names the call, the posting covers a span of time,
//! account and amount have only one answer on both sides. Every decision looks at the full windows of
//! all rows it touches, so the order of rows and of days changes nothing.
//! Knows nothing of: classes, causes, what was expected beyond the amount to be found.

mod amount;
mod movements;
mod named;
mod span;

pub(crate) use movements::{Movement, Movements};
pub(crate) use named::{ByName, NamedMatches};
pub(crate) use span::SpanGroup;

use crate::domain::money::Amount;
use crate::domain::period::Span;
use crate::domain::reconcile::charge::expected_amounts::Compared;
use crate::domain::reconcile::error::PassError;
use crate::domain::reconcile::row_view::Rows;
use crate::domain::reconcile::unit_rates::Ratios;

/// Everything matching reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MatchInput<'a> {
    pub(crate) rows: &'a Rows<'a>,
    /// The row that is the call of each row's identity.
    pub(crate) call_of: &'a [u32],
    pub(crate) compared: &'a Compared<'a>,
    pub(crate) movements: &'a Movements<'a>,
    pub(crate) within: Span,
}

impl MatchInput<'_> {
    pub(crate) fn is_call(&self, row: usize) -> bool {
        self.call_of(row) == row
    }

    /// The row that is the call of a row's identity.
    pub(crate) fn call_of(&self, row: usize) -> usize {
        self.call_of[row] as usize
    }

    /// What a movement takes, in the unit a call is compared in. `Ok(None)` without a conversion.
    ///
    /// # Errors
    /// [`PassError::Overflow`].
    pub(crate) fn debit(
        &self,
        ratios: &mut Ratios<'_>,
        movement: u32,
        row: usize,
    ) -> Result<Option<Amount>, PassError> {
        let movement = self.movements.get(movement);
        let ratio = ratios.get(&self.rows.names, movement.unit, self.compared.unit[row], self.rows.started(row));
        ratio.map(|r| crate::domain::reconcile::error::fits(r.apply(movement.debit), "a posted amount")).transpose()
    }

    pub(crate) fn target(&self, row: usize) -> Option<Amount> {
        self.compared.target(self.rows, row)
    }

    /// A call that something must have been posted for.
    fn wants(&self, row: usize) -> bool {
        self.is_call(row) && self.target(row).is_some_and(|t| !t.is_zero())
    }
}

/// What became of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostingMatch {
    /// No call answers to it.
    Alone,
    Call(u32),
    /// All attempts of a call id together: an index into [`Pairing::attempt_groups`].
    Attempts(u32),
    /// It names a call, but lies too far from it.
    OutOfWindow(u32),
    /// Several calls could be meant: an index into [`Pairing::candidate_calls`].
    Contested(u32),
    /// An index into [`Pairing::spans`].
    Span(u32),
}

/// What a call hangs on. Movements that name it are in [`Pairing::links`] besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallMatch {
    Free,
    Linked,
    /// An index into [`Pairing::attempt_groups`].
    Attempts(u32),
    /// An index into [`Pairing::spans`].
    Span(u32),
    /// Several movements could be meant: an index into [`Pairing::candidate_movements`].
    Contested(u32),
}

/// Attempts of one call id, and the movements that name the id but no attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AttemptGroup {
    /// In the order of attempts.
    pub(crate) rows: Vec<u32>,
    pub(crate) movements: Vec<u32>,
}

/// Some of those that could be meant, the earliest, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Candidates {
    pub(crate) some: Vec<u32>,
    pub(crate) total: u32,
}

impl Candidates {
    /// How many are told by name.
    const SHOWN: usize = 8;

    fn add(&mut self, one: u32) {
        self.total = self.total.saturating_add(1);
        if self.some.len() < Candidates::SHOWN {
            self.some.push(one);
        }
    }
}

/// Calls and movements, each with what was found for it.
#[derive(Debug)]
pub(crate) struct Pairing {
    /// By movement.
    pub(crate) posting_match: Vec<PostingMatch>,
    /// By row.
    pub(crate) call_match: Vec<CallMatch>,
    /// Row and movement, ordered by both.
    pub(crate) links: Vec<(u32, u32)>,
    pub(crate) attempt_groups: Vec<AttemptGroup>,
    /// Calls that a movement could mean.
    pub(crate) candidate_calls: Vec<Candidates>,
    /// Movements that could mean a call.
    pub(crate) candidate_movements: Vec<Candidates>,
    pub(crate) spans: Vec<SpanGroup>,
    /// Calls and the movements that name them from too far, ordered by both.
    pub(crate) out_of_window: Vec<(u32, u32)>,
}

impl Pairing {
    /// The movements paired with one call only.
    pub(crate) fn links_of(&self, row: usize) -> &[(u32, u32)] {
        of_row(&self.links, row)
    }

    pub(crate) fn out_of_window_of(&self, row: usize) -> &[(u32, u32)] {
        of_row(&self.out_of_window, row)
    }

    fn contest(&mut self, movement: u32, contest: Candidates) {
        self.posting_match[movement as usize] = PostingMatch::Contested(number(self.candidate_calls.len()));
        self.candidate_calls.push(contest);
    }
}

fn of_row(pairs: &[(u32, u32)], row: usize) -> &[(u32, u32)] {
    let from = pairs.partition_point(|p| (p.0 as usize) < row);
    let count = pairs[from..].iter().take_while(|p| p.0 as usize == row).count();
    &pairs[from..from + count]
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Pairs calls and movements; those that pair by name were found before, range of keys by range.
///
/// # Errors
/// [`PassError::Overflow`].
pub(crate) fn pair(
    matching: &MatchInput<'_>,
    named: Vec<NamedMatches>,
    ratios: &mut Ratios<'_>,
) -> Result<Pairing, PassError> {
    let mut pairing = Pairing {
        posting_match: vec![PostingMatch::Alone; matching.movements.len()],
        call_match: vec![CallMatch::Free; matching.rows.len()],
        links: Vec::new(),
        attempt_groups: Vec::new(),
        candidate_calls: Vec::new(),
        candidate_movements: Vec::new(),
        spans: Vec::new(),
        out_of_window: Vec::new(),
    };
    named.into_iter().for_each(|matches| matches.put_into(&mut pairing));
    named::link_calls(&mut pairing);
    span::pair(matching, ratios, &mut pairing)?;
    amount::pair(matching, ratios, &mut pairing);
    pairing.links.sort_unstable();
    pairing.out_of_window.sort_unstable();
    Ok(pairing)
}
