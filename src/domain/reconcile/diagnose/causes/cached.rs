//! Cached input at the wrong rate, or counted the wrong number of times.

use crate::domain::call::Meter::{self, CacheRead, CacheWrite, CacheWrite1h, Input};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Nature, Scene};

const READ: &[Meter] = &[CacheRead];
const WRITE: &[Meter] = &[CacheWrite, CacheWrite1h];
const BOTH: &[Meter] = &[CacheRead, CacheWrite, CacheWrite1h];

const CACHED: Cause = Cause {
    code: "",
    words: CauseWords::NONE,
    family: "cached",
    rank: 20,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls whose cached tokens are a different share of their input",
    applies: |case| case.has(BOTH),
    suppose: |_| Vec::new(),
};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        code: "cached_at_full_rate",
        words: CauseWords {
            sentence: "Cached input was charged at the full input rate",
            english: "Cached tokens charged at the full rate",
            chinese: "缓存 tokens 按全价计费",
        },
        applies: |case| case.has(READ),
        suppose: at_full_rate,
        ..CACHED
    },
    Cause {
        code: "cached_double_counted",
        words: CauseWords {
            sentence: "Cached input was charged twice: once inside the input, once on top",
            english: "Cached tokens counted twice",
            chinese: "缓存 tokens 重复计数",
        },
        suppose: double_counted,
        ..CACHED
    },
    Cause {
        code: "cached_not_charged",
        words: CauseWords {
            sentence: "Cached input was not charged",
            english: "Cached tokens not charged",
            chinese: "缓存 tokens 未计费",
        },
        rank: 21,
        suppose: not_charged,
        ..CACHED
    },
    Cause {
        code: "cached_subtracted_twice",
        words: CauseWords {
            sentence: "Cached input was taken off the input twice",
            english: "Cached tokens subtracted twice",
            chinese: "缓存 tokens 重复扣减",
        },
        rank: 22,
        suppose: subtracted_twice,
        ..CACHED
    },
];

fn at_full_rate(scene: &Scene) -> Vec<Hypothesis> {
    let at_input = |meters: &[Meter]| meters.iter().map(|m| Edit::RateOf { meter: *m, like: Input }).collect();
    let new = |variant, edits| Hypothesis::new(scene.at_route(), variant, edits);
    let mut all = Vec::new();
    for (apart, together, meters) in [
        ("cache reads at the input rate", "cache reads not told from other input", READ),
        ("cache reads and writes at the input rate", "cached tokens not told from other input", BOTH),
    ] {
        all.push(new(apart, at_input(meters)));
        all.extend(scene.merged(meters, Input).map(|edits| new(together, edits)));
    }
    all
}

/// One hypothesis for reads, one for writes, one for both.
fn each(scene: &Scene, what: &str, edit: fn(Meter) -> Edit) -> Vec<Hypothesis> {
    [("reads", READ), ("writes", WRITE), ("reads and writes", BOTH)]
        .map(|(name, meters)| {
            let edits = meters.iter().copied().map(edit).collect();
            Hypothesis::new(scene.at_route(), &format!("cache {name} {what}"), edits)
        })
        .into()
}

fn double_counted(scene: &Scene) -> Vec<Hypothesis> {
    each(scene, "also counted as input", |from| Edit::CountAlso { from, into: Input })
}

/// Writes alone are `cache_write_unpriced`.
fn not_charged(scene: &Scene) -> Vec<Hypothesis> {
    let mut all = each(scene, "not charged", Edit::RateZero);
    all.remove(1);
    all
}

fn subtracted_twice(scene: &Scene) -> Vec<Hypothesis> {
    let mut all = each(scene, "taken off the input twice", |from| Edit::CountLess { from, of: Input, floor: false });
    let floored = |from| Edit::CountLess { from, of: Input, floor: true };
    all.extend(each(scene, "taken off the input twice, down to 0", floored));
    all
}
