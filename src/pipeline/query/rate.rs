//! What the calls of a period should have cost, by themselves: nothing is matched, nothing is sealed.

use std::sync::Arc;

use super::open_day::{OpenDay, calls_since};
use crate::domain::call::Calls;
use crate::domain::ledger::Parties;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};
use crate::domain::rating::Charges;
use crate::domain::reconcile::{Class, expected_beside};
use crate::edge::lake::Manifest;
use crate::pipeline::close::day_revisions::{known_for, latest_day};
use crate::pipeline::close::sealed_day::SealedDay;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::pipeline::registry::books::{Books, load_books, load_parties};
use crate::report::RatedRows;

/// A day's calls with what each should have cost, in the unit it is compared in.
#[derive(Debug)]
pub(crate) struct RatedDay {
    calls: Calls,
    charges: Charges,
    unit: Vec<Arc<str>>,
    expected: Vec<Option<Amount>>,
    is_call: Vec<bool>,
    is_sealed: bool,
}

impl RatedDay {
    pub(crate) fn rows(&self) -> RatedRows<'_> {
        RatedRows {
            calls: &self.calls,
            charges: &self.charges,
            unit: &self.unit,
            expected: &self.expected,
            is_call: &self.is_call,
            is_sealed: self.is_sealed,
        }
    }
}

/// Gives the charges of a period day by day: of a sealed day as they are sealed, of another as the pass
/// would have them now. A call logged more than once has a row for every different logging; nothing is
/// expected for those that are not the call.
///
/// # Errors
/// When the lake or a book cannot be read, or `each` fails.
///
/// Gives the days for which calls came after the seal, and how many: they are in no figure.
pub(crate) async fn rate(
    context: &RunContext,
    period: Period,
    each: &mut dyn FnMut(RatedDay) -> Result<(), AppError>,
) -> Result<Vec<(Day, u64)>, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let mut since_seal = Vec::new();
    let mut prices: Option<(Books, Parties)> = None;
    for day in period.days() {
        if let Some(manifest) = latest_day(context, day).await? {
            let (rated, since) = sealed(context, &catalog, &manifest).await?;
            if since > 0 {
                since_seal.push((day, since));
            }
            if !rated.calls.is_empty() {
                each(rated)?;
            }
            continue;
        }
        if catalog.parts("calls", day).is_empty() {
            continue;
        }
        let now = match prices.take() {
            Some(now) => now,
            None => (load_books(context).await?, load_parties(context).await?.0),
        };
        let rated = open(context, &catalog, day, &now).await?;
        prices = Some(now);
        each(rated)?;
    }
    Ok(since_seal)
}

/// A day as it is sealed, and how many of its calls came later.
async fn sealed(context: &RunContext, catalog: &RawCatalog, manifest: &Manifest) -> Result<(RatedDay, u64), AppError> {
    let day = SealedDay::load(context, catalog, manifest).await?;
    let since = calls_since(context, catalog, manifest, &day).await?;
    let SealedDay { calls, said, .. } = day;
    let is_call = said.posting_class.iter().map(|class| *class != Class::DuplicateCall).collect();
    let (charges, unit, expected) = (said.charges, said.unit, said.expected);
    Ok((RatedDay { calls, charges, unit, expected, is_call, is_sealed: true }, since))
}

async fn open(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    (books, parties): &(Books, Parties),
) -> Result<RatedDay, AppError> {
    let OpenDay { calls, near } = OpenDay::load(context, catalog, day, None).await?;
    let raters = books.raters(known_for(context, day).0);
    let now = expected_beside(&context.config.rules, &raters, parties, &calls, &near)
        .map_err(|e| AppError::config(e.to_string()).at(day.to_string()))?;
    let (charges, unit, expected, is_call) = (now.charges, now.unit, now.amount, now.is_call);
    Ok(RatedDay { calls, charges, unit, expected, is_call, is_sealed: false })
}
