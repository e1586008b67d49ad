//! Partitions put together: what each gave for its rows goes to those rows' places, and sums add up.
//!
//! The day that comes of it is the same however it was cut.

use super::charge::expected_amounts::{Compared, RatedCalls};
use super::error::PassError;
use super::findings::finding::Class;
use super::partition::{DayIndex, Partition, PartitionResult};
use super::posting::matching::NamedMatches;
use super::tolerance::ToleranceBudget;
use crate::domain::rating::{Assignment, Charges};

/// What a day's partitions say together. Row-aligned with the day's rows, context after its own.
#[derive(Debug)]
pub(super) struct MergedDay<'d> {
    /// Of the day's own rows.
    pub(super) rated: RatedCalls,
    /// The row that is the call of each row's identity.
    pub(super) call_of: Vec<u32>,
    pub(super) compared: Compared<'d>,
    /// By partition.
    pub(super) matches: Vec<NamedMatches>,
    /// Of the day's own rows.
    pub(super) charge: Vec<Class>,
}

/// Merges the results of all partitions of a day, in their order, and spends the day's tolerance.
///
/// # Errors
/// The first error of a partition, and [`PassError::Overflow`].
pub(super) fn merge<'d>(
    index: &'d DayIndex<'d>,
    partitions: &[Partition<'d>],
    results: impl IntoIterator<Item = Result<PartitionResult<'d>, PassError>>,
) -> Result<MergedDay<'d>, PassError> {
    let (len, day) = (index.rows.len(), index.rows.day);
    let mut budget = ToleranceBudget::new(index.input.rules, &index.rows.names);
    let (mut own, mut all) = (Placed::new(day), Placed::new(len));
    let (mut charge, mut call_of, mut unit, mut expected) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut charges, mut assignments) = (Vec::new(), Vec::new());
    let mut compared = Compared::empty(&index.sources);
    let mut matches = Vec::with_capacity(partitions.len());
    for (partition, result) in partitions.iter().zip(results) {
        let result = result?;
        own.rows.push(&partition.rows[..partition.own]);
        all.rows.push(&partition.rows);
        charge.push(result.charge);
        call_of.push(result.call_of);
        unit.push(result.compared.unit);
        expected.push(result.compared.expected);
        compared.add_moved(&result.compared.moved)?;
        budget.append(result.budget);
        charges.push(result.rated.charges);
        assignments.push(result.rated.assignment);
        matches.push(result.matches);
    }
    compared.unit = all.place(unit, 0);
    compared.expected = all.place(expected, None);
    let mut charge = own.place(charge, Class::NotCompared);
    for row in budget.refused()? {
        charge[row] = Class::AmountMismatch;
    }
    let rated = RatedCalls { assignment: own.assignment(assignments), charges: own.charges(charges) };
    Ok(MergedDay { rated, call_of: all.place(call_of, 0), compared, matches, charge })
}

/// Puts what partitions gave into the places of their rows.
struct Placed<'p> {
    len: usize,
    /// By partition.
    rows: Vec<&'p [u32]>,
}

impl Placed<'_> {
    fn new(len: usize) -> Self {
        Placed { len, rows: Vec::new() }
    }

    /// What one partition gave for a whole day is in place already. Every place is filled: `fill` is
    /// only there to begin with something.
    fn place<T: Clone>(&self, parts: Vec<Vec<T>>, fill: T) -> Vec<T> {
        if parts.len() == 1 {
            return parts.into_iter().next().unwrap_or_default();
        }
        let mut placed = vec![fill; self.len];
        for (rows, values) in self.rows.iter().zip(parts) {
            for (row, value) in rows.iter().zip(values) {
                placed[*row as usize] = value;
            }
        }
        placed
    }

    fn charges(&self, parts: Vec<Charges>) -> Charges {
        let is_one = parts.len() == 1;
        let together = parts.into_iter().reduce(|mut all, more| {
            all.append(more);
            all
        });
        let charges = together.unwrap_or_default();
        if is_one { charges } else { charges.placed(&self.rows.concat()) }
    }

    /// Books and groups; partitions number the groups they meet, and here they are numbered anew.
    fn assignment(&self, parts: Vec<Assignment>) -> Assignment {
        let mut groups: Vec<Option<String>> = Vec::new();
        let (mut book, mut group) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len()));
        for mut part in parts {
            let number = |name: Option<String>| {
                let known = groups.iter().position(|g| *g == name);
                let at = known.unwrap_or_else(|| {
                    groups.push(name);
                    groups.len() - 1
                });
                u32::try_from(at).unwrap_or(0)
            };
            let numbers: Vec<u32> = part.groups.into_iter().map(number).collect();
            part.group.iter_mut().for_each(|group| *group = numbers[*group as usize]);
            book.push(part.book);
            group.push(part.group);
        }
        Assignment { book: self.place(book, 0), group: self.place(group, 0), groups }
    }
}
