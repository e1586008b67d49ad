//! Reasoning tokens left out or counted twice.

use crate::domain::call::Meter::{Output, Reasoning};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Nature, Scene};

const REASONING: Cause = Cause {
    code: "",
    words: CauseWords::NONE,
    family: "reasoning",
    rank: 20,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls with another share of reasoning tokens",
    applies: |case| case.has(&[Reasoning]),
    suppose: |_| Vec::new(),
};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        code: "reasoning_omitted",
        words: CauseWords {
            sentence: "Reasoning tokens were not charged",
            english: "Reasoning tokens not charged",
            chinese: "推理 tokens 未计费",
        },
        suppose: omitted,
        ..REASONING
    },
    Cause {
        code: "reasoning_doubled",
        words: CauseWords {
            sentence: "Reasoning tokens were charged twice",
            english: "Reasoning tokens counted twice",
            chinese: "推理 tokens 重复计数",
        },
        suppose: doubled,
        ..REASONING
    },
];

fn omitted(scene: &Scene) -> Vec<Hypothesis> {
    vec![Hypothesis::new(scene.at_route(), "reasoning not charged", vec![Edit::RateZero(Reasoning)])]
}

fn doubled(scene: &Scene) -> Vec<Hypothesis> {
    [("reasoning also counted as output", Output), ("reasoning counted twice", Reasoning)]
        .map(|(variant, into)| {
            Hypothesis::new(scene.at_route(), variant, vec![Edit::CountAlso { from: Reasoning, into }])
        })
        .into()
}
