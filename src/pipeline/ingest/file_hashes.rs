//! Which raw files were hashed before, so that those left as they were need not be read again.
//!
//! A file is as it was while its name, its size and the store's own mark of its last writing are. This is
//! kept in the state and may be lost at any time; `verify` never asks it.

use std::collections::BTreeMap;

use crate::domain::hash::sha256;
use crate::edge::blob::{Blob, Object};
use crate::edge::state::Checked;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// The name checks of raw files have in the state.
const JOB: &str = "raw";

#[derive(Clone, Debug, PartialEq, Eq)]
struct FileStamp {
    size: u64,
    mark: String,
    sha256: String,
}

/// The hashes of one kind's files, as far as they are remembered.
#[derive(Debug, Default)]
pub(crate) struct FileHashCache {
    kind: String,
    place: String,
    before: BTreeMap<String, FileStamp>,
    now: BTreeMap<String, FileStamp>,
}

impl FileHashCache {
    /// What is remembered of a kind's files in the place they are in.
    pub(crate) async fn load(context: &RunContext, kind: &str, blob: &Blob) -> Result<FileHashCache, AppError> {
        let place = blob.place();
        let text = context.state.checked(JOB, kind).await?.map(|c| c.fingerprint).unwrap_or_default();
        // A text that is not what was kept would pass over a file nobody has read.
        let whole = text.split_once('\n').filter(|(hash, rest)| *hash == sha256(rest.as_bytes())).map(|(_, rest)| rest);
        let text = whole.unwrap_or_default();
        let before = text.strip_prefix(&format!("{place}\n")).map(parse).unwrap_or_default();
        Ok(FileHashCache { kind: kind.to_owned(), place, before, now: BTreeMap::new() })
    }

    /// The SHA-256 of a file that is as it was when it was hashed.
    pub(crate) fn sha256(&mut self, object: &Object) -> Option<String> {
        let known = self.before.get(&object.key)?;
        if known.size != object.size || Some(&known.mark) != object.mark.as_ref() {
            return None;
        }
        self.now.insert(object.key.clone(), known.clone());
        Some(known.sha256.clone())
    }

    /// Remembers what a file hashed to; `object` was listed before it was read.
    pub(crate) fn remember(&mut self, object: &Object, size: u64, sha256: &str) {
        // A file that grew while it was read is looked at again.
        let Some(mark) = object.mark.clone().filter(|_| size == object.size && !object.key.contains('\n')) else {
            return;
        };
        self.now.insert(object.key.clone(), FileStamp { size, mark, sha256: sha256.to_owned() });
    }

    /// Keeps what was seen this time, and forgets files that are gone.
    pub(crate) async fn save(self, context: &RunContext) -> Result<(), AppError> {
        if context.dry_run || self.now == self.before {
            return Ok(());
        }
        let mut fingerprint = format!("{}\n", self.place);
        for (path, FileStamp { size, mark, sha256 }) in &self.now {
            fingerprint.push_str(&format!("{size} {sha256} {mark} {path}\n"));
        }
        let fingerprint = format!("{}\n{fingerprint}", sha256(fingerprint.as_bytes()));
        Ok(context.state.set_checked(JOB, &self.kind, &Checked { fingerprint, revision: 0 }).await?)
    }
}

/// A line that makes no sense is a file that is not remembered.
fn parse(text: &str) -> BTreeMap<String, FileStamp> {
    let line = |line: &str| {
        let mut words = line.splitn(4, ' ');
        let size = words.next()?.parse().ok()?;
        let (sha256, mark) = (words.next()?.to_owned(), words.next()?.to_owned());
        Some((words.next()?.to_owned(), FileStamp { size, mark, sha256 }))
    };
    text.lines().filter_map(line).collect()
}
