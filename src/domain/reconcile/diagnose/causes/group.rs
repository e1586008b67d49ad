//! Multipliers of another group, of none, or applied twice.

use crate::domain::money::Exact;
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Nature, Scene};

/// Pairs are tried with this many groups.
const IN_PAIRS: usize = 6;

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "group_ratio_wrong",
    words: CauseWords {
        sentence: "The price factor of another group was applied",
        english: "Rate of another customer group",
        chinese: "按其他客户分组计费",
    },
    family: "group",
    rank: 50,
    nature: Nature::Systematic,
    explains_zero: true,
    decided_by: "calls of other groups and models, and the groups that were tried before this one answered",
    applies: |_| true,
    suppose,
}];

fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    let own = scene.case.facts.group;
    // Without a group anywhere there is no group's factor: what a model or an account is given is another matter.
    if own.is_none() && !scene.books.names_group(scene.case.rater.book()) {
        return Vec::new();
    }
    let name = own.unwrap_or("none");
    let origin = || format!("{}, group {name}", scene.at_source());
    let new = |variant: &str, edit| Hypothesis::new(origin(), variant, vec![edit]).unmarked();
    let mut all = vec![
        new("no multiplier", Edit::NoMultipliers),
        new("multipliers twice", Edit::MultipliersTwice),
        new("without the row's multiplier", Edit::RowMultiplier(Exact::ONE)),
    ];
    if own.is_some() {
        all.push(new(&format!("group {name} priced as none"), Edit::Group(None)));
    }
    let others = scene.books.groups(scene.case.rater.book()).into_iter().filter(|g| Some(g.as_str()) != own);
    all.extend(others.enumerate().map(|(place, group)| {
        let hypothesis = new(&format!("group {name} priced as {group}"), Edit::Group(Some(group)));
        if place < IN_PAIRS { hypothesis } else { hypothesis.alone() }
    }));
    all
}
