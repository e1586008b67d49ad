//! What people read, as files: pages, workbooks and tables of each day, week and month.
//!
//! A period's files come first, its list of files last; then the index, then what leads to the latest.
//! A period made from the same sealed days as before is left untouched. Only files that an earlier
//! list names are ever taken away. Knows nothing of: how a page or a table looks.

mod check;
mod content;
mod customers;
mod exports;
mod facts;
mod files;
mod index;
mod list;

#[cfg(test)]
mod export_tests;

use super::context::RunContext;
use super::error::AppError;
use super::raw_catalog::RawCatalog;
use crate::domain::period::{Period, PeriodKind};

pub(crate) use check::{PublishedPeriods, publish_again, verify_published};
pub(crate) use facts::{PeriodFacts, facts};

use facts::made_from;
use list::FileList;

/// A period that was published.
#[derive(Debug)]
pub(crate) struct Published {
    /// Files are as they were.
    pub unchanged: bool,
}

/// Publishes periods with their days, of a month its weeks as well, and others that may have changed.
///
/// # Errors
/// When the publishing place cannot be written.
pub(crate) async fn publish(
    context: &RunContext,
    own: &[Period],
    others: Vec<Period>,
) -> Result<Vec<Published>, AppError> {
    let mut periods = others;
    for period in own {
        periods.extend(period.days().map(|d| PeriodKind::Day.containing(d)));
        if period.kind() == PeriodKind::Month {
            let mut week = PeriodKind::Week.containing(period.first());
            while week.end() <= period.end() {
                periods.push(week);
                week = week.next();
            }
        }
        periods.push(*period);
    }
    let catalog = RawCatalog::load(context).await?;
    // What is old in a week or month may be old in its days: they are looked at as well.
    let whole: Vec<Period> = periods.iter().copied().filter(|p| p.kind() != PeriodKind::Day).collect();
    for period in whole {
        let made_from = made_from(context, &catalog, period, &facts::sealed(context, period).await?);
        let before = FileList::read(context, &folder_of(period)).await?;
        if before.is_none_or(|before| before.made_from != made_from) {
            periods.extend(period.days().map(|d| PeriodKind::Day.containing(d)));
        }
    }
    periods.sort_unstable();
    periods.dedup();
    let mut published = Vec::new();
    for period in periods {
        let days = facts::sealed(context, period).await?;
        if days.is_empty() {
            continue;
        }
        let made_from = made_from(context, &catalog, period, &days);
        let folder = folder_of(period);
        let before = FileList::read(context, &folder).await?;
        if let Some(before) = before.as_ref().filter(|b| b.made_from == made_from)
            && before.is_whole(context, &folder).await?
        {
            published.push(Published { unchanged: true });
            continue;
        }
        let list = files::write(context, &catalog, period, made_from, &folder, before.as_ref()).await?;
        let unchanged = before.as_ref().is_some_and(|before| before.says_the_same(&list));
        if before.as_ref() != Some(&list) && !context.dry_run {
            list.write(context, &folder).await?;
            list.remove_dropped(context, &folder, before.as_ref()).await?;
        }
        published.push(Published { unchanged });
    }
    if !context.dry_run {
        index::write(context).await?;
    }
    Ok(published)
}

/// `month/2026-10`.
fn folder_of(period: Period) -> String {
    format!("{}/{period}", period.kind().name())
}
