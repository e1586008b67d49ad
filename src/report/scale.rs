//! Proportions and scales of charts, in whole numbers: no float comes near money.

use crate::domain::money::Amount;

/// `value` x `steps` / `whole`, rounded half away from zero; `None` where `whole` is 0.
pub(crate) fn part_of(value: Amount, whole: Amount, steps: i64) -> Option<i64> {
    let steps = i128::from(steps);
    let room = i128::MAX / 4 / steps.abs().max(1);
    let (mut value, mut whole) = (value.raw(), whole.raw());
    // Digits that no picture could show give way to room for the product.
    while value.abs() > room || whole.abs() > i128::MAX / 4 {
        (value, whole) = (value / 10, whole / 10);
    }
    if whole == 0 {
        return None;
    }
    let product = 2 * value * steps;
    let size = (product.abs() + whole.abs()) / (2 * whole.abs());
    i64::try_from(if (product < 0) == (whole < 0) { size } else { -size }).ok()
}

/// Tenths of a percent.
pub(crate) fn share_of(value: Amount, whole: Amount) -> Option<i64> {
    part_of(value, whole, 1000)
}

/// The axis of a chart: round figures from below the least value to above the greatest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// From low to high, 0 among them.
    pub ticks: Vec<Amount>,
}

impl Scale {
    /// A scale with 0 and every value on it, in steps of 1, 2 or 5 times a power of ten.
    pub fn around(values: impl IntoIterator<Item = Amount>) -> Scale {
        let (mut low, mut high) = (0i128, 0i128);
        for value in values {
            low = low.min(value.raw());
            high = high.max(value.raw());
        }
        let step = step_of(high.saturating_sub(low));
        let first = low.div_euclid(step);
        let last = -(-high).div_euclid(step);
        let ticks = (first..=last.max(first + 1)).map(|n| n.saturating_mul(step));
        Scale { ticks: ticks.filter_map(Amount::from_raw).collect() }
    }

    pub fn low(&self) -> Amount {
        self.ticks.first().copied().unwrap_or_default()
    }

    pub fn high(&self) -> Amount {
        self.ticks.last().copied().unwrap_or_default()
    }

    /// How far up the scale a value lies, in `steps` from its low end.
    pub fn place(&self, value: Amount, steps: i64) -> i64 {
        let span = self.high().checked_sub(self.low());
        let above = value.checked_sub(self.low());
        above.zip(span).and_then(|(above, span)| part_of(above, span, steps)).unwrap_or(0)
    }
}

/// The smallest round step of which four cover a span.
fn step_of(span: i128) -> i128 {
    let mut power = 1i128;
    loop {
        for digit in [1, 2, 5] {
            let step = power.saturating_mul(digit);
            if step.saturating_mul(4) >= span {
                return step.max(1);
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn parts_are_rounded_and_never_overflow() {
        assert_eq!(part_of(amount("1"), amount("3"), 1000), Some(333));
        assert_eq!(part_of(amount("2"), amount("3"), 1000), Some(667));
        assert_eq!(part_of(amount("-1"), amount("8"), 1000), Some(-125));
        assert_eq!(part_of(amount("1"), Amount::ZERO, 1000), None);
        let huge = amount("99999999999999999999");
        assert_eq!(part_of(huge, huge, 100_000), Some(100_000));
        assert_eq!(part_of(amount("0.000000000000000001"), huge, 1000), Some(0));
    }

    #[test]
    fn scales_are_round_and_hold_every_value() {
        let ticks = |values: &[&str]| -> Vec<String> {
            let scale = Scale::around(values.iter().map(|v| amount(v)));
            scale.ticks.iter().map(ToString::to_string).collect()
        };
        assert_eq!(ticks(&["39.0", "12"]), ["0", "10", "20", "30", "40"]);
        assert_eq!(ticks(&["0.0195"]), ["0", "0.005", "0.01", "0.015", "0.02"]);
        assert_eq!(ticks(&["-3", "5"]), ["-4", "-2", "0", "2", "4", "6"]);
        assert_eq!(ticks(&[]), ["0", "0.000000000000000001"]);
        let scale = Scale::around([amount("39"), amount("-1")]);
        assert_eq!((scale.place(scale.low(), 100), scale.place(scale.high(), 100)), (0, 100));
    }
}
