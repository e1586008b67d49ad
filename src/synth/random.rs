//! Chance from a seed, in integers only, so that every machine throws the same.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};

/// A stream of chance; two streams of one seed know nothing of each other.
pub(super) struct Rng(ChaCha8Rng);

impl Rng {
    pub(super) fn new(seed: u64, stream: u64) -> Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Rng(rng)
    }

    /// A number in `0..n`; 0 where `n` is 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(n);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    pub(super) fn index(&mut self, n: usize) -> usize {
        usize::try_from(self.below(n as u64)).unwrap_or(0)
    }

    /// A number in `low..=high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.abs_diff(low).saturating_add(1);
        low.saturating_add_unsigned(self.below(width))
    }

    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// A long-tailed size: half of all below `median`, each doubling half as likely, at most 128 times.
    pub(super) fn tail(&mut self, median: i64) -> i64 {
        let doublings = self.0.next_u64().trailing_ones().min(7);
        let low = (median / 2).max(1) << doublings;
        self.between(low, 2 * low - 1)
    }

    /// An index, each as likely as its weight.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let mut throw = self.below(weights.clone().map(u64::from).sum());
        for (i, weight) in weights.enumerate() {
            if throw < u64::from(weight) {
                return i;
            }
            throw -= u64::from(weight);
        }
        0
    }
}

/// Scrambles a counter without ever giving two counters one value.
pub(super) fn scramble(counter: u64) -> u64 {
    let mut z = counter.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
