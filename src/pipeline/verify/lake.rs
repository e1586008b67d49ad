//! Everything sealed, opened: manifests, the parts and kept files they name, and what nobody names.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::JoinSet;

use super::Found;
use crate::edge::lake::{Lake, LakeError, Manifest, PartRef, Sealed, Survey, manifest_key};
use crate::pipeline::context::{RunContext, newest_of};
use crate::pipeline::damage::Damage;
use crate::pipeline::error::AppError;
use crate::pipeline::newest::{JOBS, lost_revisions};
use crate::pipeline::raw_catalog::{INGEST, INGESTED};

/// Parts hashed side by side.
const AT_ONCE: usize = 2;

/// What sealed manifests name, as far as they can be read.
#[derive(Debug, Default)]
pub(super) struct Named {
    parts: BTreeMap<String, PartRef>,
    kept: BTreeSet<String>,
    /// Hashes by job, period and revision.
    sealed: BTreeMap<(String, String, u32), String>,
    /// Revisions that something names.
    revisions: BTreeSet<(String, String, u32)>,
    /// Final documents with their hashes, by number, as a month's bills list them.
    pub(super) numbers: BTreeMap<String, String>,
}

/// Opens everything in the lake that a manifest names and names what is not as it was sealed.
///
/// # Errors
/// When the lake cannot be reached, or was written by a later build.
pub(super) async fn verify_lake(context: &RunContext, found: &mut Found) -> Result<Named, AppError> {
    let lake = &context.lake;
    let place = |key: &str| format!("{}/{key}", lake.blob().place());
    let survey = lake.survey().await?;
    for key in &survey.strangers {
        found.damaged(place(key), "is nothing that belongs in a lake");
    }
    let mut named = Named::default();
    for ((job, period), there) in &survey.revisions {
        let newest = there.last().copied().unwrap_or_default();
        for revision in 1..=newest {
            match lake.revision(job, period, revision).await {
                Ok(sealed) => {
                    found.manifests += 1;
                    let what = named.add(sealed);
                    found
                        .sealed
                        .extend(what.map(|what| Damage::new(place(&manifest_key(job, period, revision)), what)));
                }
                Err(e) => found.sealed.push(Damage::of(e)?),
            }
        }
    }
    newest(context, &survey, &named, found).await?;
    for (job, period, revision) in &named.revisions {
        if survey.newest(job, period).is_none_or(|newest| newest < *revision) {
            found.damaged(place(&manifest_key(job, period, *revision)), "the manifest is lost: others name it");
        }
    }
    parts(lake, &survey, &named, found).await?;
    for key in survey.kept.union(&named.kept) {
        match lake.fetch(key).await {
            Ok(_) => found.kept += 1,
            Err(e) => found.sealed.push(Damage::of(e)?),
        }
    }
    Ok(named)
}

impl Named {
    /// Takes in what a manifest names; gives what in it contradicts itself.
    fn add(&mut self, sealed: Sealed) -> Option<String> {
        let Sealed { manifest, sha256, .. } = sealed;
        self.sealed.insert((manifest.job.clone(), manifest.period.clone(), manifest.revision), sha256);
        let before = manifest.revision.checked_sub(1).filter(|before| *before > 0);
        let mut wrong = (manifest.replaces != before).then(|| "does not replace the revision before it".to_owned());
        wrong = wrong.or_else(|| manifest.contradiction());
        self.revisions(&manifest);
        self.kept.extend(manifest.books.iter().map(|b| b.path.clone()).filter(|path| !path.is_empty()));
        self.kept.extend(manifest.parties.iter().map(|p| p.path.clone()).filter(|path| !path.is_empty()));
        if manifest.job == "invoice" {
            let lines = manifest.notes.get("documents").map(String::as_str).unwrap_or_default().lines();
            self.numbers
                .extend(lines.filter_map(|l| l.rsplit_once(' ')).map(|(n, sha)| (n.to_owned(), sha.to_owned())));
        }
        for part in manifest.parts.into_iter().chain(manifest.raw_parts.into_iter().flatten()) {
            let known = self.parts.entry(part.path.clone()).or_insert_with(|| part.clone());
            if *known != part {
                wrong = wrong.or_else(|| Some(format!("names {} otherwise than another manifest", part.path)));
            }
        }
        wrong
    }

    fn revisions(&mut self, manifest: &Manifest) {
        if let Some(log) = manifest.notes.get(INGESTED).and_then(|n| n.parse().ok()).filter(|n| *n > 0) {
            self.revisions.insert((INGEST.0.to_owned(), INGEST.1.to_owned(), log));
        }
        if manifest.job != "invoice" {
            return;
        }
        for line in manifest.notes.get("sources").map(String::as_str).unwrap_or_default().lines() {
            let mut words = line.split(' ');
            let (Some(day), Some(revision)) =
                (words.next(), words.next().and_then(|r| r.strip_prefix('r')?.parse().ok()))
            else {
                continue;
            };
            self.revisions.insert(("reconcile".to_owned(), day.to_owned(), revision));
        }
    }
}

/// Holds the newest revisions against those the state has seen sealed.
async fn newest(context: &RunContext, survey: &Survey, named: &Named, found: &mut Found) -> Result<(), AppError> {
    let place = |key: &str| format!("{}/{key}", context.lake.blob().place());
    for lost in lost_revisions(context, survey).await? {
        found.damaged(place(&lost.key()), "the manifest was sealed and is lost");
    }
    for job in JOBS {
        for (period, seen) in context.state.checks_of(&newest_of(job)).await? {
            let key = (job.to_owned(), period, seen.revision);
            if named.sealed.get(&key).is_some_and(|sha256| *sha256 != seen.fingerprint) {
                let key = manifest_key(job, &key.1, key.2);
                found.damaged(place(&key), "is another revision than the one that was sealed");
            }
        }
    }
    Ok(())
}

/// Compares every part that is named, and looks what those are that are not.
async fn parts(lake: &Lake, survey: &Survey, named: &Named, found: &mut Found) -> Result<(), AppError> {
    let mut running: JoinSet<Result<(), LakeError>> = JoinSet::new();
    for part in named.parts.values() {
        if running.len() >= AT_ONCE {
            compared(&mut running, found).await?;
        }
        let (lake, part) = (lake.clone(), part.clone());
        running.spawn(async move { lake.verify_part(&part).await });
    }
    while !running.is_empty() {
        compared(&mut running, found).await?;
    }
    for key in survey.parts.iter().filter(|key| !named.parts.contains_key(*key)) {
        let name = key.rsplit('/').next().and_then(|n| n.split('.').next()).unwrap_or_default();
        let digest = lake.blob().digest(key).await?;
        // A run that was stopped before its seal leaves whole parts that nobody names.
        if name.len() == 32 && digest.is_some_and(|(_, sha256)| sha256.starts_with(name)) {
            found.unnamed += 1;
        } else {
            found.damaged(
                format!("{}/{key}", lake.blob().place()),
                "no manifest names it, and it is not what its name says",
            );
        }
    }
    Ok(())
}

async fn compared(running: &mut JoinSet<Result<(), LakeError>>, found: &mut Found) -> Result<(), AppError> {
    let Some(done) = running.join_next().await else { return Ok(()) };
    match done.map_err(AppError::internal)? {
        Ok(()) => found.parts += 1,
        Err(e) => found.sealed.push(Damage::of(e)?),
    }
    Ok(())
}
