//! What calls of one kind cost in one price interval, worked out once and laid out for a row to be charged by
//! a few products.

use std::collections::HashMap;

use super::arithmetic::{ALL_METERS, Plain, Prices, Quantities, Steps, with_request};
use super::charges::{ChargeKind, ChargesBuilder};
use super::price_intervals::{IntervalFinder, PriceInterval};
use super::pricing_context::PricingContext;
use super::rater::Rater;
use super::row_match::RowMatch;
use super::types::{ChargeStatus, Unpriced, Zero};
use crate::domain::call::Meter;
use crate::domain::money::Amount;
use crate::domain::price::Window;

/// How a row of a level is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChargeMethod {
    /// By the products of its columns, and these of [`CompiledPrices::steps`].
    Plain(u32),
    /// By prices of [`CompiledPrices::full`].
    Full(u32),
    /// Not at all: the kind says why.
    Fixed,
}

/// What holds for calls of one kind and context tier in one interval: all that a row is charged by, in one place
/// that the processor fetches at once.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct PriceLevel<const WIDTH: usize> {
    pub(super) kind: u32,
    pub(super) method: ChargeMethod,
    /// Columns, by bit, whose meters have no price.
    pub(super) unknown: u32,
    pub(super) implies_request: bool,
    /// Of the implied request.
    pub(super) base: i64,
    /// One a column.
    pub(super) prices: [i64; WIDTH],
}

impl<const WIDTH: usize> PriceLevel<WIDTH> {
    fn fixed(kind: u32) -> PriceLevel<WIDTH> {
        PriceLevel {
            kind,
            method: ChargeMethod::Fixed,
            unknown: 0,
            implies_request: false,
            base: 0,
            prices: [0; WIDTH],
        }
    }
}

/// Set in a place that leads to [`CompiledPrices::tiers`] and not to a level.
const TIERED: u32 = 1 << 31;

/// Levels next to each other, and the total inputs from which the next one holds.
struct Tiers {
    first: u32,
    thresholds: Vec<i64>,
}

/// Every level met so far. A row is charged by products of `WIDTH` columns.
pub(super) struct CompiledPrices<const WIDTH: usize> {
    pub(super) levels: Vec<PriceLevel<WIDTH>>,
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

impl<const WIDTH: usize> CompiledPrices<WIDTH> {
    /// For about so many levels.
    pub(super) fn with_capacity(levels: usize, used: Vec<usize>) -> CompiledPrices<WIDTH> {
        let levels = Vec::with_capacity(levels);
        CompiledPrices { levels, steps: Vec::new(), full: Vec::new(), tiers: Vec::new(), used, fixed: HashMap::new() }
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
        quantities: Quantities,
    ) -> Result<Amount, Unpriced> {
        let quantities = with_request(quantities, implies_request);
        self.full[prices as usize].charge(&quantities, &ALL_METERS)
    }

    /// The level of rows that cost nothing, or have no price, whatever their quantities.
    pub(super) fn fix(&mut self, kind: u32) -> u32 {
        if let Some(level) = self.fixed.get(&kind) {
            return *level;
        }
        let place = self.push(PriceLevel::fixed(kind));
        self.fixed.insert(kind, place);
        place
    }

    fn push(&mut self, level: PriceLevel<WIDTH>) -> u32 {
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

    /// `None` where a request is implied and others are counted.
    fn plain(&mut self, kind: u32, plain: &Plain, implies_request: bool) -> Option<u32> {
        let request = Meter::Request.index();
        if implies_request && self.used.contains(&request) {
            return None;
        }
        let (mut prices, mut unknown) = ([0; WIDTH], 0);
        for (k, meter) in self.used.iter().enumerate() {
            prices[k] = plain.prices[*meter];
            unknown |= (!plain.known >> meter & 1) << k;
        }
        let base = if implies_request { plain.prices[request] } else { 0 };
        let method = ChargeMethod::Plain(self.step(plain.steps));
        Some(self.push(PriceLevel { kind, method, unknown, implies_request, base, prices }))
    }

    fn priced(&mut self, kind: u32, prices: Prices, implies_request: bool) -> u32 {
        if let Some(place) = prices.plain().and_then(|plain| self.plain(kind, &plain, implies_request)) {
            return place;
        }
        self.full.push(prices);
        let method = ChargeMethod::Full(number(self.full.len() - 1));
        self.push(PriceLevel { method, implies_request, ..PriceLevel::fixed(kind) })
    }

    /// Works out what calls like this one cost in an interval; the place of it.
    pub(super) fn resolve(
        &mut self,
        rater: &Rater,
        finder: &IntervalFinder<'_>,
        interval: &PriceInterval,
        context: &PricingContext<'_>,
        charges: &mut ChargesBuilder,
    ) -> u32 {
        let book = rater.book();
        let matched = rater.row_match(interval.version, &context.query);
        let version = interval.version.map(|v| book.versions[v].id());
        let row = matched.as_ref().ok().and_then(RowMatch::row_id);
        let mut kind = |status| charges.number(ChargeKind { status, version, row });
        let matched = match matched {
            Ok(matched) => matched,
            Err(why) => return self.fix(kind(ChargeStatus::Unpriced(why))),
        };
        if let Some(flat_rate) = interval.version.and_then(|v| rater.flat_rate(v, &matched, context))
            && let Some(place) = self.plain(kind(ChargeStatus::Priced), &flat_rate.prices, flat_rate.implies_request)
        {
            return place;
        }
        // Only now is the row itself fetched: most kinds of calls do without.
        if matched.row().free {
            return self.fix(kind(ChargeStatus::Zero(Zero::FreeRow)));
        }
        let open = |window: &Window| finder.is_open(interval, window);
        let tiers = matched.tiers(context, &open);
        let places = tiers.all().map(|tier| match tier {
            Ok(tier) => self.priced(kind(ChargeStatus::Priced), tier.prices, tier.implies_request),
            Err(why) => self.push(PriceLevel::fixed(kind(ChargeStatus::Unpriced(why)))),
        });
        let first = places.min().unwrap_or(0);
        if tiers.thresholds.is_empty() {
            return first;
        }
        self.tiers.push(Tiers { first, thresholds: tiers.thresholds });
        number(self.tiers.len() - 1) | TIERED
    }
}
