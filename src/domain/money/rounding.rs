//! Rounding by name, and division that rounds once.

/// How a number between two steps is rounded. `HalfUp` and `Up` go away from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    HalfUp,
    HalfEven,
    Up,
    Down,
}

impl Mode {
    pub const ALL: [Mode; 4] = [Mode::HalfUp, Mode::HalfEven, Mode::Up, Mode::Down];

    pub fn name(self) -> &'static str {
        match self {
            Mode::HalfUp => "half_up",
            Mode::HalfEven => "half_even",
            Mode::Up => "up",
            Mode::Down => "down",
        }
    }

    pub fn from_name(name: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|m| m.name() == name)
    }

    /// Whether the size goes up by one, for a remainder that is not zero: `odd` is the quotient's last
    /// bit, `half` the remainder against half of the divisor.
    pub fn away(self, odd: bool, half: std::cmp::Ordering) -> bool {
        match self {
            Mode::Up => true,
            Mode::Down => false,
            Mode::HalfUp => half.is_ge(),
            Mode::HalfEven => half.is_gt() || (half.is_eq() && odd),
        }
    }
}

/// `n / d`, rounded. `None` when `d` is zero or the result does not fit.
pub fn div_round(n: i128, d: i128, mode: Mode) -> Option<i128> {
    if let (Ok(n), Ok(d @ 1..)) = (i64::try_from(n), i64::try_from(d)) {
        return Some(i128::from(div_round_64(n, d, mode)));
    }
    let quotient = n.checked_div(d)?;
    let remainder = n.unsigned_abs() % d.unsigned_abs();
    if remainder == 0 {
        return Some(quotient);
    }
    let half = remainder.cmp(&(d.unsigned_abs() - remainder));
    if !mode.away(quotient % 2 != 0, half) {
        return Some(quotient);
    }
    quotient.checked_add(if (n < 0) == (d < 0) { 1 } else { -1 })
}

/// The same for a divisor above zero, in machine words.
fn div_round_64(n: i64, d: i64, mode: Mode) -> i64 {
    let (quotient, remainder) = (n / d, (n % d).unsigned_abs());
    if remainder == 0 || !mode.away(quotient % 2 != 0, remainder.cmp(&(d.unsigned_abs() - remainder))) {
        return quotient;
    }
    quotient + n.signum()
}

/// `a * b / d`, exact in 256 bits before the one rounding.
pub fn mul_div_round(a: i128, b: i128, d: i128, mode: Mode) -> Option<i128> {
    if let Some(product) = a.checked_mul(b) {
        return div_round(product, d, mode);
    }
    if d == 0 {
        return None;
    }
    let negative = (a < 0) ^ (b < 0) ^ (d < 0);
    let divisor = d.unsigned_abs();
    let (high, low) = widening_mul(a.unsigned_abs(), b.unsigned_abs());
    let (quotient, remainder) = wide_div(high, low, divisor)?;
    let up = remainder != 0 && mode.away(quotient % 2 != 0, remainder.cmp(&(divisor - remainder)));
    let size = i128::try_from(quotient.checked_add(u128::from(up))?).ok()?;
    Some(if negative { -size } else { size })
}

fn widening_mul(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let (low, mid1, mid2, high) = (a0 * b0, a1 * b0, a0 * b1, a1 * b1);
    let carry = ((low >> 64) + (mid1 & LOW) + (mid2 & LOW)) >> 64;
    let bottom = low.wrapping_add(mid1 << 64).wrapping_add(mid2 << 64);
    (high + (mid1 >> 64) + (mid2 >> 64) + carry, bottom)
}

/// Long division bit by bit; `None` when the quotient needs more than 128 bits.
fn wide_div(high: u128, low: u128, d: u128) -> Option<(u128, u128)> {
    if high >= d {
        return None;
    }
    let (mut rest, mut quotient) = (high, 0u128);
    for bit in (0..128).rev() {
        let overflow = rest >> 127 == 1;
        rest = (rest << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if overflow || rest >= d {
            rest = rest.wrapping_sub(d);
            quotient |= 1;
        }
    }
    Some((quotient, rest))
}
