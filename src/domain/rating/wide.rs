//! Decimal numbers of up to 76 digits: what lies between exact rates and a charge of 38 digits.

use std::cmp::Ordering;

use arrow::datatypes::i256;

use crate::domain::money::{self, Amount, Exact, Mode, SCALE};

/// `value` x 10^-`scale`. Arithmetic gives `None` where 76 digits do not suffice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wide {
    value: i256,
    scale: u32,
}

const TEN: i256 = i256::from_i128(10);

fn pow10(n: u32) -> Option<i256> {
    match 10i128.checked_pow(n) {
        Some(short) => Some(i256::from_i128(short)),
        None => TEN.checked_pow(n),
    }
}

/// `n / d` for `d` > 0, rounded.
fn div_round(n: i256, d: i256, mode: Mode) -> Option<i256> {
    if let (Some(n), Some(d)) = (n.to_i128(), d.to_i128()) {
        return money::div_round(n, d, mode).map(i256::from_i128);
    }
    let (quotient, rest) = (n.checked_div(d)?, n.checked_rem(d)?);
    if rest == i256::ZERO {
        return Some(quotient);
    }
    let size = rest.checked_abs()?;
    let half = size.cmp(&d.checked_sub(size)?);
    let odd = quotient.to_parts().0 & 1 == 1;
    if !mode.away(odd, half) {
        return Some(quotient);
    }
    quotient.checked_add(if n.is_negative() { i256::MINUS_ONE } else { i256::ONE })
}

impl Wide {
    pub(super) const ZERO: Wide = Wide { value: i256::ZERO, scale: 0 };
    pub(super) const ONE: Wide = Wide { value: i256::ONE, scale: 0 };

    pub(super) fn of(value: Exact) -> Wide {
        Wide { value: i256::from_i128(value.mantissa()), scale: value.scale() }
    }

    pub(super) fn from_parts(value: i256, scale: u32) -> Wide {
        Wide { value, scale }
    }

    pub(super) fn scale(self) -> u32 {
        self.scale
    }

    pub(super) fn times(self, factor: Exact) -> Option<Wide> {
        let value = self.value.checked_mul(i256::from_i128(factor.mantissa()))?;
        Some(Wide { value, scale: self.scale + factor.scale() }.reduced())
    }

    /// Without trailing zeros after the point.
    fn reduced(mut self) -> Wide {
        if let Some(short) = self.value.to_i128() {
            return Wide::of(Exact::new(short, self.scale));
        }
        while self.scale > 0 && self.value.checked_rem(TEN) == Some(i256::ZERO) {
            self = Wide { value: self.value.wrapping_div(TEN), scale: self.scale - 1 };
        }
        self
    }

    /// The value counted in 10^-`scale`, a scale no coarser than its own.
    pub(super) fn at_scale(self, scale: u32) -> Option<i256> {
        if self.value == i256::ZERO {
            return Some(i256::ZERO);
        }
        self.value.checked_mul(pow10(scale.checked_sub(self.scale)?)?)
    }

    pub(super) fn plus(self, other: Wide) -> Option<Wide> {
        let scale = self.scale.max(other.scale);
        Some(Wide { value: self.at_scale(scale)?.checked_add(other.at_scale(scale)?)?, scale })
    }

    /// Times 10^`power`.
    pub(super) fn shifted(self, power: i32) -> Option<Wide> {
        if power < 0 {
            return Some(Wide { scale: self.scale + power.unsigned_abs(), ..self }.reduced());
        }
        Some(Wide { value: self.value.checked_mul(pow10(power.unsigned_abs())?)?, ..self }.reduced())
    }

    pub(super) fn round(self, scale: u32, mode: Mode) -> Option<Wide> {
        match self.scale.checked_sub(scale) {
            None | Some(0) => Some(self),
            Some(_) if self.value == i256::ZERO => Some(Wide::ZERO),
            Some(drop) => Some(Wide { value: div_round(self.value, pow10(drop)?, mode)?, scale }),
        }
    }

    pub(super) fn max(self, other: Wide) -> Option<Wide> {
        let scale = self.scale.max(other.scale);
        let ordering = self.at_scale(scale)?.cmp(&other.at_scale(scale)?);
        Some(if ordering == Ordering::Less { other } else { self })
    }

    /// Rounded half-even at 18 places; `None` beyond 38 digits.
    pub(super) fn amount(self) -> Option<Amount> {
        let value = self.round(SCALE, Mode::HalfEven)?.at_scale(SCALE)?;
        Amount::from_raw(value.to_i128()?)
    }

    /// The same number; where it has more than 38 digits, rounded half-even to those that fit.
    /// `None` where that would cost digits before the point.
    pub(super) fn to_exact(self) -> Option<Exact> {
        let limit = i256::from_i128(10i128.pow(38));
        let full = self.reduced();
        let mut shown = full;
        while shown.value.checked_abs()? >= limit {
            // From the full number each time, so that it is rounded once.
            shown = full.round(shown.scale.checked_sub(1)?, Mode::HalfEven)?;
        }
        Some(Exact::new(shown.value.to_i128()?, shown.scale))
    }
}
