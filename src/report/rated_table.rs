//! What calls should have cost, before anything is held against it.

use std::collections::BTreeMap;

use super::table::{Cell, Table};
use crate::domain::call::Calls;
use crate::domain::money::Amount;
use crate::domain::rating::{ChargeStatus, Charges};

/// One row a call, in the order of the batch; amounts in the unit of the call's book.
pub fn rated_table(calls: &Calls, charges: &Charges, unit: impl Fn(usize) -> String) -> Table {
    let mut table = Table::new(&[
        "source",
        "call_id",
        "attempt",
        "account_id",
        "model",
        "started_at",
        "status",
        "expected",
        "unit",
        "version",
    ]);
    for row in 0..calls.len() {
        let call = calls.row(row);
        let charge = charges.get(row);
        table.push(vec![
            (*call.source).into(),
            call.call_id.into(),
            Cell::count(u64::from(call.attempt)),
            (*call.account_id).into(),
            (*call.model).into(),
            call.started_at.into(),
            status(&charge.status).into(),
            charge.amount.into(),
            unit(row).into(),
            charge.version.map(|v| v.to_string()).into(),
        ]);
    }
    table
}

/// `priced`, `free`, `no_usage`, or `unpriced` with its code.
fn status(status: &ChargeStatus) -> String {
    match status {
        ChargeStatus::Priced => "priced".into(),
        ChargeStatus::Zero(_) => "free".into(),
        ChargeStatus::NoUsage => "no_usage".into(),
        ChargeStatus::Unpriced(why) => format!("unpriced {}", why.code()),
    }
}

/// Calls and money by unit, model and status.
#[derive(Debug, Default)]
pub struct RatedTotals {
    groups: BTreeMap<(String, String, String), (u64, Amount)>,
}

impl RatedTotals {
    /// `None`: the sum leaves 38 digits.
    pub fn add(&mut self, calls: &Calls, charges: &Charges, unit: impl Fn(usize) -> String) -> Option<()> {
        for row in 0..calls.len() {
            let model = calls.model().get(row).unwrap_or_default().to_owned();
            let group = self.groups.entry((unit(row), model, status(charges.status(row)))).or_default();
            group.0 += 1;
            group.1 = group.1.checked_add(charges.expected(row).unwrap_or_default())?;
        }
        Some(())
    }

    pub fn table(&self) -> Table {
        let mut table = Table::new(&["unit", "model", "status", "calls", "expected"]);
        for ((unit, model, status), (calls, expected)) in &self.groups {
            table.push(vec![
                unit.as_str().into(),
                model.as_str().into(),
                status.as_str().into(),
                (*calls).into(),
                (*expected).into(),
            ]);
        }
        table
    }
}
