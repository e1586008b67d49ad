//! The provider's own cost added to the charge.

use crate::domain::reconcile::diagnose::Case;
use crate::domain::reconcile::diagnose::cause::{After, Cause, CauseWords, Hypothesis, Mutation, Nature, Scene};

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "upstream_cost_summed",
    words: CauseWords {
        sentence: "The supplier's own cost was added on top",
        english: "The supplier's cost charged on top",
        chinese: "重复计入上游成本",
    },
    family: "total",
    rank: 11,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls whose upstream cost is not their charge",
    applies: |case| case.upstream_cost.is_some_and(|c| !c.is_zero()),
    suppose,
}];

fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    let variant = "charge and upstream cost summed";
    let sum = |case: &Case| Some(Mutation::after(After::Plus(case.upstream_cost?)));
    vec![Hypothesis::per_call(scene.at_route(), variant, sum)]
}
