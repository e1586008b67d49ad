//! Rows that nothing about a call changes but its quantities, brought to prices once for all batches.

use std::sync::OnceLock;

use super::arithmetic::Plain;
use super::effective_price::VariantSelector;
use super::pricing_context::PricingContext;
use super::row_match::{PriceTiers, TierPrice};
use crate::domain::price::{Book, Header, PriceRow};

/// What a row without variants costs by itself.
#[derive(Debug)]
pub(super) struct FlatRate {
    pub(super) prices: Plain,
    pub(super) implies_request: bool,
}

/// One for each row of each version, worked out when a call first asks for it.
#[derive(Debug)]
pub(super) struct FlatRates(Vec<Box<[OnceLock<Option<FlatRate>>]>>);

impl FlatRates {
    pub(super) fn new(book: &Book) -> FlatRates {
        FlatRates(book.versions.iter().map(|version| version.rows.iter().map(|_| OnceLock::new()).collect()).collect())
    }

    /// `None` where a call's circumstances decide, and where the row is free or its prices are not plain.
    pub(super) fn of(&self, book: &Book, version: usize, row: usize) -> Option<&FlatRate> {
        let found = self.0[version][row].get_or_init(|| flat_rate(&book.header, &book.versions[version].rows[row]));
        found.as_ref()
    }
}

fn flat_rate(header: &Header, row: &PriceRow) -> Option<FlatRate> {
    if row.free || !row.variants.is_empty() || !row.components.images.is_empty() {
        return None;
    }
    let context = PricingContext::bare(header);
    let selector = VariantSelector { row, context: &context, open: &|_| false };
    let TierPrice { prices, implies_request, .. } = PriceTiers::new(selector, Vec::new()).price(0).ok()?;
    Some(FlatRate { prices: prices.plain()?, implies_request })
}
