//! What prices learnt late change, as tables.

use std::collections::BTreeMap;

use super::scale::share_of;
use super::table::{Cell, Table};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::PriceImpact;

/// A call that costs something else at the prices known later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RepricedCall {
    pub source: String,
    pub call_id: String,
    pub attempt: u32,
    pub account_id: String,
    pub model: String,
    pub started_at: Instant,
    pub book: String,
    /// The version that priced it, and the one that does now; empty where there is none.
    pub from_version: String,
    pub to_version: String,
    pub unit: String,
    /// `None` without a price.
    pub expected: Option<Amount>,
    pub repriced: Option<Amount>,
    pub recorded: Option<Amount>,
    pub posted: Option<Amount>,
}

impl RepricedCall {
    /// What to give back (negative) or to ask for, where there is a price on both sides.
    pub(crate) fn difference(&self) -> Option<Amount> {
        self.repriced?.checked_sub(self.expected?)
    }
}

/// One row a call; `difference` = `repriced` - `expected`, negative where something is to be given back.
pub(crate) fn repriced_table(calls: &[RepricedCall]) -> Table {
    let mut table = Table::new(&[
        "source",
        "call_id",
        "attempt",
        "account_id",
        "model",
        "started_at",
        "unit",
        "expected",
        "repriced",
        "difference",
        "recorded",
        "posted",
        "book",
        "from_version",
        "to_version",
    ]);
    for call in calls {
        table.push(vec![
            call.source.as_str().into(),
            call.call_id.as_str().into(),
            Cell::count(u64::from(call.attempt)),
            call.account_id.as_str().into(),
            call.model.as_str().into(),
            call.started_at.into(),
            call.unit.as_str().into(),
            call.expected.into(),
            call.repriced.into(),
            call.difference().into(),
            call.recorded.into(),
            call.posted.into(),
            call.book.as_str().into(),
            call.from_version.as_str().into(),
            call.to_version.as_str().into(),
        ]);
    }
    table
}

/// Which versions of a book, of which model; the last member is the unit.
pub(crate) type RepricedBy = (String, String, String, String, String);

/// Calls touched, summed by account and unit, and by what causes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RepricedSums {
    pub account: BTreeMap<(String, String), PriceImpact>,
    pub cause: BTreeMap<RepricedBy, PriceImpact>,
}

impl RepricedSums {
    /// `None`: a sum leaves 38 digits.
    pub(crate) fn add(&mut self, call: &RepricedCall) -> Option<()> {
        let account = (call.account_id.clone(), call.unit.clone());
        self.account.entry(account).or_default().add_call(call.expected, call.repriced)?;
        let RepricedCall { book, from_version, to_version, model, unit, .. } = call;
        let cause = (book.clone(), from_version.clone(), to_version.clone(), model.clone(), unit.clone());
        self.cause.entry(cause).or_default().add_call(call.expected, call.repriced)
    }

    /// Credits and debits to propose, the largest first; at most `most` accounts, the rest summed in one
    /// more row. `None`: a sum leaves 38 digits.
    pub(crate) fn accounts(&self, name_of: impl Fn(&str) -> String, most: usize) -> Option<Table> {
        let mut rows = Vec::with_capacity(self.account.len());
        for ((account, unit), shift) in &self.account {
            rows.push((unit, shift.difference()?.abs(), account, shift));
        }
        rows.sort_by(|a, b| a.0.cmp(b.0).then(b.1.cmp(&a.1)).then(a.2.cmp(b.2)));
        let mut table = self.table(&["account", "customer", "unit"]);
        let mut rest: BTreeMap<&str, (u64, PriceImpact)> = BTreeMap::new();
        for (place, (unit, _, account, shift)) in rows.into_iter().enumerate() {
            if place < most {
                self.push(
                    &mut table,
                    vec![account.as_str().into(), name_of(account).into(), unit.as_str().into()],
                    shift,
                )?;
            } else {
                let others = rest.entry(unit).or_default();
                others.0 += 1;
                others.1.add(shift)?;
            }
        }
        for (unit, (count, shift)) in rest {
            self.push(&mut table, vec![Cell::text(format!("({count} more)")), Cell::Empty, unit.into()], &shift)?;
        }
        Some(table)
    }

    /// One row for each unit. `None`: a sum leaves 38 digits.
    pub(crate) fn totals(&self) -> Option<Table> {
        let mut units: BTreeMap<&str, PriceImpact> = BTreeMap::new();
        for ((_, unit), shift) in &self.account {
            units.entry(unit).or_default().add(shift)?;
        }
        let mut table = self.table(&["unit"]);
        for (unit, shift) in units {
            self.push(&mut table, vec![unit.into()], &shift)?;
        }
        Some(table)
    }

    /// Which versions take the place of which. `None`: a sum leaves 38 digits.
    pub(crate) fn causes(&self) -> Option<Table> {
        let mut table = self.table(&["book", "priced_by", "now_by", "model", "unit"]);
        for ((book, from, to, model, unit), shift) in &self.cause {
            let names = [book, from, to, model, unit].map(|text| text.as_str().into()).to_vec();
            self.push(&mut table, names, shift)?;
        }
        Some(table)
    }

    fn any(&self, which: fn(&PriceImpact) -> u64) -> bool {
        self.account.values().any(|s| which(s) > 0)
    }

    fn table(&self, names: &[&str]) -> Table {
        let mut columns = [names, &["calls", "expected", "repriced", "difference", "percent"]].concat();
        columns.extend(self.any(|s| s.gained_calls).then_some("newly_priced"));
        columns.extend(self.any(|s| s.lost_calls).then_some("no_price"));
        Table::new(&columns)
    }

    /// `expected` and `repriced` are of calls with a price on both sides; the others stand apart.
    fn push(&self, table: &mut Table, mut row: Vec<Cell>, s: &PriceImpact) -> Option<()> {
        let (comparable, difference) = (s.comparable()?, s.difference()?);
        row.extend([
            s.calls.into(),
            comparable.into(),
            s.after.checked_sub(s.gained)?.into(),
            difference.into(),
            share_of(difference, comparable).map(Cell::Share).into(),
        ]);
        row.extend(self.any(|s| s.gained_calls).then(|| s.gained.into()));
        row.extend(self.any(|s| s.lost_calls).then(|| s.lost.into()));
        table.push(row);
        Some(())
    }
}
