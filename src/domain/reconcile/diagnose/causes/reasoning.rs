//! Reasoning tokens left out or counted twice.

use crate::domain::call::Meter::{Output, Reasoning};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{Cause, Hypothesis, Nature, Scene};

const REASONING: Cause = Cause {
    code: "",
    family: "reasoning",
    rank: 20,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls with another share of reasoning tokens",
    applies: |case| case.has(&[Reasoning]),
    suppose: |_| Vec::new(),
};

pub(super) const CAUSES: &[Cause] = &[
    Cause { code: "reasoning_omitted", suppose: omitted, ..REASONING },
    Cause { code: "reasoning_doubled", suppose: doubled, ..REASONING },
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
