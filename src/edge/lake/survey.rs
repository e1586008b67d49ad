//! What lies in a lake, by what its keys say.

use std::collections::{BTreeMap, BTreeSet};

use super::identity;
use super::manifest::revision_of;
use super::{Lake, LakeError, is_word};

/// The keys of a lake by what they are of. None was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Whether the lake says whose it is.
    pub has_identity: bool,
    /// Revisions by job and period.
    pub revisions: BTreeMap<(String, String), BTreeSet<u32>>,
    pub parts: BTreeSet<String>,
    pub kept: BTreeSet<String>,
    /// Everything below `documents/`.
    pub documents: BTreeSet<String>,
    /// Keys that nothing of a lake has.
    pub strangers: Vec<String>,
}

impl Lake {
    /// Lists everything there is.
    ///
    /// # Errors
    /// When the lake cannot be listed.
    pub async fn survey(&self) -> Result<Survey, LakeError> {
        self.survey_of("").await
    }

    /// Lists what is below a prefix.
    ///
    /// # Errors
    /// When the lake cannot be listed.
    pub async fn survey_of(&self, prefix: &str) -> Result<Survey, LakeError> {
        let mut survey = Survey::default();
        for object in self.blob.list(prefix).await? {
            survey.add(object.key);
        }
        Ok(survey)
    }
}

impl Survey {
    fn add(&mut self, key: String) {
        let words: Vec<&str> = key.split('/').collect();
        match words.as_slice() {
            [identity::KEY] => self.has_identity = true,
            ["manifests", job, period, name] if is_word(job) && is_word(period) && revision_of(name).is_some() => {
                let revision = revision_of(name).unwrap_or_default();
                self.revisions.entry(((*job).to_owned(), (*period).to_owned())).or_default().insert(revision);
            }
            ["tables", _, _, name] if name.ends_with(".parquet") => {
                self.parts.insert(key);
            }
            ["kept", _, _] => {
                self.kept.insert(key);
            }
            ["documents", ..] => {
                self.documents.insert(key);
            }
            _ => self.strangers.push(key),
        }
    }

    /// The newest revision of a period that is there.
    pub fn newest(&self, job: &str, period: &str) -> Option<u32> {
        self.revisions.get(&(job.to_owned(), period.to_owned()))?.last().copied()
    }
}
