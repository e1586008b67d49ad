//! A day that is not sealed, its rows told apart as the pass does it.

use std::collections::HashSet;

use crate::domain::call::Calls;
use crate::domain::ledger::Posting;
use crate::domain::period::Day;
use crate::domain::reconcile::{distinct_postings, distinct_rows};
use crate::pipeline::close::day_inputs::{calls_of, load, same_ids};
use crate::pipeline::close::day_revisions::latest_day;
use crate::pipeline::close::sealed_day::own_postings;
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
