//! A day that is not sealed, its rows told apart as the pass does it.

use std::collections::HashSet;

use super::day::latest_day;
use super::desk::Desk;
use super::sealed_day::own_postings;
use super::stop::Stop;
use super::view::View;
use super::window::{calls_of, load, same_ids};
use crate::domain::call::Calls;
use crate::domain::ledger::Posting;
use crate::domain::period::Day;
use crate::domain::reconcile::{distinct_postings, distinct_rows};

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
    pub(crate) async fn load(desk: &Desk, view: &View, day: Day, only: Option<&HashSet<u64>>) -> Result<OpenDay, Stop> {
        let calls = distinct(&calls_of(desk, view, day, only).await?)?;
        let near = distinct(&same_ids(desk, view, day, &calls).await?)?;
        Ok(OpenDay { calls, near })
    }
}

fn distinct(calls: &Calls) -> Result<Calls, Stop> {
    let kept = distinct_rows(calls);
    if kept.len() == calls.len() { Ok(calls.clone()) } else { calls.take(&kept).map_err(Stop::internal) }
}

/// The postings of a day that stand: as it is sealed, else as a pass over it would have them now.
///
/// # Errors
/// When a part is missing or damaged.
pub(crate) async fn postings_standing(desk: &Desk, view: &View, day: Day) -> Result<Vec<Posting>, Stop> {
    if let Some(manifest) = latest_day(desk, day).await? {
        return own_postings(desk, view, &manifest).await;
    }
    if view.parts("postings", day).is_empty() {
        return Ok(Vec::new());
    }
    let (from, until) = desk.config.zone.span_of(day);
    let all = load(desk, view, day).await?.postings;
    let stand = distinct_postings(&all);
    let own = |p: &&Posting| from <= p.posted_at && p.posted_at < until;
    Ok(stand.into_iter().map(|at| &all[at as usize]).filter(own).cloned().collect())
}
