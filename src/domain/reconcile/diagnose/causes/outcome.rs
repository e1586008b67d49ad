//! Calls that should cost nothing and did, and calls that were broken off and cost too little.

use crate::domain::call::{Meter, Outcome};
use crate::domain::money::Amount;
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{
    After, Cause, CauseWords, Change, Hypothesis, Mutation, Nature, Scene,
};

const OUTCOME: Cause = Cause {
    code: "",
    words: CauseWords::NONE,
    family: "outcome",
    rank: 1,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "what the provider charged for the call",
    applies: |_| false,
    suppose: |_| Vec::new(),
};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        code: "failed_call_charged",
        words: CauseWords {
            sentence: "A failed call was charged, though failed calls are free",
            english: "Failed call charged",
            chinese: "失败调用被计费",
        },
        applies: |case| !case.facts.cache_hit && !case.went_well() && case.expected.is_zero(),
        suppose: failed_charged,
        ..OUTCOME
    },
    Cause {
        code: "gateway_cache_hit_charged",
        words: CauseWords {
            sentence: "An answer from the gateway's own cache was charged, though it is free",
            english: "Call answered from the gateway's cache charged",
            chinese: "网关缓存命中被计费",
        },
        applies: |case| case.facts.cache_hit && case.expected.is_zero(),
        suppose: hit_charged,
        ..OUTCOME
    },
    Cause {
        code: "partial_or_aborted_uncharged",
        words: CauseWords {
            sentence: "A call the client broke off was not charged",
            english: "Interrupted call not charged",
            chinese: "中断的调用未计费",
        },
        explains_zero: true,
        applies: |case| case.facts.outcome != Outcome::Ok && case.expected.is_positive(),
        suppose: aborted_uncharged,
        ..OUTCOME
    },
];

fn failed_charged(scene: &Scene) -> Vec<Hypothesis> {
    let variant = format!("charged as if it had gone well, outcome {}", scene.case.facts.outcome.name());
    vec![Hypothesis::new(scene.at_route(), &variant, vec![Edit::AsSuccess])]
}

fn hit_charged(scene: &Scene) -> Vec<Hypothesis> {
    vec![Hypothesis::new(scene.at_route(), "a cached answer charged as a fresh one", vec![Edit::AsSuccess])]
}

fn aborted_uncharged(scene: &Scene) -> Vec<Hypothesis> {
    let outcome = scene.case.facts.outcome.name();
    let nothing = Mutation::after(After::Is(Amount::ZERO));
    let input_only = Meter::OUTPUTS.map(Edit::RateZero).to_vec();
    vec![
        Hypothesis {
            change: Change::Fixed(nothing),
            ..Hypothesis::new(scene.at_route(), &format!("nothing charged, outcome {outcome}"), Vec::new())
        }
        .alone(),
        Hypothesis::new(scene.at_route(), &format!("only the input charged, outcome {outcome}"), input_only),
    ]
}
