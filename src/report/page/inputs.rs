//! What a period's pages are made from.

use std::collections::BTreeMap;

use super::super::dimension::Sums;
use super::super::table::{Cell, Table};
use crate::domain::ledger::WalletDay;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant, Period, Zone};
use crate::domain::reconcile::{Finding, Incident, LegSum, Tolerance};
use crate::domain::rollup::{Measures, Rollup};

/// One kind of input, as far as its rows belong to the period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InputFact {
    /// `calls SOURCE`, `postings` or `balances`.
    pub kind: String,
    /// Files with a row in the period.
    pub files: u64,
    /// Rows of the period, repeated ones too.
    pub rows: u64,
    /// Rows of those files that were refused; nobody knows which day they belong to.
    pub rejects: u64,
}

/// Calls of one kind that no leg judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnjudgedFact {
    pub kind: &'static str,
    /// Why nothing judged them.
    pub words: &'static str,
    pub calls: u64,
    /// What stands beside them, by unit.
    pub money: BTreeMap<String, Amount>,
}

/// A sealed day.
#[derive(Clone, Debug)]
pub(crate) struct DayFact {
    pub day: Day,
    /// `provisional` or `closed`.
    pub state: &'static str,
    /// Hours without a row of a source that promised one in each; they hold the day open.
    pub silent_hours: u64,
    pub revision: u32,
    pub sealed_at: Instant,
    pub calls: u64,
    /// Identical rows that were dropped, and other loggings of a call.
    pub duplicates: u64,
    pub duplicate_rows: u64,
    pub postings: u64,
    pub findings: u64,
    pub totals: BTreeMap<String, Measures>,
    /// What no leg judged, a kind each.
    pub unjudged: Vec<UnjudgedFact>,
    /// Calls, and expected by unit, when the day was first sealed.
    pub first_calls: u64,
    pub first_expected: BTreeMap<String, Amount>,
}

impl DayFact {
    /// Calls that came after the day was first sealed.
    pub(crate) fn late(&self) -> u64 {
        self.calls.saturating_sub(self.first_calls)
    }
}

/// A law that was checked when the days were sealed; a day that breaks one is not sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LawFact {
    pub name: String,
    pub days: u64,
    pub cases: u64,
}

/// A price book in force.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Prices {
    pub book: String,
    pub versions: u64,
    /// Of the operator's file.
    pub sha256: String,
}

/// Everything known of a period, put together from its sealed days.
#[derive(Debug)]
pub(crate) struct PeriodReport<'a> {
    pub period: Period,
    pub zone: Zone,
    /// Sealed days, in order.
    pub days: &'a [DayFact],
    /// Days of the period that are not sealed.
    pub unsealed: &'a [Day],
    pub rollup: &'a Rollup,
    pub sums: &'a Sums,
    pub classes: &'a [LegSum],
    pub findings: &'a [Finding],
    pub incidents: &'a [Incident],
    pub wallets: &'a [WalletDay],
    pub inputs: &'a [InputFact],
    pub laws: &'a [LawFact],
    pub prices: &'a [Prices],
    /// What writing amounts a source's way moved, by source and unit.
    pub representation: &'a BTreeMap<(String, String), Amount>,
    pub tolerance: &'a BTreeMap<String, Tolerance>,
    /// Names of accounts, by id.
    pub names: &'a BTreeMap<String, String>,
    /// Folders of customers' pages, by account; empty where there are none.
    pub customers: &'a BTreeMap<String, String>,
    /// Files that the page leads to, each with what it holds.
    pub files: &'a [(&'static str, &'static str)],
    pub build: &'a str,
}

impl PeriodReport<'_> {
    pub(crate) fn total(&self, count: impl Fn(&DayFact) -> u64) -> u64 {
        self.days.iter().map(count).sum()
    }

    pub(super) fn open_days(&self) -> u64 {
        self.days.iter().filter(|d| d.state != "closed").count() as u64
    }

    pub(super) fn late(&self) -> u64 {
        self.total(DayFact::late)
    }

    pub(crate) fn name_of(&self, account: &str) -> &str {
        self.names.get(account).map_or("", String::as_str)
    }
}

/// One row a kind of input.
pub(crate) fn input_table(inputs: &[InputFact]) -> Table {
    let mut table = Table::new(&["kind", "files", "rows", "rejects"]);
    for i in inputs {
        table.push(vec![i.kind.as_str().into(), i.files.into(), i.rows.into(), i.rejects.into()]);
    }
    table
}

/// One row a sealed day and unit.
pub(crate) fn day_table(days: &[DayFact]) -> Table {
    let mut table = Table::new(&[
        "day",
        "state",
        "revision",
        "calls",
        "calls_when_first_sealed",
        "duplicates",
        "duplicate_rows",
        "postings",
        "findings",
        "unit",
        "expected",
        "expected_when_first_sealed",
        "recorded",
        "posted",
    ]);
    for d in days {
        let none = Measures::default();
        let mut push = |unit: &str, m: &Measures| {
            table.push(vec![
                d.day.into(),
                d.state.into(),
                u64::from(d.revision).into(),
                d.calls.into(),
                d.first_calls.into(),
                d.duplicates.into(),
                d.duplicate_rows.into(),
                d.postings.into(),
                d.findings.into(),
                unit.into(),
                m.expected.into(),
                Cell::from(d.first_expected.get(unit).copied()),
                m.recorded.into(),
                m.posted.into(),
            ]);
        };
        if d.totals.is_empty() {
            push("", &none);
        }
        for (unit, measures) in &d.totals {
            push(unit, measures);
        }
    }
    table
}
