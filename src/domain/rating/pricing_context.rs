//! What a list of edits asks for, sorted by the place at which each acts.

use super::arithmetic::Quantities;
use super::big_decimal::BigDecimal;
use super::call_attributes::CallAttributes;
use super::effective_price::{EffectivePrice, RateChoice};
use super::types::Edit;
use crate::domain::call::{Meter, Usage};
use crate::domain::money::Exact;
use crate::domain::price::{NoVariant, Rounding, named_tier};

/// How often the version's matching multipliers are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Multipliers {
    Never,
    Once,
    Twice,
}

/// The circumstances of a call as edited: before a row is looked up.
#[derive(Debug)]
pub(super) struct PricingContext<'a> {
    /// Edits on the model take the place of both names.
    pub(super) model: Option<&'a str>,
    pub(super) group: Option<&'a str>,
    pub(super) tier: Option<&'a str>,
    pub(super) batch: bool,
    pub(super) no_variant: NoVariant,
    /// `None`: no context tier at all.
    pub(super) context_input: Option<i64>,
    /// Meters that no context tier touches.
    pub(super) untiered: Vec<Meter>,
    pub(super) windows: bool,
    pub(super) as_success: bool,
    pub(super) multipliers: Multipliers,
    pub(super) row_multiplier: Option<Exact>,
    pub(super) rounding: Option<Rounding>,
    pub(super) minimum: bool,
    pub(super) tokens_as_units: bool,
}

/// Every token of a side; saturates instead of leaving 64 bits.
pub(super) fn total(quantities: &Quantities, meters: &[Meter]) -> i64 {
    meters.iter().fold(0, |sum, m| quantities[m.index()].saturating_add(sum))
}

impl<'a> PricingContext<'a> {
    pub(super) fn new(
        attributes: &CallAttributes<'a>,
        edits: &'a [Edit],
        no_variant: NoVariant,
        rounding: Option<Rounding>,
    ) -> PricingContext<'a> {
        let usage = attributes.usage.as_ref();
        let mut pricing = PricingContext {
            model: None,
            group: attributes.group,
            tier: named_tier(attributes.service_tier),
            batch: attributes.batch,
            no_variant,
            context_input: Some(usage.map_or(0, |u| total(&u.quantity, &Meter::INPUTS))),
            untiered: Vec::new(),
            windows: true,
            as_success: false,
            multipliers: Multipliers::Once,
            row_multiplier: None,
            rounding,
            minimum: true,
            tokens_as_units: false,
        };
        for edit in edits {
            pricing.apply(edit);
        }
        pricing
    }

    fn apply(&mut self, edit: &'a Edit) {
        match edit {
            Edit::Model(model) => self.model = Some(model),
            Edit::Group(group) => self.group = group.as_deref(),
            Edit::NoMultipliers => self.multipliers = Multipliers::Never,
            Edit::MultipliersTwice => self.multipliers = Multipliers::Twice,
            Edit::RowMultiplier(value) => self.row_multiplier = Some(*value),
            Edit::NoContextTier => self.context_input = None,
            Edit::NoContextTierOn(meter) => self.untiered.push(*meter),
            Edit::ContextInput(tokens) => self.context_input = Some(*tokens),
            Edit::Batch(batch) => self.batch = *batch,
            Edit::NoVariant(rule) => self.no_variant = *rule,
            Edit::ServiceTier(tier) => self.tier = named_tier(tier.as_deref()),
            Edit::NoWindow => self.windows = false,
            Edit::AsSuccess => self.as_success = true,
            Edit::Rounding(rounding) => self.rounding = *rounding,
            Edit::NoMinimum => self.minimum = false,
            Edit::TokensAsUnits => self.tokens_as_units = true,
            Edit::ShiftVersion { .. }
            | Edit::AtVersion(_)
            | Edit::Times(_)
            | Edit::RateOf { .. }
            | Edit::RateZero(_)
            | Edit::CountAlso { .. }
            | Edit::CountLess { .. }
            | Edit::Quantity { .. }
            | Edit::Shift(_) => {}
        }
    }
}

/// Rates as edited. `like` is the rate that was found, whatever other edits do to it.
pub(super) fn edit_rates(price: &mut EffectivePrice, edits: &[Edit]) {
    let found = price.choices.clone();
    for edit in edits {
        match edit {
            Edit::RateOf { meter, like } => price.choices[meter.index()] = found[like.index()].clone(),
            Edit::RateZero(meter) => {
                price.choices[meter.index()] =
                    Some(RateChoice { rate: Exact::ZERO, of: *meter, variant: String::new() });
            }
            _ => {}
        }
    }
}

/// Quantities to price, `None` beyond 64 bits. `from` is the quantity that was found, whatever other
/// edits do to it; edits on one meter follow each other.
pub(super) fn edit_quantities(usage: &Usage, implied_request: bool, edits: &[Edit]) -> Option<Quantities> {
    let mut quantities = usage.quantity;
    let request = &mut quantities[Meter::Request.index()];
    if implied_request && *request == 0 {
        *request = 1;
    }
    let found = quantities;
    for edit in edits {
        match edit {
            Edit::CountAlso { from, into } => {
                let into = &mut quantities[into.index()];
                *into = into.checked_add(found[from.index()])?;
            }
            Edit::CountLess { from, of, floor } => {
                let of = &mut quantities[of.index()];
                let less = of.checked_sub(found[from.index()])?;
                *of = if *floor { less.max(0) } else { less };
            }
            Edit::Quantity { meter, to } => quantities[meter.index()] = *to,
            _ => {}
        }
    }
    Some(quantities)
}

/// The sum as edited, in the order of the edits.
pub(super) fn edit_sum(sum: BigDecimal, quantities: &Quantities, edits: &[Edit]) -> BigDecimal {
    edits.iter().fold(sum, |sum, edit| match edit {
        Edit::Times(factor) => sum.times(*factor),
        Edit::Shift(power) => sum.shifted(*power),
        Edit::TokensAsUnits => {
            let tokens = total(quantities, &Meter::INPUTS).saturating_add(total(quantities, &Meter::OUTPUTS));
            BigDecimal::of(Exact::from_int(tokens))
        }
        _ => sum,
    })
}
