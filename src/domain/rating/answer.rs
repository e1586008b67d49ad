//! Which row answers to a call of a batch at a moment, and the prices it leads to.

use super::arithmetic::{Finish, Prices};
use super::asked::Asked;
use super::bare::Bare;
use super::facts::Called;
use super::moments::{Clock, Moment};
use super::rater::{Rater, setting, version_multipliers};
use super::types::{ChargeStatus, MultiplierUsed, RowId, Unpriced, Zero};
use crate::domain::price::{Found, NoVariant, VersionId, Wanted, Window, named_tier};

/// The row that answers, or why there is none.
pub(super) struct Answer<'a, 'c, 'r> {
    rater: &'r Rater,
    called: Called<'a, 'c>,
    wanted: Wanted<'a>,
    pub(super) version: Option<VersionId>,
    pub(super) row: Option<RowId>,
    /// Version and row by their positions.
    found: Result<(usize, Found), Unpriced>,
}

/// The prices of a level, and whether a request is implied.
type Priced = Result<(Prices, bool), Unpriced>;

impl<'a, 'c, 'r> Answer<'a, 'c, 'r> {
    pub(super) fn new(rater: &'r Rater, moment: &Moment, called: Called<'a, 'c>) -> Answer<'a, 'c, 'r> {
        let book = rater.book();
        let wanted = called.wanted(book.header.price_by);
        let found = moment.version.ok_or(Unpriced::NoVersion).and_then(|v| Ok((v, rater.find(v, &wanted)?)));
        let row = found.as_ref().ok().and_then(|(_, found)| RowId::try_from(found.row).ok());
        Answer { rater, called, wanted, version: moment.version.map(|v| book.versions[v].id()), row, found }
    }

    /// What the row costs by itself, where nothing of the call is laid over it.
    pub(super) fn bare(&self) -> Option<&'r Bare> {
        let (v, found) = *self.found.as_ref().ok()?;
        let unknown_tier = || {
            let tier = named_tier(self.called.service_tier());
            tier.is_some() && self.rater.book().header.no_variant == NoVariant::Unpriced
        };
        let plain = !self.called.is_batch() && !unknown_tier() && self.multipliers(v, found).is_empty();
        if plain { self.rater.bare(v, found.row) } else { None }
    }

    fn multipliers(&self, version: usize, found: Found) -> Vec<MultiplierUsed> {
        match &self.rater.book().versions[version] {
            version if version.multipliers.is_empty() => Vec::new(),
            version => version_multipliers(version, found, &self.wanted, self.called.account_id()),
        }
    }

    /// Thresholds and, one more, the prices of the levels they part.
    pub(super) fn levels(&self, clock: &Clock<'_>, moment: &Moment) -> Result<(Vec<i64>, Vec<Priced>), ChargeStatus> {
        let (v, found) = self.found.clone().map_err(ChargeStatus::Unpriced)?;
        let book = self.rater.book();
        let row = &book.versions[v].rows[found.row];
        if row.free {
            return Err(ChargeStatus::Zero(Zero::FreeRow));
        }
        let facts = self.called.facts();
        let asked = Asked::new(&facts, &[], book.header.no_variant, book.header.rounding);
        let open = |window: &Window| clock.is_open(moment, window);
        let setting = setting(&facts, &asked, row, &open);
        let once = self.multipliers(v, found);
        let finish = Finish { rounding: book.header.rounding, minimum: row.minimum };
        let level = |passed: Option<i64>| -> Priced {
            let mut cell = setting.resolve(passed)?;
            cell.multipliers.extend(once.iter().cloned());
            let prices = Prices::new(&cell.rates(), &cell.factors(), finish);
            Ok((prices, cell.implies_request()))
        };
        let thresholds = setting.thresholds();
        let levels = std::iter::once(None).chain(thresholds.iter().copied().map(Some)).map(level).collect();
        Ok((thresholds, levels))
    }
}
