//! Many calls priced one by one: what calls of one kind have in common is found once.

use std::borrow::Cow;
use std::collections::HashMap;

use super::call_attributes::CallAttributes;
use super::pricing_context::PricingContext;
use super::rater::{Rater, windows_of};
use super::row_match::{RowMatch, TierPrice, tier_of};
use super::types::{ChargeStatus, Quote, Unpriced};
use crate::domain::period::Instant;
use crate::domain::price::Window;

/// Kinds kept; a log that has more begins afresh.
const MOST: usize = 1 << 16;

/// A rater that remembers. It gives what [`Rater::price`] gives without edits.
#[derive(Debug)]
pub struct CachedRater<'r> {
    rater: &'r Rater,
    kinds: HashMap<Vec<u8>, Kind<'r>>,
    key: Vec<u8>,
}

/// Calls that no price tells apart but by their quantities and the time of day.
#[derive(Debug)]
struct Kind<'r> {
    matched: Result<RowMatch<'r>, Unpriced>,
    /// Every distinct window of the row.
    windows: Vec<Window>,
    /// By which of the windows are open.
    tiers: HashMap<Vec<bool>, Tiers>,
}

#[derive(Debug)]
struct Tiers {
    /// Total inputs from which another tier holds.
    thresholds: Vec<i64>,
    /// One more than there are thresholds; worked out when a call needs it.
    prices: Vec<Option<Result<TierPrice, Unpriced>>>,
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
        let rater = self.rater;
        let context = PricingContext::new(attributes, &[], &rater.book().header);
        let version = rater.version_index(attributes, &[]);
        let Some(kind) = self.kind(version, &context) else { return rater.price(attributes, &[]) };
        let at = rater.price_instant(attributes);
        rater.receipt(attributes, &context, version, kind.matched.clone(), |row| kind.tier(row, &context, at))
    }

    fn kind(&mut self, version: Option<usize>, context: &PricingContext<'_>) -> Option<&mut Kind<'r>> {
        self.key.clear();
        self.key.extend(version.unwrap_or(usize::MAX).to_le_bytes());
        context.write_key(&mut self.key);
        if !self.kinds.contains_key(&self.key) {
            if self.kinds.len() >= MOST {
                self.kinds.clear();
            }
            let matched = self.rater.row_match(version, &context.query);
            self.kinds.insert(self.key.clone(), Kind::new(matched));
        }
        self.kinds.get_mut(&self.key)
    }
}

impl<'r> Kind<'r> {
    fn new(matched: Result<RowMatch<'r>, Unpriced>) -> Kind<'r> {
        let windows = matched.as_ref().map_or_else(|_| Vec::new(), |row| windows_of(std::slice::from_ref(row.row())));
        Kind { matched, windows, tiers: HashMap::new() }
    }

    /// What a call of this kind costs by its total input.
    fn tier(
        &mut self,
        row: RowMatch<'_>,
        context: &PricingContext<'_>,
        at: Instant,
    ) -> Result<Cow<'_, TierPrice>, Unpriced> {
        let open = |window: &Window| window.holds(at);
        let tiers = self.tiers.entry(self.windows.iter().map(open).collect()).or_insert_with(|| {
            let thresholds = row.tiers(context, &open).thresholds;
            let prices = (0..=thresholds.len()).map(|_| None).collect();
            Tiers { thresholds, prices }
        });
        let tier = tier_of(&tiers.thresholds, context.context_input);
        let price = tiers.prices[tier].get_or_insert_with(|| row.tiers(context, &open).price(tier));
        price.as_ref().map(Cow::Borrowed).map_err(Unpriced::clone)
    }
}
