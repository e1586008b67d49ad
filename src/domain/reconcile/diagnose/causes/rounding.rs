//! Rounded otherwise than the book and the source say.

use crate::domain::money::{Amount, Exact, Mode, Representation};
use crate::domain::price::{Rounding, RoundingPlace};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{
    After, Cause, CauseWords, Change, Hypothesis, Mutation, Nature, Scene,
};

/// Scales that systems keep amounts at.
const SCALES: std::ops::RangeInclusive<u32> = 0..=10;

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "rounding",
    words: CauseWords {
        sentence: "Rounded otherwise than declared",
        english: "Rounded otherwise",
        chinese: "舍入方式不同",
    },
    family: "rounding",
    rank: 80,
    nature: Nature::Slight,
    explains_zero: true,
    decided_by: "more calls: one way of rounding fits all of them",
    applies: |_| true,
    suppose,
}];

fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    let book = scene.case.rater.book().header.rounding;
    let hypothesis = |variant: String, edits, after| Hypothesis {
        change: Change::Fixed(Mutation { edits, after }),
        ..Hypothesis::new(scene.at_source(), &variant, Vec::new()).unmarked().alone()
    };
    let mut all = Vec::new();
    let unrounded = || book.map(|_| Edit::Rounding(None)).into_iter().collect::<Vec<_>>();
    for (scale, mode) in SCALES.flat_map(|scale| Mode::ALL.map(|mode| (scale, mode))) {
        let written = After::Written(Representation::Decimal { scale, mode });
        all.push(hypothesis(format!("a call {} to {scale} places", mode.name()), unrounded(), vec![written]));
    }
    all.push(hypothesis("not rounded".to_owned(), unrounded(), vec![After::Written(Representation::Exact)]));
    for scale in scales(scene) {
        for mode in Mode::ALL {
            let edit = Edit::Rounding(Some(Rounding { at: RoundingPlace::Component, mode, scale }));
            all.push(hypothesis(format!("each component {} to {scale} places", mode.name()), vec![edit], Vec::new()));
        }
        let smallest = Exact::new(1, scale);
        if let Some(least) = Amount::from_exact(smallest) {
            let after = vec![After::AtLeast(least)];
            all.push(hypothesis(format!("at least {smallest}"), Vec::new(), after));
        }
    }
    all.push(hypothesis("without the minimum".to_owned(), vec![Edit::NoMinimum], Vec::new()));
    all
}

/// The scales that book and source declare.
fn scales(scene: &Scene) -> Vec<u32> {
    let book = scene.case.rater.book().header.rounding.map(|r| r.scale);
    let source = match scene.case.representation {
        Representation::Decimal { scale, .. } => Some(scale),
        Representation::Integer { .. } => Some(0),
        Representation::Exact | Representation::Float64 => None,
    };
    let mut scales: Vec<u32> = book.into_iter().chain(source).collect();
    scales.sort_unstable();
    scales.dedup();
    scales
}
