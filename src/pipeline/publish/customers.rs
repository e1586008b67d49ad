//! A page and the calls of each customer of a month, a day's calls in memory at a time.

use std::collections::BTreeMap;

use arrow::array::Array;

use super::content::to_bytes;
use super::list::Writer;
use crate::domain::call::{DictColumn, Meter};
use crate::domain::period::Day;
use crate::domain::reconcile::Class;
use crate::edge::lake::Manifest;
use crate::edge::render::TableWriter;
use crate::pipeline::close::rollup::day_rollup;
use crate::pipeline::close::sealed_day::SealedDay;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::report::{CallLine, CallRows, CustomerFiles};

/// Reads the calls of a period's days and writes its customers' files.
pub(super) async fn write(
    context: &RunContext,
    catalog: &RawCatalog,
    days: &[Manifest],
    mut customers: CustomerFiles<'_>,
    out: &mut Writer<'_>,
) -> Result<(), AppError> {
    let mut files = CallFiles::default();
    for manifest in days {
        customers.add_groups(&day_rollup(context, manifest).await?).map_err(AppError::internal)?;
        let Some(day) = Day::parse(&manifest.period) else { continue };
        for (account, lines) in lines(context, catalog, manifest).await? {
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

/// A sealed day's calls by account, in order of time. Of a second logging only what was recorded counts, as
/// in every sum.
async fn lines(
    context: &RunContext,
    catalog: &RawCatalog,
    manifest: &Manifest,
) -> Result<BTreeMap<String, Vec<CallLine>>, AppError> {
    let day = SealedDay::load(context, catalog, manifest).await?;
    let accounts = day.calls.account_id();
    let mut lines: BTreeMap<String, Vec<CallLine>> = BTreeMap::new();
    for row in 0..day.calls.len() {
        lines.entry(accounts.get(row).unwrap_or_default().to_owned()).or_default().push(line(&day, row));
    }
    for lines in lines.values_mut() {
        lines.sort_by(|a, b| (a.started_at, &a.call_id, a.attempt).cmp(&(b.started_at, &b.call_id, b.attempt)));
    }
    Ok(lines)
}

fn line(day: &SealedDay, row: usize) -> CallLine {
    let (calls, said) = (&day.calls, &day.said);
    let is_call = said.posting_class[row] != Class::DuplicateCall;
    let sum = |meters: &[Meter]| {
        let used = meters.iter().filter(|_| is_call);
        used.fold(0i64, |sum, meter| sum.saturating_add(calls.quantity(*meter).value(row)))
    };
    let text = |names: DictColumn<'_>| names.get(row).unwrap_or_default().to_owned();
    CallLine {
        started_at: calls.started(row),
        call_id: calls.call_id().value(row).to_owned(),
        attempt: calls.attempt().value(row),
        model: text(calls.model()),
        api_key_id: text(calls.api_key_id()),
        outcome: calls.outcome_of(row).name(),
        status: calls.status().is_valid(row).then(|| calls.status().value(row)),
        input_tokens: sum(&Meter::INPUTS),
        cached_tokens: sum(&[Meter::CacheRead]),
        output_tokens: sum(&Meter::OUTPUTS),
        unit: said.unit[row].to_string(),
        charge: said.recorded[row],
        debited: said.posted[row],
    }
}
