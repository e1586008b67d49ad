//! The right figure at the wrong power of ten: cents, per thousand, per million.

use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{After, Cause, CauseWords, Hypothesis, Nature, Scene};

const FURTHEST: i32 = 9;
/// Slips between single, thousand, million, and between a unit and its hundredth.
const COMMON: [i32; 6] = [-6, -3, -2, 2, 3, 6];

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "unit_slip",
    words: CauseWords {
        sentence: "The amount is off by a power of ten",
        english: "Off by a factor of a thousand or a million",
        chinese: "单位换算错误",
    },
    family: "unit",
    rank: 70,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "the unit in which the gateway's price is written",
    applies: |_| true,
    suppose,
}];

fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    let powers = (-FURTHEST..=FURTHEST).filter(|power| *power != 0);
    // A rate in the wrong unit slips before the book rounds and before a minimum, a finished charge after them.
    let rounds =
        scene.case.rater.book().header.rounding.is_some() || scene.rows.iter().any(|row| row.minimum.is_some());
    powers
        .flat_map(|power| {
            let variant = format!("times 10^{power}");
            let after = Hypothesis::after(scene.at_model(), &variant, vec![After::Shift(power)]).unmarked();
            let before =
                rounds.then(|| Hypothesis::new(scene.at_model(), &variant, vec![Edit::Shift(power)]).unmarked());
            let alone = !COMMON.contains(&power);
            [Some(after), before].into_iter().flatten().map(move |slip| if alone { slip.alone() } else { slip })
        })
        .collect()
}
