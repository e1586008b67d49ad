//! From quantities to an amount, in integers.
//!
//! Every price of a cell is brought to one scale, so that a charge is a sum of integer products.
//! Where prices fit machine words the sum is taken in 128 bits, else in 256; both are exact until
//! the roundings the book names, so they give the same digits.

use arrow::datatypes::i256;

use super::types::Unpriced;
use super::wide::Wide;
use crate::domain::call::{METERS, Meter};
use crate::domain::money::{Amount, Exact, Mode, SCALE, div_round};
use crate::domain::price::{Rounding, RoundingPlace};

/// Quantities to price, by meter.
pub(super) type Quantities = [i64; METERS];

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
    scale: u32,
    wide: Box<[i256; METERS]>,
    finish: Finish,
    narrow: Option<Narrow>,
}

/// The same in machine words. Prices stay below 2^55, so that 15 products cannot leave 128 bits.
#[derive(Clone, Debug)]
struct Narrow {
    prices: [i64; METERS],
    component: Option<(i128, Mode)>,
    call: Option<(i128, Mode)>,
    /// Half-even to 18 places, where the sum has more.
    down: Option<i128>,
    /// To 18 places, where it has fewer.
    up: i64,
    minimum: Option<i128>,
}

impl Prices {
    /// `None` where 76 digits do not hold a price.
    pub(super) fn new(rates: &[Option<Exact>; METERS], factors: &[Exact], finish: Finish) -> Option<Prices> {
        let factor = factors.iter().try_fold(Wide::ONE, |product, f| product.times(*f))?;
        let mut prices = [None; METERS];
        for (price, rate) in prices.iter_mut().zip(rates) {
            if let Some(rate) = rate {
                *price = Some(factor.times(*rate)?);
            }
        }
        let scale = prices.iter().flatten().map(|p| p.scale()).max().unwrap_or(0);
        let mut wide = Box::new([i256::ZERO; METERS]);
        let mut known = 0;
        for (meter, price) in prices.iter().enumerate() {
            if let Some(price) = price {
                known |= 1 << meter;
                wide[meter] = price.at_scale(scale)?;
            }
        }
        let narrow = Narrow::new(&wide, scale, &finish);
        Some(Prices { known, scale, wide, finish, narrow })
    }

    /// The amount of a call. `meters` lists, in order, those that may have a quantity.
    pub(super) fn charge(&self, quantities: &Quantities, meters: &[usize]) -> Result<Amount, Unpriced> {
        if let Some(meter) = meters.iter().find(|m| quantities[**m] != 0 && self.known >> **m & 1 == 0) {
            return Err(Unpriced::NoRate(Meter::ALL[*meter]));
        }
        let narrow = self.narrow.as_ref().and_then(|n| n.charge(quantities, meters));
        match narrow {
            Some(amount) => Ok(amount),
            None => self.charge_wide(quantities).ok_or(Unpriced::Overflow),
        }
    }

    fn charge_wide(&self, quantities: &Quantities) -> Option<Amount> {
        let consumed = quantities.iter().any(|q| *q != 0);
        self.finish(self.sum(quantities)?, consumed)?.amount()
    }

    /// One component: exact, and as rounded where the book rounds components.
    pub(super) fn component(&self, meter: usize, quantity: i64) -> Option<(Wide, Wide)> {
        let product = self.wide[meter].checked_mul(i256::from_i128(i128::from(quantity)))?;
        let exact = Wide::from_parts(product, self.scale);
        let rounded = match self.finish.rounding_at(RoundingPlace::Component) {
            Some((scale, mode)) => exact.round(scale, mode)?,
            None => exact,
        };
        Some((exact, rounded))
    }

    /// The sum of the components.
    pub(super) fn sum(&self, quantities: &Quantities) -> Option<Wide> {
        let used = quantities.iter().enumerate().filter(|(_, q)| **q != 0);
        used.map(|(meter, q)| self.component(meter, *q)).try_fold(Wide::ZERO, |sum, part| sum.plus(part?.1))
    }

    /// Call rounding, then the minimum where something was `consumed`.
    pub(super) fn finish(&self, sum: Wide, consumed: bool) -> Option<Wide> {
        let rounded = match self.finish.rounding_at(RoundingPlace::Call) {
            Some((scale, mode)) => sum.round(scale, mode)?,
            None => sum,
        };
        match self.finish.minimum.filter(|_| consumed) {
            Some(minimum) => rounded.max(Wide::of(minimum)),
            None => Some(rounded),
        }
    }
}

impl Narrow {
    fn new(wide: &[i256; METERS], scale: u32, finish: &Finish) -> Option<Narrow> {
        let mut prices = [0; METERS];
        for (narrow, price) in prices.iter_mut().zip(wide) {
            *narrow = price.to_i128().and_then(|p| i64::try_from(p).ok()).filter(|p| p.unsigned_abs() < 1 << 55)?;
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
        Some(Narrow { prices, component, call, down, up: 10i64.pow(SCALE.saturating_sub(left)), minimum })
    }

    /// `None` where 128 bits do not suffice.
    #[inline]
    fn charge(&self, quantities: &Quantities, meters: &[usize]) -> Option<Amount> {
        let (mut sum, mut consumed) = (0i128, 0i64);
        for &meter in meters {
            let product = i128::from(quantities[meter]) * i128::from(self.prices[meter]);
            consumed |= quantities[meter];
            sum += match self.component {
                Some((step, mode)) => div_round(product, step, mode)?,
                None => product,
            };
        }
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
        let least = self.minimum.filter(|_| consumed != 0);
        Amount::from_raw(least.map_or(raw, |least| raw.max(least)))
    }
}
