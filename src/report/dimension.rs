//! A period's rollup along one dimension at a time, as lists and charts need it.

use std::collections::BTreeMap;

use super::scale::share_of;
use super::table::{Cell, Table};
use crate::domain::call::Meter;
use crate::domain::money::Amount;
use crate::domain::period::Day;
use crate::domain::rollup::{Dimensions, Measures, RollupOverflow};

/// Sums by what is named and the unit.
pub(crate) type Along<K> = BTreeMap<(K, String), Measures>;

/// What the pages of a period draw, summed from its days.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    pub unit: BTreeMap<String, Measures>,
    pub day: Along<Day>,
    pub model: Along<String>,
    /// Account, then key.
    pub key: Along<(String, String)>,
    pub account: Along<String>,
    pub day_model: Along<(Day, String)>,
    /// By hour of the clock; filled for a single day, without quantities.
    pub hour_model: Along<(u32, String)>,
}

impl Sums {
    /// Adds a day's groups.
    ///
    /// # Errors
    /// When a sum overflows; the sums are then to be thrown away.
    pub(crate) fn add(&mut self, d: &Dimensions, m: &Measures) -> Result<(), RollupOverflow> {
        let (unit, account, model) = (|| d.unit.clone(), || d.account_id.clone(), || d.model.clone());
        self.unit.entry(unit()).or_default().add(m)?;
        self.day.entry((d.first, unit())).or_default().add(m)?;
        self.model.entry((model(), unit())).or_default().add(m)?;
        self.key.entry(((account(), d.api_key_id.clone()), unit())).or_default().add(m)?;
        self.account.entry((account(), unit())).or_default().add(m)?;
        self.day_model.entry(((d.first, model()), unit())).or_default().add(m)
    }

    pub(crate) fn units(&self) -> impl Iterator<Item = &str> {
        self.unit.keys().map(String::as_str)
    }
}

/// What is drawn: what the gateway recorded, or where it recorded nothing what we expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawn {
    Recorded,
    Expected,
}

impl Drawn {
    pub(crate) fn of(whole: &Measures) -> Drawn {
        if whole.recorded.is_zero() { Drawn::Expected } else { Drawn::Recorded }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Drawn::Recorded => "recorded",
            Drawn::Expected => "expected",
        }
    }

    pub(crate) fn amount(self, m: &Measures) -> Amount {
        match self {
            Drawn::Recorded => m.recorded,
            Drawn::Expected => m.expected,
        }
    }
}

/// Every input token, cached ones included; as much as fits.
pub(crate) fn input_tokens(m: &Measures) -> i64 {
    Meter::INPUTS.iter().fold(0, |sum, meter| m.quantity[meter.index()].saturating_add(sum))
}

pub(crate) fn output_tokens(m: &Measures) -> i64 {
    Meter::OUTPUTS.iter().fold(0, |sum, meter| m.quantity[meter.index()].saturating_add(sum))
}

/// The groups of one unit, the largest amount first; of equals the first name.
pub(super) fn largest<'a, K: Ord>(along: &'a Along<K>, unit: &str, drawn: Drawn) -> Vec<(&'a K, &'a Measures)> {
    let mut groups: Vec<(&K, &Measures)> = along.iter().filter(|(k, _)| k.1 == unit).map(|(k, m)| (&k.0, m)).collect();
    groups.sort_by(|a, b| drawn.amount(b.1).abs().cmp(&drawn.amount(a.1).abs()).then(a.0.cmp(b.0)));
    groups
}

const NUMBERS: [&str; 9] = [
    "calls",
    "input_tokens",
    "output_tokens",
    "unit",
    "expected",
    "recorded",
    "posted",
    "recorded_minus_expected",
    "share_of_recorded",
];

/// One row a group and unit, in the order of the groups; `name` gives the cells that name it.
pub(super) fn along_table<K>(sums: &Sums, along: &Along<K>, columns: &[&str], name: impl Fn(&K) -> Vec<Cell>) -> Table {
    let mut table = Table::new(&[columns, &NUMBERS].concat());
    for ((group, unit), m) in along {
        let whole = sums.unit.get(unit).map_or(Amount::ZERO, |m| m.recorded);
        let mut row = name(group);
        row.extend([
            m.calls.into(),
            Cell::Count(input_tokens(m)),
            Cell::Count(output_tokens(m)),
            unit.as_str().into(),
            m.expected.into(),
            m.recorded.into(),
            m.posted.into(),
            m.recorded.checked_sub(m.expected).into(),
            share_of(m.recorded, whole).map(Cell::Share).into(),
        ]);
        table.push(row);
    }
    table
}
