//! Totals by leg, class, source and unit.

use std::collections::HashMap;

use super::error::{PassError, fits};
use super::findings::finding::{Class, Leg};
use super::input::LegSum;
use super::posting::classify::PostingLeg;
use super::row_view::Rows;
use crate::domain::money::Amount;

/// One row of a leg on its way into the sums.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    expected: Option<Amount>,
    recorded: Option<Amount>,
    posted: Option<Amount>,
    difference: Option<Amount>,
}

/// Adds rows up; sources and units by number until the end.
#[derive(Debug, Default)]
struct Totals {
    place: HashMap<(Leg, Class, u32, u32), usize>,
    sums: Vec<((Leg, Class, u32, u32), [Amount; 4], u64)>,
}

impl Totals {
    fn add(&mut self, key: (Leg, Class, u32, u32), entry: Entry) -> Result<(), PassError> {
        let place = *self.place.entry(key).or_insert(self.sums.len());
        if place == self.sums.len() {
            self.sums.push((key, [Amount::ZERO; 4], 0));
        }
        let (_, sums, rows) = &mut self.sums[place];
        *rows += 1;
        for (sum, amount) in sums.iter_mut().zip([entry.expected, entry.recorded, entry.posted, entry.difference]) {
            *sum = fits(sum.checked_add(amount.unwrap_or_default()), "the sum of a leg")?;
        }
        Ok(())
    }

    fn finish(self, rows: &Rows<'_>) -> Vec<LegSum> {
        let name = |id: u32| rows.names.name(id).to_string();
        let mut sums: Vec<LegSum> = self
            .sums
            .into_iter()
            .map(|((leg, class, source, unit), [expected, recorded, posted, difference], rows)| {
                let (source, unit) = (name(source), name(unit));
                LegSum { leg, class, source, unit, rows, expected, recorded, posted, difference }
            })
            .collect();
        sums.sort_by(|a, b| (a.leg, a.class, &a.source, &a.unit).cmp(&(b.leg, b.class, &b.source, &b.unit)));
        sums
    }
}

/// What both legs say of the day's rows.
pub(super) struct Legs<'a> {
    pub(super) unit: &'a [u32],
    pub(super) expected: &'a [Option<Amount>],
    pub(super) charge: &'a [Class],
    pub(super) posting: &'a PostingLeg,
    /// Source, unit, class and amount of every movement without a call.
    pub(super) unmatched: &'a [(u32, u32, Class, Amount)],
    pub(super) usage: &'a [Class],
}

/// Sums of every leg that has rows here.
///
/// # Errors
/// [`PassError::Overflow`].
pub(super) fn sums(rows: &Rows<'_>, legs: &Legs<'_>) -> Result<Vec<LegSum>, PassError> {
    let mut totals = Totals::default();
    for row in 0..rows.day {
        let (source, unit) = (rows.source(row), legs.unit[row]);
        let (expected, recorded) = (legs.expected[row], rows.recorded(row));
        let class = legs.charge[row];
        let difference = match (recorded, expected) {
            (Some(r), Some(e)) if has_difference(class) => Some(fits(r.checked_sub(e), "a difference")?),
            _ => None,
        };
        totals.add((Leg::Charge, class, source, unit), Entry { expected, recorded, difference, posted: None })?;
        totals.add((Leg::Usage, legs.usage[row], source, rows.no_name()), Entry::default())?;
        let class = legs.posting.class[row];
        if class == Class::DuplicateCall {
            continue;
        }
        let (expected, posted) = (expected.filter(|_| recorded.is_none()), legs.posting.posted[row]);
        let difference = match (posted, recorded.or(expected)) {
            (Some(p), Some(target)) if has_difference(class) => Some(fits(p.checked_sub(target), "a difference")?),
            _ => None,
        };
        totals.add((Leg::Posting, class, source, unit), Entry { expected, recorded, posted, difference })?;
    }
    for &(source, unit, class, amount) in legs.unmatched {
        let entry = Entry { posted: Some(amount), difference: Some(amount), ..Entry::default() };
        totals.add((Leg::Posting, class, source, unit), entry)?;
    }
    Ok(totals.finish(rows))
}

pub(super) fn has_difference(class: Class) -> bool {
    !matches!(class, Class::Unpriced | Class::NotCompared)
}
