//! What calls of one kind cost at one moment, worked out once and laid out for a row to be charged by
//! a few products.

use std::collections::HashMap;

use super::arithmetic::{Finish, Plain, Prices, Quantities, Steps};
use super::asked::Asked;
use super::bare::Bare;
use super::cell::Setting;
use super::charges::{ChargeKind, ChargesBuilder};
use super::moments::{Clock, Moment};
use super::rater::{Rater, version_multipliers};
use super::receipt::ALL_METERS;
use super::types::{ChargeStatus, Facts, RowId, Unpriced, Zero};
use crate::domain::call::Meter;
use crate::domain::money::Amount;
use crate::domain::price::{Found as Named, NoVariant, VersionId, Window};

/// How a row of a level is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By the products of its columns, and these of [`Cells::steps`].
    Plain(u32),
    /// By prices of [`Cells::full`].
    Full(u32),
    /// Not at all: the kind says why.
    Fixed,
}

/// What holds for calls of one kind and context tier at one moment: all that a row is charged by, in one place
/// that the processor fetches at once.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Level<const WIDTH: usize> {
    pub(super) kind: u32,
    pub(super) way: Way,
    /// Columns, by bit, whose meters have no price.
    pub(super) unknown: u32,
    pub(super) implies_request: bool,
    /// Of the implied request.
    pub(super) base: i64,
    /// One a column.
    pub(super) prices: [i64; WIDTH],
}

/// Set in a place that leads to [`Cells::tiers`] and not to a level.
const TIERED: u32 = 1 << 31;

/// Levels next to each other, and the total inputs from which the next one holds.
struct Tiers {
    first: u32,
    thresholds: Vec<i64>,
}

/// Every level met so far. A row is charged by products of `WIDTH` columns.
pub(super) struct Cells<const WIDTH: usize> {
    pub(super) levels: Vec<Level<WIDTH>>,
    pub(super) steps: Vec<Steps>,
    full: Vec<Prices>,
    tiers: Vec<Tiers>,
    /// The meters of the columns.
    used: Vec<usize>,
    /// Levels of rows that no price is asked for, by their kind.
    fixed: HashMap<u32, u32>,
}

/// Arrow counts the rows of a dictionary in 31 bits, and a row adds fewer levels than a row has bits.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).min(TIERED - 1)
}

impl<const WIDTH: usize> Cells<WIDTH> {
    pub(super) fn new(used: Vec<usize>) -> Cells<WIDTH> {
        let (levels, steps, full, tiers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Cells { levels, steps, full, tiers, used, fixed: HashMap::new() }
    }

    /// The level a place leads to, for a total input.
    #[inline]
    pub(super) fn level(&self, place: u32, input: impl FnOnce() -> i64) -> u32 {
        if place & TIERED == 0 {
            return place;
        }
        let Tiers { first, thresholds } = &self.tiers[(place & !TIERED) as usize];
        let input = input();
        first + number(thresholds.iter().filter(|least| **least <= input).count())
    }

    /// The amount of a row whose level has no plain prices.
    pub(super) fn charge_in_full(
        &self,
        prices: u32,
        implies_request: bool,
        mut quantities: Quantities,
    ) -> Result<Amount, Unpriced> {
        let request = &mut quantities[Meter::Request.index()];
        if implies_request && *request == 0 {
            *request = 1;
        }
        self.full[prices as usize].charge(&quantities, &ALL_METERS)
    }

    /// The level of rows that cost nothing, or have no price, whatever their quantities.
    pub(super) fn fix(&mut self, kind: u32) -> u32 {
        if let Some(level) = self.fixed.get(&kind) {
            return *level;
        }
        let level = Level { kind, way: Way::Fixed, unknown: 0, implies_request: false, base: 0, prices: [0; WIDTH] };
        let place = self.push(level);
        self.fixed.insert(kind, place);
        place
    }

    fn push(&mut self, level: Level<WIDTH>) -> u32 {
        self.levels.push(level);
        number(self.levels.len() - 1)
    }

    fn step(&mut self, steps: Steps) -> u32 {
        let known = self.steps.iter().position(|s| *s == steps);
        number(known.unwrap_or_else(|| {
            self.steps.push(steps);
            self.steps.len() - 1
        }))
    }

    fn priced(&mut self, kind: u32, prices: &Prices, implies_request: bool) -> u32 {
        let (way, plain) = match prices.plain(&self.used, implies_request) {
            Some(plain) => (Way::Plain(self.step(plain.steps)), plain),
            None => {
                self.full.push(prices.clone());
                (Way::Full(number(self.full.len() - 1)), Plain::default())
            }
        };
        let mut prices = [0; WIDTH];
        for (price, known) in prices.iter_mut().zip(plain.prices) {
            *price = known;
        }
        self.push(Level { kind, way, unknown: plain.unknown, implies_request, base: plain.base, prices })
    }

    /// Works out what calls like this one cost at a moment; the place of it.
    pub(super) fn resolve(
        &mut self,
        rater: &Rater,
        clock: &Clock<'_>,
        moment: &Moment,
        facts: &Facts<'_>,
        charges: &mut ChargesBuilder,
    ) -> u32 {
        let found = Found::new(rater, moment, facts);
        let mut kind = |status| charges.number(ChargeKind { status, version: found.version, row: found.row });
        if let Some(bare) = found.bare(rater, facts) {
            return self.priced(kind(ChargeStatus::Priced), &bare.prices, bare.implies_request);
        }
        let (thresholds, levels) = match found.levels(rater, clock, moment, facts) {
            Ok(found) => found,
            Err(status) => return self.fix(kind(status)),
        };
        let places = levels.into_iter().map(|level| match level {
            Ok((prices, implied)) => self.priced(kind(ChargeStatus::Priced), &prices, implied),
            Err(why) => {
                let kind = kind(ChargeStatus::Unpriced(why));
                self.push(Level {
                    kind,
                    way: Way::Fixed,
                    unknown: 0,
                    implies_request: false,
                    base: 0,
                    prices: [0; WIDTH],
                })
            }
        });
        let first = places.min().unwrap_or(0);
        if thresholds.is_empty() {
            return first;
        }
        self.tiers.push(Tiers { first, thresholds });
        number(self.tiers.len() - 1) | TIERED
    }
}

/// The row that answers to a call at a moment, or why there is none.
struct Found<'a> {
    asked: Asked<'a>,
    version: Option<VersionId>,
    row: Option<RowId>,
    found: Result<(usize, Named), Unpriced>,
}

/// The prices of a level, and whether a request is implied.
type Priced = Result<(Prices, bool), Unpriced>;

impl<'a> Found<'a> {
    fn new(rater: &Rater, moment: &Moment, facts: &Facts<'a>) -> Found<'a> {
        let header = &rater.book().header;
        let asked = Asked::new(facts, &[], header.no_variant, header.rounding);
        let Some(v) = moment.version else {
            return Found { asked, version: None, row: None, found: Err(Unpriced::NoVersion) };
        };
        let found = rater.find(v, &rater.wanted(facts, &asked));
        let row = found.as_ref().ok().and_then(|f| RowId::try_from(f.row).ok());
        Found { asked, version: Some(rater.book().versions[v].id()), row, found: found.map(|f| (v, f)) }
    }

    /// What the row costs by itself, where nothing of the call is laid over it.
    fn bare<'r>(&self, rater: &'r Rater, facts: &Facts<'_>) -> Option<&'r Bare> {
        let (v, found) = *self.found.as_ref().ok()?;
        let asked = &self.asked;
        let strange = asked.batch || (asked.tier.is_some() && asked.no_variant == NoVariant::Unpriced);
        let version = &rater.book().versions[v];
        let times = || version_multipliers(version, found, &rater.wanted(facts, asked), facts.account_id);
        let multiplied = !version.multipliers.is_empty() && !times().is_empty();
        if strange || multiplied { None } else { rater.bare(v, found.row) }
    }

    /// Thresholds and, one more, the prices of the levels they part.
    fn levels(
        &self,
        rater: &Rater,
        clock: &Clock<'_>,
        moment: &Moment,
        facts: &Facts<'_>,
    ) -> Result<(Vec<i64>, Vec<Priced>), ChargeStatus> {
        let (v, found) = self.found.clone().map_err(ChargeStatus::Unpriced)?;
        let (header, version) = (&rater.book().header, &rater.book().versions[v]);
        let row = &version.rows[found.row];
        if row.free {
            return Err(ChargeStatus::Zero(Zero::FreeRow));
        }
        let asked = &self.asked;
        let open = |window: &Window| clock.is_open(moment, window);
        let usage = facts.usage.as_ref();
        let setting = Setting {
            row,
            tier: asked.tier,
            batch: asked.batch,
            context: facts.context,
            open: &open,
            no_variant: asked.no_variant,
            image_size: usage.and_then(|u| u.image_size.as_deref()),
            image_quality: usage.and_then(|u| u.image_quality.as_deref()),
        };
        let once = version_multipliers(version, found, &rater.wanted(facts, asked), facts.account_id);
        let finish = Finish { rounding: header.rounding, minimum: row.minimum };
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
