//! How unlikely it is that a cause fits by accident, in bits, in integers.

use crate::domain::money::Amount;

/// One bit, in the fixed-point numbers used here.
const BIT: i64 = 1024;
/// log2(10).
const DIGIT: i64 = 3402;
/// An accident is implausible below 1 in 100.
const ENOUGH: i64 = 6803;

/// What fitting one amount says against an accident: a number of d digits is hit by one in 10^d.
pub(crate) fn weight(target: Amount, slight: bool) -> i64 {
    match target.significant_digits() {
        _ if slight => 2 * BIT,
        // Nobody arrives at a zero by way of a wrong rate.
        0 => 4 * DIGIT,
        digits => i64::from(digits) * DIGIT,
    }
}

/// Logarithms of factorials, for counting ways to choose.
pub(crate) struct Ways(Vec<i64>);

impl Ways {
    /// Ready for choosing from up to `most`.
    pub(crate) fn up_to(most: usize) -> Ways {
        let logs = (1..=most as u64).scan(0, |sum, n| {
            *sum += log2(n);
            Some(*sum)
        });
        Ways(std::iter::once(0).chain(logs).collect())
    }

    /// log2 of the number of ways to choose k of n.
    fn choose(&self, n: usize, k: usize) -> i64 {
        let log = |n: usize| self.0.get(n).or(self.0.last()).copied().unwrap_or(0);
        log(n) - log(k) - log(n - k.min(n))
    }

    /// Bits against an accident where `fitted` of `of` distinct amounts, together of this weight, are
    /// hit by the best of `tried` hypotheses.
    pub(crate) fn bits(&self, weight: i64, fitted: usize, of: usize, tried: u64) -> i64 {
        weight - self.choose(of.max(fitted), fitted) - log2(tried.max(1))
    }
}

pub(crate) fn is_implausible(bits: i64) -> bool {
    bits >= ENOUGH
}

/// log2(x), rounded down to 1/1024; `x` >= 1.
fn log2(x: u64) -> i64 {
    let whole = x.max(1).ilog2();
    let mut mantissa = (u128::from(x.max(1)) << 63) >> whole;
    let mut log = i64::from(whole);
    for _ in 0..10 {
        mantissa = (mantissa * mantissa) >> 63;
        let carry = mantissa >> 64;
        mantissa >>= carry;
        log = 2 * log + i64::from(carry == 1);
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms() {
        for (x, expect) in [(1, 0), (2, 1024), (3, 1623), (10, 3401), (1024, 10_240), (1_000_000, 20_410)] {
            assert!((log2(x) - expect).abs() <= 1, "log2({x}) = {}", log2(x));
        }
        let ways = Ways::up_to(52);
        assert!((ways.choose(52, 5) - 21_811).abs() <= 40, "{}", ways.choose(52, 5));
        assert_eq!(ways.choose(7, 7), 0);
    }

    #[test]
    fn one_amount_needs_digits_and_many_need_few() {
        let ways = Ways::up_to(500);
        let lone = |text: &str, tried| is_implausible(ways.bits(weight(text.parse().unwrap(), false), 1, 1, tried));
        assert!(lone("0.008907", 60));
        assert!(!lone("0.0089", 60));
        assert!(lone("123456", 1000) && !lone("12345", 4000));
        let three = ways.bits(3 * weight("0.12".parse().unwrap(), false), 3, 3, 60);
        assert!(is_implausible(three));
        assert!(!is_implausible(ways.bits(3 * weight("0.12".parse().unwrap(), false), 3, 500, 60)));
    }
}
