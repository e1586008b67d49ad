//! Calls of the lake that the books as they are now have no price for.

use std::collections::BTreeMap;

use crate::domain::period::Instant;
use crate::domain::rating::{ChargeStatus, rate};
use crate::domain::reconcile::assign;
use crate::pipeline::close::day_inputs::calls_of;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::pipeline::registry::books::{load_books, load_parties};

/// What calls lack, told apart by source, model and reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lack {
    pub(crate) source: String,
    pub(crate) model: String,
    pub(crate) provider: Option<String>,
    /// A code, and what it is about: `no_rate web_search`.
    pub(crate) reason: String,
}

/// How many calls lack it, and when the first and the last of them began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) calls: u64,
    pub(crate) first: Instant,
    pub(crate) last: Instant,
}

/// Every day of the lake, rated by the books with all they know.
///
/// # Errors
/// A part that cannot be read, a book that is refused.
pub(crate) async fn unpriced_calls(context: &RunContext) -> Result<BTreeMap<Lack, Extent>, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let books = load_books(context).await?;
    let (parties, _) = load_parties(context).await?;
    let raters = books.raters(Instant::MAX);
    let mut found: BTreeMap<Lack, Extent> = BTreeMap::new();
    for day in catalog.days() {
        let calls = calls_of(context, &catalog, day, None).await?;
        let assignment = assign(&context.config.rules, &raters, &parties, &calls)
            .map_err(|e| AppError::config(e.to_string()).at(day.to_string()))?;
        let charges = rate(&raters, &calls, &assignment);
        for row in 0..calls.len() {
            let ChargeStatus::Unpriced(why) = charges.status(row) else { continue };
            let text = |name: Option<&str>| name.unwrap_or_default().to_owned();
            let (source, model) = (text(calls.source().get(row)), text(calls.model().get(row)));
            let provider = calls.provider().get(row).map(str::to_owned);
            let at = calls.started(row);
            let lack = Lack { source, model, provider, reason: why.reason() };
            let extent = found.entry(lack).or_insert(Extent { calls: 0, first: at, last: at });
            extent.calls += 1;
            extent.first = extent.first.min(at);
            extent.last = extent.last.max(at);
        }
    }
    Ok(found)
}
