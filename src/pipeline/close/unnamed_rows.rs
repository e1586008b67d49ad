//! Days sealed by builds that did not name the rows that counted: their rows are told apart again, the way
//! the pass did it.

use std::collections::HashSet;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType, UInt32Type, UInt64Type};

use super::day_inputs::{calls_of, postings_of};
use super::day_revisions::day_of;
use crate::domain::call::{Calls, DictColumn};
use crate::domain::ledger::Posting;
use crate::domain::period::Day;
use crate::domain::reconcile::{distinct_postings, distinct_rows};
use crate::edge::lake::Manifest;
use crate::edge::lake::schema::call_key;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;

/// The calls that charges are of, in their order. Calls that arrived after the seal are left out.
///
/// # Errors
/// Law: the seal speaks of a call that is not in the lake.
pub(crate) async fn calls(
    context: &RunContext,
    catalog: &RawCatalog,
    manifest: &Manifest,
    charges: &[RecordBatch],
    only: Option<&HashSet<u64>>,
) -> Result<Calls, AppError> {
    let calls = calls_of(context, catalog, day_of(manifest)?, only).await?;
    let calls = calls.take(&distinct_rows(&calls)).map_err(AppError::internal)?;
    let mut rows: Vec<u32> = Vec::with_capacity(calls.len());
    let mut next = 0;
    for batch in charges {
        next = align(&calls, batch, next, &mut rows)
            .ok_or_else(|| AppError::law("a charge is of no call in the lake").at(manifest.path()))?;
    }
    if rows.len() == calls.len() { Ok(calls) } else { calls.take(&rows).map_err(AppError::internal) }
}

/// Both sides are in one order, so each charge's call is the next that is named like it.
fn align(calls: &Calls, batch: &RecordBatch, mut next: usize, rows: &mut Vec<u32>) -> Option<usize> {
    let keys = batch.column_by_name("key")?.as_primitive_opt::<UInt64Type>()?;
    let started = batch.column_by_name("started_at")?.as_primitive_opt::<TimestampMicrosecondType>()?;
    let attempts = batch.column_by_name("attempt")?.as_primitive_opt::<UInt32Type>()?;
    let names = |name: &str| batch.column_by_name(name)?.as_dictionary_opt::<Int32Type>().map(DictColumn::new);
    let (sources, accounts) = (names("source")?, names("account_id")?);
    let (own_sources, own_accounts) = (calls.source(), calls.account_id());
    for row in 0..batch.num_rows() {
        let same = |at: usize| {
            calls.key().value(at) == keys.value(row)
                && calls.started_at().value(at) == started.value(row)
                && calls.attempt().value(at) == attempts.value(row)
                && own_sources.get(at) == sources.get(row)
                && own_accounts.get(at) == accounts.get(row)
        };
        let found = (next..calls.len()).find(|at| same(*at))?;
        rows.push(u32::try_from(found).ok()?);
        next = found + 1;
    }
    Some(next)
}

/// The day's postings that stand, told apart over `reach` days around it; of those that name a call only the
/// ones with a hash in `only`, where given.
///
/// # Errors
/// When a part is missing or damaged.
pub(crate) async fn own_postings(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    only: Option<&HashSet<u64>>,
    reach: i64,
) -> Result<Vec<Posting>, AppError> {
    let span = context.config.zone.span_of(day);
    let mut all = Vec::new();
    for n in -reach..=reach {
        all.extend(postings_of(context, catalog, day.plus(n), None).await?);
    }
    let mut stands = vec![false; all.len()];
    distinct_postings(&all).into_iter().for_each(|row| stands[row as usize] = true);
    let own = |p: &Posting| span.0 <= p.posted_at && p.posted_at < span.1;
    let wanted = |p: &Posting| only.is_none_or(|only| call_key(p).is_some_and(|key| only.contains(&key)));
    Ok(all.into_iter().zip(stands).filter(|(p, stands)| *stands && own(p) && wanted(p)).map(|(p, _)| p).collect())
}
