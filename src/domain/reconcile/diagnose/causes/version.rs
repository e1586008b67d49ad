//! The prices of another version than the one in force.

use crate::domain::period::Span;
use crate::domain::price::VersionId;
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::Case;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Member, Nature, Scene};

/// A change of prices this near is reason enough to suspect it.
const NEAR_HOURS: i64 = 7 * 24;
/// Pairs are tried with this many versions.
const IN_PAIRS: usize = 2;

const VERSION: Cause = Cause {
    code: "",
    words: CauseWords::NONE,
    family: "version",
    rank: 40,
    nature: Nature::Spell,
    explains_zero: true,
    decided_by: "calls of other models whose price the same version changed, and where in time the error ends",
    applies: |_| true,
    suppose: |_| Vec::new(),
};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        code: "price_stale",
        words: CauseWords {
            sentence: "An old price was still applied after the new one was in force",
            english: "An earlier price charged",
            chinese: "仍按旧价格计费",
        },
        suppose: stale,
        ..VERSION
    },
    Cause {
        code: "price_early",
        words: CauseWords {
            sentence: "The next price was applied before it was in force",
            english: "A later price charged too early",
            chinese: "提前适用新价格",
        },
        rank: 41,
        suppose: early,
        ..VERSION
    },
];

fn stale(scene: &Scene) -> Vec<Hypothesis> {
    let Some(version) = scene.version.map(|v| v.id()) else { return Vec::new() };
    let (earlier, _) = scene.books.versions(scene.case.rater.book(), version, scene.case.priced_model());
    let origin = format!("{}, version {version} not applied", scene.at_source());
    let recent = is_near(scene.case, version);
    hypotheses(scene, &earlier, |_| origin.clone(), |_| recent)
}

fn early(scene: &Scene) -> Vec<Hypothesis> {
    let Some(version) = scene.version.map(|v| v.id()) else { return Vec::new() };
    let (_, later) = scene.books.versions(scene.case.rater.book(), version, scene.case.priced_model());
    let origin = |v: VersionId| format!("{}, version {v} applied early", scene.at_source());
    hypotheses(scene, &later, origin, |v| is_near(scene.case, v))
}

fn is_near(case: &Case, version: VersionId) -> bool {
    case.price_instant().distance(version.effective_from) <= Span::from_hours(NEAR_HOURS)
}

fn hypotheses(
    scene: &Scene,
    classes: &[Vec<VersionId>],
    origin: impl Fn(VersionId) -> String,
    near: impl Fn(VersionId) -> bool,
) -> Vec<Hypothesis> {
    let nearest = classes.iter().take(scene.budget.versions).enumerate();
    nearest
        .filter_map(|(place, class)| {
            let members = class.iter().map(|v| Member {
                origin: origin(*v),
                variant: format!("prices of version {v}"),
                version: Some(*v),
            });
            let first = *class.first()?;
            let mut hypothesis = Hypothesis::new(String::new(), "", vec![Edit::AtVersion(first)]);
            hypothesis.members = members.collect();
            hypothesis.marked = near(first);
            hypothesis.pairs = place < IN_PAIRS;
            Some(hypothesis)
        })
        .collect()
}
