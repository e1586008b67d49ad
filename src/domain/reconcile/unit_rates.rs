//! Declared rates between the units of a pass.

use std::collections::HashMap;

use super::row_view::Interner;
use crate::domain::money::{Ratio, Units};
use crate::domain::period::Instant;

/// Declared rates between numbered units, walked once for each range of time in which none changes.
#[derive(Debug)]
pub(crate) struct Ratios<'a> {
    units: &'a Units,
    starts: Vec<Instant>,
    known: HashMap<(u32, u32, u32), Option<Ratio>>,
}

impl<'a> Ratios<'a> {
    pub(crate) fn new(units: &'a Units) -> Ratios<'a> {
        let mut starts: Vec<Instant> = units.rates().iter().map(|r| r.from).collect();
        starts.sort_unstable();
        starts.dedup();
        Ratios { units, starts, known: HashMap::new() }
    }

    /// The range of time an instant lies in.
    pub(crate) fn range(&self, at: Instant) -> u32 {
        u32::try_from(self.starts.partition_point(|s| *s <= at)).unwrap_or(u32::MAX)
    }

    pub(crate) fn get(&mut self, names: &Interner, from: u32, to: u32, at: Instant) -> Option<Ratio> {
        if from == to { Some(Ratio::ONE) } else { self.during(names, from, to, self.range(at)) }
    }

    pub(crate) fn during(&mut self, names: &Interner, from: u32, to: u32, range: u32) -> Option<Ratio> {
        if from == to {
            return Some(Ratio::ONE);
        }
        let (units, starts) = (self.units, &self.starts);
        *self.known.entry((from, to, range)).or_insert_with(|| {
            let at = (range as usize).checked_sub(1).map_or(Instant::MIN, |i| starts[i]);
            units.ratio(names.name(from), names.name(to), at)
        })
    }
}
