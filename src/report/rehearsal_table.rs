//! What a period would have billed at other prices, as tables.

use std::collections::BTreeMap;

use super::scale::share_of;
use super::table::{Cell, Table};
use crate::domain::money::Amount;
use crate::domain::reconcile::{OneSided, PriceImpact, PriceImpacts};

/// What a row of [`rehearsal_table`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RehearsedBy {
    Total,
    /// Calls of a model that would have no price any more.
    NoPriceAnyMore,
    /// Calls of a model that had none.
    PriceGained,
    Account,
    Model,
}

impl RehearsedBy {
    pub(crate) fn name(self) -> &'static str {
        match self {
            RehearsedBy::Total => "total",
            RehearsedBy::NoPriceAnyMore => "no_price_any_more",
            RehearsedBy::PriceGained => "price_gained",
            RehearsedBy::Account => "account",
            RehearsedBy::Model => "model",
        }
    }
}

const COLUMNS: [&str; 15] = [
    "by",
    "name",
    "customer",
    "reason",
    "unit",
    "calls",
    "dearer",
    "cheaper",
    "no_price_calls",
    "no_price",
    "gained",
    "expected",
    "rehearsed",
    "difference",
    "percent",
];

/// Every sum of a rehearsal, one row each: totals by unit, what lost and gained a price, accounts and
/// models by how much they change, the largest change first. `difference` is over the calls that have a
/// price on both sides, `percent` is of what those were expected to come to:
/// rehearsed = expected + difference - `no_price` + `gained`.
/// `None`: a sum leaves 38 digits.
pub(crate) fn rehearsal_table(shifts: &PriceImpacts, customers: &[(String, String)]) -> Option<Table> {
    let mut table = Table::new(&COLUMNS);
    for (unit, shift) in &shifts.unit {
        table.push(shift_row(RehearsedBy::Total, "", None, unit, shift)?);
    }
    for (by, all) in [(RehearsedBy::NoPriceAnyMore, &shifts.lost), (RehearsedBy::PriceGained, &shifts.gained)] {
        for ((model, reason, unit), sum) in all {
            table.push(one_sided(by, model, reason, unit, sum));
        }
    }
    for (by, all) in [(RehearsedBy::Account, &shifts.account), (RehearsedBy::Model, &shifts.model)] {
        for ((name, unit), shift) in by_money(all)? {
            let of = |id: &str| customers.binary_search_by(|c| c.0.as_str().cmp(id)).ok();
            let customer = of(name).filter(|_| by == RehearsedBy::Account).map(|at| customers[at].1.as_str());
            table.push(shift_row(by, name, customer, unit, shift)?);
        }
    }
    Some(table)
}

fn shift_row(by: RehearsedBy, name: &str, customer: Option<&str>, unit: &str, s: &PriceImpact) -> Option<Vec<Cell>> {
    let difference = s.difference()?;
    Some(vec![
        by.name().into(),
        name.into(),
        customer.into(),
        Cell::Empty,
        unit.into(),
        s.calls.into(),
        s.dearer.into(),
        s.cheaper.into(),
        s.lost_calls.into(),
        s.lost.into(),
        s.gained.into(),
        s.before.into(),
        s.after.into(),
        difference.into(),
        share_of(difference, s.comparable()?).map(Cell::Share).into(),
    ])
}

fn one_sided(by: RehearsedBy, model: &str, reason: &str, unit: &str, sum: &OneSided) -> Vec<Cell> {
    let mut row = vec![by.name().into(), model.into(), Cell::Empty, reason.into(), unit.into(), sum.calls.into()];
    row.resize(COLUMNS.len(), Cell::Empty);
    // Beside `expected` where the price is lost, beside `rehearsed` where it is gained.
    row[if by == RehearsedBy::NoPriceAnyMore { 11 } else { 12 }] = sum.amount.into();
    row
}

type Named<'a> = ((&'a str, &'a str), &'a PriceImpact);

/// By unit, the largest change first, then by name.
fn by_money(all: &BTreeMap<(String, String), PriceImpact>) -> Option<Vec<Named<'_>>> {
    let mut rows: Vec<(Amount, Named<'_>)> = Vec::with_capacity(all.len());
    for ((name, unit), shift) in all {
        rows.push((shift.difference()?, ((name.as_str(), unit.as_str()), shift)));
    }
    rows.sort_by(|a, b| (a.1.0.1).cmp(b.1.0.1).then(b.0.abs().cmp(&a.0.abs())).then(a.1.0.0.cmp(b.1.0.0)));
    Some(rows.into_iter().map(|(_, named)| named).collect())
}

/// Groups of one direction: how many, and what their differences come to, by unit.
/// `None`: a sum leaves 38 digits.
pub(crate) fn shift_sums(
    all: &BTreeMap<(String, String), PriceImpact>,
    dearer: bool,
) -> Option<BTreeMap<&str, (u64, Amount)>> {
    let mut sums: BTreeMap<&str, (u64, Amount)> = BTreeMap::new();
    for ((_, unit), shift) in all {
        let difference = shift.difference()?;
        if difference.is_positive() == dearer && !difference.is_zero() {
            let sum = sums.entry(unit).or_default();
            *sum = (sum.0 + 1, sum.1.checked_add(difference)?);
        }
    }
    Some(sums)
}

/// A list for a person: groups of one direction, the largest change first, at most `most` of them and the
/// rest summed in one more. Columns of prices lost and gained stand where any group has such calls.
/// `None`: a sum leaves 38 digits.
pub(crate) fn shift_list(
    title: &str,
    all: &BTreeMap<(String, String), PriceImpact>,
    dearer: bool,
    customers: &[(String, String)],
    most: usize,
) -> Option<Table> {
    let list = List {
        customers,
        lost: all.values().any(|s| s.lost_calls > 0),
        gained: all.values().any(|s| s.gained_calls > 0),
    };
    let mut table = Table::new(&list.columns(title));
    let (mut shown, mut rest): (usize, BTreeMap<&str, (u64, PriceImpact)>) = (0, BTreeMap::new());
    for ((name, unit), shift) in by_money(all)? {
        let difference = shift.difference()?;
        if difference.is_positive() != dearer || difference.is_zero() {
            continue;
        }
        if shown == most {
            let others = rest.entry(unit).or_default();
            others.0 += 1;
            others.1.add(shift)?;
            continue;
        }
        shown += 1;
        table.push(list.row(name, unit, shift)?);
    }
    for (unit, (count, shift)) in rest {
        table.push(list.row(&format!("({count} more)"), unit, &shift)?);
    }
    Some(table)
}

/// Which columns a list has.
struct List<'a> {
    /// Names by account id, in order; empty: what is listed are no accounts.
    customers: &'a [(String, String)],
    lost: bool,
    gained: bool,
}

impl List<'_> {
    fn columns<'a>(&self, title: &'a str) -> Vec<&'a str> {
        let mut columns = vec![title];
        columns.extend((!self.customers.is_empty()).then_some("customer"));
        columns.extend(["unit", "calls", "changed", "expected", "rehearsed", "difference", "percent"]);
        columns.extend(self.lost.then_some("no_price"));
        columns.extend(self.gained.then_some("gained"));
        columns
    }

    fn row(&self, name: &str, unit: &str, s: &PriceImpact) -> Option<Vec<Cell>> {
        let difference = s.difference()?;
        let mut row = vec![name.into()];
        let customer = self.customers.binary_search_by(|c| c.0.as_str().cmp(name)).ok();
        row.extend((!self.customers.is_empty()).then(|| customer.map(|at| self.customers[at].1.as_str()).into()));
        row.extend([
            unit.into(),
            s.calls.into(),
            (s.dearer + s.cheaper).into(),
            s.before.into(),
            s.after.into(),
            difference.into(),
            share_of(difference, s.comparable()?).map(Cell::Share).into(),
        ]);
        row.extend(self.lost.then(|| s.lost.into()));
        row.extend(self.gained.then(|| s.gained.into()));
        Some(row)
    }
}
