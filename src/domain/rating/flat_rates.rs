//! Rows that nothing about a call changes but its quantities, brought to prices once for all batches.

use std::sync::OnceLock;

use super::arithmetic::{Finish, Plain, Prices};
use super::effective_price::VariantSelector;
use crate::domain::price::{Book, Header, NoVariant, PriceRow};

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
    let selector = VariantSelector {
        row,
        tier: None,
        batch: false,
        context: None,
        open: &|_| false,
        no_variant: NoVariant::Row,
        image_size: None,
        image_quality: None,
    };
    let price = selector.resolve(None).ok()?;
    let finish = Finish { rounding: header.rounding, minimum: row.minimum };
    let prices = Prices::new(&price.rates(), &price.factors(), finish).plain()?;
    Some(FlatRate { prices, implies_request: price.implies_request() })
}
