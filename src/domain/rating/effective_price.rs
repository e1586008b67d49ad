//! A price row with everything laid over it that holds for a call: one rate a meter, and multipliers.

use super::pricing_context::PricingContext;
use super::types::{Edit, MultiplierUsed, Unpriced};
use crate::domain::call::{METERS, Meter, context_holds, context_value};
use crate::domain::money::Exact;
use crate::domain::price::{Components, Condition, NoVariant, PriceRow, Variant, Window, named_tier};

/// The rate a meter is charged at, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RateChoice {
    pub(super) rate: Exact,
    pub(super) of: Meter,
    /// Empty for the row itself.
    pub(super) variant: String,
}

/// What holds for one kind of call.
#[derive(Clone, Debug)]
pub(super) struct EffectivePrice {
    pub(super) choices: [Option<RateChoice>; METERS],
    pub(super) multipliers: Vec<MultiplierUsed>,
}

impl RateChoice {
    /// A rate that no variant gave.
    pub(super) fn own(of: Meter, rate: Exact) -> RateChoice {
        RateChoice { rate, of, variant: String::new() }
    }
}

impl EffectivePrice {
    /// Every meter at nothing.
    pub(super) fn free() -> EffectivePrice {
        let choices = Meter::ALL.map(|meter| Some(RateChoice::own(meter, Exact::ZERO)));
        EffectivePrice { choices, multipliers: Vec::new() }
    }

    pub(super) fn rates(&self) -> [Option<Exact>; METERS] {
        std::array::from_fn(|m| self.choices[m].as_ref().map(|p| p.rate))
    }

    pub(super) fn factors(&self) -> Vec<Exact> {
        self.multipliers.iter().map(|m| m.value).collect()
    }

    /// Rates as edited. `like` is the rate that was found, whatever other edits do to it.
    pub(super) fn edit(&mut self, edits: &[Edit]) {
        if edits.is_empty() {
            return;
        }
        let found = self.choices.clone();
        for edit in edits {
            match edit {
                Edit::RateOf { meter, like } => self.choices[meter.index()] = found[like.index()].clone(),
                Edit::RateZero(meter) => self.choices[meter.index()] = Some(RateChoice::own(*meter, Exact::ZERO)),
                _ => {}
            }
        }
    }

    /// A call is one request where requests have a rate and the log does not count them.
    pub(super) fn implies_request(&self) -> bool {
        self.choices[Meter::Request.index()].is_some()
    }
}

/// A row and the circumstances of a call that decide what is laid over it.
pub(super) struct VariantSelector<'a> {
    pub(super) row: &'a PriceRow,
    pub(super) context: &'a PricingContext<'a>,
    /// Whether a daily window is open.
    pub(super) open: &'a dyn Fn(&Window) -> bool,
}

/// A variant that holds, with the conditions on the way to it.
struct Overlay<'a> {
    variant: &'a Variant,
    conditions: Vec<&'a Condition>,
}

impl Overlay<'_> {
    fn words(&self) -> String {
        let words: Vec<String> = self.conditions.iter().map(ToString::to_string).collect();
        words.join(" + ")
    }
}

impl<'a> VariantSelector<'a> {
    /// Total inputs from which another context tier holds, in ascending order.
    pub(super) fn thresholds(&self) -> Vec<i64> {
        let mut found = Vec::new();
        self.walk(&self.row.variants, &mut Vec::new(), None, &mut |conditions, _| {
            found.extend(conditions.last().and_then(|c| c.least_input()));
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Visits every variant that holds. `passed`: the context tier to apply; `Some(None)` for none,
    /// `None` to go into every tier.
    fn walk(
        &self,
        variants: &'a [Variant],
        above: &mut Vec<&'a Condition>,
        passed: Option<Option<i64>>,
        visit: &mut dyn FnMut(&[&'a Condition], &'a Variant),
    ) {
        for variant in variants {
            let holds = match &variant.condition {
                Condition::Context { .. } => passed.is_none_or(|tier| tier == variant.condition.least_input()),
                Condition::Batch => self.context.batch,
                Condition::ServiceTier(name) => self.context.tier == Some(name),
                Condition::When { name, value } => context_holds(self.context.facts, name, value),
                Condition::Window(window) => self.context.windows && (self.open)(window),
            };
            if holds {
                above.push(&variant.condition);
                visit(above, variant);
                self.walk(&variant.nested, above, passed, visit);
                above.pop();
            }
        }
    }

    /// Rates and multipliers under the context tier that begins at `passed`.
    pub(super) fn resolve(&self, passed: Option<i64>) -> Result<EffectivePrice, Unpriced> {
        let mut overlays = Vec::new();
        self.walk(&self.row.variants, &mut Vec::new(), Some(passed), &mut |conditions, variant| {
            overlays.push(Overlay { variant, conditions: conditions.to_vec() });
        });
        let half = self.check_known(&overlays)?;
        let direct = Meter::ALL.map(|meter| self.direct(&overlays, meter));
        let choices = Meter::ALL.map(|meter| {
            let line = std::iter::successors(Some(meter), |m| m.parent());
            line.filter_map(|m| direct[m.index()].clone()).next()
        });
        let edited = self.context.row_multiplier.map(|value| Some(value).filter(|v| *v != Exact::ONE));
        let own = edited.unwrap_or(self.row.components.multiplier);
        let row = own.map(|value| MultiplierUsed { what: "row".to_owned(), value });
        let laid = overlays
            .iter()
            .filter_map(|o| o.variant.components.multiplier.map(|value| MultiplierUsed { what: o.words(), value }));
        let multipliers = row.into_iter().chain(laid).chain(half).collect();
        Ok(EffectivePrice { choices, multipliers })
    }

    /// A service tier or batch that no variant in force knows follows the book's rule; the halving of
    /// a batch is a multiplier.
    fn check_known(&self, overlays: &[Overlay<'_>]) -> Result<Option<MultiplierUsed>, Unpriced> {
        let known = |is: fn(&Condition) -> bool| overlays.iter().any(|o| o.conditions.iter().any(|c| is(c)));
        if let Some(tier) = self.context.tier.filter(|_| !known(|c| matches!(c, Condition::ServiceTier(_))))
            && self.context.no_variant == NoVariant::Unpriced
        {
            return Err(Unpriced::NoServiceTier(tier.to_owned()));
        }
        if self.context.no_variant == NoVariant::Unpriced
            && let Some(fact) = self.unknown_fact(&self.row.variants, overlays)
        {
            return Err(Unpriced::NoContext(fact));
        }
        if !self.context.batch || known(|c| matches!(c, Condition::Batch)) {
            return Ok(None);
        }
        match self.context.no_variant {
            NoVariant::Unpriced => Err(Unpriced::NoBatch),
            NoVariant::Row => Ok(None),
            NoVariant::HalfBatch => {
                Ok(Some(MultiplierUsed { what: "batch without a price".to_owned(), value: Exact::new(5, 1) }))
            }
        }
    }

    /// The first fact the row prices by whose value, not a usual one, no variant in force knows.
    fn unknown_fact(&self, variants: &[Variant], overlays: &[Overlay<'_>]) -> Option<String> {
        variants.iter().find_map(|variant| {
            let own = match &variant.condition {
                Condition::When { name, .. } => self.stray(name, overlays),
                _ => None,
            };
            own.or_else(|| self.unknown_fact(&variant.nested, overlays))
        })
    }

    fn stray(&self, name: &str, overlays: &[Overlay<'_>]) -> Option<String> {
        let found = context_value(self.context.facts, name)?;
        let value = named_tier(Some(&found))?;
        let knows = |c: &&Condition| matches!(c, Condition::When { name: known, .. } if known == name);
        let known = overlays.iter().any(|o| o.conditions.iter().any(knows));
        (!known).then(|| format!("{name}={value}"))
    }

    /// A meter's own rate: that of the variant with most conditions, else the row's.
    fn direct(&self, overlays: &[Overlay<'_>], meter: Meter) -> Option<RateChoice> {
        let mut best: Option<(usize, RateChoice)> = None;
        for overlay in overlays {
            let depth = overlay.conditions.len();
            if best.as_ref().is_some_and(|b| b.0 >= depth) {
                continue;
            }
            if let Some(rate) = self.rate_in(&overlay.variant.components, meter) {
                best = Some((depth, RateChoice { rate, of: meter, variant: overlay.words() }));
            }
        }
        let row = || self.rate_in(&self.row.components, meter);
        best.map(|b| b.1).or_else(|| Some(RateChoice::own(meter, row()?)))
    }

    fn rate_in(&self, components: &Components, meter: Meter) -> Option<Exact> {
        let context = self.context;
        let image = || {
            let agrees = |named: &Option<String>, value: Option<&str>| named.is_none() || named.as_deref() == value;
            let fitting = components.images.iter().filter(|image| {
                agrees(&image.size, context.image_size) && agrees(&image.quality, context.image_quality)
            });
            fitting.max_by_key(|image| (image.size.is_some(), image.quality.is_some())).map(|image| image.rate)
        };
        if meter == Meter::Image { image().or_else(|| components.rate(meter)) } else { components.rate(meter) }
    }
}
