//! Rows that no price can tell apart, by their names: one small number a row, the same for all of them.

use std::collections::BTreeMap;

use super::fast_hash::FastMap;
use super::price_dimensions::{PriceDimensions, Texts};
use super::rater::Rater;
use super::types::Assignment;
use crate::domain::call::{Bitmap, Calls, DictColumn, Meter, context_value};
use crate::domain::price::PriceBy;

/// A key a row; rows of one key share every name a price depends on.
pub(super) struct PricingKeys {
    pub(super) of_row: Vec<u32>,
    /// Keys are below this.
    pub(super) count: usize,
    /// Above this many combinations they are numbered as they occur.
    dense: usize,
}

impl PricingKeys {
    pub(super) fn new(raters: &[Rater], calls: &Calls, assignment: &Assignment, dense: usize) -> PricingKeys {
        let mut keys = PricingKeys { of_row: vec![0; calls.len()], count: 1, dense };
        let dimensions = PriceDimensions::by_any(raters.iter().map(Rater::dimensions));
        keys.add_names(calls.model(), None);
        if raters.iter().any(|r| r.book().header.price_by == PriceBy::Served) {
            keys.add_names(calls.model_served(), None);
        }
        keys.add_names(calls.provider(), dimensions.providers.as_ref());
        keys.add_names(calls.endpoint(), Some(&dimensions.endpoints));
        keys.add_names(calls.region(), Some(&dimensions.regions));
        keys.add_names(calls.account_id(), Some(&dimensions.accounts));
        keys.add_groups(calls.group(), assignment, &dimensions.groups);
        keys.add_names(calls.service_tier(), None);
        keys.add_contexts(calls.context(), &dimensions.facts);
        if calls.is_batch().true_count() > 0 {
            let batch = Bitmap::new(calls.is_batch().values());
            keys.add(2, |row| u32::from(batch.get(row)));
        }
        if calls.quantity(Meter::Image).values().iter().any(|q| *q != 0) {
            keys.add_names(calls.image_size(), Some(&dimensions.image_sizes));
            keys.add_names(calls.image_quality(), Some(&dimensions.image_qualities));
        }
        keys
    }

    /// Tells rows apart by a column: by every entry, or only by those in `told_apart`.
    fn add_names(&mut self, names: DictColumn<'_>, told_apart: Option<&Texts>) {
        if names.entries() == 0 || told_apart.is_some_and(Texts::is_empty) {
            return;
        }
        let (table, count): (Vec<u32>, usize) = match told_apart {
            Some(some) => (table_of(names, some), some.len() + 1),
            None => ((1..).take(names.entries()).collect(), names.entries() + 1),
        };
        self.add(count, |row| names.index(row).map_or(0, |entry| table[entry]));
    }

    /// The call's own group, else the one assigned.
    fn add_groups(&mut self, own: DictColumn<'_>, assignment: &Assignment, told_apart: &Texts) {
        if told_apart.is_empty() {
            return;
        }
        let table = table_of(own, told_apart);
        let numbers = numbered(told_apart);
        let number = |name: &Option<String>| name.as_deref().and_then(|n| numbers.get(n)).copied().unwrap_or(0);
        let assigned: Vec<u32> = assignment.groups.iter().map(number).collect();
        self.add(told_apart.len() + 1, |row| match own.index(row) {
            Some(entry) => table[entry],
            None => assignment.group.get(row).and_then(|g| assigned.get(*g as usize)).copied().unwrap_or(0),
        });
    }

    /// Contexts are one where the facts told apart are.
    fn add_contexts(&mut self, contexts: DictColumn<'_>, told_apart: &Texts) {
        if contexts.entries() == 0 || told_apart.is_empty() {
            return;
        }
        let mut numbers: BTreeMap<Vec<Option<String>>, u32> = BTreeMap::new();
        let number = |entry| {
            let facts = told_apart.iter().map(|name| context_value(Some(contexts.entry(entry)), name)).collect();
            let next = u32::try_from(numbers.len() + 1).unwrap_or(u32::MAX);
            *numbers.entry(facts).or_insert(next)
        };
        let table: Vec<u32> = (0..contexts.entries()).map(number).collect();
        self.add(numbers.len() + 1, |row| contexts.index(row).map_or(0, |entry| table[entry]));
    }

    /// Adds one more thing to be told apart by, of which a row has `of(row)` < `count`.
    fn add(&mut self, count: usize, of: impl Fn(usize) -> u32) {
        let combined = self.count.saturating_mul(count);
        if combined <= self.dense {
            let stride = u32::try_from(self.count).unwrap_or(u32::MAX);
            for (row, key) in self.of_row.iter_mut().enumerate() {
                *key += of(row) * stride;
            }
            self.count = combined;
            return;
        }
        let mut numbers: FastMap<u64, u32> = FastMap::default();
        for (row, key) in self.of_row.iter_mut().enumerate() {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *key = *numbers.entry(u64::from(*key) << 32 | u64::from(of(row))).or_insert(next);
        }
        self.count = numbers.len();
    }
}

/// Numbers from 1 on; 0 is any other name.
fn numbered(told_apart: &Texts) -> BTreeMap<&str, u32> {
    told_apart.iter().map(AsRef::as_ref).zip(1..).collect()
}

/// The number of each dictionary entry: 0 where it is not told apart.
fn table_of(names: DictColumn<'_>, told_apart: &Texts) -> Vec<u32> {
    let numbers = numbered(told_apart);
    (0..names.entries()).map(|entry| numbers.get(names.entry(entry)).copied().unwrap_or(0)).collect()
}
