//! Fees per search or request left out or taken twice.

use crate::domain::call::Meter::{Request, WebSearch};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Nature, Scene};

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "tool_or_surcharge_wrong",
    words: CauseWords {
        sentence: "A tool's fee or a surcharge is missing or too many",
        english: "Fee of a tool or search charged otherwise",
        chinese: "工具或搜索费用有误",
    },
    family: "surcharge",
    rank: 20,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls with another number of searches or requests",
    applies: |case| case.has(&[WebSearch, Request]),
    suppose,
}];

fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    [WebSearch, Request]
        .into_iter()
        .flat_map(|meter| {
            let new =
                |what: &str, edit| Hypothesis::new(scene.at_route(), &format!("{} {what}", meter.name()), vec![edit]);
            [
                new("not charged", Edit::RateZero(meter)),
                new("charged twice", Edit::CountAlso { from: meter, into: meter }),
            ]
        })
        .collect()
}
