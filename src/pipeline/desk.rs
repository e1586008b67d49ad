//! What every step works with.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use arrow::array::RecordBatch;

use super::config::Config;
use super::stop::Stop;
use crate::domain::period::Instant;
use crate::edge::lake::{Lake, Manifest, PartRef, Read};
use crate::edge::state::State;

/// One operator's lake and state, at one moment.
#[derive(Debug)]
pub struct Desk {
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
    pub halt: Halt,
    shelf: Shelf,
}

/// A request to stop, and whether something is under way that must not be cut short.
#[derive(Debug, Default)]
pub struct Halt {
    asked: AtomicBool,
    busy: AtomicBool,
}

/// As long as it lives, something must not be cut short.
#[derive(Debug)]
pub(crate) struct Busy<'a>(&'a Halt);

impl Halt {
    /// Asks for a stop. True where a step is at something that must end first; it then stops by itself.
    pub fn ask(&self) -> bool {
        self.asked.store(true, Ordering::SeqCst);
        self.busy.load(Ordering::SeqCst)
    }

    /// Begins something that must not be cut short; `None` once a stop was asked for.
    pub(crate) fn begin(&self) -> Option<Busy<'_>> {
        self.busy.store(true, Ordering::SeqCst);
        let busy = Busy(self);
        (!self.asked.load(Ordering::SeqCst)).then_some(busy)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::SeqCst);
    }
}

/// What was read lately. Parts and sealed revisions never change, so nothing on it gets stale.
#[derive(Debug, Default)]
struct Shelf {
    parts: Mutex<(usize, HashMap<String, Vec<RecordBatch>>)>,
    manifests: Mutex<HashMap<String, Manifest>>,
}

/// Bytes of decoded parts kept at most.
const SHELF_BYTES: usize = 256 << 20;
/// A larger part is read again when it is wanted again.
const KEPT_BYTES: usize = 8 << 20;

impl Desk {
    pub fn new(config: Config, lake: Lake, state: State, now: Instant, dry_run: bool) -> Desk {
        let (halt, shelf) = (Halt::default(), Shelf::default());
        Desk { config, lake, state, now, clock: now, dry_run, replay: false, halt, shelf }
    }

    /// A part's rows; days share parts with their neighbours, so they are kept for a while.
    pub(crate) async fn read(&self, part: &PartRef) -> Result<Vec<RecordBatch>, Stop> {
        let shelf = |f: &mut dyn FnMut(&mut (usize, HashMap<String, Vec<RecordBatch>>))| {
            f(&mut self.shelf.parts.lock().unwrap_or_else(PoisonError::into_inner));
        };
        let mut known = None;
        shelf(&mut |s| known = s.1.get(&part.path).cloned());
        if let Some(batches) = known {
            return Ok(batches);
        }
        let batches = self.lake.read_part(part, Read::default()).await?;
        let bytes: usize = batches.iter().map(RecordBatch::get_array_memory_size).sum();
        if bytes <= KEPT_BYTES {
            shelf(&mut |s| {
                if s.0 + bytes > SHELF_BYTES {
                    *s = (0, HashMap::new());
                }
                s.0 += bytes;
                s.1.insert(part.path.clone(), batches.clone());
            });
        }
        Ok(batches)
    }

    /// One sealed revision.
    pub(crate) async fn revision(&self, job: &str, period: &str, revision: u32) -> Result<Manifest, Stop> {
        let key = format!("{job}/{period}/{revision}");
        let known = self.shelf.manifests.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(manifest) = known {
            return Ok(manifest);
        }
        let manifest = self.lake.revision(job, period, revision).await?.manifest;
        self.shelf.manifests.lock().unwrap_or_else(PoisonError::into_inner).insert(key, manifest.clone());
        Ok(manifest)
    }

    /// The newest sealed revision of a (job, period).
    pub(crate) async fn latest(&self, job: &str, period: &str) -> Result<Option<Manifest>, Stop> {
        match self.lake.revisions(job, period).await?.last() {
            Some(revision) => Ok(Some(self.revision(job, period, *revision).await?)),
            None => Ok(None),
        }
    }
}
