//! One range of a day's call keys: everything that the rows and movements of one call decide among
//! themselves.
//!
//! Every row of a call id has its key, and so has every movement that names it. Which rows are one call,
//! what it should have cost, which movements name it, and how recorded and expected compare before the
//! day's tolerance need no other range. What needs a whole account or day is done after the merge.

use super::charge::assign_book::assign;
use super::charge::classify::charge_leg;
use super::charge::expected_amounts::{Compared, RatedCalls, SourceTable, compare};
use super::dedupe::{Identities, Standing, identify, standing};
use super::error::{PassError, aligned};
use super::findings::finding::Class;
use super::input::DayInput;
use super::posting::matching::{ByName, Movements, NamedMatches};
use super::row_view::Rows;
use super::tolerance::ToleranceBudget;
use super::unit_rates::Ratios;
use crate::domain::call::{Calls, name_hash};
use crate::domain::money::Amount;
use crate::domain::period::Day;
use crate::domain::rating::rate;

/// A day laid out for its partitions: names numbered, postings that stand, movements in order. Read by
/// every partition, changed by none.
#[derive(Debug)]
pub struct DayIndex<'a> {
    pub(super) input: &'a DayInput<'a>,
    pub(super) rows: Rows<'a>,
    pub(super) sources: SourceTable<'a>,
    pub(super) standing: Standing,
    pub(super) movements: Movements<'a>,
}

impl<'a> DayIndex<'a> {
    pub fn new(input: &'a DayInput<'a>) -> DayIndex<'a> {
        let mut rows = Rows::new(input.calls, input.context_calls);
        let sources = SourceTable::new(&mut rows.names, input.rules, input.raters);
        // Postings of one id may name several calls, so which of them stands is the day's to say.
        let standing = standing(input.postings);
        let movements = Movements::new(input.postings, &standing.postings, &mut rows);
        DayIndex { input, rows, sources, standing, movements }
    }

    /// The day in so many ranges of keys, all equally wide, in their order; at least one.
    pub fn partitions(&self, count: usize) -> Vec<Partition<'_>> {
        let count = count.max(1);
        let mut parts: Vec<Partition<'_>> = (0..count).map(|n| Partition::new(self, KeyRange::of(n, count))).collect();
        for (number, row) in (0u32..).zip(0..self.rows.len()) {
            let part = &mut parts[KeyRange::place(self.rows.key(row), count)];
            part.rows.push(number);
            part.own += usize::from(row < self.rows.day);
        }
        for (movement, _) in self.movements.iter() {
            if let Some(id) = &self.movements.posting(movement).call_id {
                let key = name_hash(id);
                parts[KeyRange::place(key, count)].named.push((key, movement));
            }
        }
        parts
    }
}

/// Keys from the first to the last, both inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRange {
    pub first: u64,
    pub last: u64,
}

impl KeyRange {
    /// One of `count` ranges that together hold every key.
    fn of(number: usize, count: usize) -> KeyRange {
        let first = |number: usize| ((number as u128) << 64).div_ceil(count as u128);
        let below = |key: u128| u64::try_from(key).unwrap_or(u64::MAX);
        KeyRange { first: below(first(number)), last: below(first(number + 1) - 1) }
    }

    /// The number of the range, of `count`, that holds a key.
    fn place(key: u64, count: usize) -> usize {
        usize::try_from((u128::from(key) * count as u128) >> 64).unwrap_or(0)
    }
}

/// The rows and movements of a day whose keys lie in one range.
#[derive(Debug)]
pub struct Partition<'d> {
    pub day: Day,
    pub keys: KeyRange,
    index: &'d DayIndex<'d>,
    /// In order: the day's own first, then context.
    pub(super) rows: Vec<u32>,
    /// How many are the day's own.
    pub(super) own: usize,
    /// Movements that name a call, with its key.
    named: Vec<(u64, u32)>,
}

/// What a partition gives. Vectors are aligned with its rows (`charge`: with the day's own among them);
/// rows, movements and names have the numbers of the [`DayIndex`].
#[derive(Debug)]
pub struct PartitionResult<'d> {
    /// Of the day's own rows.
    pub(super) rated: RatedCalls,
    /// The row that is the call of each row's identity.
    pub(super) call_of: Vec<u32>,
    pub(super) compared: Compared<'d>,
    pub(super) matches: NamedMatches,
    /// As if the day's tolerance had no end.
    pub(super) charge: Vec<Class>,
    pub(super) budget: ToleranceBudget<'d>,
}

impl<'d> Partition<'d> {
    fn new(index: &'d DayIndex<'d>, keys: KeyRange) -> Partition<'d> {
        Partition { day: index.input.day, keys, index, rows: Vec::new(), own: 0, named: Vec::new() }
    }

    /// Rates and reconciles the partition's calls.
    ///
    /// # Errors
    /// [`PassError`]: a source or book that is not declared, a row given twice, an amount that does not fit.
    pub fn reconcile(&self) -> Result<PartitionResult<'d>, PassError> {
        let input = self.index.input;
        let own = self.rated(input.calls, &self.rows[..self.own], 0)?;
        let context = self.rated(input.context_calls, &self.rows[self.own..], self.index.rows.day)?;
        self.reconcile_rated(own, &context)
    }

    /// `first` is the number of the part's first row.
    fn rated(&self, calls: &Calls, rows: &[u32], first: usize) -> Result<RatedCalls, PassError> {
        let input = self.index.input;
        let taken;
        let calls = if rows.len() == calls.len() {
            calls
        } else {
            let inside: Vec<u32> = rows.iter().map(|row| row - u32::try_from(first).unwrap_or(0)).collect();
            taken = calls.take(&inside).map_err(|e| PassError::Rows(e.to_string()))?;
            &taken
        };
        let assignment = assign(input.rules, input.raters, input.parties, calls)?;
        let charges = rate(input.raters, calls, &assignment);
        Ok(RatedCalls { assignment, charges })
    }

    /// As [`Partition::reconcile`], where the calls are rated: the day's own, and those of the context.
    pub(super) fn reconcile_rated(
        &self,
        mut own: RatedCalls,
        context: &RatedCalls,
    ) -> Result<PartitionResult<'d>, PassError> {
        let DayIndex { input, rows, sources, movements, .. } = self.index;
        aligned(self.own, own.charges.len())?;
        aligned(self.rows.len() - self.own, context.charges.len())?;
        let identities = identify(rows, &self.rows);
        refuse_copies(rows, &identities)?;
        let mut ratios = Ratios::new(&input.rules.units);
        let compared = compare(rows, sources, &self.rows, [&own, context], &identities, &mut ratios)?;
        for at in (0..self.own).filter(|at| !identities.is_call(*at)) {
            own.charges.amount[at] = Amount::ZERO;
        }
        let mut budget = ToleranceBudget::new(input.rules, &rows.names);
        let charge = charge_leg(rows, &self.rows[..self.own], &compared, &own, &identities, &mut budget)?;
        let matches =
            ByName { rows, movements, within: input.rules.match_within }.matches(&identities.by_key, &self.named);
        Ok(PartitionResult { rated: own, call_of: identities.call_of, compared, matches, charge, budget })
    }
}

/// Whoever reads the calls drops copies, and counts them.
fn refuse_copies(rows: &Rows<'_>, identities: &Identities) -> Result<(), PassError> {
    match identities.copies.first().map(|row| *row as usize).filter(|row| *row < rows.day) {
        Some(row) => Err(PassError::IdenticalRows {
            source_name: rows.source_name(row).to_string(),
            call_id: rows.call_id(row).to_owned(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_every_key_once() {
        for count in [1, 2, 3, 7, 64, 1000] {
            let ranges: Vec<KeyRange> = (0..count).map(|n| KeyRange::of(n, count)).collect();
            assert_eq!((ranges[0].first, ranges[count - 1].last), (0, u64::MAX));
            assert!(ranges.windows(2).all(|two| two[0].last + 1 == two[1].first));
            for (number, range) in ranges.iter().enumerate() {
                assert_eq!(KeyRange::place(range.first, count), number);
                assert_eq!(KeyRange::place(range.last, count), number);
            }
        }
    }
}
