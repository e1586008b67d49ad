//! Sealing a revision, and finding sealed ones.

use std::collections::BTreeMap;

use super::manifest::{Manifest, check_names, path, revision_of};
use super::{Lake, LakeError, SealError};
use crate::edge::blob::PutOutcome;

/// A manifest whose parts are all in the lake, ready to be sealed.
#[derive(Clone, Debug)]
#[must_use]
pub struct Prepared {
    manifest: Manifest,
    text: String,
}

/// A revision that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub manifest: Manifest,
    /// Key in the lake.
    pub path: String,
    /// The hash the manifest ends with.
    pub sha256: String,
}

impl Prepared {
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

impl Lake {
    /// Checks a manifest against itself and against the lake: every part there with its size, row counts
    /// equal to the sum of the parts, the revision before it sealed.
    pub async fn prepare(&self, manifest: Manifest) -> Result<Prepared, SealError> {
        check_names(&manifest.job, &manifest.period)?;
        let wrong = |what: String| SealError::Inconsistent { path: manifest.path(), what };
        if manifest.revision == 0 || manifest.replaces.map_or(1, |r| r.saturating_add(1)) != manifest.revision {
            return Err(wrong(format!("revision {} cannot replace {:?}", manifest.revision, manifest.replaces)));
        }
        if let Some(before) = manifest.replaces {
            let before = path(&manifest.job, &manifest.period, before);
            if !self.blob.exists(&before).await? {
                return Err(wrong(format!("replaces {before}, which is not there")));
            }
        }
        if let Some(what) = manifest.contradiction() {
            return Err(wrong(what));
        }
        for part in &manifest.parts {
            match self.blob.head(&part.path).await? {
                Some(size) if size == part.bytes => {}
                Some(size) => return Err(wrong(format!("{} has {size} bytes, not {}", part.path, part.bytes))),
                None => return Err(wrong(format!("{} is not there", part.path))),
            }
        }
        let text = manifest.to_text()?;
        Ok(Prepared { manifest, text })
    }

    /// Makes the revision exist. Sealing the same content again is the same revision.
    ///
    /// # Errors
    /// Conflict where another writer sealed this revision with other content.
    pub async fn seal(&self, prepared: Prepared) -> Result<Sealed, SealError> {
        let path = prepared.manifest.path();
        if self.blob.put_if_absent(&path, prepared.text.clone()).await? == PutOutcome::Exists
            && self.blob.get(&path).await? != prepared.text.as_bytes()
        {
            return Err(SealError::Conflict { path: self.place(&path) });
        }
        let (manifest, sha256) = Manifest::from_text(prepared.text.as_bytes(), &path)?;
        Ok(Sealed { manifest, path, sha256 })
    }

    /// One revision.
    ///
    /// # Errors
    /// Damaged where the manifest is torn, changed, or lies under another revision's name.
    pub async fn revision(&self, job: &str, period: &str, revision: u32) -> Result<Sealed, LakeError> {
        check_names(job, period)?;
        let path = path(job, period, revision);
        let bytes = match self.blob.get(&path).await {
            Err(e) if e.is_not_found() => return Err(LakeError::damaged(self.place(&path), "the manifest is lost")),
            got => got?,
        };
        let (manifest, sha256) = Manifest::from_text(&bytes, &self.place(&path))?;
        if manifest.path() != path {
            return Err(LakeError::damaged(self.place(&path), format!("is the manifest of {}", manifest.path())));
        }
        Ok(Sealed { manifest, path, sha256 })
    }

    /// The newest revision; a damaged one is an error that names it, never the one before.
    pub async fn latest(&self, job: &str, period: &str) -> Result<Option<Sealed>, LakeError> {
        match self.revisions(job, period).await?.last() {
            Some(newest) => self.revision(job, period, *newest).await.map(Some),
            None => Ok(None),
        }
    }

    /// Revisions of a period, oldest first.
    ///
    /// # Errors
    /// Damaged where one between the first and the newest is lost.
    pub async fn revisions(&self, job: &str, period: &str) -> Result<Vec<u32>, LakeError> {
        check_names(job, period)?;
        let folder = format!("manifests/{job}/{period}/");
        let objects = self.blob.list(&folder).await?;
        let mut revisions: Vec<u32> = objects.iter().filter_map(|o| revision_of(&o.key[folder.len()..])).collect();
        revisions.sort_unstable();
        self.whole(job, period, revisions)
    }

    /// Periods that have a revision, with the newest one, in the order of their names.
    pub async fn periods(&self, job: &str) -> Result<BTreeMap<String, u32>, LakeError> {
        check_names(job, "-")?;
        let folder = format!("manifests/{job}/");
        let mut found: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for object in self.blob.list(&folder).await? {
            let Some((period, name)) = object.key[folder.len()..].split_once('/') else { continue };
            if let Some(revision) = revision_of(name) {
                found.entry(period.to_owned()).or_default().push(revision);
            }
        }
        let mut newest = BTreeMap::new();
        for (period, mut revisions) in found {
            revisions.sort_unstable();
            let revisions = self.whole(job, &period, revisions)?;
            newest.extend(revisions.last().map(|r| (period, *r)));
        }
        Ok(newest)
    }

    fn whole(&self, job: &str, period: &str, revisions: Vec<u32>) -> Result<Vec<u32>, LakeError> {
        match (1..).zip(&revisions).find(|(expected, there)| expected != *there) {
            Some((lost, _)) => Err(LakeError::damaged(self.place(&path(job, period, lost)), "the manifest is lost")),
            None => Ok(revisions),
        }
    }
}

impl Manifest {
    /// What in it cannot be together: the row counts of tables stand there three times over, in parts, counts and
    /// digests.
    pub(crate) fn contradiction(&self) -> Option<String> {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for part in &self.parts {
            let sum = sums.entry(&part.table).or_default();
            *sum = sum.saturating_add(part.rows);
        }
        let twice = self.parts.iter().enumerate().find(|(i, p)| self.parts[..*i].iter().any(|q| q.path == p.path));
        if let Some((_, part)) = twice {
            return Some(format!("names {} twice", part.path));
        }
        for (table, sum) in sums {
            let counts = [self.rows.get(table).copied(), self.digests.get(table).map(|d| d.rows)];
            if let Some(other) = counts.into_iter().flatten().find(|count| *count != sum) {
                return Some(format!("the parts of {table} have {sum} rows, not {other}"));
            }
        }
        None
    }
}
