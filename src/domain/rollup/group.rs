//! The one grouping function and what it groups.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::domain::call::METERS;
use crate::domain::money::Amount;
use crate::domain::period::{Day, PeriodKind};

/// A sum that no longer fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rollup sum has more digits than can be held exactly")]
pub struct RollupOverflow;

/// Along what calls are summed. Absent values are empty text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimensions {
    /// First day of the period.
    pub first: Day,
    pub source: String,
    /// Of the three amounts.
    pub unit: String,
    pub account_id: String,
    pub model: String,
    pub api_key_id: String,
    pub supplier: String,
    pub endpoint: String,
    pub outcome: String,
}

/// What is summed. Amounts are debits, positive, in the row's unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    pub calls: u64,
    pub duplicate_rows: u64,
    /// Calls for which no expected amount could be computed.
    pub without_expected: u64,
    /// By [`crate::domain::call::Meter`].
    pub quantity: [i64; METERS],
    pub expected: Amount,
    pub recorded: Amount,
    pub posted: Amount,
}

impl Measures {
    /// # Errors
    /// When a sum overflows; the measures are then to be thrown away.
    pub fn add(&mut self, other: &Measures) -> Result<(), RollupOverflow> {
        self.calls += other.calls;
        self.duplicate_rows += other.duplicate_rows;
        self.without_expected += other.without_expected;
        for (total, more) in self.quantity.iter_mut().zip(other.quantity) {
            *total = total.checked_add(more).ok_or(RollupOverflow)?;
        }
        self.expected = self.expected.checked_add(other.expected).ok_or(RollupOverflow)?;
        self.recorded = self.recorded.checked_add(other.recorded).ok_or(RollupOverflow)?;
        self.posted = self.posted.checked_add(other.posted).ok_or(RollupOverflow)?;
        Ok(())
    }
}

/// One row of a rollup table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupRow {
    pub dimensions: Dimensions,
    pub measures: Measures,
}

/// A rollup in the order of its dimensions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollup {
    rows: BTreeMap<Dimensions, Measures>,
}

impl Rollup {
    pub fn from_rows(rows: impl IntoIterator<Item = RollupRow>) -> Result<Rollup, RollupOverflow> {
        let mut rollup = Rollup::default();
        for row in rows {
            rollup.add(row.dimensions, &row.measures)?;
        }
        Ok(rollup)
    }

    fn add(&mut self, dimensions: Dimensions, measures: &Measures) -> Result<(), RollupOverflow> {
        self.rows.entry(dimensions).or_default().add(measures)
    }

    pub fn rows(&self) -> impl Iterator<Item = (&Dimensions, &Measures)> {
        self.rows.iter()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Everything summed, by unit.
    ///
    /// # Errors
    /// When a sum overflows.
    pub fn totals(&self) -> Result<BTreeMap<String, Measures>, RollupOverflow> {
        let mut totals: BTreeMap<String, Measures> = BTreeMap::new();
        for (dimensions, measures) in &self.rows {
            totals.entry(dimensions.unit.clone()).or_default().add(measures)?;
        }
        Ok(totals)
    }
}

/// Sums days into the periods of a kind; rows of one period that agree in every dimension are one.
///
/// # Errors
/// When a sum overflows.
pub fn regroup<'a>(
    kind: PeriodKind,
    days: impl IntoIterator<Item = (&'a Dimensions, &'a Measures)>,
) -> Result<Rollup, RollupOverflow> {
    let mut rollup = Rollup::default();
    for (dimensions, measures) in days {
        let first = kind.containing(dimensions.first).first();
        rollup.add(Dimensions { first, ..dimensions.clone() }, measures)?;
    }
    Ok(rollup)
}

/// Grouping by dictionary entries, so that text is looked at once a group and not once a row.
#[derive(Default)]
pub(super) struct Slots {
    by_entry: HashMap<([u32; 7], usize), usize>,
    units: Vec<Arc<str>>,
    last_unit: usize,
    dimensions: Vec<Dimensions>,
    measures: Vec<Measures>,
}

impl Slots {
    pub(super) fn find(&mut self, entries: [u32; 7], unit: &Arc<str>, make: impl FnOnce() -> Dimensions) -> usize {
        let unit = self.unit(unit);
        *self.by_entry.entry((entries, unit)).or_insert_with(|| {
            self.dimensions.push(make());
            self.measures.push(Measures::default());
            self.measures.len() - 1
        })
    }

    fn unit(&mut self, unit: &Arc<str>) -> usize {
        let same = |known: &Arc<str>| Arc::ptr_eq(known, unit) || **known == **unit;
        if self.units.get(self.last_unit).is_none_or(|u| !same(u)) {
            self.last_unit = self.units.iter().position(same).unwrap_or_else(|| {
                self.units.push(unit.clone());
                self.units.len() - 1
            });
        }
        self.last_unit
    }

    pub(super) fn measures(&mut self, slot: usize) -> &mut Measures {
        &mut self.measures[slot]
    }

    pub(super) fn drain_into(self, rollup: &mut Rollup) -> Result<(), RollupOverflow> {
        for (dimensions, measures) in self.dimensions.into_iter().zip(&self.measures) {
            rollup.add(dimensions, measures)?;
        }
        Ok(())
    }
}
