//! Cache writes at the wrong rate, or at none.

use crate::domain::call::Meter::{self, CacheWrite, CacheWrite1h, Input};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Nature, Scene};

const WRITE: Cause = Cause {
    code: "",
    words: CauseWords::NONE,
    family: "cache_write",
    rank: 20,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls that write another number of tokens to the cache, or for another time",
    applies: |case| case.has(&[CacheWrite, CacheWrite1h]),
    suppose: |_| Vec::new(),
};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        code: "cache_write_at_input",
        words: CauseWords {
            sentence: "Cache writes were charged at the plain input rate",
            english: "Cache writes charged at the input rate",
            chinese: "缓存写入按输入价计费",
        },
        suppose: at_input,
        ..WRITE
    },
    Cause {
        code: "cache_write_unpriced",
        words: CauseWords {
            sentence: "Cache writes were not charged",
            english: "Cache writes not charged",
            chinese: "缓存写入未计费",
        },
        suppose: unpriced,
        ..WRITE
    },
    Cause {
        code: "cache_write_ttl_wrong",
        words: CauseWords {
            sentence: "Cache writes were charged at the rate of the other lifetime (5 minutes, 1 hour)",
            english: "Cache writes charged for another lifetime",
            chinese: "缓存写入按其他有效期计费",
        },
        suppose: ttl_wrong,
        ..WRITE
    },
];

fn at_input(scene: &Scene) -> Vec<Hypothesis> {
    let short = Edit::RateOf { meter: CacheWrite, like: Input };
    let long = Edit::RateOf { meter: CacheWrite1h, like: Input };
    let new = |variant, edits| Hypothesis::new(scene.at_route(), variant, edits);
    let mut all = vec![
        new("cache writes at the input rate", vec![short.clone(), long.clone()]),
        new("5 minute cache writes at the input rate", vec![short]),
        new("1 hour cache writes at the input rate", vec![long]),
    ];
    all.extend(merged(scene, "cache writes not told from other input", &[CacheWrite, CacheWrite1h], Input));
    all.extend(merged(scene, "5 minute cache writes not told from other input", &[CacheWrite], Input));
    all.extend(merged(scene, "1 hour cache writes not told from other input", &[CacheWrite1h], Input));
    all
}

fn merged(scene: &Scene, variant: &str, meters: &[Meter], into: Meter) -> Option<Hypothesis> {
    scene.merged(meters, into).map(|edits| Hypothesis::new(scene.at_route(), variant, edits))
}

fn unpriced(scene: &Scene) -> Vec<Hypothesis> {
    let new = |variant, edits| Hypothesis::new(scene.at_route(), variant, edits);
    vec![
        new("cache writes not charged", vec![Edit::RateZero(CacheWrite), Edit::RateZero(CacheWrite1h)]),
        new("5 minute cache writes not charged", vec![Edit::RateZero(CacheWrite)]),
        new("1 hour cache writes not charged", vec![Edit::RateZero(CacheWrite1h)]),
    ]
}

fn ttl_wrong(scene: &Scene) -> Vec<Hypothesis> {
    let short_as_long = Edit::RateOf { meter: CacheWrite, like: CacheWrite1h };
    let long_as_short = Edit::RateOf { meter: CacheWrite1h, like: CacheWrite };
    let mut all = vec![
        Hypothesis::new(scene.at_route(), "1 hour cache writes at the 5 minute rate", vec![long_as_short]),
        Hypothesis::new(scene.at_route(), "5 minute cache writes at the 1 hour rate", vec![short_as_long]),
    ];
    all.extend(merged(scene, "1 hour cache writes not told from 5 minute ones", &[CacheWrite1h], CacheWrite));
    all.extend(merged(scene, "5 minute cache writes not told from 1 hour ones", &[CacheWrite], CacheWrite1h));
    all
}
