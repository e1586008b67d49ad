//! A book made ready for one moment of knowledge.

use super::call_attributes::CallAttributes;
use super::effective_price::{EffectivePrice, VariantSelector};
use super::flat_rates::{FlatRate, FlatRates};
use super::price_dimensions::PriceDimensions;
use super::pricing_context::{Multipliers, PricingContext, edit_quantities, edit_rates};
use super::receipt::{Ingredients, prices_of, quote, zero_quote};
use super::types::{ChargeStatus, Edit, MultiplierUsed, Quote, Unpriced, Zero};
use crate::domain::call::Outcome;
use crate::domain::money::Exact;
use crate::domain::period::Instant;
use crate::domain::price::{
    Book, Charged, Condition, Header, ModelName, MultiplierOf, NameIndex, NotFound, PriceAt, PriceBy, PriceRow,
    RowQuery, RowRef, Timeline, Variant, Version, VersionId, Window,
};

/// A book compiled for pricing: the versions known at one instant, lookups resolved once.
#[derive(Debug)]
pub struct Rater {
    book: Book,
    timeline: Timeline,
    /// One for each version of the book, known or not.
    names: Vec<NameIndex>,
    /// Every distinct window of each version.
    windows: Vec<Vec<Window>>,
    flat_rates: FlatRates,
    dimensions: PriceDimensions,
}

/// Why a call costs nothing whatever its usage, by the rules of the book.
pub(super) fn zero_of(header: &Header, refusal: bool, outcome: Outcome, cache_hit: bool) -> Option<Zero> {
    match outcome {
        _ if refusal => Some(Zero::Refusal),
        Outcome::Error if header.failed_calls == Charged::Free => Some(Zero::Failed),
        Outcome::Cancelled if header.cancelled_calls == Charged::Free => Some(Zero::Cancelled),
        _ if cache_hit && header.cache_hits == Charged::Free => Some(Zero::GatewayCache),
        _ => None,
    }
}

impl Rater {
    /// Compiles a validated book as it was known at `known`.
    pub fn new(book: Book, known: Instant) -> Rater {
        let timeline = book.timeline(known);
        let names = book.versions.iter().map(NameIndex::new).collect();
        let windows = book.versions.iter().map(|version| windows_of(&version.rows)).collect();
        let (flat_rates, dimensions) = (FlatRates::new(&book), PriceDimensions::by(&book));
        Rater { book, timeline, names, windows, flat_rates, dimensions }
    }

    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Versions of the book, known or not, in order; diagnosis tries them all.
    pub fn versions(&self) -> Vec<VersionId> {
        self.book.versions.iter().map(Version::id).collect()
    }

    /// The instant of a call that chooses version and daily window.
    pub fn price_instant(&self, started_at: Instant, ended_at: Instant) -> Instant {
        if self.book.header.price_at == PriceAt::Started { started_at } else { ended_at }
    }

    /// The version in force for a call, at its price instant and what was known.
    pub fn version_for(&self, attributes: &CallAttributes) -> Option<VersionId> {
        let at = self.price_instant(attributes.started_at, attributes.ended_at);
        self.timeline.at(at).0.map(|v| self.book.versions[v].id())
    }

    /// Every distinct window of a version.
    pub(super) fn windows(&self, version: usize) -> &[Window] {
        &self.windows[version]
    }

    pub(super) fn dimensions(&self) -> &PriceDimensions {
        &self.dimensions
    }

    pub(super) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The row of a version that answers to a call.
    pub(super) fn find(&self, version: usize, query: &RowQuery<'_>) -> Result<RowRef, Unpriced> {
        self.names[version].find(&self.book.versions[version], query).map_err(|why| match why {
            NotFound::NoRow => Unpriced::NoRow,
            NotFound::Tie => Unpriced::Tie,
        })
    }

    /// What a row costs where nothing is laid over it, if nothing of a call could be.
    pub(super) fn flat_rate(&self, version: usize, row: usize) -> Option<&FlatRate> {
        self.flat_rates.of(&self.book, version, row)
    }

    /// The name a call is priced by.
    fn model_of<'a>(&self, attributes: &CallAttributes<'a>) -> &'a str {
        match self.book.header.price_by {
            PriceBy::Billed => attributes.model,
            PriceBy::Served => attributes.model_served.unwrap_or(attributes.model),
        }
    }

    pub(super) fn query<'a>(&self, attributes: &CallAttributes<'a>, pricing: &PricingContext<'a>) -> RowQuery<'a> {
        RowQuery {
            model: pricing.model.unwrap_or_else(|| self.model_of(attributes)),
            group: pricing.group,
            provider: attributes.provider,
            endpoint: attributes.endpoint,
            region: attributes.region,
        }
    }

    /// The version to price with: the one in force, moved by the edits; those out of reach are none.
    pub(super) fn version_index(&self, attributes: &CallAttributes<'_>, edits: &[Edit]) -> Option<usize> {
        let at = self.price_instant(attributes.started_at, attributes.ended_at);
        let versions = &self.book.versions;
        // Before the first version there is a place from which one step later leads to the first.
        let mut place = self.timeline.at(at).0.map_or(-1, |v| i64::try_from(v).unwrap_or(i64::MAX));
        for edit in edits {
            match edit {
                Edit::ShiftVersion { by } => place = place.saturating_add(i64::from(*by)),
                Edit::AtVersion(id) => {
                    let found = versions.iter().position(|v| v.id() == *id);
                    place = found.map_or(-1, |v| i64::try_from(v).unwrap_or(i64::MAX));
                }
                _ => {}
            }
        }
        usize::try_from(place).ok().filter(|v| *v < versions.len())
    }

    /// Prices one call, with a receipt. `edits` price it otherwise than the book says.
    ///
    /// # Errors
    /// [`ChargeStatus::NoUsage`] or [`ChargeStatus::Unpriced`].
    pub fn price(&self, attributes: &CallAttributes, edits: &[Edit]) -> Result<Quote, ChargeStatus> {
        let header = &self.book.header;
        let pricing = PricingContext::new(attributes, edits, header.no_variant, header.rounding);
        let version = self.version_index(attributes, edits);
        if let Some(zero) = zero_of(header, attributes.refusal, attributes.outcome, attributes.cache_hit)
            && !pricing.as_success
        {
            return Ok(zero_quote(zero, &self.book, version, None));
        }
        let query = self.query(attributes, &pricing);
        let found = version.ok_or(Unpriced::NoVersion).and_then(|v| Ok((v, self.find(v, &query)?)));
        let row_of = |(v, f): (usize, RowRef)| &self.book.versions[v].rows[f.row];
        if let Ok((v, f)) = found
            && row_of((v, f)).free
            && !(pricing.tokens_as_units && attributes.usage.is_some())
        {
            return Ok(zero_quote(Zero::FreeRow, &self.book, version, Some(f.row)));
        }
        let usage = attributes.usage.as_ref().ok_or(ChargeStatus::NoUsage)?;
        let (v, found) = found.map_err(ChargeStatus::Unpriced)?;
        let row = row_of((v, found));
        let mut price =
            if row.free { EffectivePrice::free() } else { self.edited_price(attributes, &pricing, v, found, &query)? };
        let implied_request = !row.free && price.implies_request();
        edit_rates(&mut price, edits);
        let quantities =
            edit_quantities(usage, implied_request, edits).ok_or(ChargeStatus::Unpriced(Unpriced::Overflow))?;
        let prices = prices_of(&price, row, &pricing);
        let (price, prices) = (&price, &prices);
        let ingredients = Ingredients { book: &self.book, version: v, row: found.row, price, prices, quantities };
        quote(ingredients, &pricing, edits).map_err(ChargeStatus::Unpriced)
    }

    /// Everything laid over a row that holds for a call.
    pub(super) fn edited_price(
        &self,
        attributes: &CallAttributes<'_>,
        pricing: &PricingContext<'_>,
        version: usize,
        found: RowRef,
        query: &RowQuery<'_>,
    ) -> Result<EffectivePrice, ChargeStatus> {
        let at = self.price_instant(attributes.started_at, attributes.ended_at);
        let row = &self.book.versions[version].rows[found.row];
        let edited: PriceRow;
        let row = match pricing.row_multiplier {
            Some(value) => {
                edited = with_multiplier(row, value);
                &edited
            }
            None => row,
        };
        let open = |window: &Window| pricing.windows && window.holds(at);
        let selector = selector(attributes, pricing, row, &open);
        let passed = pricing.context_input.and_then(|input| {
            let thresholds = selector.thresholds();
            thresholds.into_iter().rev().find(|least| *least <= input)
        });
        let mut price = selector.resolve(passed).map_err(ChargeStatus::Unpriced)?;
        if !pricing.untiered.is_empty() {
            let plain = selector.resolve(None).map_err(ChargeStatus::Unpriced)?;
            for meter in &pricing.untiered {
                price.choices[meter.index()] = plain.choices[meter.index()].clone();
            }
        }
        let version = &self.book.versions[version];
        let once = version_multipliers(version, found, query, attributes.account_id);
        match pricing.multipliers {
            Multipliers::Never => {}
            Multipliers::Once => price.multipliers.extend(once),
            Multipliers::Twice => price.multipliers.extend(once.iter().chain(&once).cloned()),
        }
        Ok(price)
    }
}

/// A row and what of a call decides which variants are laid over it.
pub(super) fn selector<'a>(
    attributes: &'a CallAttributes<'_>,
    pricing: &'a PricingContext<'_>,
    row: &'a PriceRow,
    open: &'a dyn Fn(&Window) -> bool,
) -> VariantSelector<'a> {
    let usage = attributes.usage.as_ref();
    VariantSelector {
        row,
        tier: pricing.tier,
        batch: pricing.batch,
        context: attributes.context,
        open,
        no_variant: pricing.no_variant,
        image_size: usage.and_then(|u| u.image_size.as_deref()),
        image_quality: usage.and_then(|u| u.image_quality.as_deref()),
    }
}

/// Every distinct window of some rows.
pub(super) fn windows_of(rows: &[PriceRow]) -> Vec<Window> {
    fn walk(variants: &[Variant], found: &mut Vec<Window>) {
        for variant in variants {
            if let Condition::Window(window) = &variant.condition
                && !found.contains(window)
            {
                found.push(window.clone());
            }
            walk(&variant.nested, found);
        }
    }
    let mut found = Vec::new();
    rows.iter().for_each(|row| walk(&row.variants, &mut found));
    found
}

fn with_multiplier(row: &PriceRow, value: Exact) -> PriceRow {
    let mut row = row.clone();
    row.components.multiplier = Some(value).filter(|v| *v != Exact::ONE);
    row
}

/// The version's multipliers that match. One for a model matches the name the call is priced by and,
/// where that is an alias, the model it stands for.
pub(super) fn version_multipliers(
    version: &Version,
    found: RowRef,
    query: &RowQuery<'_>,
    account_id: &str,
) -> Vec<MultiplierUsed> {
    let names = &version.rows[found.row].matcher.models;
    let stands_for = match &names[found.name] {
        ModelName::Alias(_) => {
            let mut exact = names.iter().filter_map(|n| if let ModelName::Exact(text) = n { Some(text) } else { None });
            exact.next().filter(|_| exact.next().is_none())
        }
        _ => None,
    };
    let used = version.multipliers.iter().filter_map(|m| {
        let (kind, name, matches) = match &m.of {
            MultiplierOf::Group(name) => ("group", name, query.group == Some(name)),
            MultiplierOf::Model(name) => ("model", name, query.model == name || stands_for == Some(name)),
            MultiplierOf::Account(name) => ("account", name, account_id == name),
        };
        matches.then(|| MultiplierUsed { what: format!("{kind} {name}"), value: m.value })
    });
    used.collect()
}
