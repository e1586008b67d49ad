//! Charts as data: what is drawn, never where.

use super::super::scale::Scale;
use crate::domain::money::Amount;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chart {
    Columns(Columns),
    Bars(Bars),
}

/// Upright columns over time, the series stacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    pub title: String,
    /// What a reader who does not see it must know.
    pub about: String,
    pub unit: String,
    pub slots: Vec<Slot>,
    /// Each with one value a slot.
    pub series: Vec<Series>,
}

/// One place on the time axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// In full, for a column's name.
    pub name: String,
    /// Under the axis; empty where there is no room for one.
    pub mark: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    pub name: String,
    pub values: Vec<Amount>,
}

/// Lying bars, one under another, from 0 to either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bars {
    pub title: String,
    pub about: String,
    pub unit: String,
    pub bars: Vec<Bar>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    pub name: String,
    pub value: Amount,
    /// Of the whole, in tenths of a percent.
    pub share: Option<i64>,
}

impl Columns {
    /// Sums of what lies above and below 0 in a slot; a sum that does not fit stands for itself cut off.
    pub fn reach(&self, slot: usize) -> (Amount, Amount) {
        let values = || self.series.iter().filter_map(move |s| s.values.get(slot).copied());
        let sum = |negative: bool| {
            let side = values().filter(|v| v.is_negative() == negative);
            side.fold(Amount::ZERO, |sum, v| sum.checked_add(v).unwrap_or(sum))
        };
        (sum(true), sum(false))
    }

    pub fn scale(&self) -> Scale {
        Scale::around((0..self.slots.len()).flat_map(|slot| <[Amount; 2]>::from(self.reach(slot))))
    }
}

impl Bars {
    /// The greatest size of any bar to either side.
    pub fn span(&self) -> (Amount, Amount) {
        let values = || self.bars.iter().map(|b| b.value);
        (values().min().unwrap_or_default().min(Amount::ZERO), values().max().unwrap_or_default().max(Amount::ZERO))
    }
}
