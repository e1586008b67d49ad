//! Exact decimal numbers as they are written in files: rates, multipliers, limits.

use std::fmt;
use std::str::FromStr;

use crate::domain::hash::{Canonical, CanonicalBytes};

/// Why a text is not a number we can hold exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("is not a decimal number")]
    NotANumber,
    #[error("has more than 18 decimal places")]
    TooManyDecimals,
    #[error("has more digits than can be held exactly")]
    TooLarge,
}

/// `mantissa` x 10^-`scale`, always in lowest terms, at most 38 digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Exact {
    mantissa: i128,
    scale: u32,
}

/// The finest scale a number may have; finer input is refused.
pub const MAX_SCALE: u32 = 60;

impl Exact {
    pub const ZERO: Exact = Exact { mantissa: 0, scale: 0 };
    pub const ONE: Exact = Exact { mantissa: 1, scale: 0 };

    pub fn new(mut mantissa: i128, mut scale: u32) -> Exact {
        if let Ok(mut small) = i64::try_from(mantissa) {
            // Machine words divide faster.
            while scale > 0 && small % 10 == 0 {
                small /= 10;
                scale -= 1;
            }
            return Exact { mantissa: i128::from(small), scale };
        }
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Exact { mantissa, scale }
    }

    pub fn from_int(whole: i64) -> Exact {
        Exact { mantissa: i128::from(whole), scale: 0 }
    }

    pub fn mantissa(self) -> i128 {
        self.mantissa
    }

    pub fn scale(self) -> u32 {
        self.scale
    }

    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// The mantissa at a coarser or finer scale, `None` where digits would be lost or overflow.
    pub fn at_scale(self, scale: u32) -> Option<i128> {
        let up = scale.checked_sub(self.scale)?;
        if self.mantissa == 0 {
            return Some(0);
        }
        self.mantissa.checked_mul(10i128.checked_pow(up)?)
    }

    pub fn checked_mul(self, other: Exact) -> Option<Exact> {
        Some(Exact::new(self.mantissa.checked_mul(other.mantissa)?, self.scale + other.scale))
    }

    pub fn checked_add(self, other: Exact) -> Option<Exact> {
        let scale = self.scale.max(other.scale);
        Some(Exact::new(self.at_scale(scale)?.checked_add(other.at_scale(scale)?)?, scale))
    }

    /// Divided by a whole number, where the result is a finite decimal.
    pub fn checked_div_int(self, by: u64) -> Option<Exact> {
        let by = i128::from(by);
        if by == 0 {
            return None;
        }
        let (mut mantissa, mut scale) = (self.mantissa, self.scale);
        while mantissa % by != 0 {
            mantissa = mantissa.checked_mul(10)?;
            scale += 1;
            if scale > MAX_SCALE {
                return None;
            }
        }
        Some(Exact::new(mantissa / by, scale))
    }

    /// Multiplied by 10^`power` (`power` may be negative).
    pub fn shifted(self, power: i32) -> Option<Exact> {
        if power >= 0 {
            let factor = 10i128.checked_pow(power.unsigned_abs())?;
            Some(Exact::new(self.mantissa.checked_mul(factor)?, self.scale))
        } else {
            Some(Exact::new(self.mantissa, self.scale + power.unsigned_abs()))
        }
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Exact) -> std::cmp::Ordering {
        let scale = self.scale.max(other.scale);
        match (self.at_scale(scale), other.at_scale(scale)) {
            (Some(a), Some(b)) => a.cmp(&b),
            // Only the one with the smaller scale can overflow, and then it is the larger in size.
            (None, _) => self.mantissa.signum().cmp(&0),
            (_, None) => 0.cmp(&other.mantissa.signum()),
        }
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Exact) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Exact {
    type Err = NumberError;

    /// `[-]digits[.digits][(e|E)[+|-]digits]`, nothing else: no blanks, no `+5`, no `1_000`.
    fn from_str(text: &str) -> Result<Exact, NumberError> {
        let bytes = text.as_bytes();
        let (negative, mut rest) = match bytes.first() {
            Some(b'-') => (true, &bytes[1..]),
            _ => (false, bytes),
        };
        let (mut mantissa, mut scale, mut pending_zeros) = (0i128, 0i64, 0u32);
        let mut push = |digit: u8, fraction: bool| -> Result<(), NumberError> {
            if fraction {
                scale += 1;
            }
            if digit == b'0' && fraction {
                pending_zeros += 1;
                return Ok(());
            }
            let shift = 10i128.checked_pow(pending_zeros + 1).ok_or(NumberError::TooLarge)?;
            pending_zeros = 0;
            mantissa = mantissa
                .checked_mul(shift)
                .and_then(|m| m.checked_add(i128::from(digit - b'0')))
                .ok_or(NumberError::TooLarge)?;
            Ok(())
        };
        let whole = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if whole == 0 {
            return Err(NumberError::NotANumber);
        }
        for &b in &rest[..whole] {
            push(b, false)?;
        }
        rest = &rest[whole..];
        if let Some((b'.', tail)) = rest.split_first() {
            let places = tail.iter().take_while(|b| b.is_ascii_digit()).count();
            if places == 0 {
                return Err(NumberError::NotANumber);
            }
            for &b in &tail[..places] {
                push(b, true)?;
            }
            rest = &tail[places..];
        }
        let mut scale = scale - i64::from(pending_zeros);
        if let Some((b'e' | b'E', tail)) = rest.split_first() {
            scale -= exponent(tail)?;
        } else if !rest.is_empty() {
            return Err(NumberError::NotANumber);
        }
        if mantissa == 0 {
            return Ok(Exact::ZERO);
        }
        if scale < 0 {
            let up = u32::try_from(-scale).ok().and_then(|s| 10i128.checked_pow(s)).ok_or(NumberError::TooLarge)?;
            mantissa = mantissa.checked_mul(up).ok_or(NumberError::TooLarge)?;
            scale = 0;
        }
        if mantissa >= 10i128.pow(38) {
            return Err(NumberError::TooLarge);
        }
        let scale = u32::try_from(scale).map_err(|_| NumberError::TooManyDecimals)?;
        let exact = Exact::new(if negative { -mantissa } else { mantissa }, scale);
        if exact.scale > MAX_SCALE { Err(NumberError::TooManyDecimals) } else { Ok(exact) }
    }
}

fn exponent(text: &[u8]) -> Result<i64, NumberError> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NumberError::NotANumber);
    }
    if digits.len() > 4 {
        return Err(if negative { NumberError::TooManyDecimals } else { NumberError::TooLarge });
    }
    let value = digits.iter().fold(0i64, |n, d| n * 10 + i64::from(d - b'0'));
    Ok(if negative { -value } else { value })
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = self.scale as usize;
        let mut text = String::with_capacity(digits.len() + scale + 2);
        if self.mantissa < 0 {
            text.push('-');
        }
        if scale == 0 {
            text.push_str(&digits);
        } else if digits.len() > scale {
            text.push_str(&digits[..digits.len() - scale]);
            text.push('.');
            text.push_str(&digits[digits.len() - scale..]);
        } else {
            text.push_str("0.");
            text.extend(std::iter::repeat_n('0', scale - digits.len()));
            text.push_str(&digits);
        }
        f.pad(&text)
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Canonical for Exact {
    fn write(&self, to: &mut CanonicalBytes) {
        let Exact { mantissa, scale } = self;
        to.record("exact", |to| {
            to.whole_member("mantissa", *mantissa);
            to.member("scale", scale);
        });
    }
}
