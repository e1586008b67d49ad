//! The calls behind a document, one a line, written while they are read.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use super::context::BillingContext;
use super::debits::debits;
use super::parallel_writes::Writes;
use super::paths::published;
use super::printed::Files;
use crate::domain::call::Meter;
use crate::domain::hash::sha256;
use crate::domain::invoice::{CallPlacer, ChargedCalls, Document, LineCall, behind, line_of};
use crate::domain::money::Amount;
use crate::edge::lake::Manifest;
use crate::edge::render::{CALLS, TableWriter};
use crate::pipeline::close::sealed_day::SealedDay;
use crate::pipeline::error::AppError;
use crate::report::{Cell, Table};

const COLUMNS: [&str; 16] = [
    "line",
    "source",
    "call_id",
    "attempt",
    "started_at",
    "api_key_id",
    "model",
    "endpoint",
    "input_tokens",
    "output_tokens",
    "unit",
    "expected",
    "recorded",
    "posted",
    "billed",
    "given",
];
/// Rows held in memory before they are written out.
const HELD: usize = 50_000;

/// One document's file on its way.
struct CallsFile<'a> {
    document: &'a Document,
    /// Rows not yet written.
    table: Table,
    writer: TableWriter,
    scratch: Option<(File, PathBuf)>,
}

/// Writes the file of every document, and adds them to `made`; all of them are of one period and one set of revisions.
pub(super) async fn write_calls(
    context: &BillingContext<'_>,
    days: &[Manifest],
    documents: &[&Document],
    made: &mut Files,
) -> Result<(), AppError> {
    let Some(period) = documents.first().map(|d| d.period) else { return Ok(()) };
    let debits = debits(context.run, &context.catalog, &context.parties, period, days).await?;
    let (units, end) = (&context.run.config.rules.units, period.span(context.run.config.zone).1);
    let mut placer = CallPlacer::new(&context.parties, units, debits, end);
    let mut writer = Writer { context, files: Vec::new(), by_account: HashMap::new(), held: 0 };
    for document in documents {
        let file = CallsFile { document, table: Table::new(&COLUMNS), writer: TableWriter::csv(), scratch: None };
        writer.by_account.entry(&document.customer.account_id).or_default().push(writer.files.len());
        writer.files.push(file);
    }
    for manifest in days {
        let calls = SealedDay::load(context.run, &context.catalog, manifest).await?;
        writer.day(&calls.charged(), &mut placer)?;
    }
    let files = std::mem::take(&mut writer.files);
    let mut writes = Writes::to(&context.run.config.publish);
    for file in files {
        writer.end(file, &mut writes, made).await?;
    }
    writes.finish().await
}

fn unwritable(path: &std::path::Path, error: &std::io::Error) -> AppError {
    AppError::new(crate::pipeline::ErrorKind::Temporary, format!("cannot be written: {error}"))
        .at(path.display().to_string())
}

struct Writer<'a, 'd> {
    context: &'a BillingContext<'d>,
    files: Vec<CallsFile<'a>>,
    by_account: HashMap<&'a str, Vec<usize>>,
    held: usize,
}

impl Writer<'_, '_> {
    fn day(&mut self, day: &ChargedCalls<'_>, placer: &mut CallPlacer<'_>) -> Result<(), AppError> {
        for row in day.call_rows() {
            let Some(own) = self.by_account.get(day.account(row)) else { continue };
            let placed = placer.place(day, row)?;
            for file in own {
                let file = &mut self.files[*file];
                if let Some((billed, given)) = behind(file.document, &placed) {
                    file.table.push(cells(day, row, file.document, (billed, given)));
                    self.held += 1;
                }
            }
            if self.held >= HELD {
                self.write_all()?;
            }
        }
        Ok(())
    }

    fn write_all(&mut self) -> Result<(), AppError> {
        let mut files = std::mem::take(&mut self.files);
        let done = files.iter_mut().try_for_each(|file| self.write_out(file));
        self.files = files;
        self.held = 0;
        done
    }

    /// Puts a file where it belongs: a small one at once, a large one from the disk.
    async fn end(&self, mut file: CallsFile<'_>, writes: &mut Writes, made: &mut Files) -> Result<(), AppError> {
        let key = published(file.document, CALLS);
        if file.scratch.is_none() {
            let bytes = file.writer.whole(&file.table);
            made.insert(key.clone(), (bytes.len() as u64, sha256(&bytes)));
            return writes.put(key, bytes).await;
        }
        self.write_out(&mut file)?;
        let Some((scratch, path)) = file.scratch else { return Ok(()) };
        scratch.sync_all().map_err(|e| unwritable(&path, &e))?;
        let publish = &self.context.run.config.publish;
        publish.adopt(&key, &path).await?;
        if let Some(file) = publish.digest(&key).await? {
            made.insert(key, file);
        }
        Ok(())
    }

    /// Moves what is held of a file to the disk.
    fn write_out(&self, file: &mut CallsFile<'_>) -> Result<(), AppError> {
        if file.table.rows.is_empty() {
            return Ok(());
        }
        if file.scratch.is_none() {
            file.scratch = Some(self.context.run.config.publish.scratch()?);
        }
        let Some((scratch, path)) = &mut file.scratch else { return Ok(()) };
        scratch.write_all(&file.writer.rows(&file.table)).map_err(|e| unwritable(path, &e))?;
        file.table.rows.clear();
        Ok(())
    }
}

fn cells(
    day: &ChargedCalls<'_>,
    row: usize,
    document: &Document,
    (billed, given): (Option<Amount>, Amount),
) -> Vec<Cell> {
    let calls = day.calls;
    let text = |name: Option<&str>| Cell::from(name.unwrap_or_default());
    let (model, endpoint) = (calls.model(), calls.endpoint());
    let call = LineCall {
        model: model.get(row),
        endpoint: endpoint.get(row),
        unit: &day.unit[row],
        started_at: calls.started(row),
    };
    vec![
        line_of(document, &call).map_or(Cell::Empty, |l| Cell::count(u64::from(l.position))),
        text(calls.source().get(row)),
        Cell::text(calls.call_id().value(row)),
        Cell::count(u64::from(calls.attempt().value(row))),
        calls.started(row).into(),
        text(calls.api_key_id().get(row)),
        text(model.get(row)),
        text(endpoint.get(row)),
        Cell::count(calls.tokens(row, &Meter::INPUTS)),
        Cell::count(calls.tokens(row, &Meter::OUTPUTS)),
        Cell::text(&*day.unit[row]),
        day.expected[row].into(),
        day.recorded[row].into(),
        day.posted[row].into(),
        billed.into(),
        given.into(),
    ]
}
