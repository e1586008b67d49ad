//! A sealed day's calls beside what the seal says of each.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType, UInt32Type, UInt64Type};

use crate::domain::call::{Calls, DictColumn};
use crate::domain::period::Day;
use crate::domain::reconcile::{Class, distinct_rows};
use crate::edge::lake::Manifest;
use crate::edge::lake::schema::ChargesTable;
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;
use crate::pipeline::window::calls_of;

/// Calls and charges, row by row.
#[derive(Debug)]
pub(crate) struct DayCalls {
    pub(crate) day: Day,
    pub(crate) calls: Calls,
    pub(crate) said: ChargesTable,
}

impl DayCalls {
    /// Rows that are calls, not a second logging of one.
    pub(crate) fn call_rows(&self) -> Vec<u32> {
        let is_call = |row: &u32| self.said.posting_class[*row as usize] != Class::DuplicateCall;
        (0u32..).take(self.calls.len()).filter(is_call).collect()
    }
}

/// Reads a sealed day. Calls that arrived after the seal are left out.
///
/// # Errors
/// Law: the seal speaks of a call that is not in the lake.
pub(crate) async fn day_calls(desk: &Desk, view: &View, manifest: &Manifest) -> Result<DayCalls, Stop> {
    let day = Day::parse(&manifest.period).ok_or_else(|| Stop::internal("a day's manifest is of no day"))?;
    let calls = calls_of(desk, view, day, None).await?;
    let calls = calls.take(&distinct_rows(&calls)).map_err(Stop::internal)?;
    let mut said = ChargesTable::default();
    let mut rows: Vec<u32> = Vec::with_capacity(calls.len());
    let mut next = 0;
    for part in manifest.parts_of("charges") {
        for batch in desk.read(part).await? {
            next = align(&calls, &batch, next, &mut rows)
                .ok_or_else(|| Stop::law("a charge is of no call in the lake").at(manifest.path()))?;
            append(&mut said, ChargesTable::from_batch(&batch)?);
        }
    }
    let calls = if rows.len() == calls.len() { calls } else { calls.take(&rows).map_err(Stop::internal)? };
    Ok(DayCalls { day, calls, said })
}

/// Both sides are in one order, so each charge's call is the next that is named like it.
fn align(calls: &Calls, batch: &RecordBatch, mut next: usize, rows: &mut Vec<u32>) -> Option<usize> {
    let keys = batch.column_by_name("key")?.as_primitive_opt::<UInt64Type>()?;
    let started = batch.column_by_name("started_at")?.as_primitive_opt::<TimestampMicrosecondType>()?;
    let attempts = batch.column_by_name("attempt")?.as_primitive_opt::<UInt32Type>()?;
    let names = |name: &str| batch.column_by_name(name)?.as_dictionary_opt::<Int32Type>().map(DictColumn::new);
    let (sources, accounts) = (names("source")?, names("account_id")?);
    let (own_sources, own_accounts) = (calls.source(), calls.account_id());
    for row in 0..batch.num_rows() {
        let same = |at: usize| {
            calls.key().value(at) == keys.value(row)
                && calls.started_at().value(at) == started.value(row)
                && calls.attempt().value(at) == attempts.value(row)
                && own_sources.get(at) == sources.get(row)
                && own_accounts.get(at) == accounts.get(row)
        };
        let found = (next..calls.len()).find(|at| same(*at))?;
        rows.push(u32::try_from(found).ok()?);
        next = found + 1;
    }
    Some(next)
}

fn append(table: &mut ChargesTable, more: ChargesTable) {
    table.charges.append(more.charges);
    table.unit.extend(more.unit);
    table.expected.extend(more.expected);
    table.recorded.extend(more.recorded);
    table.posted.extend(more.posted);
    table.charge_class.extend(more.charge_class);
    table.posting_class.extend(more.posting_class);
}
