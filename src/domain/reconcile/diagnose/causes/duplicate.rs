//! One charge taken twice.

use crate::domain::money::Exact;
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{After, Cause, CauseWords, Hypothesis, Nature, Scene};

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "duplicate_charge",
    words: CauseWords { sentence: "The call was charged twice", english: "Charged twice", chinese: "重复计费" },
    family: "total",
    rank: 60,
    nature: Nature::Incidental,
    explains_zero: false,
    decided_by: "a second row or attempt of the same request, and like calls that were charged once",
    applies: |_| true,
    suppose,
}];

/// Two charges as written, and one charge of twice the price: they differ where amounts are rounded.
fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    vec![
        Hypothesis::after(scene.at_model(), "the charge twice", vec![After::Twice]).unmarked(),
        Hypothesis::new(scene.at_model(), "the price twice", vec![Edit::Times(Exact::from_int(2))]).unmarked().alone(),
    ]
}
