//! Many calls priced one by one: what calls of one kind have in common is found once.

use std::collections::HashMap;

use super::arithmetic::Prices;
use super::call_attributes::CallAttributes;
use super::effective_price::EffectivePrice;
use super::pricing_context::{PricingContext, edit_quantities};
use super::rater::{Rater, selector, windows_of, zero_of};
use super::receipt::{Ingredients, prices_of, quote, zero_quote};
use super::types::{ChargeStatus, Quote, Unpriced, Zero};
use crate::domain::price::{RowRef, Window};

/// Kinds kept; a log that has more begins afresh.
const MOST: usize = 1 << 16;

/// A rater that remembers. It gives what [`Rater::price`] gives without edits.
#[derive(Debug)]
pub struct CachedRater<'r> {
    rater: &'r Rater,
    kinds: HashMap<Vec<u8>, Kind>,
    key: Vec<u8>,
}

/// Calls that no price tells apart but by their quantities and the time of day.
#[derive(Debug)]
struct Kind {
    found: Result<RowRef, Unpriced>,
    /// Every distinct window of the row.
    windows: Vec<Window>,
    /// By which of the windows are open.
    tiers: HashMap<Vec<bool>, Tiers>,
}

#[derive(Debug)]
struct Tiers {
    /// Total inputs from which another level holds.
    thresholds: Vec<i64>,
    /// One more than there are thresholds; worked out when a call needs it.
    levels: Vec<Option<Result<PriceLevel, ChargeStatus>>>,
}

#[derive(Debug)]
struct PriceLevel {
    price: EffectivePrice,
    prices: Prices,
}

impl<'r> CachedRater<'r> {
    pub fn new(rater: &'r Rater) -> CachedRater<'r> {
        CachedRater { rater, kinds: HashMap::new(), key: Vec::new() }
    }

    /// Prices one call, with a receipt.
    ///
    /// # Errors
    /// [`ChargeStatus::NoUsage`] or [`ChargeStatus::Unpriced`].
    pub fn price(&mut self, attributes: &CallAttributes<'_>) -> Result<Quote, ChargeStatus> {
        let (rater, book) = (self.rater, self.rater.book());
        let version = rater.version_index(attributes, &[]);
        if let Some(zero) = zero_of(&book.header, attributes.refusal, attributes.outcome, attributes.cache_hit) {
            return Ok(zero_quote(zero, book, version, None));
        }
        let unpriced = ChargeStatus::Unpriced;
        let Some(v) = version else {
            return Err(if attributes.usage.is_some() { unpriced(Unpriced::NoVersion) } else { ChargeStatus::NoUsage });
        };
        let pricing = PricingContext::new(attributes, &[], book.header.no_variant, book.header.rounding);
        self.name(v, attributes, &pricing);
        if self.kinds.len() >= MOST && !self.kinds.contains_key(&self.key) {
            self.kinds.clear();
        }
        if !self.kinds.contains_key(&self.key) {
            self.kinds.insert(self.key.clone(), Kind::new(rater, v, attributes, &pricing));
        }
        let Some(kind) = self.kinds.get_mut(&self.key) else { return rater.price(attributes, &[]) };
        let row_of = |found: &RowRef| &book.versions[v].rows[found.row];
        if let Ok(found) = &kind.found
            && row_of(found).free
        {
            return Ok(zero_quote(Zero::FreeRow, book, version, Some(found.row)));
        }
        let usage = attributes.usage.as_ref().ok_or(ChargeStatus::NoUsage)?;
        let found = *kind.found.as_ref().map_err(|why| unpriced(why.clone()))?;
        let at = rater.price_instant(attributes.started_at, attributes.ended_at);
        let open: Vec<bool> = kind.windows.iter().map(|window| window.holds(at)).collect();
        let tiers = kind.tiers.entry(open).or_insert_with(|| {
            let open = |window: &Window| window.holds(at);
            let thresholds = selector(attributes, &pricing, row_of(&found), &open).thresholds();
            let levels = (0..=thresholds.len()).map(|_| None).collect();
            Tiers { thresholds, levels }
        });
        let input = pricing.context_input.unwrap_or_default();
        let passed = tiers.thresholds.partition_point(|least| *least <= input);
        let level = || {
            let price = rater.edited_price(attributes, &pricing, v, found, &rater.query(attributes, &pricing))?;
            let prices = prices_of(&price, row_of(&found), &pricing);
            Ok(PriceLevel { price, prices })
        };
        let level = tiers.levels[passed].get_or_insert_with(level).as_ref().map_err(ChargeStatus::clone)?;
        let (price, prices) = (&level.price, &level.prices);
        let quantities = edit_quantities(usage, price.implies_request(), &[]).ok_or(unpriced(Unpriced::Overflow))?;
        quote(Ingredients { book, version: v, row: found.row, price, prices, quantities }, &pricing, &[])
            .map_err(unpriced)
    }

    /// Everything of a call but its quantities and the time of day that can change its price, as bytes.
    fn name(&mut self, version: usize, attributes: &CallAttributes<'_>, pricing: &PricingContext<'_>) {
        let usage = attributes.usage.as_ref();
        let query = self.rater.query(attributes, pricing);
        let texts = [
            Some(query.model),
            query.group,
            query.provider,
            query.endpoint,
            query.region,
            pricing.tier,
            attributes.context,
            usage.and_then(|u| u.image_size.as_deref()),
            usage.and_then(|u| u.image_quality.as_deref()),
            Some(attributes.account_id),
        ];
        let key = &mut self.key;
        key.clear();
        key.extend(version.to_le_bytes());
        key.push(u8::from(pricing.batch));
        for text in texts {
            // A length before each text, so that no two lists of texts are one name.
            let length = text.map_or(u64::MAX, |t| t.len() as u64);
            key.extend(length.to_le_bytes());
            key.extend(text.unwrap_or_default().bytes());
        }
    }
}

impl Kind {
    fn new(rater: &Rater, version: usize, attributes: &CallAttributes<'_>, pricing: &PricingContext<'_>) -> Kind {
        let found = rater.find(version, &rater.query(attributes, pricing));
        let rows = &rater.book().versions[version].rows;
        let windows = found.as_ref().map_or_else(|_| Vec::new(), |found| windows_of(&rows[found.row..=found.row]));
        Kind { found, windows, tiers: HashMap::new() }
    }
}
