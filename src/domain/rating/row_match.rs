//! Which row answers to a call of a batch in an interval, and the prices it leads to.

use super::arithmetic::{Finish, Prices};
use super::call_attributes::CallRow;
use super::flat_rates::FlatRate;
use super::price_intervals::{IntervalFinder, PriceInterval};
use super::pricing_context::PricingContext;
use super::rater::{Rater, selector, version_multipliers};
use super::types::{ChargeStatus, MultiplierUsed, RowId, Unpriced, Zero};
use crate::domain::price::{NoVariant, RowQuery, RowRef, VersionId, Window, named_tier};

/// The row that answers, or why there is none.
pub(super) struct RowMatch<'a, 'c, 'r> {
    rater: &'r Rater,
    call: CallRow<'a, 'c>,
    query: RowQuery<'a>,
    pub(super) version: Option<VersionId>,
    pub(super) row: Option<RowId>,
    /// Version and row by their positions.
    found: Result<(usize, RowRef), Unpriced>,
}

/// The prices of a level, and whether a request is implied.
type Priced = Result<(Prices, bool), Unpriced>;

impl<'a, 'c, 'r> RowMatch<'a, 'c, 'r> {
    pub(super) fn new(rater: &'r Rater, interval: &PriceInterval, call: CallRow<'a, 'c>) -> RowMatch<'a, 'c, 'r> {
        let book = rater.book();
        let query = call.query(book.header.price_by);
        let found = interval.version.ok_or(Unpriced::NoVersion).and_then(|v| Ok((v, rater.find(v, &query)?)));
        let row = found.as_ref().ok().and_then(|(_, found)| RowId::try_from(found.row).ok());
        RowMatch { rater, call, query, version: interval.version.map(|v| book.versions[v].id()), row, found }
    }

    /// What the row costs by itself, where nothing of the call is laid over it.
    pub(super) fn flat_rate(&self) -> Option<&'r FlatRate> {
        let (v, found) = *self.found.as_ref().ok()?;
        let unknown_tier = || {
            let tier = named_tier(self.call.service_tier());
            tier.is_some() && self.rater.book().header.no_variant == NoVariant::Unpriced
        };
        let plain = !self.call.is_batch() && !unknown_tier() && self.multipliers(v, found).is_empty();
        if plain { self.rater.flat_rate(v, found.row) } else { None }
    }

    fn multipliers(&self, version: usize, found: RowRef) -> Vec<MultiplierUsed> {
        match &self.rater.book().versions[version] {
            version if version.multipliers.is_empty() => Vec::new(),
            version => version_multipliers(version, found, &self.query, self.call.account_id()),
        }
    }

    /// Thresholds and, one more, the prices of the levels they part.
    pub(super) fn levels(
        &self,
        finder: &IntervalFinder<'_>,
        interval: &PriceInterval,
    ) -> Result<(Vec<i64>, Vec<Priced>), ChargeStatus> {
        let (v, found) = self.found.clone().map_err(ChargeStatus::Unpriced)?;
        let book = self.rater.book();
        let row = &book.versions[v].rows[found.row];
        if row.free {
            return Err(ChargeStatus::Zero(Zero::FreeRow));
        }
        let attributes = self.call.attributes();
        let pricing = PricingContext::new(&attributes, &[], book.header.no_variant, book.header.rounding);
        let open = |window: &Window| finder.is_open(interval, window);
        let selector = selector(&attributes, &pricing, row, &open);
        let once = self.multipliers(v, found);
        let finish = Finish { rounding: book.header.rounding, minimum: row.minimum };
        let level = |passed: Option<i64>| -> Priced {
            let mut price = selector.resolve(passed)?;
            price.multipliers.extend(once.iter().cloned());
            let prices = Prices::new(&price.rates(), &price.factors(), finish);
            Ok((prices, price.implies_request()))
        };
        let thresholds = selector.thresholds();
        let levels = std::iter::once(None).chain(thresholds.iter().copied().map(Some)).map(level).collect();
        Ok((thresholds, levels))
    }
}
