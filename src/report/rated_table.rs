//! What calls should have cost, before anything is held against it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::table::{Cell, Table};
use crate::domain::call::Calls;
use crate::domain::money::Amount;
use crate::domain::rating::{ChargeStatus, Charges};

/// Calls of a day and what each should have cost, row by row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RatedRows<'a> {
    pub calls: &'a Calls,
    pub charges: &'a Charges,
    /// Of `expected`.
    pub unit: &'a [Arc<str>],
    /// As the source would have written it; 0 for a second logging of a call.
    pub expected: &'a [Option<Amount>],
    pub is_call: &'a [bool],
    /// Whether these are the sealed figures of the day.
    pub is_sealed: bool,
}

impl RatedRows<'_> {
    /// `priced`, `free`, `no_usage`, `no_conversion`, `duplicate`, or `unpriced` with its code; with
    /// ` (not sealed)` where the figures may still change.
    fn status(&self, row: usize) -> String {
        let has_amount = self.expected[row].is_some();
        let mut status = match self.charges.status(row) {
            _ if !self.is_call[row] => "duplicate".to_owned(),
            ChargeStatus::Priced | ChargeStatus::Zero(_) if !has_amount => "no_conversion".to_owned(),
            ChargeStatus::Priced => "priced".to_owned(),
            ChargeStatus::Zero(_) => "free".to_owned(),
            ChargeStatus::NoUsage => "no_usage".to_owned(),
            ChargeStatus::Unpriced(why) => format!("unpriced {}", why.code()),
        };
        if !self.is_sealed {
            status.push_str(" (not sealed)");
        }
        status
    }
}

/// One row a call, in the order of the batch; amounts in the unit each call is compared in.
pub(crate) fn rated_table(rated: &RatedRows<'_>) -> Table {
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
    for row in 0..rated.calls.len() {
        let call = rated.calls.row(row);
        table.push(vec![
            (*call.source).into(),
            call.call_id.into(),
            Cell::count(u64::from(call.attempt)),
            (*call.account_id).into(),
            (*call.model).into(),
            call.started_at.into(),
            rated.status(row).into(),
            rated.expected[row].into(),
            (*rated.unit[row]).into(),
            rated.charges.version(row).map(|v| v.to_string()).into(),
        ]);
    }
    table
}

/// Calls and money by unit, model and status.
#[derive(Debug, Default)]
pub(crate) struct RatedTotals {
    groups: BTreeMap<(String, String, String), (u64, Amount)>,
}

impl RatedTotals {
    /// `None`: the sum leaves 38 digits.
    pub(crate) fn add(&mut self, rated: &RatedRows<'_>) -> Option<()> {
        for row in 0..rated.calls.len() {
            let model = rated.calls.model().get(row).unwrap_or_default().to_owned();
            let group = self.groups.entry((rated.unit[row].to_string(), model, rated.status(row))).or_default();
            group.0 += 1;
            group.1 = group.1.checked_add(rated.expected[row].unwrap_or_default())?;
        }
        Some(())
    }

    pub(crate) fn table(&self) -> Table {
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
