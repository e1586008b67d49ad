//! Months whose documents are out and whose days were sealed again since.

use std::collections::BTreeMap;

use super::account_months::{RawCatalogs, gather, sources};
use super::closed_rows::parties_of;
use super::context::{BillingContext, JOB};
use crate::domain::invoice::{DraftBuilder, Late, LostUse, SourceRef, add_late};
use crate::domain::period::{Day, Period, PeriodKind};
use crate::pipeline::close::day_revisions::days_of;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// A month that changed, and the keys of its drafts that waited when its bills were sealed.
type ChangedMonth = (Period, Vec<String>);

/// Months before `period` that changed, as far back as days may still change.
async fn changed_months(run: &RunContext, period: Period) -> Result<Vec<ChangedMonth>, AppError> {
    let oldest = run.config.zone.day_of(run.now.minus(run.config.max_late)).plus(-62);
    let mut months = Vec::new();
    let mut month = period.previous();
    while month.end() > oldest {
        if let Some(sealed) = run.latest(JOB, &month.to_string()).await? {
            let now = sources(&days_of(run, month).await?);
            if !are_those(&now, sealed.notes.get("sources").map_or("", String::as_str)) {
                let pending = sealed.notes.get("pending").map_or("", String::as_str);
                months.push((month, pending.lines().map(str::to_owned).collect()));
            }
        }
        month = month.previous();
    }
    months.reverse();
    Ok(months)
}

/// Sealed days as one text, for telling whether they are still the same.
pub(super) fn sources_text(sources: &[SourceRef]) -> String {
    sources.iter().map(|s| format!("{} r{} {}\n", s.period, s.revision, s.digest)).collect()
}

/// Whether days are those of a text of [`sources_text`]. One of the first builds has digests of another kind;
/// a revision never changes, so its number says as much.
fn are_those(sources: &[SourceRef], text: &str) -> bool {
    let is_first = !text.contains(':');
    let plain: Vec<SourceRef> = sources.iter().map(|s| SourceRef { digest: String::new(), ..s.clone() }).collect();
    let without_digest = |line: &str| line.rsplit_once(' ').map_or_else(String::new, |(head, _)| format!("{head} \n"));
    match is_first {
        true => sources_text(&plain) == text.lines().map(without_digest).collect::<String>(),
        false => sources_text(sources) == text,
    }
}

/// What months before one still have to say.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// To be billed or given back, by account.
    pub(super) late: BTreeMap<String, Late>,
    /// Use of them that no document takes.
    pub(super) lost: Vec<LostUse>,
}

/// Computes every changed month again, whole, and compares it with what was billed for it.
pub(super) async fn late_of(
    context: &BillingContext<'_>,
    (period, issued_on): (Period, Day),
) -> Result<Earlier, AppError> {
    let mut all = Earlier::default();
    let none = BTreeMap::new();
    for (earlier, pending) in changed_months(context.run, period).await? {
        debug_assert_eq!(earlier.kind(), PeriodKind::Month);
        let issued = &context.history.documents;
        let pending: Vec<String> = pending.into_iter().filter(|key| issued.of_key(key).is_none()).collect();
        let days = days_of(context.run, earlier).await?;
        let catalogs = RawCatalogs::Now(&context.catalog);
        let parties = parties_of(context, earlier).await?;
        let months = gather(context.run, &catalogs, &parties, earlier, &days, None).await?;
        let builder = DraftBuilder { parties: &parties, ..context.builder((earlier, issued_on), &months, &none) };
        add_late(&builder, &months, &pending, period, &mut all.late)?;
        all.lost.extend(months.lost(earlier));
    }
    Ok(all)
}
