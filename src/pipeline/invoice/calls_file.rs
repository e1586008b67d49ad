//! The calls behind a document, one a line, written while they are read.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use super::Bench;
use super::month::{account_row, terms_of};
use super::paid::PaidAhead;
use super::places::published;
use super::rows::{DayCalls, day_calls};
use super::writes::Writes;
use crate::domain::call::Meter;
use crate::domain::invoice::{Billable, BillingTerms, Document, DocumentKind, Line, Treatment, treat};
use crate::domain::ledger::Mode;
use crate::domain::money::Amount;
use crate::domain::reconcile::Class;
use crate::edge::lake::Manifest;
use crate::edge::render::TableWriter;
use crate::pipeline::stop::Stop;
use crate::report::{Cell, Table};

const COLUMNS: [&str; 15] = [
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

/// Writes the file of every document; all of them are of one period and one set of revisions.
pub(super) async fn write_calls(bench: &Bench<'_>, days: &[Manifest], documents: &[&Document]) -> Result<(), Stop> {
    let Some(period) = documents.first().map(|d| d.period) else { return Ok(()) };
    let paid = PaidAhead::load(bench.desk, &bench.view, &bench.parties, period, days).await?;
    let mut writer = Writer { bench, paid, files: Vec::new(), by_account: HashMap::new(), held: 0 };
    for document in documents {
        let file = CallsFile { document, table: Table::new(&COLUMNS), writer: TableWriter::csv(), scratch: None };
        writer.by_account.entry(&document.customer.account_id).or_default().push(writer.files.len());
        writer.files.push(file);
    }
    for manifest in days {
        let calls = day_calls(bench.desk, &bench.view, manifest).await?;
        writer.day(&calls, period)?;
    }
    let files = std::mem::take(&mut writer.files);
    let mut writes = Writes::to(&bench.desk.config.publish);
    for file in files {
        writer.end(file, &mut writes).await?;
    }
    writes.finish().await
}

fn unwritable(path: &std::path::Path, error: &std::io::Error) -> Stop {
    Stop::new(crate::pipeline::StopKind::Temporary, format!("cannot be written: {error}"))
        .at(path.display().to_string())
}

struct Writer<'a, 'd> {
    bench: &'a Bench<'d>,
    paid: PaidAhead,
    files: Vec<CallsFile<'a>>,
    by_account: HashMap<&'a str, Vec<usize>>,
    held: usize,
}

impl Writer<'_, '_> {
    fn day(&mut self, day: &DayCalls, period: crate::domain::period::Period) -> Result<(), Stop> {
        let end = period.span(self.bench.desk.config.zone).1;
        let accounts = day.calls.account_id();
        let mut terms: BTreeMap<String, BillingTerms> = BTreeMap::new();
        for row in 0..day.calls.len() {
            let id = accounts.get(row).unwrap_or_default();
            let Some(own) = self.by_account.get(id).cloned() else { continue };
            if day.said.posting_class[row] == Class::DuplicateCall {
                continue;
            }
            if !terms.contains_key(id) {
                terms.insert(id.to_owned(), terms_of(account_row(&self.bench.parties, id, end))?);
            }
            let terms = &terms[id];
            let call = Billable {
                expected: day.said.expected[row],
                recorded: day.said.recorded[row],
                posted: day.said.posted[row],
                paid_ahead: terms.mode == Mode::Prepaid || self.paid.is_paid_ahead(id, day.calls.key().value(row)),
            };
            let treatment = treat(&call, terms);
            for file in own {
                let wanted = match self.files[file].document.kind {
                    DocumentKind::Statement => Treatment::Statement,
                    _ => Treatment::Invoice,
                };
                if treatment == wanted {
                    let cells = cells(day, row, self.files[file].document, call.amount(terms.billed));
                    self.files[file].table.push(cells);
                    self.held += 1;
                }
            }
            if self.held >= HELD {
                self.write_all()?;
            }
        }
        Ok(())
    }

    fn write_all(&mut self) -> Result<(), Stop> {
        let mut files = std::mem::take(&mut self.files);
        let done = files.iter_mut().try_for_each(|file| self.write_out(file));
        self.files = files;
        self.held = 0;
        done
    }

    /// Puts a file where it belongs: a small one at once, a large one from the disk.
    async fn end(&self, mut file: CallsFile<'_>, writes: &mut Writes) -> Result<(), Stop> {
        let key = published(file.document, ".calls.csv");
        if file.scratch.is_none() {
            return writes.put(key, file.writer.whole(&file.table)).await;
        }
        self.write_out(&mut file)?;
        let Some((scratch, path)) = file.scratch else { return Ok(()) };
        scratch.sync_all().map_err(|e| unwritable(&path, &e))?;
        Ok(self.bench.desk.config.publish.adopt(&key, &path).await?)
    }

    /// Moves what is held of a file to the disk.
    fn write_out(&self, file: &mut CallsFile<'_>) -> Result<(), Stop> {
        if file.table.rows.is_empty() {
            return Ok(());
        }
        if file.scratch.is_none() {
            file.scratch = Some(self.bench.desk.config.publish.scratch()?);
        }
        let Some((scratch, path)) = &mut file.scratch else { return Ok(()) };
        scratch.write_all(&file.writer.rows(&file.table)).map_err(|e| unwritable(path, &e))?;
        file.table.rows.clear();
        Ok(())
    }
}

fn cells(day: &DayCalls, row: usize, document: &Document, billed: Option<Amount>) -> Vec<Cell> {
    let calls = &day.calls;
    let text = |name: Option<&str>| Cell::from(name.unwrap_or_default());
    let tokens = |meters: &[Meter]| -> u64 {
        meters.iter().map(|m| calls.quantity(*m).value(row).unsigned_abs()).fold(0, u64::saturating_add)
    };
    let of_call = |line: &&Line| {
        line.model.as_deref() == calls.model().get(row)
            && line.unit == *day.said.unit[row]
            && line.endpoint.as_deref().is_none_or(|e| Some(e) == calls.endpoint().get(row))
    };
    // Where a rate changed within the month, the last line that had begun.
    let lines = document.lines.iter().filter(of_call);
    let begun = |line: &&Line| line.rate.iter().all(|r| r.from.is_none_or(|from| from <= calls.started(row)));
    let line = lines.clone().filter(begun).last().or_else(|| lines.clone().next());
    vec![
        line.map_or(Cell::Empty, |l| Cell::count(u64::from(l.position))),
        text(calls.source().get(row)),
        Cell::text(calls.call_id().value(row)),
        Cell::count(u64::from(calls.attempt().value(row))),
        calls.started(row).into(),
        text(calls.api_key_id().get(row)),
        text(calls.model().get(row)),
        text(calls.endpoint().get(row)),
        Cell::count(tokens(&Meter::INPUTS)),
        Cell::count(tokens(&Meter::OUTPUTS)),
        Cell::text(&*day.said.unit[row]),
        day.said.expected[row].into(),
        day.said.recorded[row].into(),
        day.said.posted[row].into(),
        billed.into(),
    ]
}
