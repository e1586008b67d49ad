//! A call at the price of another service tier than it was served at.

use std::collections::BTreeSet;

use crate::domain::price::{Condition, Variant};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Nature, Scene};

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "service_tier_mispriced",
    words: CauseWords {
        sentence: "The price of another service tier was applied",
        english: "Rate of another service tier",
        chinese: "按其他服务等级计费",
    },
    family: "service_tier",
    rank: 12,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "the tier the provider says it served, and calls of the same model at another tier",
    applies: |_| true,
    suppose,
}];

fn tiers<'s>(variants: &'s [Variant], into: &mut BTreeSet<&'s str>) {
    for variant in variants {
        if let Condition::ServiceTier(name) = &variant.condition {
            into.insert(name);
        }
        tiers(&variant.nested, into);
    }
}

/// The tier that was asked for, the standard one, and every tier the rows know.
fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    let (served, requested) = (scene.case.facts.service_tier, scene.case.service_tier_requested);
    let mut names = BTreeSet::new();
    scene.rows.iter().for_each(|row| tiers(&row.variants, &mut names));
    names.extend(requested);
    let others = names.into_iter().map(Some).chain([None]).filter(|tier| *tier != served);
    others
        .map(|tier| {
            let name = |tier: Option<&str>| tier.unwrap_or("standard").to_owned();
            let origin = format!("{}, tier {}", scene.at_route(), name(served));
            let edits = vec![Edit::ServiceTier(tier.map(str::to_owned))];
            let hypothesis = Hypothesis::new(origin, &format!("tier {} priced as {}", name(served), name(tier)), edits);
            let shows = served.is_some() || (requested.is_some() && requested == tier);
            if shows { hypothesis } else { hypothesis.unmarked() }
        })
        .collect()
}
