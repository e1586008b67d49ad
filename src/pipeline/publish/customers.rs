//! A page and the calls of each customer of a month, a day's calls in memory at a time.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int32Type, TimestampMicrosecondType, UInt32Type, UInt64Type};

use super::exports::to_bytes;
use super::list::Writer;
use crate::domain::call::{Calls, Meter, Names};
use crate::domain::money::Amount;
use crate::domain::period::Day;
use crate::domain::reconcile::distinct_rows;
use crate::edge::lake::{Manifest, Read};
use crate::edge::render::TableWriter;
use crate::pipeline::desk::Desk;
use crate::pipeline::rollup::day_rollup;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;
use crate::pipeline::window::calls_of;
use crate::report::{CallLine, CallRows, CustomerFiles};

/// Reads the calls of a period's days and writes its customers' files.
pub(super) async fn write(
    desk: &Desk,
    view: &View,
    days: &[Manifest],
    mut customers: CustomerFiles<'_>,
    out: &mut Writer<'_>,
) -> Result<(), Stop> {
    let mut files = CallFiles::default();
    for manifest in days {
        customers.add_groups(&day_rollup(desk, manifest).await?).map_err(Stop::internal)?;
        let Some(day) = Day::parse(&manifest.period) else { continue };
        for (account, lines) in lines(desk, view, manifest, day).await? {
            if let Some((file, bytes)) = files.add(customers.add_calls(day, account, lines)) {
                out.put(&file, bytes).await?;
            }
        }
    }
    for (file, bytes) in files.finish() {
        out.put(&file, bytes).await?;
    }
    for (file, content) in customers.finish() {
        out.put(&file, to_bytes(content)?).await?;
    }
    Ok(())
}

/// Files of calls, open until their last rows have come.
#[derive(Default)]
pub(super) struct CallFiles(BTreeMap<String, (TableWriter, Vec<u8>)>);

impl CallFiles {
    /// Gives a file that is now whole.
    pub(super) fn add(&mut self, CallRows { file, rows, is_last }: CallRows) -> Option<(String, Vec<u8>)> {
        if is_last {
            return Some((file, TableWriter::csv().whole(&rows)));
        }
        let (writer, bytes) = self.0.entry(file).or_insert_with(|| (TableWriter::csv(), Vec::new()));
        bytes.append(&mut writer.rows(&rows));
        None
    }

    pub(super) fn finish(self) -> impl Iterator<Item = (String, Vec<u8>)> {
        self.0.into_iter().map(|(file, (_, bytes))| (file, bytes))
    }
}

const COLUMNS: [&str; 9] =
    ["key", "source", "call_id", "attempt", "account_id", "started_at", "unit", "recorded", "posted"];

/// A sealed day's calls by account, in order of time.
async fn lines(
    desk: &Desk,
    view: &View,
    manifest: &Manifest,
    day: Day,
) -> Result<BTreeMap<String, Vec<CallLine>>, Stop> {
    let calls = calls_of(desk, view, day, None).await?;
    let calls = calls.take(&distinct_rows(&calls)).map_err(Stop::internal)?;
    let mut index = Index::of(&calls);
    let mut lines: BTreeMap<String, Vec<CallLine>> = BTreeMap::new();
    for part in manifest.parts_of("charges") {
        let how = Read { columns: Some(&COLUMNS), ..Read::default() };
        for batch in desk.lake.open_part(part, how).await? {
            let batch = batch?;
            let charged = Charged::of(&batch);
            for row in 0..batch.num_rows() {
                let call = index.take(&charged, row).ok_or_else(|| {
                    Stop::law(format!("a sealed call of {day} is not among the calls read")).at(&part.path)
                })?;
                let line = charged.line(row, &calls, call);
                lines.entry(charged.account.get(row).unwrap_or_default().to_owned()).or_default().push(line);
            }
        }
    }
    for lines in lines.values_mut() {
        lines.sort_by(|a, b| (a.started_at, &a.call_id, a.attempt).cmp(&(b.started_at, &b.call_id, b.attempt)));
    }
    Ok(lines)
}

/// A day's calls by the hash of their ids; each is found once.
struct Index<'a> {
    calls: &'a Calls,
    order: Vec<u32>,
    taken: Vec<bool>,
}

impl<'a> Index<'a> {
    fn of(calls: &'a Calls) -> Index<'a> {
        let keys = calls.key().values();
        let mut order: Vec<u32> = (0u32..).take(calls.len()).collect();
        order.sort_by_key(|call| keys[*call as usize]);
        Index { calls, order, taken: vec![false; calls.len()] }
    }

    fn take(&mut self, charged: &Charged<'_>, row: usize) -> Option<usize> {
        let key = charged.batch["key"].as_primitive::<UInt64Type>().value(row);
        let keys = self.calls.key().values();
        let first = self.order.partition_point(|call| keys[*call as usize] < key);
        let mut same = self.order[first..].iter().map(|call| *call as usize).take_while(|call| keys[*call] == key);
        let found = same.find(|call| !self.taken[*call] && charged.is_of(row, self.calls, *call))?;
        self.taken[found] = true;
        Some(found)
    }
}

/// What is sealed of a run of calls.
struct Charged<'a> {
    batch: &'a RecordBatch,
    source: Names<'a>,
    account: Names<'a>,
    unit: Names<'a>,
}

impl<'a> Charged<'a> {
    fn of(batch: &'a RecordBatch) -> Charged<'a> {
        let names = |name: &str| Names::new(batch[name].as_dictionary::<Int32Type>());
        Charged { batch, source: names("source"), account: names("account_id"), unit: names("unit") }
    }

    fn is_of(&self, row: usize, calls: &Calls, call: usize) -> bool {
        let attempt = self.batch["attempt"].as_primitive::<UInt32Type>().value(row);
        let started = self.batch["started_at"].as_primitive::<TimestampMicrosecondType>().value(row);
        attempt == calls.attempt().value(call)
            && started == calls.started_at().value(call)
            && self.source.get(row) == calls.source().get(call)
            && self.batch["call_id"].as_string::<i32>().value(row) == calls.call_id().value(call)
            && self.amount("recorded", row) == calls.recorded(call)
    }

    fn amount(&self, column: &str, row: usize) -> Option<Amount> {
        let amounts = self.batch[column].as_primitive::<Decimal128Type>();
        amounts.is_valid(row).then(|| Amount::from_raw(amounts.value(row))).flatten()
    }

    fn line(&self, row: usize, calls: &Calls, call: usize) -> CallLine {
        let sum = |meters: &[Meter]| {
            meters.iter().fold(0i64, |sum, meter| sum.saturating_add(calls.quantity(*meter).value(call)))
        };
        let text = |names: Names<'_>| names.get(call).unwrap_or_default().to_owned();
        CallLine {
            started_at: calls.started(call),
            call_id: calls.call_id().value(call).to_owned(),
            attempt: calls.attempt().value(call),
            model: text(calls.model()),
            api_key_id: text(calls.api_key_id()),
            outcome: calls.outcome_of(call).name(),
            status: calls.status().is_valid(call).then(|| calls.status().value(call)),
            input_tokens: sum(&Meter::INPUTS),
            cached_tokens: sum(&[Meter::CacheRead]),
            output_tokens: sum(&Meter::OUTPUTS),
            unit: self.unit.get(row).unwrap_or_default().to_owned(),
            charge: self.amount("recorded", row),
            debited: self.amount("posted", row),
        }
    }
}
