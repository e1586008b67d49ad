//! The circumstances a call is priced in, with what a list of edits makes of them; edits are sorted by the place
//! at which each acts.

use super::arithmetic::Quantities;
use super::big_decimal::BigDecimal;
use super::call_attributes::{AttributeColumns, CallAttributes};
use super::types::Edit;
use crate::domain::call::{DictColumn, Meter};
use crate::domain::money::Exact;
use crate::domain::period::Instant;
use crate::domain::price::{Header, NoVariant, PriceBy, PriceRow, Rounding, RowQuery, named_tier};

/// How often the version's matching multipliers are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Multipliers {
    Never,
    Once,
    Twice,
}

/// The circumstances of a call, as edited: all that decides what it costs but its quantities and the time.
#[derive(Debug)]
pub(super) struct PricingContext<'a> {
    /// Edits on the model take the place of both names.
    pub(super) query: RowQuery<'a>,
    pub(super) account_id: &'a str,
    pub(super) tier: Option<&'a str>,
    pub(super) batch: bool,
    /// Facts of the call's own, as [`crate::domain::call::context_text`] writes them.
    pub(super) facts: Option<&'a str>,
    pub(super) image_size: Option<&'a str>,
    pub(super) image_quality: Option<&'a str>,
    pub(super) no_variant: NoVariant,
    /// `None`: no context tier at all.
    pub(super) context_input: Option<i64>,
    /// Meters that no context tier touches.
    pub(super) untiered: Vec<Meter>,
    pub(super) windows: bool,
    /// The time that decides daily windows, where it is not the call's own.
    pub(super) windows_at: Option<Instant>,
    pub(super) as_success: bool,
    pub(super) multipliers: Multipliers,
    pub(super) row_multiplier: Option<Exact>,
    pub(super) rounding: Option<Rounding>,
    pub(super) minimum: bool,
    pub(super) tokens_as_units: bool,
    pub(super) edits: &'a [Edit],
}

/// Every token of a side; saturates instead of leaving 64 bits.
fn total(quantities: &Quantities, meters: &[Meter]) -> i64 {
    meters.iter().fold(0, |sum, m| quantities[m.index()].saturating_add(sum))
}

impl<'a> PricingContext<'a> {
    /// Of a call that a book prices by its header; `edits` take the place of what both say.
    pub(super) fn new(attributes: &'a CallAttributes<'_>, edits: &'a [Edit], header: &Header) -> PricingContext<'a> {
        let usage = attributes.usage.as_ref();
        let mut context = PricingContext {
            query: RowQuery {
                model: header.price_by.of(attributes.model, attributes.model_served),
                group: attributes.group,
                provider: attributes.provider,
                endpoint: attributes.endpoint,
                region: attributes.region,
            },
            account_id: attributes.account_id,
            tier: named_tier(attributes.service_tier),
            batch: attributes.batch,
            facts: attributes.context,
            image_size: usage.and_then(|u| u.image_size.as_deref()),
            image_quality: usage.and_then(|u| u.image_quality.as_deref()),
            context_input: Some(usage.map_or(0, |u| total(&u.quantity, &Meter::INPUTS))),
            edits,
            ..PricingContext::bare(header)
        };
        for edit in edits {
            context.apply(edit);
        }
        context
    }

    /// Of a row as [`PricingContext::new`] makes it of the row's attributes, without its quantities; read from
    /// the columns that a price asks for, since batches meet many kinds of rows.
    pub(super) fn of_row(
        columns: &AttributeColumns<'a>,
        row: usize,
        account_group: Option<&'a str>,
        header: &Header,
    ) -> PricingContext<'a> {
        let model = columns.model.get(row).unwrap_or_default();
        let served = || columns.model_served.get(row);
        let served = if header.price_by == PriceBy::Served { served() } else { None };
        let image = |names: &DictColumn<'a>| names.get(row).filter(|_| columns.has_usage.value(row));
        PricingContext {
            query: RowQuery {
                model: header.price_by.of(model, served),
                group: columns.group.get(row).or(account_group),
                provider: columns.provider.get(row),
                endpoint: columns.endpoint.get(row),
                region: columns.region.get(row),
            },
            account_id: columns.account_id.get(row).unwrap_or_default(),
            tier: named_tier(columns.service_tier.get(row)),
            batch: columns.batch.value(row),
            facts: columns.context.get(row),
            image_size: image(&columns.image_size),
            image_quality: image(&columns.image_quality),
            ..PricingContext::bare(header)
        }
    }

    /// Of a call that says nothing of itself.
    pub(super) fn bare(header: &Header) -> PricingContext<'a> {
        PricingContext {
            query: RowQuery::default(),
            account_id: "",
            tier: None,
            batch: false,
            facts: None,
            image_size: None,
            image_quality: None,
            no_variant: header.no_variant,
            context_input: Some(0),
            untiered: Vec::new(),
            windows: true,
            windows_at: None,
            as_success: false,
            multipliers: Multipliers::Once,
            row_multiplier: None,
            rounding: header.rounding,
            minimum: true,
            tokens_as_units: false,
            edits: &[],
        }
    }

    /// Writes down what the call says of itself: calls without edits that write the same cost the same, but for
    /// their quantities and the time.
    pub(super) fn write_key(&self, key: &mut Vec<u8>) {
        let RowQuery { model, group, provider, endpoint, region } = self.query;
        let own = [Some(model), group, provider, endpoint, region, Some(self.account_id)];
        let laid_over = [self.tier, self.facts, self.image_size, self.image_quality];
        key.push(u8::from(self.batch));
        for text in own.into_iter().chain(laid_over) {
            // A length before each text, so that no two lists of texts are one key.
            key.extend(text.map_or(u64::MAX, |t| t.len() as u64).to_le_bytes());
            key.extend(text.unwrap_or_default().bytes());
        }
    }

    fn apply(&mut self, edit: &'a Edit) {
        match edit {
            Edit::Model(model) => self.query.model = model,
            Edit::Group(group) => self.query.group = group.as_deref(),
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
            Edit::WindowsAt(at) => self.windows_at = Some(*at),
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

impl PricingContext<'_> {
    /// What a call that consumed something costs at least.
    pub(super) fn minimum_of(&self, row: &PriceRow) -> Option<Exact> {
        row.minimum.filter(|_| self.minimum && !self.tokens_as_units && !row.free)
    }

    /// Quantities to price, `None` beyond 64 bits. `from` is the quantity that was found, whatever other
    /// edits do to it; edits on one meter follow each other.
    pub(super) fn edit_quantities(&self, found: &Quantities) -> Option<Quantities> {
        let mut quantities = *found;
        for edit in self.edits {
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

    /// What every rate is multiplied by: components, sum, rounding and minimum follow from the rates.
    pub(super) fn rate_factor(&self) -> BigDecimal {
        if self.edits_sum() {
            return BigDecimal::ONE;
        }
        self.edits.iter().fold(BigDecimal::ONE, |factor, edit| match edit {
            Edit::Times(more) => factor.times(*more),
            Edit::Shift(power) => factor.shifted(*power),
            _ => factor,
        })
    }

    /// Whether an edit puts another sum in the place of what the rates give.
    pub(super) fn edits_sum(&self) -> bool {
        self.edits.iter().any(|e| matches!(e, Edit::TokensAsUnits))
    }

    /// The sum as edited, in the order of the edits.
    pub(super) fn edit_sum(&self, sum: BigDecimal, quantities: &Quantities) -> BigDecimal {
        if !self.edits_sum() {
            return sum;
        }
        self.edits.iter().fold(sum, |sum, edit| match edit {
            Edit::Times(factor) => sum.times(*factor),
            Edit::Shift(power) => sum.shifted(*power),
            Edit::TokensAsUnits => {
                let tokens = total(quantities, &Meter::INPUTS).saturating_add(total(quantities, &Meter::OUTPUTS));
                BigDecimal::of(Exact::from_int(tokens))
            }
            _ => sum,
        })
    }
}
