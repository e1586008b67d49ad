//! Sealed calls priced once more at other prices: what a price list would have billed, and what prices
//! learnt late change. Reads only.
//!
//! Knows nothing of: how a call is priced, what the figures look like in print.

mod credits;
mod late;
mod rehearse;

pub(crate) use late::{RepriceAsk, Repriced, reprice};
pub(crate) use rehearse::{Rehearsal, RehearseAsk, rehearse};

use super::sealed::sealed_days;
use crate::domain::call::Calls;
use crate::domain::ledger::Parties;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};
use crate::domain::rating::Rater;
use crate::domain::reconcile::{Expected, expected};
use crate::edge::lake::Manifest;
use crate::pipeline::close::day_revisions::latest_day;
use crate::pipeline::close::sealed_day::SealedDay;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::{AppError, ErrorKind};
use crate::pipeline::raw_catalog::RawCatalog;

/// Days to price again, and those that cannot be.
struct Days {
    sealed: Vec<Manifest>,
    /// Days of the period that have calls and no seal.
    unsealed: Vec<Day>,
}

/// The sealed days of a period, or all of them.
///
/// # Errors
/// Input: none is sealed.
async fn days_of(context: &RunContext, catalog: &RawCatalog, period: Option<Period>) -> Result<Days, AppError> {
    let mut days = Days { sealed: Vec::new(), unsealed: Vec::new() };
    let wanted: Vec<Day> = match period {
        Some(period) => period.days().collect(),
        None => sealed_days(context).await?,
    };
    for day in wanted {
        match latest_day(context, day).await? {
            Some(manifest) => days.sealed.push(manifest),
            None if !catalog.parts("calls", day).is_empty() => days.unsealed.push(day),
            None => {}
        }
    }
    if !days.sealed.is_empty() {
        return Ok(days);
    }
    let stop = |what: String| AppError::new(ErrorKind::Input, what);
    Err(match (period, days.unsealed.is_empty()) {
        (None, _) => stop("no day is sealed".into()).hint("`trueup run daily` seals the days that are over"),
        (Some(period), true) => stop(format!("there are no calls in {period}"))
            .hint("`trueup status` says which days there are; `trueup ingest` reads new files"),
        (Some(period), false) => stop(format!("no day of {period} is sealed"))
            .hint(format!("`trueup reconcile --period {period}` seals the days that are over")),
    })
}

/// A sealed day's calls, one row each, beside what the seal says of them.
struct SealedCalls {
    calls: Calls,
    expected: Vec<Option<Amount>>,
    recorded: Vec<Option<Amount>>,
    posted: Vec<Option<Amount>>,
}

async fn sealed_calls(
    context: &RunContext,
    catalog: &RawCatalog,
    manifest: &Manifest,
) -> Result<SealedCalls, AppError> {
    let day = SealedDay::load(context, catalog, manifest).await?;
    let said = &day.said;
    let rows = day.call_rows();
    let of = |column: &[Option<Amount>]| rows.iter().map(|row| column[*row as usize]).collect();
    let (expected, recorded, posted) = (of(&said.expected), of(&said.recorded), of(&said.posted));
    let calls =
        if rows.len() == day.calls.len() { day.calls } else { day.calls.take(&rows).map_err(AppError::internal)? };
    Ok(SealedCalls { calls, expected, recorded, posted })
}

/// A day's calls at given prices.
fn priced(context: &RunContext, raters: &[Rater], parties: &Parties, calls: &Calls) -> Result<Expected, AppError> {
    expected(&context.config.rules, raters, parties, calls).map_err(|e| AppError::config(e.to_string()))
}

/// How many calls the seal has at other figures than the same prices give now: accounts or settings
/// changed since.
fn outdated(sealed: &SealedCalls, now: &Expected) -> u64 {
    sealed.expected.iter().zip(&now.amount).filter(|(then, now)| then != now).count() as u64
}

fn too_large() -> AppError {
    AppError::internal("a sum of charges has more than 38 digits")
}
