//! An amount in the book's unit taken for one in the unit of the log.

use crate::domain::reconcile::diagnose::cause::{After, Cause, CauseWords, Hypothesis, Nature, Scene};

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "currency_not_converted",
    words: CauseWords {
        sentence: "A currency was not converted",
        english: "Currency not converted",
        chinese: "未换算币种",
    },
    family: "unit",
    rank: 25,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls at another rate of exchange",
    applies: |case| !case.ratio.is_one(),
    suppose,
}];

fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    let variant = format!("an amount in {} taken as it is", scene.case.rater.book().header.unit);
    vec![Hypothesis::after(scene.at_source(), &variant, vec![After::Unconverted])]
}
