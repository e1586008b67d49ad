//! A context tier not applied, decided on the wrong count, or applied to some tokens only.

use crate::domain::call::Meter::{self, CacheRead, CacheWrite, CacheWrite1h, Input, Output, Reasoning};
use crate::domain::price::{Condition, PriceRow, Variant};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::Case;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Mutation, Nature, Scene};
use crate::domain::reconcile::diagnose::price_candidates::rows_for;

const TIER: Cause = Cause {
    code: "",
    words: CauseWords::NONE,
    family: "context_tier",
    rank: 15,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls whose uncached input alone is above the threshold, and calls exactly at it",
    applies: |case| case.usage().is_some_and(|u| u.total_input() > 0),
    suppose: |_| Vec::new(),
};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        code: "context_tier_wrong",
        words: CauseWords {
            sentence: "The wrong context tier was applied",
            english: "Rate of another context length",
            chinese: "按其他上下文长度计费",
        },
        rank: 14,
        suppose: wrong,
        ..TIER
    },
    Cause {
        code: "context_tier_not_applied",
        words: CauseWords {
            sentence: "The price for long contexts was not applied",
            english: "Long-context rate not applied",
            chinese: "未按长上下文价计费",
        },
        suppose: not_applied,
        ..TIER
    },
];

fn thresholds(rows: &[&PriceRow]) -> Vec<i64> {
    fn collect(variants: &[Variant], into: &mut Vec<i64>) {
        for variant in variants {
            if let Condition::Context { tokens, .. } = variant.condition {
                into.push(tokens);
            }
            collect(&variant.nested, into);
        }
    }
    let mut all = Vec::new();
    rows.iter().for_each(|row| collect(&row.variants, &mut all));
    all
}

fn not_applied(scene: &Scene) -> Vec<Hypothesis> {
    if thresholds(&scene.rows).is_empty() {
        return Vec::new();
    }
    vec![Hypothesis::new(scene.at_model(), "no context tier", vec![Edit::NoContextTier])]
}

fn wrong(scene: &Scene) -> Vec<Hypothesis> {
    let thresholds = thresholds(&scene.rows);
    if thresholds.is_empty() {
        return Vec::new();
    }
    let mut all = vec![
        Hypothesis::per_call(scene.at_model(), "tier decided on the uncached input", |c| as_if(c, Counted::Uncached)),
        Hypothesis::per_call(scene.at_model(), "tier decided on input and output", |c| as_if(c, Counted::All)),
        Hypothesis::per_call(scene.at_model(), "tier from the threshold on", |c| as_if(c, Counted::From)),
        Hypothesis::per_call(scene.at_model(), "tier only above the threshold", |c| as_if(c, Counted::Above)),
    ];
    // The counts that the tiers themselves name are the only ones that can matter.
    all.extend(thresholds.iter().filter_map(|tokens| {
        let edits = vec![Edit::ContextInput(tokens.checked_add(1)?)];
        let variant = format!("tier above {tokens} for every call");
        Some(Hypothesis::new(scene.at_model(), &variant, edits).unmarked())
    }));
    let partly = |name: &str, meters: &[Meter]| {
        let edits = meters.iter().map(|m| Edit::NoContextTierOn(*m)).collect();
        Hypothesis::new(scene.at_model(), &format!("tier not for {name}"), edits)
    };
    all.push(partly("cache reads", &[CacheRead]));
    all.push(partly("cache writes", &[CacheWrite, CacheWrite1h]));
    all.push(partly("cached tokens", &[CacheRead, CacheWrite, CacheWrite1h]));
    all.push(partly("input", &[Input]));
    all.push(partly("output", &[Output, Reasoning]));
    all.push(partly("any input", &Meter::INPUTS));
    all
}

enum Counted {
    Uncached,
    All,
    /// A tier that is only above its threshold, from it on.
    From,
    /// A tier from its threshold on, only above it.
    Above,
}

/// Whether a call has just as many tokens as a tier of this kind begins at: nowhere else is > taken for >=.
fn is_at_threshold(case: &Case, total: i64, from_it_on: bool) -> bool {
    fn any(variants: &[Variant], is: &dyn Fn(&Condition) -> bool) -> bool {
        variants.iter().any(|v| is(&v.condition) || any(&v.nested, is))
    }
    let (book, in_force) = (case.rater.book(), case.rater.version_for(&case.facts));
    let version = book.versions.iter().find(|v| Some(v.id()) == in_force);
    let at = |c: &Condition| *c == Condition::Context { tokens: total, inclusive: from_it_on };
    version.is_some_and(|v| rows_for(v, case.priced_model()).iter().any(|row| any(&row.variants, &at)))
}

fn as_if(case: &Case, counted: Counted) -> Option<Mutation> {
    let usage = case.usage()?;
    let total = usage.total_input();
    let cached = usage.get(CacheRead) + usage.get(CacheWrite) + usage.get(CacheWrite1h);
    let tokens = match counted {
        Counted::Uncached => total - cached,
        Counted::All => usage.total_tokens(),
        Counted::From => is_at_threshold(case, total, false).then(|| total.checked_add(1))??,
        Counted::Above => is_at_threshold(case, total, true).then_some(total - 1)?,
    };
    (tokens != total).then(|| Mutation::edits(vec![Edit::ContextInput(tokens)]))
}
