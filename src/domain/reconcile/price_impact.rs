//! What changes where the same calls are priced twice.

use std::collections::{BTreeMap, HashMap};

use super::charge::reprice::Expected;
use crate::domain::call::{Calls, DictColumn};
use crate::domain::money::Amount;

/// Calls priced twice, summed. Amounts are of one unit.
///
/// `after` = `before` + difference - `lost` + `gained`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriceImpact {
    pub calls: u64,
    pub dearer: u64,
    pub cheaper: u64,
    /// Calls with a price before and none after, and what they came to.
    pub lost_calls: u64,
    pub lost: Amount,
    /// Calls with a price only after, and what they come to.
    pub gained_calls: u64,
    pub gained: Amount,
    /// Calls without a price before and after.
    pub without: u64,
    /// Every call with a price before.
    pub before: Amount,
    /// Every call with a price after.
    pub after: Amount,
}

impl PriceImpact {
    /// `None`: a sum leaves 38 digits.
    pub fn add_call(&mut self, before: Option<Amount>, after: Option<Amount>) -> Option<()> {
        self.calls += 1;
        match (before, after) {
            (Some(old), Some(new)) => {
                self.dearer += u64::from(new > old);
                self.cheaper += u64::from(new < old);
            }
            (Some(old), None) => {
                self.lost_calls += 1;
                self.lost = self.lost.checked_add(old)?;
            }
            (None, Some(new)) => {
                self.gained_calls += 1;
                self.gained = self.gained.checked_add(new)?;
            }
            (None, None) => self.without += 1,
        }
        self.before = self.before.checked_add(before.unwrap_or_default())?;
        self.after = self.after.checked_add(after.unwrap_or_default())?;
        Some(())
    }

    /// `None`: a sum leaves 38 digits.
    pub fn add(&mut self, more: &PriceImpact) -> Option<()> {
        self.calls += more.calls;
        self.dearer += more.dearer;
        self.cheaper += more.cheaper;
        self.lost_calls += more.lost_calls;
        self.gained_calls += more.gained_calls;
        self.without += more.without;
        self.lost = self.lost.checked_add(more.lost)?;
        self.gained = self.gained.checked_add(more.gained)?;
        self.before = self.before.checked_add(more.before)?;
        self.after = self.after.checked_add(more.after)?;
        Some(())
    }

    /// What calls with a price on both sides come to, before.
    pub fn comparable(&self) -> Option<Amount> {
        self.before.checked_sub(self.lost)
    }

    /// What the prices change on calls that have one on both sides; positive: they cost more.
    pub fn difference(&self) -> Option<Amount> {
        self.after.checked_sub(self.gained)?.checked_sub(self.comparable()?)
    }

    /// Calls that cost the same on both sides.
    pub fn same(&self) -> u64 {
        self.calls - self.dearer - self.cheaper - self.lost_calls - self.gained_calls - self.without
    }
}

/// Calls that have a price on one side only: how many, and what they come to there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OneSided {
    pub calls: u64,
    pub amount: Amount,
}

/// The shifts of many calls; the last member of each key is the unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceImpacts {
    pub unit: BTreeMap<String, PriceImpact>,
    pub account: BTreeMap<(String, String), PriceImpact>,
    pub model: BTreeMap<(String, String), PriceImpact>,
    /// By model and why there is no price any more.
    pub lost: BTreeMap<(String, String, String), OneSided>,
    /// By model and why there was no price.
    pub gained: BTreeMap<(String, String, String), OneSided>,
}

impl PriceImpacts {
    /// Adds a batch; both sides are row-aligned with the calls and in the same units.
    /// `None`: a sum leaves 38 digits.
    pub fn add(&mut self, calls: &Calls, before: &Expected, after: &Expected) -> Option<()> {
        let (accounts, models) = (calls.account_id(), calls.model());
        along(accounts, before, after, &mut self.account)?;
        let mut own = BTreeMap::new();
        along(models, before, after, &mut own)?;
        for ((model, unit), shift) in own {
            self.unit.entry(unit.clone()).or_default().add(&shift)?;
            self.model.entry((model, unit)).or_default().add(&shift)?;
        }
        for row in 0..calls.len() {
            let (into, why, amount) = match (before.amount[row], after.amount[row]) {
                (Some(amount), None) => (&mut self.lost, after.lacks(row), amount),
                (None, Some(amount)) => (&mut self.gained, before.lacks(row), amount),
                _ => continue,
            };
            let model = models.get(row).unwrap_or_default().to_owned();
            let sum = into.entry((model, why.unwrap_or_default(), before.unit[row].to_string())).or_default();
            sum.calls += 1;
            sum.amount = sum.amount.checked_add(amount)?;
        }
        Some(())
    }
}

/// Sums by a dictionary's entries and the unit, then adds them up under their names.
fn along(
    names: DictColumn<'_>,
    before: &Expected,
    after: &Expected,
    into: &mut BTreeMap<(String, String), PriceImpact>,
) -> Option<()> {
    let mut sums: HashMap<(Option<usize>, &str), PriceImpact> = HashMap::new();
    for (row, unit) in before.unit.iter().enumerate() {
        let sum = sums.entry((names.index(row), unit)).or_default();
        sum.add_call(before.amount[row], after.amount[row])?;
    }
    for ((entry, unit), sum) in sums {
        let name = entry.map_or("", |entry| names.entry(entry));
        into.entry((name.to_owned(), unit.to_owned())).or_default().add(&sum)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().expect("an amount")
    }

    fn shift(calls: &[(&str, &str)]) -> PriceImpact {
        let mut shift = PriceImpact::default();
        for (before, after) in calls {
            let side = |text: &str| (text != "-").then(|| amount(text));
            shift.add_call(side(before), side(after)).expect("fits");
        }
        shift
    }

    #[test]
    fn lost_and_gained_prices_are_no_difference() {
        let s = shift(&[("2", "2.2"), ("3", "2.5"), ("5", "5"), ("7", "-"), ("-", "11"), ("-", "-"), ("0", "0.1")]);
        let counts = (s.calls, s.dearer, s.cheaper, s.same(), s.lost_calls, s.gained_calls, s.without);
        assert_eq!(counts, (7, 2, 1, 1, 1, 1, 1));
        assert_eq!((s.before, s.after), (amount("17"), amount("20.8")));
        assert_eq!((s.lost, s.gained, s.difference()), (amount("7"), amount("11"), Some(amount("-0.2"))));
        let tied = s.before.checked_add(s.difference().expect("fits")).and_then(|sum| sum.checked_sub(s.lost));
        assert_eq!(tied.and_then(|sum| sum.checked_add(s.gained)), Some(s.after));
    }

    #[test]
    fn shifts_add_like_their_calls() {
        let calls = [("2", "2.2"), ("7", "-"), ("-", "11"), ("3", "1"), ("-", "-")];
        for cut in 0..=calls.len() {
            let mut sum = shift(&calls[..cut]);
            sum.add(&shift(&calls[cut..])).expect("fits");
            assert_eq!(sum, shift(&calls));
        }
    }

    #[test]
    fn a_sum_beyond_38_digits_is_none_and_never_wraps() {
        let mut s = shift(&[("99999999999999999999", "0")]);
        assert_eq!(s.add_call(Some(amount("1")), None), None);
    }
}
