//! Rows that no price can tell apart, by their names: one small number a row, the same for all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::rater::Rater;
use super::types::Assignment;
use crate::domain::call::{Bits, Calls, Meter, Names, context_value};
use crate::domain::price::{Components, Condition, MultiplierOf, PriceBy, Variant};

/// A shape a row; rows of one shape share every name a price depends on.
pub(super) struct Shapes {
    pub(super) of_row: Vec<u32>,
    /// Shapes are below this.
    pub(super) count: usize,
    /// Above this many combinations they are numbered as they occur.
    dense: usize,
}

/// A fast hash for keys that are numbers already.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u64(&mut self, n: u64) {
        let mixed = (self.0 ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

/// The names that any book's rows or multipliers mention, by what they are matched with.
#[derive(Default)]
struct Mentioned<'a> {
    groups: BTreeSet<&'a str>,
    providers: BTreeSet<&'a str>,
    endpoints: BTreeSet<&'a str>,
    regions: BTreeSet<&'a str>,
    accounts: BTreeSet<&'a str>,
    image_sizes: BTreeSet<&'a str>,
    image_qualities: BTreeSet<&'a str>,
    /// Names of context facts.
    facts: BTreeSet<&'a str>,
}

impl<'a> Mentioned<'a> {
    fn of(raters: &'a [Rater]) -> Mentioned<'a> {
        let mut all = Mentioned::default();
        for version in raters.iter().flat_map(|r| &r.book().versions) {
            for row in &version.rows {
                let m = &row.matcher;
                all.groups.extend(m.group.as_deref());
                all.providers.extend(m.provider.as_deref());
                all.endpoints.extend(m.endpoint.as_deref());
                all.regions.extend(m.region.as_deref());
                all.variants(&row.components, &row.variants);
            }
            for multiplier in &version.multipliers {
                match &multiplier.of {
                    MultiplierOf::Group(name) => all.groups.insert(name),
                    MultiplierOf::Account(name) => all.accounts.insert(name),
                    // Models are told apart by their own names.
                    MultiplierOf::Model(_) => false,
                };
            }
        }
        all
    }

    fn variants(&mut self, components: &'a Components, variants: &'a [Variant]) {
        self.image_sizes.extend(components.images.iter().filter_map(|i| i.size.as_deref()));
        self.image_qualities.extend(components.images.iter().filter_map(|i| i.quality.as_deref()));
        for variant in variants {
            if let Condition::When { name, .. } = &variant.condition {
                self.facts.insert(name);
            }
            self.variants(&variant.components, &variant.nested);
        }
    }
}

impl Shapes {
    pub(super) fn new(raters: &[Rater], calls: &Calls, assignment: &Assignment, dense: usize) -> Shapes {
        let mut shapes = Shapes { of_row: vec![0; calls.len()], count: 1, dense };
        let mentioned = Mentioned::of(raters);
        shapes.add_names(calls.model(), None);
        if raters.iter().any(|r| r.book().header.price_by == PriceBy::Served) {
            shapes.add_names(calls.model_served(), None);
        }
        shapes.add_names(calls.provider(), Some(&mentioned.providers));
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
    fn add_names(&mut self, names: Names<'_>, mentioned: Option<&BTreeSet<&str>>) {
        if names.entries() == 0 || mentioned.is_some_and(BTreeSet::is_empty) {
            return;
        }
        let (table, count): (Vec<u32>, usize) = match mentioned {
            Some(some) => (table_of(names, some), some.len() + 1),
            None => ((1..).take(names.entries()).collect(), names.entries() + 1),
        };
        self.add(count, |row| names.index(row).map_or(0, |entry| table[entry]));
    }

    /// The call's own group, else the one assigned.
    fn add_groups(&mut self, own: Names<'_>, assignment: &Assignment, mentioned: &BTreeSet<&str>) {
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
    fn add_contexts(&mut self, contexts: Names<'_>, mentioned: &BTreeSet<&str>) {
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
        let mut numbers: HashMap<u64, u32, BuildHasherDefault<Mix>> = HashMap::default();
        for (row, shape) in self.of_row.iter_mut().enumerate() {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *shape = *numbers.entry(u64::from(*shape) << 32 | u64::from(of(row))).or_insert(next);
        }
        self.count = numbers.len();
    }
}

/// Numbers from 1 on; 0 is any other name.
fn numbered<'a>(mentioned: &BTreeSet<&'a str>) -> BTreeMap<&'a str, u32> {
    mentioned.iter().copied().zip(1..).collect()
}

/// The number of each dictionary entry: 0 where nothing mentions it.
fn table_of(names: Names<'_>, mentioned: &BTreeSet<&str>) -> Vec<u32> {
    let numbers = numbered(mentioned);
    (0..names.entries()).map(|entry| numbers.get(names.entry(entry)).copied().unwrap_or(0)).collect()
}
