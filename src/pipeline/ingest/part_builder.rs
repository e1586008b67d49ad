//! Rows of files gathered by day into parts, in bounded memory.

use std::collections::{BTreeMap, HashSet};

use super::id_index;
use crate::domain::call::{Call, Calls, CallsBuilder, IdSighting, IdSightingKind, name_hash};
use crate::domain::ledger::{Balance, Posting};
use crate::domain::period::{Day, Instant, Zone};
use crate::edge::blob::Body;
use crate::edge::lake::PartRef;
use crate::edge::lake::schema::{RejectRow, postings_batch, to_batch};
use crate::edge::source::{self, CallContext, FileReport, LedgerContext, Reject};
use crate::pipeline::close::day_inputs::in_order;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// Rows of one day kept in memory before they become a part.
const PART_ROWS: usize = 256 * 1024;
/// Rows of all days kept in memory.
const HELD_ROWS: usize = 512 * 1024;
/// Rows handed from the reading thread at a time.
const CHUNK: usize = 8 * 1024;

/// What kind of rows a file has.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// Of a source, by its index and name.
    Calls {
        source: usize,
        name: String,
    },
    Postings,
    Balances,
}

impl Kind {
    /// How files of this kind are listed: `calls NAME`, `postings`, `balances`.
    pub(crate) fn name(&self) -> String {
        match self {
            Kind::Calls { name, .. } => format!("calls {name}"),
            Kind::Postings => "postings".into(),
            Kind::Balances => "balances".into(),
        }
    }
}

enum Chunk {
    Calls(Vec<Call>),
    Postings(Vec<Posting>),
    Balances(Vec<Balance>),
    /// Rows of a last line without its end.
    Unended(Box<Chunk>),
}

/// Everything gathered, once all files are read.
pub(crate) struct Loaded {
    pub(crate) parts: Vec<PartRef>,
    /// The ledger's latest instant, of rows that are not dated in the future.
    pub(crate) watermark: Instant,
    /// Rows dated in the future.
    pub(crate) ahead: u64,
}

/// Calls of one day from many files, put together as they come: what is held is the rows, not room for them.
#[derive(Default)]
struct CallRuns {
    runs: Vec<Calls>,
}

impl CallRuns {
    /// Runs of like size become one, so that a row is copied a few times at most.
    fn push(&mut self, calls: Calls) -> Result<(), AppError> {
        self.runs.push(calls);
        while let [.., before, last] = self.runs.as_slice()
            && before.len() < 2 * last.len()
        {
            let merged = Calls::concat(&[before.clone(), last.clone()]).map_err(AppError::internal)?;
            self.runs.truncate(self.runs.len() - 2);
            self.runs.push(merged);
        }
        Ok(())
    }
}

#[derive(Default)]
struct Rows {
    calls: BTreeMap<Day, CallsBuilder>,
    postings: BTreeMap<Day, Vec<Posting>>,
    balances: BTreeMap<Day, Vec<Balance>>,
    mentions: Vec<IdSighting>,
    parts: Vec<PartRef>,
    held: usize,
    watermark: Option<Instant>,
    ahead: u64,
}

impl Rows {
    /// A row of the ledger says how far it reaches, unless it is dated in the future.
    fn reach(&mut self, at: Instant, horizon: Instant) {
        if at > horizon {
            self.ahead += 1;
        } else {
            self.watermark = self.watermark.max(Some(at));
        }
    }

    fn take(&mut self, chunk: Chunk, (zone, horizon): (Zone, Instant)) {
        let rows = self;
        match chunk {
            Chunk::Unended(chunk) => rows.take(*chunk, (zone, horizon)),
            Chunk::Calls(calls) => {
                rows.held += calls.len();
                for call in calls {
                    let day = zone.day_of(call.started_at);
                    rows.ahead += u64::from(call.started_at > horizon);
                    rows.mentions.push(IdSighting { key: name_hash(&call.call_id), day, by: IdSightingKind::Call });
                    rows.calls.entry(day).or_default().push(&call);
                }
            }
            Chunk::Postings(postings) => {
                rows.held += postings.len();
                for posting in postings {
                    let day = zone.day_of(posting.posted_at);
                    rows.reach(posting.posted_at, horizon);
                    if let Some(call) = posting.call_id.as_deref().filter(|_| posting.kind.pays_for_calls()) {
                        rows.mentions.push(IdSighting { key: name_hash(call), day, by: IdSightingKind::Posting });
                    }
                    rows.postings.entry(day).or_default().push(posting);
                }
            }
            Chunk::Balances(balances) => {
                for balance in balances {
                    rows.reach(balance.at, horizon);
                    rows.balances.entry(zone.day_of(balance.at)).or_default().push(balance);
                }
            }
        }
    }

    /// Writes all rows as parts of their own.
    async fn write(&mut self, context: &RunContext) -> Result<(), AppError> {
        let lake = &context.lake;
        for (day, mut builder) in std::mem::take(&mut self.calls) {
            let calls = in_order(vec![builder.finish()])?;
            self.parts.push(lake.write_batch("calls", &day.to_string(), calls.batch().clone()).await?);
        }
        for (day, postings) in std::mem::take(&mut self.postings) {
            self.parts.push(lake.write_batch("postings", &day.to_string(), postings_batch(&postings)).await?);
        }
        self.parts.extend(id_index::write(lake, std::mem::take(&mut self.mentions)).await?);
        self.held = 0;
        Ok(())
    }
}

pub(crate) struct PartBuilder<'a> {
    context: &'a RunContext,
    /// Of the file being read; thrown away if it is refused.
    file: Rows,
    /// Of its last line, where that has no end.
    unended: Rows,
    path: String,
    calls: BTreeMap<Day, CallRuns>,
    kept: Rows,
    rejects: Vec<RejectRow>,
}

impl<'a> PartBuilder<'a> {
    pub(crate) fn new(context: &'a RunContext) -> PartBuilder<'a> {
        PartBuilder {
            context,
            file: Rows::default(),
            unended: Rows::default(),
            path: String::new(),
            calls: BTreeMap::new(),
            kept: Rows::default(),
            rejects: Vec::new(),
        }
    }

    /// Reads one file on a thread of its own. The inner error is why the file is refused whole.
    pub(crate) async fn read(
        &mut self,
        kind: &Kind,
        number: u32,
        path: &str,
        body: Body,
    ) -> Result<Result<FileReport, String>, AppError> {
        self.drop_file();
        self.path = path.to_owned();
        let (send, mut receive) = tokio::sync::mpsc::channel::<Chunk>(4);
        let job = self.job(kind, number, path);
        let reading = tokio::task::spawn_blocking(move || job(body, &send));
        while let Some(chunk) = receive.recv().await {
            self.take(chunk);
            if self.file.held >= HELD_ROWS && !self.context.dry_run {
                self.spill().await?;
            }
        }
        reading.await.map_err(|e| AppError::internal(format!("reading {path} failed: {e}")))
    }

    #[allow(clippy::type_complexity, reason = "a job is named once, here")]
    fn job(
        &self,
        kind: &Kind,
        number: u32,
        path: &str,
    ) -> Box<dyn FnOnce(Body, &tokio::sync::mpsc::Sender<Chunk>) -> Result<FileReport, String> + Send> {
        let ledger = self.context.config.ledger.as_ref();
        let context = LedgerContext {
            zone: ledger.and_then(|l| l.zone),
            file: number,
            unit: ledger.and_then(|l| l.unit.clone()),
            units: self.context.config.unit_names.clone(),
            format: ledger.and_then(|l| l.format),
            name: file_name(path),
        };
        match kind {
            Kind::Calls { source, name } => {
                let settings = &self.context.config.sources[*source];
                let context = CallContext {
                    source: name.clone(),
                    unit: settings.unit.clone(),
                    units: self.context.config.unit_names.clone(),
                    zone: settings.zone,
                    format: settings.format,
                    version: settings.version.clone(),
                    name: file_name(path),
                    file: number,
                };
                Box::new(move |body, send| {
                    chunked(send, Chunk::Calls, |mut sink| source::read_calls(body, &context, &mut sink))
                })
            }
            Kind::Postings => Box::new(move |body, send| {
                chunked(send, Chunk::Postings, |mut sink| source::read_postings(body, &context, &mut sink))
            }),
            Kind::Balances => Box::new(move |body, send| {
                chunked(send, Chunk::Balances, |mut sink| source::read_balances(body, &context, &mut sink))
            }),
        }
    }

    fn take(&mut self, chunk: Chunk) {
        let zone: Zone = self.context.config.zone;
        let horizon = self.context.horizon();
        match chunk {
            Chunk::Unended(chunk) => self.unended.take(*chunk, (zone, horizon)),
            chunk => self.file.take(chunk, (zone, horizon)),
        }
    }

    /// Writes what the current file has so far; its parts are named only if the file is kept.
    async fn spill(&mut self) -> Result<(), AppError> {
        let mut file = std::mem::take(&mut self.file);
        let written = file.write(self.context).await;
        self.file = file;
        written
    }

    pub(crate) fn drop_file(&mut self) {
        self.file = Rows::default();
        self.unended = Rows::default();
    }

    /// The rejects of the file just read.
    pub(crate) fn rejects_of(&self, kind: &str, report: FileReport) -> Vec<RejectRow> {
        report.rejects.into_iter().map(|r| self.reject(kind, r)).collect()
    }

    /// The file just read is in. Gives the keys of the parts with what stands on its last line, apart by a space,
    /// where that has no end: they can be taken back by themselves.
    pub(crate) async fn keep_file(&mut self, kind: &str, report: FileReport) -> Result<Option<String>, AppError> {
        let file = std::mem::take(&mut self.file);
        for (day, mut builder) in file.calls {
            self.calls.entry(day).or_default().push(builder.finish())?;
        }
        for (day, postings) in file.postings {
            self.kept.postings.entry(day).or_default().extend(postings);
        }
        for (day, balances) in file.balances {
            self.kept.balances.entry(day).or_default().extend(balances);
        }
        self.kept.parts.extend(file.parts);
        self.kept.mentions.extend(file.mentions);
        self.kept.held += file.held;
        self.kept.watermark = self.kept.watermark.max(file.watermark);
        self.kept.ahead += file.ahead;
        let mut rejects: Vec<RejectRow> = report.rejects.into_iter().map(|r| self.reject(kind, r)).collect();
        let unended_reject = if report.unended_reject { rejects.pop() } else { None };
        self.rejects.extend(rejects);
        if self.context.dry_run {
            return Ok(None);
        }
        let tail = self.keep_unended(unended_reject).await?;
        if self.kept.held >= HELD_ROWS {
            self.flush().await?;
        }
        Ok(tail)
    }

    async fn keep_unended(&mut self, reject: Option<RejectRow>) -> Result<Option<String>, AppError> {
        let mut unended = std::mem::take(&mut self.unended);
        self.kept.watermark = self.kept.watermark.max(unended.watermark);
        self.kept.ahead += unended.ahead;
        self.kept.mentions.append(&mut unended.mentions);
        unended.write(self.context).await?;
        let lake = &self.context.lake;
        for (day, balances) in unended.balances {
            unended.parts.push(lake.write_batch("balances", &day.to_string(), to_batch(&balances)).await?);
        }
        if let Some(reject) = reject {
            unended.parts.push(lake.write_batch("rejects", "all", to_batch(&[reject])).await?);
        }
        let keys: Vec<&str> = unended.parts.iter().map(|part| part.path.as_str()).collect();
        let keys = Some(keys.join(" ")).filter(|keys| !keys.is_empty());
        self.kept.parts.append(&mut unended.parts);
        Ok(keys)
    }

    fn reject(&self, kind: &str, r: Reject) -> RejectRow {
        RejectRow {
            source: kind.to_owned(),
            file: self.path.clone(),
            line: r.line,
            offset: r.offset,
            length: r.length,
            hash: u128::from(r.hash),
            field: Some(r.field.into_owned()).filter(|f| !f.is_empty()),
            reason: r.reason.into_owned(),
        }
    }

    async fn flush(&mut self) -> Result<(), AppError> {
        let lake = &self.context.lake;
        for (day, calls) in std::mem::take(&mut self.calls) {
            let all = in_order(calls.runs)?;
            for from in (0..all.len()).step_by(PART_ROWS) {
                let batch = all.batch().slice(from, PART_ROWS.min(all.len() - from));
                self.kept.parts.push(lake.write_batch("calls", &day.to_string(), batch).await?);
            }
        }
        for (day, postings) in std::mem::take(&mut self.kept.postings) {
            for postings in postings.chunks(PART_ROWS) {
                let batch = postings_batch(postings);
                self.kept.parts.push(lake.write_batch("postings", &day.to_string(), batch).await?);
            }
        }
        for (day, balances) in std::mem::take(&mut self.kept.balances) {
            let batch = to_batch(&balances);
            self.kept.parts.push(lake.write_batch("balances", &day.to_string(), batch).await?);
        }
        self.kept.parts.extend(id_index::write(&self.context.lake, std::mem::take(&mut self.kept.mentions)).await?);
        self.kept.held = 0;
        Ok(())
    }

    pub(crate) async fn finish(mut self) -> Result<Loaded, AppError> {
        self.flush().await?;
        if !self.rejects.is_empty() {
            let batch = to_batch(&self.rejects);
            self.kept.parts.push(self.context.lake.write_batch("rejects", "all", batch).await?);
        }
        // Two files may mention the same ids on the same days, and parts are named by their content.
        let mut names = HashSet::new();
        self.kept.parts.retain(|part| names.insert(part.path.clone()));
        let Rows { parts, watermark, ahead, .. } = self.kept;
        Ok(Loaded { parts, watermark: watermark.unwrap_or(Instant::MIN), ahead })
    }
}

fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

/// Runs a reader, handing its rows over some thousand at a time.
fn chunked<T>(
    send: &tokio::sync::mpsc::Sender<Chunk>,
    wrap: fn(Vec<T>) -> Chunk,
    read: impl FnOnce(&mut dyn FnMut(T)) -> Result<FileReport, source::SourceError>,
) -> Result<FileReport, String> {
    let mut rows = Vec::with_capacity(CHUNK);
    let report = read(&mut |row| {
        if rows.len() == CHUNK {
            // The other side hangs up only when the step has failed, and then nothing is sealed.
            let _ = send.blocking_send(wrap(std::mem::replace(&mut rows, Vec::with_capacity(CHUNK))));
        }
        rows.push(row);
    });
    let unended = report.as_ref().map_or(0, |report| usize::try_from(report.unended).unwrap_or(0));
    let unended = rows.split_off(rows.len().saturating_sub(unended));
    let _ = send.blocking_send(wrap(rows));
    if !unended.is_empty() {
        let _ = send.blocking_send(Chunk::Unended(Box::new(wrap(unended))));
    }
    report.map_err(|e| e.to_string())
}
