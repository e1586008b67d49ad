//! Totals by leg, class, source and unit, and the laws they must obey.

use std::collections::{BTreeMap, HashMap};

use super::error::{PassError, fits};
use super::finding::{Class, Leg};
use super::pass::{DayResult, LegSum};
use super::posting_leg::PostingLeg;
use super::rows::Rows;
use crate::domain::call::Calls;
use crate::domain::money::Amount;

/// An equality that must hold and does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{law} ({} leg{}): {left} is not {right}", leg.name(), if unit.is_empty() { String::new() } else { format!(", {unit}") })]
pub struct BrokenLaw {
    pub law: &'static str,
    pub leg: Leg,
    pub unit: String,
    pub left: String,
    pub right: String,
}

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
    pub(super) loose: &'a [(u32, u32, Class, Amount)],
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
    for &(source, unit, class, amount) in legs.loose {
        let entry = Entry { posted: Some(amount), difference: Some(amount), ..Entry::default() };
        totals.add((Leg::Posting, class, source, unit), entry)?;
    }
    Ok(totals.finish(rows))
}

fn has_difference(class: Class) -> bool {
    !matches!(class, Class::Unpriced | Class::NotCompared)
}

/// Checks a result against the laws, from its rows and apart from how its sums were made.
///
/// # Errors
/// The first law that does not hold.
pub fn check(calls: &Calls, result: &DayResult) -> Result<(), BrokenLaw> {
    every_row_in_one_class(calls, result)?;
    let mut legs: BTreeMap<(Leg, &str), Option<Amount>> = BTreeMap::new();
    let mut both: BTreeMap<(Leg, &str), (Option<Amount>, Option<Amount>)> = BTreeMap::new();
    let add = |sum: &mut Option<Amount>, amount: Amount| *sum = sum.and_then(|s| s.checked_add(amount));
    for row in 0..calls.len() {
        let unit = &*result.unit[row];
        let (expected, recorded, posted) = (result.expected[row], calls.recorded(row), result.posted[row]);
        let compared = [result.charge_class[row], result.posting_class[row]].map(has_difference);
        if let (Some(e), Some(r), true) = (expected, recorded, compared[0]) {
            let sum = legs.entry((Leg::Charge, unit)).or_insert(Some(Amount::ZERO));
            add(sum, r);
            add(sum, -e);
        }
        let in_leg = result.posting_class[row] != Class::DuplicateCall && compared[1];
        if let (Some(p), Some(target), true) = (posted, recorded.or(expected), in_leg) {
            let sum = legs.entry((Leg::Posting, unit)).or_insert(Some(Amount::ZERO));
            add(sum, p);
            add(sum, -target);
            if let (Some(e), Some(r), true) = (expected, recorded, compared[0]) {
                let sides = both.entry((Leg::Posting, unit)).or_insert((Some(Amount::ZERO), Some(Amount::ZERO)));
                add(&mut sides.0, p);
                add(&mut sides.0, -e);
                for difference in [r.checked_sub(e), p.checked_sub(r)] {
                    sides.1 = sides.1.zip(difference).and_then(|(s, d)| s.checked_add(d));
                }
            }
        }
    }
    for movement in &result.movements {
        if let Some(difference) = movement.difference {
            add(legs.entry((Leg::Posting, &movement.unit)).or_insert(Some(Amount::ZERO)), difference);
        }
    }
    for sum in &result.sums {
        let whole = legs.entry((sum.leg, &sum.unit)).or_insert(Some(Amount::ZERO));
        add(whole, -sum.difference);
        let parts = match sum.leg {
            Leg::Charge if has_difference(sum.class) => sum.recorded.checked_sub(sum.expected),
            Leg::Posting if has_difference(sum.class) => {
                sum.posted.checked_sub(sum.recorded).and_then(|d| d.checked_sub(sum.expected))
            }
            _ => Some(Amount::ZERO),
        };
        holds("a class's difference is that of its totals", (sum.leg, &sum.unit), Some(sum.difference), parts)?;
    }
    for (leg, rest) in legs {
        holds("class differences sum to the total difference", leg, Some(Amount::ZERO), rest)?;
    }
    for (leg, (left, right)) in both {
        holds("posted - expected is the sum of both legs' differences", leg, left, right)?;
    }
    Ok(())
}

fn holds(law: &'static str, at: (Leg, &str), left: Option<Amount>, right: Option<Amount>) -> Result<(), BrokenLaw> {
    if left.is_some() && left == right {
        return Ok(());
    }
    let show = |amount: Option<Amount>| amount.map_or("an overflow".to_owned(), |a| a.to_string());
    Err(BrokenLaw { law, leg: at.0, unit: at.1.to_owned(), left: show(left), right: show(right) })
}

fn every_row_in_one_class(calls: &Calls, result: &DayResult) -> Result<(), BrokenLaw> {
    let mut rows: BTreeMap<(Leg, Class), i128> = BTreeMap::new();
    let posting = result.posting_class.iter().filter(|c| **c != Class::DuplicateCall);
    for class in posting.copied().chain(result.movements.iter().map(|m| m.class)) {
        *rows.entry((Leg::Posting, class)).or_default() += 1;
    }
    for class in &result.charge_class {
        *rows.entry((Leg::Charge, *class)).or_default() += 1;
    }
    for sum in result.sums.iter().filter(|s| s.leg != Leg::Usage) {
        *rows.entry((sum.leg, sum.class)).or_default() -= i128::from(sum.rows);
    }
    let law = "every row of a leg is in exactly one class";
    let broken = |leg, left: String, right: String| Err(BrokenLaw { law, leg, unit: String::new(), left, right });
    if result.charge_class.len() != calls.len() || result.posting_class.len() != calls.len() {
        return broken(Leg::Charge, result.charge_class.len().to_string(), calls.len().to_string());
    }
    match rows.into_iter().find(|(_, rest)| *rest != 0) {
        Some(((leg, class), rest)) => broken(leg, format!("{} {rest:+}", class.name()), "0".to_owned()),
        None => Ok(()),
    }
}
