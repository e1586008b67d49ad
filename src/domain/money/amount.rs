//! An exact amount of one unit, at a fixed scale of 18 decimal places.

use std::fmt;
use std::str::FromStr;

use super::exact::{Exact, NumberError};
use super::rounding::{Mode, div_round};
use crate::domain::hash::{Canonical, CanonicalBytes};

/// Decimal places every amount is kept at, in memory and in the lake (`decimal(38,18)`).
pub const SCALE: u32 = 18;
const ONE: i128 = 10i128.pow(SCALE);
const LIMIT: i128 = 10i128.pow(38);

/// An amount of some unit (the unit travels beside it), counted in 10^-18.
///
/// Arithmetic is checked: `None` means the result has more than 38 digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i128);

impl Amount {
    pub const ZERO: Amount = Amount(0);
    /// The largest amount that one row may have, of either sign. A hundred thousand of them add up within
    /// 38 digits, as does any count of real ones, so that one absurd row never stops a sum.
    pub const LARGEST_OF_A_ROW: Amount = Amount(1_000_000_000_000_000 * ONE);

    /// From a count of 10^-18. `None` beyond 38 digits.
    pub fn from_raw(raw: i128) -> Option<Amount> {
        (raw > -LIMIT && raw < LIMIT).then_some(Amount(raw))
    }

    /// The count of 10^-18.
    pub fn raw(self) -> i128 {
        self.0
    }

    pub fn from_int(whole: i64) -> Amount {
        Amount(i128::from(whole) * ONE)
    }

    /// The value of a decimal number, rounded half-even to 18 places where it has more.
    pub fn from_exact(value: Exact) -> Option<Amount> {
        match value.at_scale(SCALE) {
            Some(raw) => Amount::from_raw(raw),
            None if value.scale() > SCALE => {
                let drop = value.scale() - SCALE;
                if drop > 38 {
                    return Some(Amount::ZERO);
                }
                Amount::from_raw(div_round(value.mantissa(), 10i128.checked_pow(drop)?, Mode::HalfEven)?)
            }
            None => None,
        }
    }

    pub fn to_exact(self) -> Exact {
        Exact::new(self.0, SCALE)
    }

    pub fn checked_add(self, other: Amount) -> Option<Amount> {
        Amount::from_raw(self.0.checked_add(other.0)?)
    }

    pub fn checked_sub(self, other: Amount) -> Option<Amount> {
        Amount::from_raw(self.0.checked_sub(other.0)?)
    }

    pub fn checked_mul(self, times: i64) -> Option<Amount> {
        Amount::from_raw(self.0.checked_mul(i128::from(times))?)
    }

    /// Sum of many; `None` when it leaves 38 digits.
    pub fn sum(amounts: impl IntoIterator<Item = Amount>) -> Option<Amount> {
        amounts.into_iter().try_fold(Amount::ZERO, Amount::checked_add)
    }

    pub fn abs(self) -> Amount {
        Amount(self.0.abs())
    }

    /// Whether one row may have it: at most [`Amount::LARGEST_OF_A_ROW`], of either sign.
    #[inline]
    pub fn fits_a_row(self) -> bool {
        (-Amount::LARGEST_OF_A_ROW.0..=Amount::LARGEST_OF_A_ROW.0).contains(&self.0)
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Rounded to `scale` places (at most 18).
    pub fn round(self, scale: u32, mode: Mode) -> Option<Amount> {
        if scale >= SCALE {
            return Some(self);
        }
        let step = 10i128.pow(SCALE - scale);
        Amount::from_raw(div_round(self.0, step, mode)?.checked_mul(step)?)
    }

    /// How many digits remain once leading and trailing zeros are gone: 0.0195 has 3.
    pub fn significant_digits(self) -> u32 {
        let mut rest = self.0.unsigned_abs();
        if rest == 0 {
            return 0;
        }
        while rest.is_multiple_of(10) {
            rest /= 10;
        }
        rest.ilog10() + 1
    }
}

impl std::ops::Neg for Amount {
    type Output = Amount;
    fn neg(self) -> Amount {
        Amount(-self.0)
    }
}

/// 10^18, 10^17, ... 1: what a number with that many decimal places is multiplied by.
const UP: [i128; SCALE as usize + 1] = {
    let mut up = [1i128; SCALE as usize + 1];
    let mut places = SCALE as usize;
    while places > 0 {
        up[places - 1] = up[places] * 10;
        places -= 1;
    }
    up
};

/// The usual number, at most 18 digits and no exponent, in 64 bits; `None` leaves it to the whole grammar.
fn short(text: &[u8]) -> Option<Amount> {
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let (mut size, mut point) = (0u64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => size = size * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return None,
        }
    }
    let places = match point {
        Some(at) if at + 1 == digits.len() => return None,
        Some(at) => digits.len() - at - 1,
        None => 0,
    };
    let raw = i128::from(size).checked_mul(*UP.get(places)?)?;
    Amount::from_raw(if negative { -raw } else { raw })
}

impl FromStr for Amount {
    type Err = NumberError;

    /// A plain or JSON decimal number. Refused when it cannot be held exactly.
    fn from_str(text: &str) -> Result<Amount, NumberError> {
        if let Some(amount) = short(text.as_bytes()) {
            return Ok(amount);
        }
        let exact: Exact = text.parse()?;
        if exact.scale() > SCALE {
            return Err(NumberError::TooManyDecimals);
        }
        exact.at_scale(SCALE).and_then(Amount::from_raw).ok_or(NumberError::TooLarge)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_exact().fmt(f)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Canonical for Amount {
    fn write(&self, to: &mut CanonicalBytes) {
        to.whole(self.0);
    }
}
