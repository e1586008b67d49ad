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
use super::ahead::AHEAD;
use super::config::Place;
use super::context::RunContext;
use super::error::AppError;
use super::raw_catalog::{INGEST, RawCatalog, too_late};
use crate::domain::period::{Day, Span};
use crate::edge::blob::{BlobErrorKind, Body, Object};
use crate::edge::lake::schema::{FileRow, RejectRow, mentions_batch, to_batch};
use crate::edge::lake::{InputRef, LawRef, Manifest, PartRef};
use crate::edge::source::{FileReport, OWN_FORMATS};

/// What one ingest did.
#[derive(Debug, Default)]
pub(crate) struct Ingested {
    pub files: Vec<FileRow>,
    /// Files refused whole, with the reason.
    pub refused: Vec<(String, String)>,
    /// Of those that had too many rejects, each of them.
    pub refused_rows: Vec<RejectRow>,
    /// Files too young, or named as unfinished.
    pub settling: Vec<String>,
    /// Earlier readings, of files that have grown since, whose last line had no end.
    pub(super) outgrown: Vec<FileRow>,
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
    /// Readings whose last line had no end, as long as that stands.
    unended: Vec<&'a FileRow>,
}

impl Known<'_> {
    fn of<'a>(catalog: &'a RawCatalog, kind: &str) -> Known<'a> {
        let files = || catalog.files().iter().filter(|f| f.kind == kind);
        let outgrown: HashSet<u32> = files().filter_map(|f| f.outgrows).collect();
        Known {
            unended: files().filter(|f| f.tail.is_some() && !outgrown.contains(&f.number)).collect(),
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
        let known = Known::of(&catalog, &kind);
        let mut new_hashes: HashSet<String> = HashSet::new();
        let mut seen = FileHashCache::load(context, &kind, &errand.place.blob).await?;
        let found = discover::find(errand.place, errand.settle, context.now).await?;
        let present: HashSet<&str> =
            found.ready.iter().map(|o| o.key.as_str()).chain(found.settling.iter().map(String::as_str)).collect();
        let gone: BTreeSet<&str> = known.latest.keys().filter(|path| !present.contains(*path)).copied().collect();
        done.changed.extend(gone.into_iter().map(|path| (path.to_owned(), "was read before and is gone".to_owned())));
        done.refused.extend(found.odd);
        for object in &found.ready {
            if seen.sha256(object).is_some_and(|sha256| known.hashes.contains(sha256.as_str())) {
                continue;
            }
            let body = match errand.place.blob.open(&object.key).await {
                Ok(body) => body,
                // Moved away since it was listed, as logs are: under its new name it is met again.
                Err(e) if e.is_not_found() => continue,
                Err(e) if e.kind == BlobErrorKind::Unavailable => return Err(e.into()),
                Err(e) => {
                    done.refused.push((object.key.clone(), format!("cannot be read: {}", e.what)));
                    continue;
                }
            };
            let one = One { known: &known, errand: &errand, object, number };
            let row = read_one(&one, body, &mut new_hashes, &mut loader, &mut done, &mut seen).await?;
            if let Some(row) = row {
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

/// What would be refused whole of the files that wait, with their rows; asked by whoever only looks, nothing is kept.
///
/// # Errors
/// As [`ingest`].
pub(crate) async fn refused_files(context: &RunContext) -> Result<Ingested, AppError> {
    if !context.dry_run {
        return Err(AppError::internal("a question reads files without keeping them"));
    }
    ingest(context).await
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

/// A file that is to be read.
struct One<'a> {
    known: &'a Known<'a>,
    errand: &'a SourceJob<'a>,
    object: &'a Object,
    number: u32,
}

/// Reads one file, unless its content is known. A file that grew is read whole: rows known before
/// are identical rows, which a day's pass drops, and what a last line without its end said is taken back.
async fn read_one(
    one: &One<'_>,
    body: Body,
    new_hashes: &mut HashSet<String>,
    loader: &mut PartBuilder<'_>,
    done: &mut Ingested,
    seen: &mut FileHashCache,
) -> Result<Option<FileRow>, AppError> {
    let One { known, errand, object, number } = *one;
    let key = &object.key;
    let kind = errand.kind.name();
    let before = known.latest.get(key.as_str()).copied();
    let prefixes = before.into_iter().chain(known.unended.iter().copied()).map(|f| f.size).collect();
    let hashes = match hash_with_prefixes(&body, prefixes) {
        Ok(hashes) => hashes,
        Err(e) => {
            done.refused.push((key.clone(), format!("cannot be read: {e}")));
            return Ok(None);
        }
    };
    seen.remember(object, hashes.size, &hashes.whole);
    if known.hashes.contains(hashes.whole.as_str()) || !new_hashes.insert(hashes.whole.clone()) {
        return Ok(None);
    }
    let begins_with = |f: &FileRow| f.size < hashes.size && hashes.prefixes.get(&f.size) == Some(&f.sha256);
    if before.is_some_and(|f| !begins_with(f)) {
        done.changed.push((key.clone(), "changed in the part that was read before".into()));
    }
    let mut row = FileRow {
        number,
        kind,
        path: key.clone(),
        size: hashes.size,
        sha256: hashes.whole.clone(),
        outgrows: before.filter(|f| begins_with(f)).map(|f| f.number),
        ..FileRow::default()
    };
    // Hashing has moved the file's position; reading begins anew.
    let body = match errand.place.blob.open(key).await {
        Ok(body) => body,
        Err(e) if e.is_not_found() => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    match loader.read(&errand.kind, number, key, body).await? {
        Ok(report) => {
            row.rows = report.rows_read;
            row.accepted = report.accepted;
            row.rejects = report.rejects.len() as u64;
            let unknown: Vec<String> = report.unknown.iter().map(|(name, n)| format!("{name}={n}")).collect();
            row.unknown = unknown.join(" ");
            if row.rows != row.accepted + row.rejects + report.aside.values().sum::<u64>() {
                return Err(AppError::law(format!("rows read = accepted + rejects + set aside in {}", row.path)));
            }
            if let Some(reason) = too_many_rejects(&row, &report, errand.max_rejects_ppm) {
                done.refused.push((key.clone(), reason));
                done.refused_rows.extend(loader.rejects_of(&row.kind, report));
                loader.drop_file();
                return Ok(None);
            }
            *done.formats.entry((row.kind.clone(), report.format)).or_default() += 1;
            for (reason, rows) in &report.aside {
                *done.aside.entry((row.kind.clone(), reason.to_string())).or_default() += rows;
            }
            row.tail = loader.keep_file(&row.kind, report).await?;
            let outgrown: Vec<&FileRow> = known.unended.iter().copied().filter(|f| begins_with(f)).collect();
            if let Some(first) = outgrown.first() {
                row.outgrows.get_or_insert(first.number);
            }
            done.outgrown.extend(outgrown.into_iter().cloned());
            Ok(Some(row))
        }
        Err(refused) => {
            loader.drop_file();
            done.refused.push((key.clone(), refused));
            Ok(None)
        }
    }
}

/// What stands at a file's edges (a banner, a row that is still being written) is no sign that it is another kind of
/// file: it is not held against it.
fn too_many_rejects(row: &FileRow, report: &FileReport, max_rejects_ppm: u64) -> Option<String> {
    let none_is_read = row.accepted == 0 && report.aside.is_empty();
    let at_edges = if none_is_read { 0 } else { report.before_rows + u64::from(report.unended_reject) };
    let counted = row.rejects.saturating_sub(at_edges);
    if u128::from(counted) * 1_000_000 <= u128::from(row.rows) * u128::from(max_rejects_ppm) {
        return None;
    }
    let first = report.rejects.first();
    let example = first.map(|r| format!("; line {}: {} {}", r.line, r.field, r.reason)).unwrap_or_default();
    Some(format!("{} of {} rows are rejects, more than max_rejects allows{example}", row.rejects, row.rows))
}

struct Hashes {
    size: u64,
    whole: String,
    /// Of the first bytes, by how many.
    prefixes: BTreeMap<u64, String>,
}

fn hash_with_prefixes(body: &Body, prefixes: BTreeSet<u64>) -> std::io::Result<Hashes> {
    let mut reader = body.reader()?;
    let (mut hash, mut size) = (Sha256::new(), 0u64);
    let mut hashes = BTreeMap::new();
    let mut buffer = vec![0u8; 1 << 16];
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    loop {
        let next = prefixes.range(size + 1..).next();
        let room = next.map_or(buffer.len(), |at| (at - size).min(buffer.len() as u64) as usize);
        let n = std::io::Read::read(&mut reader, &mut buffer[..room])?;
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
        size += n as u64;
        if prefixes.contains(&size) {
            hashes.insert(size, hex(&hash.clone().finalize()));
        }
    }
    Ok(Hashes { size, whole: hex(&hash.finalize()), prefixes: hashes })
}

/// Parts with the last lines of files that have grown since. One that another file still stands for stays.
fn withdrawn(catalog: &RawCatalog, done: &Ingested) -> BTreeSet<String> {
    let tails = |row: &FileRow| -> Vec<String> {
        row.tail.iter().flat_map(|tail| tail.split(' ').map(str::to_owned)).collect()
    };
    let gone: HashSet<u32> = done.outgrown.iter().map(|f| f.number).collect();
    let before: HashSet<u32> = catalog.files().iter().filter_map(|f| f.outgrows).collect();
    let stands = |f: &&FileRow| !gone.contains(&f.number) && !before.contains(&f.number);
    let kept: HashSet<String> = catalog.files().iter().filter(stands).chain(&done.files).flat_map(tails).collect();
    done.outgrown.iter().flat_map(tails).filter(|part| !kept.contains(part)).collect()
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
    manifest.withdraw(withdrawn(catalog, done));
    manifest.inputs = done.files.iter().map(input).collect();
    manifest.notes.insert("watermark".into(), loaded.watermark.to_string());
    if loaded.ahead > 0 {
        manifest.notes.insert(AHEAD.into(), loaded.ahead.to_string());
    }
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
