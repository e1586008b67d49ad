//! The one way through the rules of pricing: from a version to the row that answers to a call, and from the row
//! over its variants, windows and context tiers and the version's multipliers to what the call costs.
//!
//! The batch kernel, receipts and cached quotes all go it; they differ in how much of it they keep for the next call.

use super::arithmetic::{Finish, Prices};
use super::effective_price::{EffectivePrice, VariantSelector};
use super::pricing_context::{Multipliers, PricingContext};
use super::types::{MultiplierUsed, RowId, Unpriced};
use crate::domain::price::{ModelName, MultiplierOf, NoVariant, PriceRow, RowRef, Version, Window};

/// The row of a version that answers to a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowMatch<'r> {
    pub(super) version: &'r Version,
    /// Row and name by their positions.
    pub(super) found: RowRef,
}

impl<'r> RowMatch<'r> {
    pub(super) fn row(&self) -> &'r PriceRow {
        &self.version.rows[self.found.row]
    }

    pub(super) fn row_id(&self) -> Option<RowId> {
        RowId::try_from(self.found.row).ok()
    }

    /// Whether nothing of the call is laid over the row, but for what its variants say.
    pub(super) fn stands_alone(&self, context: &PricingContext<'_>) -> bool {
        let unknown_tier = context.tier.is_some() && context.no_variant == NoVariant::Unpriced;
        !context.batch && !unknown_tier && self.multipliers(context).is_empty()
    }

    /// What the row costs a call, by its total input. `open`: whether a daily window is.
    pub(super) fn tiers<'a>(&self, context: &'a PricingContext<'a>, open: &'a dyn Fn(&Window) -> bool) -> PriceTiers<'a>
    where
        'r: 'a,
    {
        PriceTiers::new(VariantSelector { row: self.row(), context, open }, self.multipliers(context))
    }

    /// The version's multipliers that match. One for a model matches the name the call is priced by and,
    /// where that is an alias, the model it stands for.
    fn multipliers(&self, context: &PricingContext<'_>) -> Vec<MultiplierUsed> {
        let (version, query) = (self.version, &context.query);
        if version.multipliers.is_empty() {
            return Vec::new();
        }
        let stands_for = self.stands_for();
        let used = version.multipliers.iter().filter_map(|m| {
            let (kind, name, matches) = match &m.of {
                MultiplierOf::Group(name) => ("group", name, query.group == Some(name)),
                MultiplierOf::Model(name) => ("model", name, query.model == name || stands_for == Some(name)),
                MultiplierOf::Account(name) => ("account", name, context.account_id == name),
            };
            matches.then(|| MultiplierUsed { what: format!("{kind} {name}"), value: m.value })
        });
        let mut once: Vec<MultiplierUsed> = used.collect();
        match context.multipliers {
            Multipliers::Never => once.clear(),
            Multipliers::Once => {}
            Multipliers::Twice => once.extend_from_within(..),
        }
        once
    }

    /// The one model that an alias is another name of.
    fn stands_for(&self) -> Option<&'r String> {
        let names = &self.row().matcher.models;
        let mut exact = names.iter().filter_map(|n| if let ModelName::Exact(text) = n { Some(text) } else { None });
        match &names[self.found.name] {
            ModelName::Alias(_) => exact.next().filter(|_| exact.next().is_none()),
            _ => None,
        }
    }
}

/// What a row costs a call, but for the total input, which decides last.
pub(super) struct PriceTiers<'a> {
    /// Total inputs from which another context tier holds, in ascending order. The tier before the first is none.
    pub(super) thresholds: Vec<i64>,
    selector: VariantSelector<'a>,
    multipliers: Vec<MultiplierUsed>,
}

/// Rates and multipliers of a call, and what its quantities are charged by.
#[derive(Clone, Debug)]
pub(super) struct TierPrice {
    pub(super) price: EffectivePrice,
    pub(super) prices: Prices,
    /// Whether a call that counts no requests is one.
    pub(super) implies_request: bool,
}

/// The position of the tier that a total input reaches; none: no context tier at all.
pub(super) fn tier_of(thresholds: &[i64], input: Option<i64>) -> usize {
    input.map_or(0, |input| thresholds.partition_point(|least| *least <= input))
}

impl<'a> PriceTiers<'a> {
    pub(super) fn new(selector: VariantSelector<'a>, multipliers: Vec<MultiplierUsed>) -> PriceTiers<'a> {
        PriceTiers { thresholds: selector.thresholds(), selector, multipliers }
    }

    /// The price in each tier, in order: one more than there are thresholds.
    pub(super) fn all(&self) -> impl Iterator<Item = Result<TierPrice, Unpriced>> {
        (0..=self.thresholds.len()).map(|tier| self.price(tier))
    }

    /// The price in a tier.
    pub(super) fn price(&self, tier: usize) -> Result<TierPrice, Unpriced> {
        let (row, context) = (self.selector.row, self.selector.context);
        let mut price = if row.free { EffectivePrice::free() } else { self.laid_over(tier)? };
        let implies_request = !row.free && price.implies_request();
        price.edit(context.edits);
        let finish = Finish { rounding: context.rounding, minimum: context.minimum_of(row) };
        let prices = Prices::new(&price.rates(), context.rate_factor(), &price.factors(), finish);
        Ok(TierPrice { price, prices, implies_request })
    }

    fn laid_over(&self, tier: usize) -> Result<EffectivePrice, Unpriced> {
        let passed = tier.checked_sub(1).map(|before| self.thresholds[before]);
        let mut price = self.selector.resolve(passed)?;
        let untiered = &self.selector.context.untiered;
        if !untiered.is_empty() {
            let plain = self.selector.resolve(None)?;
            for meter in untiered {
                price.choices[meter.index()] = plain.choices[meter.index()].clone();
            }
        }
        price.multipliers.extend_from_slice(&self.multipliers);
        Ok(price)
    }
}
