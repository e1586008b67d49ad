//! What every step works with.

use arrow::array::RecordBatch;

use super::config::Config;
use super::error::AppError;
use super::part_cache::PartCache;
use super::stop_signal::StopSignal;
use crate::domain::period::{Instant, Span};
use crate::edge::lake::{Lake, Manifest, PartRef, Prepared, Read, Sealed};
use crate::edge::state::{Checked, State};

/// The name under which the state keeps the newest revision of each period of a job, with its hash.
pub(crate) fn newest_of(job: &str) -> String {
    format!("newest {job}")
}

/// The name under which the state keeps what was published last, by folder.
pub(crate) const PUBLISHED: &str = "published";

/// Notes in the state what a published folder holds now.
pub(crate) async fn remember_published(context: &RunContext, folder: &str, what: String) -> Result<(), AppError> {
    let known = context.state.checked(PUBLISHED, folder).await?;
    if known.is_some_and(|known| known.fingerprint == what) {
        return Ok(());
    }
    Ok(context.state.set_checked(PUBLISHED, folder, &Checked { fingerprint: what, revision: 0 }).await?)
}

/// How far the clocks of those who write rows may be ahead of ours.
const CLOCKS_APART: Span = Span::from_micros(15 * 60 * 1_000_000);

/// The latest instant that a row read at `now` can be of; what is later is dated in the future.
pub(crate) fn latest_of_now(now: Instant) -> Instant {
    now.plus(CLOCKS_APART)
}

/// One operator's lake and state, at one moment.
#[derive(Debug)]
pub(crate) struct RunContext {
    pub config: Config,
    pub lake: Lake,
    pub state: State,
    /// The clock, or `--as-of`.
    pub now: Instant,
    /// The clock, whatever moment the run is made for.
    pub clock: Instant,
    /// Compute and report, write nothing.
    pub dry_run: bool,
    /// The moment lies in the past: nothing is numbered, sent or published.
    pub replay: bool,
    pub stop_signal: StopSignal,
    cache: PartCache,
}

impl RunContext {
    pub(crate) fn new(config: Config, lake: Lake, state: State, now: Instant, dry_run: bool) -> RunContext {
        let (stop_signal, cache) = (StopSignal::default(), PartCache::default());
        RunContext { config, lake, state, now, clock: now, dry_run, replay: false, stop_signal, cache }
    }

    /// Makes everything last that is in the lake, the publishing place and the folder of mails.
    pub(crate) async fn settle(&self) -> Result<(), AppError> {
        self.lake.blob().settle().await?;
        self.config.publish.settle().await?;
        match &self.config.mail {
            Some(mail) => Ok(mail.transport.settle().await?),
            None => Ok(()),
        }
    }

    /// The latest instant that a row can be of; what is later is dated in the future.
    pub(crate) fn horizon(&self) -> Instant {
        latest_of_now(self.now.max(self.clock))
    }

    /// A part's rows; days share parts with their neighbours, so they are kept for a while.
    pub(crate) async fn read(&self, part: &PartRef) -> Result<Vec<RecordBatch>, AppError> {
        if let Some(batches) = self.cache.part(part) {
            return Ok(batches);
        }
        let batches = self.lake.read_part(part, Read::default()).await?;
        self.cache.keep_part(part, &batches);
        Ok(batches)
    }

    /// One sealed revision.
    pub(crate) async fn revision(&self, job: &str, period: &str, revision: u32) -> Result<Manifest, AppError> {
        let key = format!("{job}/{period}/{revision}");
        if let Some(manifest) = self.cache.manifest(&key) {
            return Ok(manifest);
        }
        let manifest = self.lake.revision(job, period, revision).await?.manifest;
        self.cache.keep_manifest(key, &manifest);
        Ok(manifest)
    }

    /// Makes a revision exist, and remembers in the state which is the newest: a lake that lost it would look whole.
    pub(crate) async fn seal(&self, prepared: Prepared) -> Result<Sealed, AppError> {
        let sealed = self.lake.seal(prepared).await?;
        let Manifest { job, period, revision, .. } = &sealed.manifest;
        let newest = Checked { fingerprint: sealed.sha256.clone(), revision: *revision };
        self.state.set_checked(&newest_of(job), period, &newest).await?;
        Ok(sealed)
    }

    /// The newest sealed revision of a (job, period).
    pub(crate) async fn latest(&self, job: &str, period: &str) -> Result<Option<Manifest>, AppError> {
        match self.lake.revisions(job, period).await?.last() {
            Some(revision) => Ok(Some(self.revision(job, period, *revision).await?)),
            None => Ok(None),
        }
    }
}
