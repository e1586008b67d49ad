//! Units and their dated rates: `1 credit = 0.00001 EUR`, `7.14 CNY = 1 USD`.

use super::amount::Amount;
use super::exact::Exact;
use super::rounding::{Mode, mul_div_round};
use crate::domain::hash::{Canonical, CanonicalBytes};
use crate::domain::period::Instant;

/// From `from` on, one `name` is worth `amount` of `unit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRate {
    pub name: String,
    pub unit: String,
    pub amount: Exact,
    pub from: Instant,
}

/// Every declared rate.
#[derive(Clone, Debug, Default)]
pub struct Units {
    rates: Vec<UnitRate>,
}

/// A conversion factor kept as a fraction, so that nothing is rounded before the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    pub const ONE: Ratio = Ratio { num: 1, den: 1 };

    pub fn is_one(self) -> bool {
        self.num == self.den
    }

    /// `amount` in the other unit, rounded half-even at 18 places.
    pub fn apply(self, amount: Amount) -> Option<Amount> {
        if self.is_one() {
            return Some(amount);
        }
        Amount::from_raw(mul_div_round(amount.raw(), self.num, self.den, Mode::HalfEven)?)
    }

    /// As [`Ratio::apply`], where the result needs no rounding.
    pub fn apply_exact(self, amount: Amount) -> Option<Amount> {
        let [down, up] = [Mode::Down, Mode::Up].map(|mode| mul_div_round(amount.raw(), self.num, self.den, mode));
        if down == up { Amount::from_raw(down?) } else { None }
    }

    fn times(self, rate: Exact, inverse: bool) -> Option<Ratio> {
        let (mut up, mut down) = (rate.mantissa(), 10i128.checked_pow(rate.scale())?);
        if inverse {
            std::mem::swap(&mut up, &mut down);
        }
        let (num, den) = (self.num.checked_mul(up)?, self.den.checked_mul(down)?);
        let common = gcd(num, den);
        (common != 0).then(|| Ratio { num: num / common, den: den / common })
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Units {
    pub fn new(mut rates: Vec<UnitRate>) -> Units {
        rates.sort_by(|a, b| (&a.name, &a.unit, a.from).cmp(&(&b.name, &b.unit, b.from)));
        Units { rates }
    }

    pub fn rates(&self) -> &[UnitRate] {
        &self.rates
    }

    /// What one `from` is in `to` at an instant, over at most three declared rates.
    /// `None` when no declared rate leads there.
    pub fn ratio(&self, from: &str, to: &str, at: Instant) -> Option<Ratio> {
        self.walk(from, to, at, Ratio::ONE, 3)
    }

    /// The declared rates [`Units::ratio`] goes over, in their order; empty where both are one unit.
    pub fn path(&self, from: &str, to: &str, at: Instant) -> Option<Vec<&UnitRate>> {
        let mut path = Vec::new();
        self.steps(from, to, at, 3, &mut path).then_some(path)
    }

    fn steps<'a>(&'a self, from: &str, to: &str, at: Instant, left: u32, path: &mut Vec<&'a UnitRate>) -> bool {
        if from == to {
            return true;
        }
        left > 0
            && self.in_force(at).any(|rate| {
                let next = if rate.name == from {
                    &rate.unit
                } else if rate.unit == from {
                    &rate.name
                } else {
                    return false;
                };
                path.push(rate);
                let found = self.steps(next, to, at, left - 1, path);
                if !found {
                    path.pop();
                }
                found
            })
    }

    fn walk(&self, from: &str, to: &str, at: Instant, so_far: Ratio, steps: u32) -> Option<Ratio> {
        if from == to {
            return Some(so_far);
        }
        if steps == 0 {
            return None;
        }
        self.in_force(at).find_map(|rate| {
            let (next, inverse) = if rate.name == from {
                (&rate.unit, false)
            } else if rate.unit == from {
                (&rate.name, true)
            } else {
                return None;
            };
            self.walk(next, to, at, so_far.times(rate.amount, inverse)?, steps - 1)
        })
    }

    /// The last rate of each pair that has begun.
    fn in_force(&self, at: Instant) -> impl Iterator<Item = &UnitRate> {
        self.rates.iter().enumerate().filter_map(move |(i, rate)| {
            let next = self.rates.get(i + 1);
            let replaced = next.is_some_and(|n| n.name == rate.name && n.unit == rate.unit && n.from <= at);
            (rate.from <= at && !replaced).then_some(rate)
        })
    }
}

impl Canonical for UnitRate {
    fn write(&self, to: &mut CanonicalBytes) {
        let UnitRate { name, unit, amount, from } = self;
        to.record("unit_rate", |to| {
            to.member("name", name);
            to.member("unit", unit);
            to.member("amount", amount);
            to.member("from", from);
        });
    }
}

impl Canonical for Units {
    fn write(&self, to: &mut CanonicalBytes) {
        let Units { rates } = self;
        rates.write(to);
    }
}
