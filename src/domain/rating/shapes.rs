//! Rows that no price can tell apart, by their names: one small number a row, the same for all of them.

use std::collections::BTreeMap;

use super::mentioned::{Mentioned, Texts};
use super::mix::MixMap;
use super::rater::Rater;
use super::types::Assignment;
use crate::domain::call::{Bits, Calls, Meter, Names, context_value};
use crate::domain::price::PriceBy;

/// A shape a row; rows of one shape share every name a price depends on.
pub(super) struct Shapes {
    pub(super) of_row: Vec<u32>,
    /// Shapes are below this.
    pub(super) count: usize,
    /// Above this many combinations they are numbered as they occur.
    dense: usize,
}

impl Shapes {
    pub(super) fn new(raters: &[Rater], calls: &Calls, assignment: &Assignment, dense: usize) -> Shapes {
        let mut shapes = Shapes { of_row: vec![0; calls.len()], count: 1, dense };
        let mentioned = Mentioned::by_any(raters.iter().map(Rater::mentioned));
        shapes.add_names(calls.model(), None);
        if raters.iter().any(|r| r.book().header.price_by == PriceBy::Served) {
            shapes.add_names(calls.model_served(), None);
        }
        shapes.add_names(calls.provider(), mentioned.providers.as_ref());
        shapes.add_names(calls.endpoint(), Some(&mentioned.endpoints));
        shapes.add_names(calls.region(), Some(&mentioned.regions));
        shapes.add_names(calls.account_id(), Some(&mentioned.accounts));
        shapes.add_groups(calls.group(), assignment, &mentioned.groups);
        shapes.add_names(calls.service_tier(), None);
        shapes.add_contexts(calls.context(), &mentioned.facts);
        if calls.is_batch().true_count() > 0 {
            let batch = Bits::new(calls.is_batch().values());
            shapes.add(2, |row| u32::from(batch.get(row)));
        }
        if calls.quantity(Meter::Image).values().iter().any(|q| *q != 0) {
            shapes.add_names(calls.image_size(), Some(&mentioned.image_sizes));
            shapes.add_names(calls.image_quality(), Some(&mentioned.image_qualities));
        }
        shapes
    }

    /// Tells rows apart by a column: by every entry, or only by those among `mentioned`.
    fn add_names(&mut self, names: Names<'_>, mentioned: Option<&Texts>) {
        if names.entries() == 0 || mentioned.is_some_and(Texts::is_empty) {
            return;
        }
        let (table, count): (Vec<u32>, usize) = match mentioned {
            Some(some) => (table_of(names, some), some.len() + 1),
            None => ((1..).take(names.entries()).collect(), names.entries() + 1),
        };
        self.add(count, |row| names.index(row).map_or(0, |entry| table[entry]));
    }

    /// The call's own group, else the one assigned.
    fn add_groups(&mut self, own: Names<'_>, assignment: &Assignment, mentioned: &Texts) {
        if mentioned.is_empty() {
            return;
        }
        let table = table_of(own, mentioned);
        let numbers = numbered(mentioned);
        let number = |name: &Option<String>| name.as_deref().and_then(|n| numbers.get(n)).copied().unwrap_or(0);
        let assigned: Vec<u32> = assignment.groups.iter().map(number).collect();
        self.add(mentioned.len() + 1, |row| match own.index(row) {
            Some(entry) => table[entry],
            None => assignment.group.get(row).and_then(|g| assigned.get(*g as usize)).copied().unwrap_or(0),
        });
    }

    /// Contexts are one where the facts that are mentioned are.
    fn add_contexts(&mut self, contexts: Names<'_>, mentioned: &Texts) {
        if contexts.entries() == 0 || mentioned.is_empty() {
            return;
        }
        let mut numbers: BTreeMap<Vec<Option<String>>, u32> = BTreeMap::new();
        let number = |entry| {
            let facts = mentioned.iter().map(|name| context_value(Some(contexts.entry(entry)), name)).collect();
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
            for (row, shape) in self.of_row.iter_mut().enumerate() {
                *shape += of(row) * stride;
            }
            self.count = combined;
            return;
        }
        let mut numbers: MixMap<u64, u32> = MixMap::default();
        for (row, shape) in self.of_row.iter_mut().enumerate() {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *shape = *numbers.entry(u64::from(*shape) << 32 | u64::from(of(row))).or_insert(next);
        }
        self.count = numbers.len();
    }
}

/// Numbers from 1 on; 0 is any other name.
fn numbered(mentioned: &Texts) -> BTreeMap<&str, u32> {
    mentioned.iter().map(AsRef::as_ref).zip(1..).collect()
}

/// The number of each dictionary entry: 0 where nothing mentions it.
fn table_of(names: Names<'_>, mentioned: &Texts) -> Vec<u32> {
    let numbers = numbered(mentioned);
    (0..names.entries()).map(|entry| numbers.get(names.entry(entry)).copied().unwrap_or(0)).collect()
}
