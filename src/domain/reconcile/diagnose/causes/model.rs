//! The price of another model.

use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Member, Nature, Scene};

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "model_mismatch",
    words: CauseWords {
        sentence: "The price of another model was applied",
        english: "Charged as another model",
        chinese: "按其他模型计费",
    },
    family: "model",
    rank: 30,
    nature: Nature::Systematic,
    explains_zero: true,
    decided_by: "the model the provider says it served, and calls with another mix of tokens",
    applies: |_| true,
    suppose,
}];

/// First the names on the call, then those of the log, then any model of the book.
fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    let Some(version) = scene.version else { return Vec::new() };
    let own = scene.case.priced_model();
    let named: Vec<&str> = [Some(scene.case.facts.model), scene.case.facts.model_served]
        .into_iter()
        .flatten()
        .filter(|name| *name != own)
        .collect();
    let classes = scene.books.models(scene.case.rater.book(), version, own, &named);
    classes
        .into_iter()
        .take(scene.budget.models)
        .filter_map(|class| {
            let members = class.names.iter().map(|name| Member {
                origin: format!("{} priced as {name}", scene.at_model()),
                variant: format!("the price of {name}"),
                version: None,
            });
            let first = class.names.first()?;
            let shows = named.contains(&first.as_str());
            let mut hypothesis = Hypothesis::new(String::new(), "", vec![Edit::Model(first.clone())]);
            hypothesis.members = members.collect();
            hypothesis.marked = shows;
            hypothesis.pairs = shows;
            Some(hypothesis)
        })
        .collect()
}
