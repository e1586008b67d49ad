//! The batch price not given, or given twice.

use crate::domain::money::Exact;
use crate::domain::price::{Condition, NoVariant, Variant};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Change, Hypothesis, Mutation, Nature, Scene};

const BATCH: Cause = Cause {
    code: "",
    words: CauseWords::NONE,
    family: "batch",
    rank: 10,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls of the same model that are no batch: the same error there is not the batch price",
    applies: |case| case.facts.batch,
    suppose: |_| Vec::new(),
};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        code: "batch_discount_missing",
        words: CauseWords {
            sentence: "A batch call was charged without its batch discount",
            english: "Batch discount not given",
            chinese: "未给予批量折扣",
        },
        suppose: missing,
        ..BATCH
    },
    Cause {
        code: "batch_discount_twice",
        words: CauseWords {
            sentence: "The batch discount was taken twice",
            english: "Batch discount given twice",
            chinese: "批量折扣重复给予",
        },
        suppose: twice,
        ..BATCH
    },
];

fn missing(scene: &Scene) -> Vec<Hypothesis> {
    vec![Hypothesis::new(scene.at_route(), "a batch call at the standard price", vec![Edit::Batch(false)])]
}

fn twice(scene: &Scene) -> Vec<Hypothesis> {
    factors(scene)
        .into_iter()
        .map(|factor| Hypothesis {
            change: Change::Fixed(Mutation::edits(vec![Edit::Times(factor)])),
            ..Hypothesis::new(scene.at_route(), &format!("batch discount {factor} twice"), Vec::new())
        })
        .collect()
}

/// What a batch costs of the standard price, wherever the rows in force say so with one factor.
fn factors(scene: &Scene) -> Vec<Exact> {
    fn collect(variants: &[Variant], into: &mut Vec<Exact>) {
        for variant in variants {
            if variant.condition == Condition::Batch {
                into.extend(variant.components.multiplier);
            }
            collect(&variant.nested, into);
        }
    }
    let mut all = Vec::new();
    for row in &scene.rows {
        collect(&row.variants, &mut all);
        let halved = row.variants.iter().filter(|v| v.condition == Condition::Batch).any(|batch| {
            let mut pairs =
                batch.components.rates.iter().zip(&row.components.rates).filter_map(|(b, r)| Some((*b, (*r)?)));
            pairs.any(|(batch, full)| batch.is_some_and(|b| !b.is_zero() && b.checked_add(b) == Some(full)))
        });
        if halved {
            all.extend("0.5".parse::<Exact>());
        }
    }
    if scene.case.rater.book().header.no_variant == NoVariant::HalfBatch {
        all.extend("0.5".parse::<Exact>());
    }
    all.sort();
    all.dedup();
    all.retain(|factor| *factor != Exact::ONE && !factor.is_zero());
    all
}
