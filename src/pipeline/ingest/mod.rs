//! Raw files into the lake: every row a call, posting or balance of its day, or a reject.
//!
//! One manifest names the files read and the parts made of them, so a file is in the lake whole or
//! not at all, and once, whatever dies in between. Knows nothing of: prices, what a day makes of its rows.

pub(crate) mod discover;
pub(crate) mod file_hashes;
pub(crate) mod id_index;
pub(crate) mod part_builder;
pub(crate) mod remake;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sha2::{Digest, Sha256};

use self::file_hashes::FileHashCache;
use self::part_builder::{Kind, PartBuilder};
use super::config::Place;
use super::context::RunContext;
use super::error::AppError;
use super::raw_catalog::{INGEST, RawCatalog, too_late};
use crate::domain::period::{Day, Span};
use crate::edge::blob::{Body, Object};
use crate::edge::lake::schema::{FileRow, mentions_batch, to_batch};
use crate::edge::lake::{InputRef, LawRef, Manifest, PartRef};
use crate::edge::source::OWN_FORMATS;

/// What one ingest did.
#[derive(Debug, Default)]
pub(crate) struct Ingested {
    pub files: Vec<FileRow>,
    /// Files refused whole, with the reason.
    pub refused: Vec<(String, String)>,
    /// Files too young, or named as unfinished.
    pub settling: Vec<String>,
    /// Files read before that are gone or changed in the part already read.
    pub changed: Vec<(String, String)>,
    /// By kind of file and format it was read as: how many files.
    pub formats: BTreeMap<(String, &'static str), u64>,
    /// Rows that are whole and no call, posting or balance, by kind of file and reason.
    pub aside: BTreeMap<(String, String), u64>,
    /// Calls and postings by day that came later than `max_late` allows: kept, in no new revision.
    pub too_late: BTreeMap<Day, u64>,
}

impl Ingested {
    pub(crate) fn rows(&self) -> u64 {
        self.files.iter().map(|f| f.rows).sum()
    }

    pub(crate) fn rejects(&self) -> u64 {
        self.files.iter().map(|f| f.rejects).sum()
    }
}

struct SourceJob<'a> {
    kind: Kind,
    place: &'a Place,
    settle: Span,
    max_rejects_ppm: u64,
}

/// The files of one kind read before.
struct Known<'a> {
    hashes: HashSet<&'a str>,
    /// The newest reading of a path.
    latest: HashMap<&'a str, &'a FileRow>,
}

impl Known<'_> {
    fn of<'a>(files: &'a [FileRow], kind: &str) -> Known<'a> {
        let files = || files.iter().filter(|f| f.kind == kind);
        Known {
            hashes: files().map(|f| f.sha256.as_str()).collect(),
            latest: files().map(|f| (f.path.as_str(), f)).collect(),
        }
    }
}

/// Reads every new file into the lake and seals what was read.
///
/// # Errors
/// When the lake or a place cannot be reached. A file that cannot be read is listed, not an error.
pub(crate) async fn ingest(context: &RunContext) -> Result<Ingested, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let mut done = Ingested::default();
    let mut loader = PartBuilder::new(context);
    let mut number = catalog.next_file();
    for errand in errands(context) {
        let kind = errand.kind.name();
        let known = Known::of(catalog.files(), &kind);
        let mut seen = FileHashCache::load(context, &kind, &errand.place.blob).await?;
        let found = discover::find(errand.place, errand.settle, context.now).await?;
        let present: HashSet<&str> =
            found.ready.iter().map(|o| o.key.as_str()).chain(found.settling.iter().map(String::as_str)).collect();
        let gone: BTreeSet<&str> = known.latest.keys().filter(|path| !present.contains(*path)).copied().collect();
        done.changed.extend(gone.into_iter().map(|path| (path.to_owned(), "was read before and is gone".to_owned())));
        for object in &found.ready {
            if seen.sha256(object).is_some_and(|sha256| known.hashes.contains(sha256.as_str())) {
                continue;
            }
            if let Some(row) = read_one(&known, &errand, object, number, &mut loader, &mut done, &mut seen).await? {
                number += 1;
                done.files.push(row);
            }
        }
        seen.save(context).await?;
        done.settling.extend(found.settling);
    }
    if context.dry_run || done.files.is_empty() {
        return Ok(done);
    }
    seal(context, &catalog, &mut done, loader).await?;
    Ok(done)
}

fn errands(context: &RunContext) -> Vec<SourceJob<'_>> {
    let mut errands = Vec::new();
    for (index, source) in context.config.sources.iter().enumerate() {
        let (place, settle, max_rejects_ppm) = (&source.place, source.settle, source.max_rejects_ppm);
        errands.push(SourceJob {
            kind: Kind::Calls { source: index, name: source.name.clone() },
            place,
            settle,
            max_rejects_ppm,
        });
    }
    if let Some(ledger) = &context.config.ledger {
        let places = [(Kind::Postings, &ledger.postings), (Kind::Balances, &ledger.balances)];
        for (kind, place) in places {
            if let Some(place) = place {
                errands.push(SourceJob { kind, place, settle: ledger.settle, max_rejects_ppm: ledger.max_rejects_ppm });
            }
        }
    }
    errands
}

/// Reads one file, unless its content is known. A file that grew is read whole: rows known before
/// are identical rows, which a day's pass drops.
async fn read_one(
    known: &Known<'_>,
    errand: &SourceJob<'_>,
    object: &Object,
    number: u32,
    loader: &mut PartBuilder<'_>,
    done: &mut Ingested,
    seen: &mut FileHashCache,
) -> Result<Option<FileRow>, AppError> {
    let place = errand.place;
    let kind = errand.kind.name();
    let before = known.latest.get(object.key.as_str());
    let body = place.blob.open(&object.key).await?;
    let hashes = hash_with_prefix(&body, before.map_or(0, |f| f.size)).map_err(|e| unreadable(&object.key, &e))?;
    seen.remember(object, hashes.size, &hashes.whole);
    let twice = done.files.iter().any(|f| f.kind == kind && f.sha256 == hashes.whole);
    if twice || known.hashes.contains(hashes.whole.as_str()) {
        return Ok(None);
    }
    if before.is_some_and(|f| f.size > object.size || f.sha256 != hashes.prefix) {
        done.changed.push((object.key.clone(), "changed in the part that was read before".into()));
    }
    let mut row = FileRow {
        number,
        kind,
        path: object.key.clone(),
        size: hashes.size,
        sha256: hashes.whole,
        rows: 0,
        accepted: 0,
        rejects: 0,
        unknown: String::new(),
    };
    // Hashing has moved the file's position; reading begins anew.
    let body = place.blob.open(&object.key).await?;
    match loader.read(&errand.kind, number, &object.key, body).await? {
        Ok(report) => {
            row.rows = report.rows_read;
            row.accepted = report.accepted;
            row.rejects = report.rejects.len() as u64;
            let unknown: Vec<String> = report.unknown.iter().map(|(name, n)| format!("{name}={n}")).collect();
            row.unknown = unknown.join(" ");
            let allowed = u128::from(row.rows) * u128::from(errand.max_rejects_ppm);
            if u128::from(row.rejects) * 1_000_000 > allowed {
                let first = report.rejects.first();
                let example = first.map(|r| format!("; line {}: {} {}", r.line, r.field, r.reason)).unwrap_or_default();
                let reason =
                    format!("{} of {} rows are rejects, more than max_rejects allows{example}", row.rejects, row.rows);
                done.refused.push((object.key.clone(), reason));
                loader.drop_file();
                return Ok(None);
            }
            if row.rows != row.accepted + row.rejects + report.aside.values().sum::<u64>() {
                return Err(AppError::law(format!("rows read = accepted + rejects + set aside in {}", row.path)));
            }
            *done.formats.entry((row.kind.clone(), report.format)).or_default() += 1;
            for (reason, rows) in report.aside {
                *done.aside.entry((row.kind.clone(), reason.into_owned())).or_default() += rows;
            }
            loader.keep_file(&row.kind, report.rejects).await?;
            Ok(Some(row))
        }
        Err(refused) => {
            loader.drop_file();
            done.refused.push((object.key.clone(), refused));
            Ok(None)
        }
    }
}

fn unreadable(path: &str, error: &std::io::Error) -> AppError {
    AppError::new(super::error::ErrorKind::Temporary, format!("cannot read {path}: {error}")).at(path)
}

struct Hashes {
    size: u64,
    whole: String,
    /// Of the first bytes, as many as were read before.
    prefix: String,
}

fn hash_with_prefix(body: &Body, prefix: u64) -> std::io::Result<Hashes> {
    let mut reader = body.reader()?;
    let (mut hash, mut size, mut at_prefix) = (Sha256::new(), 0u64, None);
    let mut buffer = vec![0u8; 1 << 16];
    loop {
        let room = if size < prefix { (prefix - size).min(buffer.len() as u64) as usize } else { buffer.len() };
        let n = std::io::Read::read(&mut reader, &mut buffer[..room])?;
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
        size += n as u64;
        if size == prefix {
            at_prefix = Some(hash.clone().finalize());
        }
    }
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    Ok(Hashes { size, whole: hex(&hash.finalize()), prefix: at_prefix.map(|h| hex(&h)).unwrap_or_default() })
}

async fn seal(
    context: &RunContext,
    catalog: &RawCatalog,
    done: &mut Ingested,
    loader: PartBuilder<'_>,
) -> Result<(), AppError> {
    let loaded = loader.finish().await?;
    let mut parts: Vec<PartRef> = loaded.parts;
    let new: Vec<&PartRef> = parts.iter().filter(|part| part.table == id_index::TABLE).collect();
    let old: Vec<&PartRef> = catalog.loose_parts(id_index::TABLE).collect();
    let reach = super::close::day_inputs::reach_days(context.config.rules.match_within);
    let crossing = id_index::crossing(&context.lake, &new, &old, reach).await?;
    for (table, batch) in [("files", to_batch(&done.files)), ("crossings", mentions_batch(&crossing))] {
        if batch.num_rows() > 0 {
            parts.push(context.lake.write_batch(table, "all", batch).await?);
        }
    }
    let replaces = catalog.manifests().last().map(|m| m.revision);
    let mut manifest = Manifest::new(INGEST.0, INGEST.1, replaces, context.now, context.now);
    manifest.parts = parts;
    manifest.inputs = done.files.iter().map(input).collect();
    manifest.notes.insert("watermark".into(), loaded.watermark.to_string());
    manifest.rows.insert("read".into(), done.rows());
    manifest.rows.insert("rejects".into(), done.rejects());
    note_formats(&mut manifest, done);
    let laws = done.files.len() as u64;
    manifest.laws.push(LawRef { name: "rows read = accepted + rejects, per file".into(), cases: laws });
    done.too_late = too_late(context, &manifest);
    let prepared = context.lake.prepare(manifest).await?;
    context.seal(prepared).await?;
    Ok(())
}

/// What was not our own format, and what was set aside, is kept beside the rows.
fn note_formats(manifest: &mut Manifest, done: &Ingested) {
    for ((kind, format), files) in &done.formats {
        if !OWN_FORMATS.contains(format) {
            manifest.notes.insert(format!("format {kind}: {format}"), format!("{files} files"));
        }
    }
    for ((kind, reason), rows) in &done.aside {
        manifest.rows.insert(format!("set aside {kind}: {reason}"), *rows);
    }
}

fn input(file: &FileRow) -> InputRef {
    InputRef {
        source: file.kind.clone(),
        path: file.path.clone(),
        size: file.size,
        sha256: file.sha256.clone(),
        rows: file.rows,
    }
}
