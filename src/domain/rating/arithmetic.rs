//! From quantities to an amount, in integers.
//!
//! Every effective price is brought to one scale, so that a charge is a sum of integer products.
//! Prices of 64 bits and those of 128 are summed in 128 bits, all others, and sums that do not fit, in
//! numbers of any length; each is exact until the roundings the book names, so they give the same digits.

use super::big_decimal::BigDecimal;
use super::types::Unpriced;
use crate::domain::call::{METERS, Meter};
use crate::domain::money::{Amount, Exact, Mode, SCALE, div_round};
use crate::domain::price::{Rounding, RoundingPlace};

/// Quantities to price, by meter.
pub(super) type Quantities = [i64; METERS];

/// Every meter, in order.
pub(super) const ALL_METERS: [usize; METERS] = {
    let mut all = [0; METERS];
    let mut meter = 0;
    while meter < METERS {
        all[meter] = meter;
        meter += 1;
    }
    all
};

/// Quantities of a call that is one request where that is implied and it counts none.
pub(super) fn with_request(mut quantities: Quantities, implied: bool) -> Quantities {
    let request = &mut quantities[Meter::Request.index()];
    if implied && *request == 0 {
        *request = 1;
    }
    quantities
}

/// What happens to the sum of the components.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Finish {
    pub(super) rounding: Option<Rounding>,
    pub(super) minimum: Option<Exact>,
}

impl Finish {
    fn rounding_at(&self, place: RoundingPlace) -> Option<(u32, Mode)> {
        self.rounding.filter(|r| r.at == place).map(|r| (r.scale, r.mode))
    }
}

/// Unit prices (rate x multipliers) at one scale, ready to be multiplied by quantities.
#[derive(Clone, Debug)]
pub(super) struct Prices {
    /// Which meters have a price, by bit.
    known: u32,
    short: Short,
    exact: Box<[BigDecimal; METERS]>,
    finish: Finish,
}

/// The prices in machine words, where they fit.
#[derive(Clone, Debug)]
enum Short {
    Narrow(Box<Narrow<i64>>),
    Middle(Box<Narrow<i128>>),
    None,
}

/// Prices of one width, and what follows.
#[derive(Clone, Debug)]
struct Narrow<P> {
    prices: [P; METERS],
    component: Option<(i128, Mode)>,
    steps: Steps,
}

/// The way from a sum to 18 places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Steps {
    call: Option<(i128, Mode)>,
    /// Half-even, where the sum has more places.
    down: Option<i128>,
    /// Where it has fewer.
    up: i64,
    /// What a call that consumed something costs at least.
    minimum: Option<i128>,
}

/// The plainest prices, below 2^55: no component rounding.
#[derive(Clone, Debug)]
pub(super) struct Plain {
    pub(super) prices: [i64; METERS],
    /// Which meters have a price, by bit.
    pub(super) known: u32,
    pub(super) steps: Steps,
}

/// A price in a machine word.
trait Price: Copy + Default + TryFrom<i128> {
    fn times(self, quantity: i64) -> Option<i128>;
}

impl Price for i64 {
    #[inline]
    fn times(self, quantity: i64) -> Option<i128> {
        Some(i128::from(self) * i128::from(quantity))
    }
}

impl Price for i128 {
    #[inline]
    fn times(self, quantity: i64) -> Option<i128> {
        if quantity == 0 { Some(0) } else { self.checked_mul(i128::from(quantity)) }
    }
}

impl Prices {
    /// `factor` and `factors` multiply every rate.
    pub(super) fn new(
        rates: &[Option<Exact>; METERS],
        factor: BigDecimal,
        factors: &[Exact],
        finish: Finish,
    ) -> Prices {
        let factor = factors.iter().fold(factor, |product, f| product.times(*f));
        let exact = Box::new(rates.map(|rate| rate.map_or(BigDecimal::ZERO, |rate| factor.times(rate))));
        let known = rates.iter().enumerate().fold(0, |known, (meter, rate)| known | u32::from(rate.is_some()) << meter);
        let short = match Narrow::new(&exact, &finish) {
            Some(narrow) => Short::Narrow(Box::new(narrow)),
            None => Narrow::new(&exact, &finish).map_or(Short::None, |middle| Short::Middle(Box::new(middle))),
        };
        Prices { known, short, exact, finish }
    }

    /// The amount of a call. `meters` lists, in order, those that may have a quantity.
    #[inline]
    pub(super) fn charge(&self, quantities: &Quantities, meters: &[usize]) -> Result<Amount, Unpriced> {
        let used = meters.iter().fold(0u32, |used, m| used | u32::from(quantities[*m] != 0) << m);
        let missing = used & !self.known;
        if missing != 0 {
            return Err(no_rate(missing));
        }
        let amount = match &self.short {
            Short::Narrow(narrow) => narrow.charge(quantities, meters, used),
            Short::Middle(middle) => middle.charge(quantities, meters, used),
            Short::None => None,
        };
        match amount {
            Some(amount) => Ok(amount),
            None => self.charge_wide(quantities).ok_or(Unpriced::Overflow),
        }
    }

    pub(super) fn plain(&self) -> Option<Plain> {
        const LIMIT: u64 = 1 << 55;
        let Short::Narrow(narrow) = &self.short else { return None };
        let small = narrow.component.is_none() && narrow.prices.iter().all(|p| p.unsigned_abs() < LIMIT);
        small.then_some(Plain { prices: narrow.prices, known: self.known, steps: narrow.steps })
    }

    #[cold]
    fn charge_wide(&self, quantities: &Quantities) -> Option<Amount> {
        let consumed = quantities.iter().any(|q| *q != 0);
        self.finish(self.sum(quantities), consumed).amount()
    }

    /// One component: exact, and as rounded where the book rounds components.
    pub(super) fn component(&self, meter: usize, quantity: i64) -> (BigDecimal, BigDecimal) {
        let exact = self.exact[meter].times(Exact::from_int(quantity));
        let rounded = match self.finish.rounding_at(RoundingPlace::Component) {
            Some((scale, mode)) => exact.round(scale, mode),
            None => exact.clone(),
        };
        (exact, rounded)
    }

    /// The sum of the components.
    pub(super) fn sum(&self, quantities: &Quantities) -> BigDecimal {
        let used = quantities.iter().enumerate().filter(|(_, q)| **q != 0);
        used.map(|(meter, q)| self.component(meter, *q).1).fold(BigDecimal::ZERO, |sum, part| sum.plus(&part))
    }

    /// Call rounding, then the minimum where something was `consumed`.
    pub(super) fn finish(&self, sum: BigDecimal, consumed: bool) -> BigDecimal {
        let rounded = match self.finish.rounding_at(RoundingPlace::Call) {
            Some((scale, mode)) => sum.round(scale, mode),
            None => sum,
        };
        match self.finish.minimum.filter(|_| consumed) {
            Some(minimum) => rounded.max(BigDecimal::of(minimum)),
            None => rounded,
        }
    }
}

/// The first of the meters, by bit.
#[cold]
fn no_rate(missing: u32) -> Unpriced {
    Unpriced::NoRate(Meter::ALL[missing.trailing_zeros() as usize])
}

impl<P: Price> Narrow<P> {
    /// `None` where a price does not fit.
    fn new(exact: &[BigDecimal; METERS], finish: &Finish) -> Option<Narrow<P>> {
        let scale = exact.iter().map(BigDecimal::scale).max().unwrap_or(0);
        let mut prices = [P::default(); METERS];
        for (narrow, price) in prices.iter_mut().zip(exact) {
            *narrow = price.at_scale(scale).short().and_then(|p| P::try_from(p).ok())?;
        }
        let mut left = scale;
        let mut step = |place| -> Option<Option<(i128, Mode)>> {
            let Some((to, mode)) = finish.rounding_at(place).filter(|r| r.0 < scale) else {
                return Some(None);
            };
            left = to;
            Some(Some((10i128.checked_pow(scale - to)?, mode)))
        };
        let (component, call) = (step(RoundingPlace::Component)?, step(RoundingPlace::Call)?);
        let down = if left > SCALE { Some(10i128.checked_pow(left - SCALE)?) } else { None };
        let minimum = match finish.minimum {
            Some(minimum) => Some(minimum.at_scale(SCALE)?),
            None => None,
        };
        let steps = Steps { call, down, up: 10i64.pow(SCALE.saturating_sub(left)), minimum };
        Some(Narrow { prices, component, steps })
    }

    /// `None` where 128 bits do not suffice. `used`: the meters with a quantity, by bit.
    #[inline]
    fn charge(&self, quantities: &Quantities, meters: &[usize], used: u32) -> Option<Amount> {
        let mut sum = 0i128;
        match self.component {
            None => {
                for &meter in meters {
                    sum = sum.checked_add(self.prices[meter].times(quantities[meter])?)?;
                }
            }
            Some((step, mode)) => {
                for &meter in meters {
                    let product = self.prices[meter].times(quantities[meter])?;
                    sum = sum.checked_add(div_round(product, step, mode)?)?;
                }
            }
        }
        self.steps.finish(sum, used != 0)
    }
}

impl Steps {
    /// `None` where 128 bits do not suffice, and [`Prices::charge`] must be asked.
    #[inline]
    pub(super) fn finish(&self, mut sum: i128, consumed: bool) -> Option<Amount> {
        if let Some((step, mode)) = self.call {
            sum = div_round(sum, step, mode)?;
        }
        if let Some(step) = self.down {
            sum = div_round(sum, step, Mode::HalfEven)?;
        }
        let raw = match i64::try_from(sum) {
            Ok(small) => i128::from(small) * i128::from(self.up),
            Err(_) => sum.checked_mul(i128::from(self.up))?,
        };
        let least = self.minimum.filter(|_| consumed);
        Amount::from_raw(least.map_or(raw, |least| raw.max(least)))
    }
}
