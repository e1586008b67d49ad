//! Nothing charged although tokens and price are above zero.

use crate::domain::money::Amount;
use crate::domain::reconcile::diagnose::cause::{After, Cause, CauseWords, Hypothesis, Nature, Scene};

pub(crate) const PRICE_MISSING_ZERO: &str = "price_missing_zero";

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: PRICE_MISSING_ZERO,
    words: CauseWords {
        sentence: "No price was found and the call was charged 0",
        english: "Charged nothing for want of a price",
        chinese: "缺少价格而未计费",
    },
    family: "zero",
    rank: 90,
    nature: Nature::Systematic,
    explains_zero: true,
    decided_by: "the price row the gateway had for the model at the time",
    applies: |case| case.target.is_zero() && case.expected.is_positive(),
    suppose,
}];

fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    let nothing = vec![After::Is(Amount::ZERO)];
    vec![Hypothesis::after(scene.at_model(), "recorded as 0", nothing).unmarked().alone()]
}
