//! What the lake holds: every file read and every part made of it, from the ingest manifests.

use std::collections::{BTreeMap, HashSet};

use super::ahead::{parts_ahead, reach};
use super::context::RunContext;
use super::error::AppError;
use super::set_aside::SetAside;
use crate::domain::call::{CrossDayIndex, IdSighting};
use crate::domain::period::{Day, Instant};
use crate::edge::lake::schema::{self, FileRow, SetAsideRow};
use crate::edge::lake::{Manifest, PartRef};

/// Ingest manifests are revisions of one period: a log, each adding files.
pub(crate) const INGEST: (&str, &str) = ("ingest", "log");

/// The note of a sealed day that says how far the log had come.
pub(crate) const INGESTED: &str = "ingested";

/// The lake's raw side at one moment.
#[derive(Debug, Default)]
pub(crate) struct RawCatalog {
    manifests: Vec<Manifest>,
    files: Vec<FileRow>,
    parts: BTreeMap<(String, Day), Vec<PartRef>>,
    /// Parts that no day owns.
    loose: Vec<PartRef>,
    pub(crate) cross_day_ids: CrossDayIndex,
    /// Of ingests that read rows dated in the future: where these may lie.
    parts_ahead: Vec<PartRef>,
    /// The ledger's latest instant seen, of rows whose time has come.
    pub(crate) watermark: Instant,
    /// Rows that a person has set aside.
    pub(crate) set_aside: SetAside,
}

impl RawCatalog {
    /// Reads every ingest manifest.
    pub(crate) async fn load(context: &RunContext) -> Result<RawCatalog, AppError> {
        RawCatalog::load_until(context, u32::MAX).await
    }

    /// As [`RawCatalog::load`] was when the log had come to a revision.
    pub(crate) async fn load_until(context: &RunContext, last: u32) -> Result<RawCatalog, AppError> {
        let mut catalog = RawCatalog { watermark: Instant::MIN, ..RawCatalog::default() };
        let mut said = Vec::new();
        for revision in context.lake.revisions(INGEST.0, INGEST.1).await?.into_iter().filter(|r| *r <= last) {
            let manifest = context.revision(INGEST.0, INGEST.1, revision).await?;
            catalog.add(context, manifest, &mut said).await?;
        }
        catalog.set_aside = SetAside::of(said, &catalog.files);
        Ok(catalog)
    }

    async fn add(
        &mut self,
        context: &RunContext,
        manifest: Manifest,
        said: &mut Vec<SetAsideRow>,
    ) -> Result<(), AppError> {
        if let Some(at) = reach(context, &manifest).await? {
            self.watermark = self.watermark.max(at);
        }
        self.withdraw(&manifest.withdrawn);
        self.parts_ahead.extend(parts_ahead(context, &manifest));
        // Earlier builds took rows of any day; one that no row can be of would be the first of every walk.
        let earliest = context.config.zone.day_of(Instant::EARLIEST_ROW);
        for part in &manifest.parts {
            match (part.table.as_str(), Day::parse(&part.partition)) {
                ("files", _) => {
                    for batch in context.read(part).await? {
                        self.files.extend(schema::from_batch::<FileRow>(&batch)?);
                    }
                }
                ("crossings", _) => {
                    for batch in context.read(part).await? {
                        schema::mentions_from(&batch)?.into_iter().for_each(|m: IdSighting| self.cross_day_ids.add(m));
                    }
                }
                ("set_aside", _) => {
                    for batch in context.read(part).await? {
                        said.extend(schema::from_batch::<SetAsideRow>(&batch)?);
                    }
                }
                (table, Some(day)) if day >= earliest => {
                    self.parts.entry((table.to_owned(), day)).or_default().push(part.clone());
                }
                (_, None) => self.loose.push(part.clone()),
                _ => {}
            }
        }
        self.manifests.push(manifest);
        Ok(())
    }

    /// What these parts say does not stand any more.
    fn withdraw(&mut self, gone: &[String]) {
        if gone.is_empty() {
            return;
        }
        let gone: HashSet<&str> = gone.iter().map(String::as_str).collect();
        self.loose.retain(|part| !gone.contains(part.path.as_str()));
        self.parts_ahead.retain(|part| !gone.contains(part.path.as_str()));
        self.parts.values_mut().for_each(|parts| parts.retain(|part| !gone.contains(part.path.as_str())));
        self.parts.retain(|_, parts| !parts.is_empty());
    }

    pub(crate) fn files(&self) -> &[FileRow] {
        &self.files
    }

    pub(crate) fn file(&self, number: u32) -> Option<&FileRow> {
        self.files.iter().find(|f| f.number == number)
    }

    pub(crate) fn next_file(&self) -> u32 {
        self.files.iter().map(|f| f.number + 1).max().unwrap_or(0)
    }

    /// Parts of a table that hold rows of a day, in the order they were written.
    pub(crate) fn parts(&self, table: &str, day: Day) -> &[PartRef] {
        self.parts.get(&(table.to_owned(), day)).map_or(&[], Vec::as_slice)
    }

    /// Parts of a table that no day owns (mentions, rejects).
    pub(crate) fn loose_parts(&self, table: &str) -> impl Iterator<Item = &PartRef> {
        self.loose.iter().filter(move |p| p.table == table)
    }

    /// Readings that no later one goes on from.
    pub(crate) fn standing_files(&self) -> impl Iterator<Item = &FileRow> {
        let outgrown: HashSet<u32> = self.files.iter().filter_map(|f| f.outgrows).collect();
        self.files.iter().filter(move |f| !outgrown.contains(&f.number))
    }

    /// Parts that may hold rows dated in the future.
    pub(crate) fn parts_ahead(&self) -> &[PartRef] {
        &self.parts_ahead
    }

    /// Whether any row belongs to a day.
    pub(crate) fn has_rows(&self, day: Day) -> bool {
        ["calls", "postings", "balances"].iter().any(|table| !self.parts(table, day).is_empty())
    }

    /// Days any row belongs to, in order.
    pub(crate) fn days(&self) -> Vec<Day> {
        let mut days: Vec<Day> = self.parts.keys().map(|(_, day)| *day).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// Calls and postings by day that came later than `max_late` allows: kept, in no new revision.
    pub(crate) fn too_late(&self, context: &RunContext) -> BTreeMap<Day, u64> {
        let mut rows = BTreeMap::new();
        for manifest in &self.manifests {
            for (day, n) in too_late(context, manifest) {
                *rows.entry(day).or_default() += n;
            }
        }
        rows
    }

    /// The newest revision of the log that was read; 0 where there is none.
    pub(crate) fn revision(&self) -> u32 {
        self.manifests.last().map_or(0, |m| m.revision)
    }

    pub(crate) fn manifests(&self) -> &[Manifest] {
        &self.manifests
    }
}

/// Rows that one ingest brought too late, by day.
pub(super) fn too_late(context: &RunContext, ingest: &Manifest) -> BTreeMap<Day, u64> {
    let oldest = context.config.zone.day_of(ingest.as_of.minus(context.config.max_late));
    let mut rows = BTreeMap::new();
    for part in ingest.parts.iter().filter(|p| matches!(p.table.as_str(), "calls" | "postings")) {
        if let Some(day) = Day::parse(&part.partition).filter(|day| *day < oldest) {
            *rows.entry(day).or_default() += part.rows;
        }
    }
    rows
}
