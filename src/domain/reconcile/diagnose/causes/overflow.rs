//! An amount at the bound of a machine integer.

use crate::domain::money::Amount;
use crate::domain::reconcile::diagnose::cause::{After, Cause, CauseWords, Hypothesis, Nature, Scene};

const BOUNDS: [(&str, i64); 7] = [
    ("the largest 32-bit number", i32::MAX as i64),
    ("the smallest 32-bit number", i32::MIN as i64),
    ("the largest unsigned 32-bit number", u32::MAX as i64),
    ("the largest 53-bit number", (1 << 53) - 1),
    ("2^53", 1 << 53),
    ("the largest 64-bit number", i64::MAX),
    ("the smallest 64-bit number", i64::MIN),
];

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "overflow_or_absurd_usage",
    words: CauseWords {
        sentence: "The usage is beyond what a call can have, or a counter overflowed",
        english: "Usage beyond what is possible",
        chinese: "用量异常",
    },
    family: "unit",
    rank: 5,
    nature: Nature::Incidental,
    explains_zero: false,
    decided_by: "the gateway's own record of clamped amounts",
    applies: |_| true,
    suppose,
}];

fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    BOUNDS
        .map(|(name, bound)| {
            Hypothesis::after(scene.at_source(), name, vec![After::Is(Amount::from_int(bound))]).alone()
        })
        .into()
}
