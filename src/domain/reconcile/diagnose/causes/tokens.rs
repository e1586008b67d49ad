//! A number of tokens taken for an amount.

use crate::domain::money::Amount;
use crate::domain::reconcile::diagnose::Case;
use crate::domain::reconcile::diagnose::cause::{After, Cause, CauseWords, Hypothesis, Mutation, Nature, Scene};

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "tokens_taken_as_credits",
    words: CauseWords {
        sentence: "The number of tokens was taken for credits",
        english: "Tokens debited as if they were credits",
        chinese: "将 tokens 数当作积分扣除",
    },
    family: "unit",
    rank: 55,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls with another mix of input and output, or of a model at another price",
    applies: |case| case.usage().is_some_and(|u| u.total_tokens() > 0),
    suppose,
}];

fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    let variant = "the number of tokens is the amount";
    vec![Hypothesis::per_call(scene.at_source(), variant, tokens).unmarked().alone()]
}

fn tokens(case: &Case) -> Option<Mutation> {
    Some(Mutation::after(After::Is(Amount::from_int(case.usage()?.total_tokens()))))
}
