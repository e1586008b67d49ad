//! Decimal numbers of any length: what lies between exact rates and a charge of 38 digits.
//!
//! Numbers are kept in 128 bits where they fit, which is nearly always; the others are as long as they are.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use crate::domain::money::{self, Amount, Exact, Mode, SCALE};

/// `value` x 10^-`scale`, exact whatever its length.
#[derive(Clone, Debug)]
pub(super) struct BigDecimal {
    value: Int,
    scale: u32,
}

/// Never `Long` where 128 bits suffice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Int {
    Short(i128),
    Long(BigInt),
}

fn pow10(n: u32) -> Int {
    match 10i128.checked_pow(n) {
        Some(short) => Int::Short(short),
        None => Int::Long(BigInt::from(10).pow(n)),
    }
}

impl Int {
    pub(super) const ZERO: Int = Int::Short(0);

    fn of(long: BigInt) -> Int {
        match i128::try_from(&long) {
            Ok(short) => Int::Short(short),
            Err(_) => Int::Long(long),
        }
    }

    fn long(&self) -> BigInt {
        match self {
            Int::Short(short) => BigInt::from(*short),
            Int::Long(long) => long.clone(),
        }
    }

    pub(super) fn short(&self) -> Option<i128> {
        match self {
            Int::Short(short) => Some(*short),
            Int::Long(_) => None,
        }
    }

    fn times(&self, other: &Int) -> Int {
        let short = || self.short()?.checked_mul(other.short()?);
        short().map_or_else(|| Int::of(self.long() * other.long()), Int::Short)
    }

    fn plus(&self, other: &Int) -> Int {
        let short = || self.short()?.checked_add(other.short()?);
        short().map_or_else(|| Int::of(self.long() + other.long()), Int::Short)
    }

    /// Divided by 10^`drop`, rounded.
    fn without(&self, drop: u32, mode: Mode) -> Int {
        let divisor = pow10(drop);
        let short = || money::div_round(self.short()?, divisor.short()?, mode);
        short().map_or_else(|| div_round(&self.long(), &divisor.long(), mode), Int::Short)
    }
}

/// `n / d` for `d` > 0, rounded.
fn div_round(n: &BigInt, d: &BigInt, mode: Mode) -> Int {
    let quotient = n / d;
    let rest = n - &quotient * d;
    let size = rest.magnitude();
    let twice: BigInt = BigInt::from(size.clone()) * 2;
    let away = rest.sign() != Sign::NoSign && mode.away(quotient.bit(0), twice.cmp(d));
    let step = match n.sign() {
        _ if !away => 0,
        Sign::Minus => -1,
        _ => 1,
    };
    Int::of(quotient + step)
}

impl BigDecimal {
    pub(super) const ZERO: BigDecimal = BigDecimal { value: Int::ZERO, scale: 0 };
    pub(super) const ONE: BigDecimal = BigDecimal { value: Int::Short(1), scale: 0 };

    pub(super) fn of(value: Exact) -> BigDecimal {
        BigDecimal { value: Int::Short(value.mantissa()), scale: value.scale() }
    }

    pub(super) fn scale(&self) -> u32 {
        self.scale
    }

    pub(super) fn times(&self, factor: Exact) -> BigDecimal {
        let value = self.value.times(&Int::Short(factor.mantissa()));
        BigDecimal { value, scale: self.scale + factor.scale() }.reduced()
    }

    /// Without trailing zeros after the point.
    fn reduced(mut self) -> BigDecimal {
        let long = match &mut self.value {
            Int::Short(short) => return BigDecimal::of(Exact::new(*short, self.scale)),
            Int::Long(long) => long,
        };
        while self.scale > 0 && (&*long % 10u32).sign() == Sign::NoSign {
            *long /= 10u32;
            self.scale -= 1;
        }
        BigDecimal { value: Int::of(std::mem::take(long)), scale: self.scale }
    }

    /// The value counted in 10^-`scale`, a scale no coarser than its own.
    pub(super) fn at_scale(&self, scale: u32) -> Int {
        match scale.saturating_sub(self.scale) {
            0 => self.value.clone(),
            up => self.value.times(&pow10(up)),
        }
    }

    pub(super) fn plus(&self, other: &BigDecimal) -> BigDecimal {
        let scale = self.scale.max(other.scale);
        BigDecimal { value: self.at_scale(scale).plus(&other.at_scale(scale)), scale }
    }

    /// Times 10^`power`.
    pub(super) fn shifted(&self, power: i32) -> BigDecimal {
        let size = power.unsigned_abs();
        if power < 0 {
            return BigDecimal { value: self.value.clone(), scale: self.scale + size }.reduced();
        }
        BigDecimal { value: self.value.times(&pow10(size)), scale: self.scale }.reduced()
    }

    pub(super) fn round(&self, scale: u32, mode: Mode) -> BigDecimal {
        match self.scale.saturating_sub(scale) {
            0 => self.clone(),
            drop => BigDecimal { value: self.value.without(drop, mode), scale },
        }
    }

    pub(super) fn max(self, other: BigDecimal) -> BigDecimal {
        let scale = self.scale.max(other.scale);
        if self.at_scale(scale).cmp(&other.at_scale(scale)).is_lt() { other } else { self }
    }

    /// Rounded half-even at 18 places; `None` beyond 38 digits.
    pub(super) fn amount(&self) -> Option<Amount> {
        Amount::from_raw(self.round(SCALE, Mode::HalfEven).at_scale(SCALE).short()?)
    }

    /// The same number; where it has more than 38 digits, rounded half-even to those that fit.
    /// `None` where that would cost digits before the point.
    pub(super) fn to_exact(&self) -> Option<Exact> {
        let limit = 10i128.pow(38);
        let full = self.clone().reduced();
        let mut shown = full.clone();
        loop {
            match shown.value.short().filter(|short| short.unsigned_abs() < limit.unsigned_abs()) {
                Some(short) => return Some(Exact::new(short, shown.scale)),
                // From the full number each time, so that it is rounded once.
                None => shown = full.round(shown.scale.checked_sub(1)?, Mode::HalfEven),
            }
        }
    }
}

impl Ord for Int {
    fn cmp(&self, other: &Int) -> Ordering {
        match (self, other) {
            (Int::Short(a), Int::Short(b)) => a.cmp(b),
            _ => self.long().cmp(&other.long()),
        }
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Int) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
