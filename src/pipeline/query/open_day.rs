//! What of a day is not sealed, its rows told apart as the pass does it.

use std::collections::HashSet;

use crate::domain::call::Calls;
use crate::domain::ledger::Posting;
use crate::domain::period::Day;
use crate::domain::reconcile::{distinct_postings, distinct_rows};
use crate::edge::lake::Manifest;
use crate::pipeline::close::day_inputs::{calls_of, load, postings_of, same_ids};
use crate::pipeline::close::day_revisions::latest_day;
use crate::pipeline::close::sealed_day::{SealedDay, own_postings};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;

/// Calls of a day without rows that only repeat another, and rows of other days that share their ids: one
/// of those may be the call that a row of the day only logs again.
#[derive(Debug)]
pub(crate) struct OpenDay {
    pub(crate) calls: Calls,
    pub(crate) near: Calls,
}

impl OpenDay {
    /// Reads a day's calls, those with a key in `only` where given.
    ///
    /// # Errors
    /// When a part is missing or damaged.
    pub(crate) async fn load(
        context: &RunContext,
        catalog: &RawCatalog,
        day: Day,
        only: Option<&HashSet<u64>>,
    ) -> Result<OpenDay, AppError> {
        let calls = distinct(&calls_of(context, catalog, day, only).await?)?;
        let near = distinct(&same_ids(context, catalog, day, &calls).await?)?;
        Ok(OpenDay { calls, near })
    }
}

/// How many calls of a sealed day came after its seal and are in none of its figures. Rows that only say
/// again what is sealed, as those of a file that grew, do not count.
///
/// # Errors
/// When a part is missing or damaged.
pub(crate) async fn calls_since(
    context: &RunContext,
    catalog: &RawCatalog,
    manifest: &Manifest,
    sealed: &SealedDay,
) -> Result<u64, AppError> {
    if !has_more(catalog, manifest, sealed.day, ("calls", "call_rows")) {
        return Ok(0);
    }
    let all = calls_of(context, catalog, sealed.day, None).await?;
    Ok((distinct_rows(&all).len() as u64).saturating_sub(sealed.calls.len() as u64))
}

/// As [`calls_since`], of the postings; `sealed` are those of the day that stand.
///
/// # Errors
/// When a part is missing or damaged.
pub(crate) async fn postings_since(
    context: &RunContext,
    catalog: &RawCatalog,
    (manifest, day): (&Manifest, Day),
    sealed: &[Posting],
) -> Result<u64, AppError> {
    if !has_more(catalog, manifest, day, ("postings", "postings")) {
        return Ok(0);
    }
    let all = postings_of(context, catalog, day, None).await?;
    Ok((distinct_postings(&all).len() as u64).saturating_sub(sealed.len() as u64))
}

/// Whether the lake has more rows of a day than were counted under a name when it was sealed.
fn has_more(catalog: &RawCatalog, manifest: &Manifest, day: Day, (table, counted): (&str, &str)) -> bool {
    let there: u64 = catalog.parts(table, day).iter().map(|part| part.rows).sum();
    manifest.rows.get(counted).is_none_or(|rows| there > *rows)
}

fn distinct(calls: &Calls) -> Result<Calls, AppError> {
    let kept = distinct_rows(calls);
    if kept.len() == calls.len() { Ok(calls.clone()) } else { calls.take(&kept).map_err(AppError::internal) }
}

/// The postings of a day that stand: as it is sealed, else as a pass over it would have them now.
///
/// # Errors
/// When a part is missing or damaged.
pub(crate) async fn postings_standing(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
) -> Result<Vec<Posting>, AppError> {
    if let Some(manifest) = latest_day(context, day).await? {
        return own_postings(context, catalog, &manifest).await;
    }
    if catalog.parts("postings", day).is_empty() {
        return Ok(Vec::new());
    }
    let (from, until) = context.config.zone.span_of(day);
    let all = load(context, catalog, day).await?.postings;
    let stand = distinct_postings(&all);
    let own = |p: &&Posting| from <= p.posted_at && p.posted_at < until;
    Ok(stand.into_iter().map(|at| &all[at as usize]).filter(own).cloned().collect())
}
