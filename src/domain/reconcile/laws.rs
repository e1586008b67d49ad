//! The laws that a day's result must obey, checked from its rows and apart from how its sums were made.

use std::collections::BTreeMap;

use super::error::BrokenLaw;
use super::findings::finding::{Class, Leg};
use super::input::DayResult;
use super::sums::has_difference;
use crate::domain::call::Calls;
use crate::domain::money::Amount;

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
