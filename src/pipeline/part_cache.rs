//! What was read of the lake lately.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;

use crate::edge::lake::{Manifest, PartRef};

/// Parts and sealed revisions never change, so nothing here gets stale.
#[derive(Debug, Default)]
pub(crate) struct PartCache {
    parts: Mutex<Parts>,
    manifests: Mutex<HashMap<String, Manifest>>,
}

#[derive(Debug, Default)]
struct Parts {
    bytes: usize,
    by_path: HashMap<String, Vec<RecordBatch>>,
}

/// Bytes of decoded parts kept at most.
const CACHE_BYTES: usize = 256 << 20;
/// A larger part is read again when it is wanted again.
const KEPT_BYTES: usize = 8 << 20;

impl PartCache {
    pub(crate) fn part(&self, part: &PartRef) -> Option<Vec<RecordBatch>> {
        locked(&self.parts).by_path.get(&part.path).cloned()
    }

    /// Keeps a part's rows while there is room; once it is full, everything is let go.
    pub(crate) fn keep_part(&self, part: &PartRef, batches: &[RecordBatch]) {
        let bytes: usize = batches.iter().map(RecordBatch::get_array_memory_size).sum();
        if bytes > KEPT_BYTES {
            return;
        }
        let mut parts = locked(&self.parts);
        if parts.bytes + bytes > CACHE_BYTES {
            *parts = Parts::default();
        }
        parts.bytes += bytes;
        parts.by_path.insert(part.path.clone(), batches.to_vec());
    }

    pub(crate) fn manifest(&self, key: &str) -> Option<Manifest> {
        locked(&self.manifests).get(key).cloned()
    }

    pub(crate) fn keep_manifest(&self, key: String, manifest: &Manifest) {
        locked(&self.manifests).insert(key, manifest.clone());
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
