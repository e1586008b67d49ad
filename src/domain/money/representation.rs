//! How a source writes the amounts it charges, so that ours can be held against them.

use super::amount::{Amount, SCALE};
use super::rounding::Mode;
use super::units::Ratio;
use crate::domain::hash::{Canonical, CanonicalBytes};

/// What a source does to an amount before it writes it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Representation {
    /// Every digit is written.
    Exact,
    /// Rounded to `scale` places.
    Decimal { scale: u32, mode: Mode },
    /// A whole number of the unit.
    Integer { mode: Mode },
    /// A binary double: equal within 8 units in the last place.
    Float64,
}

impl Representation {
    /// Our exact amount as the source would have written it in its own unit.
    pub fn of(self, ratio: Ratio, exact: Amount) -> Option<Amount> {
        let there = ratio.apply(exact)?;
        match self {
            Representation::Exact | Representation::Float64 => Some(there),
            Representation::Decimal { scale, mode } => there.round(scale, mode),
            Representation::Integer { mode } => there.round(0, mode),
        }
    }

    /// Whether a recorded amount is the expected one (already passed through [`Self::of`]).
    pub fn same(self, recorded: Amount, expected: Amount) -> bool {
        recorded == expected || (self == Representation::Float64 && is_same_double(recorded, expected))
    }
}

/// 8 units in the last place of a double, or what keeping 18 places of both may have moved: half of 10^-18 each.
fn is_same_double(recorded: Amount, expected: Amount) -> bool {
    let kept = !expected.is_zero() && recorded.raw().abs_diff(expected.raw()) <= 1;
    kept || within_ulps(recorded, expected, 17)
}

/// |a - b| <= `half_ulps` / 2 units in the last place of the double nearest to `b`, in integers.
fn within_ulps(a: Amount, b: Amount, half_ulps: u128) -> bool {
    let one = 10u128.pow(SCALE);
    let (size, gap) = (b.raw().unsigned_abs(), a.raw().abs_diff(b.raw()));
    if size == 0 {
        return gap == 0;
    }
    // 2^exponent <= size / 10^18 < 2^(exponent + 1)
    let mut exponent = 0i32;
    while exponent < 66 && (one << (exponent + 1).min(67)) <= size {
        exponent += 1;
    }
    let mut scaled = size;
    while exponent <= 0 && scaled < one {
        scaled <<= 1;
        exponent -= 1;
    }
    // gap / 10^18 <= half_ulps * 2^(exponent - 53)
    let allowed = half_ulps * one;
    let shift = 53 - exponent;
    if shift >= 127 {
        return gap == 0;
    }
    match u32::try_from(shift) {
        Ok(shift) => gap.checked_mul(1u128 << shift).is_some_and(|scaled| scaled <= allowed),
        Err(_) => gap <= allowed,
    }
}

impl Canonical for Representation {
    fn write(&self, to: &mut CanonicalBytes) {
        match self {
            Representation::Exact => to.record("exact", |_| {}),
            Representation::Decimal { scale, mode } => to.record("decimal", |to| {
                to.member("scale", scale);
                to.member("mode", mode.name());
            }),
            Representation::Integer { mode } => to.record("integer", |to| to.member("mode", mode.name())),
            Representation::Float64 => to.record("float64", |_| {}),
        }
    }
}
