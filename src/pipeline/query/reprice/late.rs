//! What prices that became known late change in days that are sealed.

use std::collections::BTreeSet;

use super::credits::{self, Billed};
use super::{SealedCalls, days_of, outdated, priced, sealed_calls, too_large};
use crate::domain::period::{Day, Instant, Period, PeriodKind};
use crate::domain::rating::Rater;
use crate::domain::reconcile::Expected;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::pipeline::registry::books::{load_books, load_parties};
use crate::report::{RepricedCall, RepricedSums};

/// Which prices, and which days.
#[derive(Clone, Debug)]
pub(crate) struct RepriceAsk {
    pub(crate) known: Instant,
    /// Absent: everything sealed.
    pub(crate) period: Option<Period>,
    /// Only this account's calls.
    pub(crate) account: Option<String>,
}

/// The calls of a day that cost something else.
#[derive(Debug)]
pub(crate) struct RepricedDay {
    pub(crate) calls: Vec<RepricedCall>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Repriced {
    pub(crate) days: u64,
    pub(crate) touched_days: u64,
    /// Days that were sealed with prices known later than asked for; nothing can change there.
    pub(crate) known_later: u64,
    pub(crate) unsealed: Vec<Day>,
    /// Calls whose sealed figure is another than the prices of its seal give now.
    pub(crate) outdated: u64,
    pub(crate) sums: RepricedSums,
    /// Names of the accounts touched.
    pub(crate) customers: Vec<(String, String)>,
    /// Final invoices that billed these calls.
    pub(crate) billed: Vec<Billed>,
}

/// Prices sealed calls at what is known at `ask.known`, and hands on those that cost something else than
/// at the prices their day was sealed with. A day never forgets a price it was sealed with. The
/// operator's books count as their files say, registered or not; nothing is registered or written.
///
/// # Errors
/// Config: a book that is refused. Input: no sealed day. And those of `each`.
pub(crate) async fn reprice(
    context: &RunContext,
    ask: &RepriceAsk,
    each: &mut dyn FnMut(RepricedDay) -> Result<(), AppError>,
) -> Result<Repriced, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let books = load_books(context).await?;
    let (parties, _) = load_parties(context).await?;
    let days = days_of(context, &catalog, ask.period).await?;
    let mut all = Repriced {
        days: days.sealed.len() as u64,
        touched_days: 0,
        known_later: 0,
        unsealed: days.unsealed,
        outdated: 0,
        sums: RepricedSums::default(),
        customers: Vec::new(),
        billed: Vec::new(),
    };
    let mut months: BTreeSet<Period> = BTreeSet::new();
    for manifest in &days.sealed {
        if manifest.known >= ask.known {
            all.known_later += 1;
            continue;
        }
        if books.fingerprint(manifest.known) == books.fingerprint(ask.known) {
            continue;
        }
        let sealed = sealed_calls(context, &catalog, manifest).await?;
        let (then, now) = (books.raters(manifest.known), books.raters(ask.known));
        let before = priced(context, &then, &parties, &sealed.calls)?;
        let after = priced(context, &now, &parties, &sealed.calls)?;
        all.outdated += outdated(&sealed, &before);
        let mut calls = touched(&sealed, &then, &before, &after);
        calls.retain(|call| ask.account.as_ref().is_none_or(|account| call.account_id == *account));
        if calls.is_empty() {
            continue;
        }
        all.touched_days += 1;
        months.extend(Day::parse(&manifest.period).map(|day| PeriodKind::Month.containing(day)));
        for call in &calls {
            all.sums.add(call).ok_or_else(too_large)?;
        }
        each(RepricedDay { calls })?;
    }
    let mut accounts: Vec<&String> = all.sums.account.keys().map(|(account, _)| account).collect();
    accounts.dedup();
    let name = |id: &String| Some((id.clone(), parties.account(id, context.now)?.name.clone()));
    let customers = accounts.iter().filter_map(|id| name(id)).collect();
    let accounts: BTreeSet<String> = accounts.into_iter().cloned().collect();
    for month in months {
        all.billed.extend(credits::billed(context, &books, &parties, month, (ask.known, &accounts)).await?);
    }
    all.customers = customers;
    Ok(all)
}

fn touched(sealed: &SealedCalls, raters: &[Rater], before: &Expected, after: &Expected) -> Vec<RepricedCall> {
    let changed = (0..sealed.calls.len()).filter(|row| before.amount[*row] != after.amount[*row]);
    let version = |of: &Expected, row: usize| of.charges.version(row).map(|v| v.to_string()).unwrap_or_default();
    changed
        .map(|row| {
            let call = sealed.calls.row(row);
            RepricedCall {
                source: call.source.to_string(),
                call_id: call.call_id,
                attempt: call.attempt,
                account_id: call.account_id.to_string(),
                model: call.model.to_string(),
                started_at: call.started_at,
                book: raters[usize::from(before.assignment.book[row])].book().header.id.clone(),
                from_version: version(before, row),
                to_version: version(after, row),
                unit: before.unit[row].to_string(),
                expected: before.amount[row],
                repriced: after.amount[row],
                recorded: sealed.recorded[row],
                posted: sealed.posted[row],
            }
        })
        .collect()
}
