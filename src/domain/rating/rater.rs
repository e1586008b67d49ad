//! A book made ready for one moment of knowledge.

use std::borrow::Cow;

use super::call_attributes::CallAttributes;
use super::flat_rates::{FlatRate, FlatRates};
use super::price_dimensions::PriceDimensions;
use super::pricing_context::PricingContext;
use super::receipt::{Ingredients, quote, zero_quote};
use super::row_match::{RowMatch, TierPrice, tier_of};
use super::types::{ChargeStatus, Edit, Quote, Unpriced, Zero};
use crate::domain::call::Outcome;
use crate::domain::period::Instant;
use crate::domain::price::{
    Book, Charged, Condition, Header, NameIndex, NotFound, PriceRow, RowQuery, Timeline, Variant, Version, VersionId,
    Window,
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
    pub fn price_instant(&self, attributes: &CallAttributes<'_>) -> Instant {
        self.book.header.price_at.of(attributes.started_at, attributes.ended_at)
    }

    /// The version in force for a call, at its price instant and what was known.
    pub fn version_for(&self, attributes: &CallAttributes) -> Option<VersionId> {
        let at = self.price_instant(attributes);
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

    /// The row that answers in a version, or why none does.
    pub(super) fn row_match(&self, version: Option<usize>, query: &RowQuery<'_>) -> Result<RowMatch<'_>, Unpriced> {
        let index = version.ok_or(Unpriced::NoVersion)?;
        let version = &self.book.versions[index];
        match self.names[index].find(version, query) {
            Ok(found) => Ok(RowMatch { version, found }),
            Err(NotFound::NoRow) => Err(Unpriced::NoRow),
            Err(NotFound::Tie) => Err(Unpriced::Tie),
        }
    }

    /// What a row of a version costs by itself, if nothing of a call is laid over it or ever could be.
    pub(super) fn flat_rate(
        &self,
        version: usize,
        matched: &RowMatch<'_>,
        context: &PricingContext<'_>,
    ) -> Option<&FlatRate> {
        if matched.stands_alone(context) { self.flat_rates.of(&self.book, version, matched.found.row) } else { None }
    }

    /// The version to price with: the one in force, moved by the edits; those out of reach are none.
    pub(super) fn version_index(&self, attributes: &CallAttributes<'_>, edits: &[Edit]) -> Option<usize> {
        let at = self.price_instant(attributes);
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
        let context = PricingContext::new(attributes, edits, &self.book.header);
        let version = self.version_index(attributes, edits);
        let matched = self.row_match(version, &context.query);
        let at = context.windows_at.unwrap_or_else(|| self.price_instant(attributes));
        self.receipt(attributes, &context, version, matched, |row| {
            let open = |window: &Window| window.holds(at);
            let tiers = row.tiers(&context, &open);
            tiers.price(tier_of(&tiers.thresholds, context.context_input)).map(Cow::Owned)
        })
    }

    /// The receipt of a call, by the row that answers and what `tier` says it costs.
    pub(super) fn receipt<'r, 'p>(
        &'r self,
        attributes: &CallAttributes<'_>,
        context: &PricingContext<'_>,
        version: Option<usize>,
        matched: Result<RowMatch<'r>, Unpriced>,
        tier: impl FnOnce(RowMatch<'r>) -> Result<Cow<'p, TierPrice>, Unpriced>,
    ) -> Result<Quote, ChargeStatus> {
        let version = version.map(|v| &self.book.versions[v]);
        let zero = zero_of(&self.book.header, attributes.refusal, attributes.outcome, attributes.cache_hit);
        if let Some(zero) = zero.filter(|_| !context.as_success) {
            return Ok(zero_quote(zero, &self.book.header, version, None));
        }
        let unfree = |row: &RowMatch<'_>| context.tokens_as_units && attributes.usage.is_some() || !row.row().free;
        if let Some(free) = matched.as_ref().ok().filter(|row| !unfree(row)) {
            return Ok(zero_quote(Zero::FreeRow, &self.book.header, version, Some(*free)));
        }
        let usage = attributes.usage.as_ref().ok_or(ChargeStatus::NoUsage)?;
        let priced = || {
            let row = matched?;
            let tier = tier(row)?;
            quote(Ingredients { header: &self.book.header, context, row, tier: &tier, found: &usage.quantity })
        };
        priced().map_err(ChargeStatus::Unpriced)
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
