//! The newest revisions, as the state saw them sealed: a lake that lost one would look whole, and seal another in its
//! place.

use super::context::{RunContext, newest_of};
use super::error::{AppError, ErrorKind};
use crate::edge::lake::{Survey, manifest_key};
use crate::edge::state::Checked;

/// Every job that seals, so that one whose manifests are all gone is missed.
pub(crate) const JOBS: [&str; 7] = ["ingest", "prices", "reconcile", "rollup", "invoice", "notify", "print"];

/// A revision that was sealed and is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LostRevision {
    job: &'static str,
    period: String,
    revision: u32,
    /// The newest that is there.
    there: u32,
}

impl LostRevision {
    pub(crate) fn key(&self) -> String {
        manifest_key(self.job, &self.period, self.revision)
    }
}

/// Newest revisions that are lost.
///
/// # Errors
/// When lake or state cannot be read.
pub(crate) async fn lost_revisions(context: &RunContext, survey: &Survey) -> Result<Vec<LostRevision>, AppError> {
    let mut lost = Vec::new();
    for job in JOBS {
        for (period, seen) in context.state.checks_of(&newest_of(job)).await? {
            let there = survey.newest(job, &period).unwrap_or(0);
            if there < seen.revision {
                lost.push(LostRevision { job, period, revision: seen.revision, there });
            }
        }
    }
    Ok(lost)
}

/// Refuses a lake that lost a newest revision. One without any manifest is a new lake, built again from the raw input.
///
/// # Errors
/// Law: a newest revision is lost.
pub(crate) async fn check_newest(context: &RunContext) -> Result<(), AppError> {
    let survey = context.lake.survey_of("manifests/").await?;
    if survey.revisions.is_empty() {
        return Ok(());
    }
    let Some(first) = lost_revisions(context, &survey).await?.into_iter().next() else { return Ok(()) };
    let place = format!("{}/{}", context.lake.blob().place(), first.key());
    Err(AppError::new(ErrorKind::Law, format!("the lake is damaged: {place}: the manifest was sealed and is lost"))
        .hint("another would be sealed in its place: put it back from a copy; `trueup verify` names all that is lost")
        .hint("where the lake is an older copy on purpose, `trueup verify --repair --accept-lost` goes on from it"))
}

/// Misses lost revisions no more; gives their keys.
///
/// # Errors
/// When lake or state cannot be read, or the state not written.
pub(crate) async fn accept_lost(context: &RunContext) -> Result<Vec<String>, AppError> {
    let survey = context.lake.survey_of("manifests/").await?;
    let mut accepted = Vec::new();
    for lost in lost_revisions(context, &survey).await? {
        let fingerprint = match lost.there {
            0 => String::new(),
            there => context.lake.revision(lost.job, &lost.period, there).await?.sha256,
        };
        let seen = Checked { fingerprint, revision: lost.there };
        context.state.set_checked(&newest_of(lost.job), &lost.period, &seen).await?;
        accepted.push(lost.key());
    }
    Ok(accepted)
}
