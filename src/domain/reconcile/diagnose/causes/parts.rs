//! Parts of a count that have no price of their own: the prompt of a tool, and predicted tokens.

use crate::domain::call::Meter::{self, Input, Output};
use crate::domain::call::UsageParts;
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::Case;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Mutation, Nature, Scene};

const PART: Cause = Cause {
    code: "",
    words: CauseWords::NONE,
    family: "parts",
    rank: 19,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls with another share of such tokens, and calls without any",
    applies: |_| false,
    suppose: |_| Vec::new(),
};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        code: "tool_prompt_mispriced",
        words: CauseWords {
            sentence: "The prompt of a tool, which is input, was charged as output, twice or not at all",
            english: "Prompt of a tool charged otherwise",
            chinese: "工具提示词计费有误",
        },
        applies: |case| parts(case).tool_prompt > 0,
        suppose: tool_prompt,
        ..PART
    },
    Cause {
        code: "predicted_double_counted",
        words: CauseWords {
            sentence: "Predicted tokens were charged again beside the output that contains them",
            english: "Predicted tokens counted twice",
            chinese: "预测 tokens 重复计数",
        },
        applies: |case| predicted(case) > 0,
        suppose: predicted_again,
        ..PART
    },
    Cause {
        code: "predicted_not_charged",
        words: CauseWords {
            sentence: "Predicted tokens were taken off the output that contains them",
            english: "Predicted tokens not charged",
            chinese: "预测 tokens 未计费",
        },
        applies: |case| predicted(case) > 0,
        suppose: predicted_left_out,
        ..PART
    },
];

fn parts(case: &Case) -> UsageParts {
    case.usage().map(|usage| usage.parts).unwrap_or_default()
}

fn predicted(case: &Case) -> i64 {
    parts(case).accepted_prediction + parts(case).rejected_prediction
}

/// More or fewer tokens of meters; `None` where nothing changes or there are not so many.
fn moved(case: &Case, by: &[(Meter, i64)]) -> Option<Mutation> {
    let edit = |(meter, by): &(Meter, i64)| {
        let to = case.quantity(*meter).checked_add(*by).filter(|to| *to >= 0)?;
        Some(Edit::Quantity { meter: *meter, to })
    };
    let edits = by.iter().map(edit).collect::<Option<Vec<_>>>()?;
    by.iter().any(|(_, by)| *by != 0).then(|| Mutation::edits(edits))
}

fn tool_prompt(scene: &Scene) -> Vec<Hypothesis> {
    let new = |variant, change| Hypothesis::per_call(scene.at_route(), variant, change);
    let as_output = |case: &Case| moved(case, &[(Input, -parts(case).tool_prompt), (Output, parts(case).tool_prompt)]);
    vec![
        new("the tool's prompt at the output rate", as_output),
        new("the tool's prompt also as output", |case| moved(case, &[(Output, parts(case).tool_prompt)])),
        new("the tool's prompt twice", |case| moved(case, &[(Input, parts(case).tool_prompt)])),
        new("the tool's prompt not charged", |case| moved(case, &[(Input, -parts(case).tool_prompt)])),
    ]
}

fn predicted_again(scene: &Scene) -> Vec<Hypothesis> {
    let new = |variant, change| Hypothesis::per_call(scene.at_route(), variant, change);
    vec![
        new("accepted predictions counted again", |case| moved(case, &[(Output, parts(case).accepted_prediction)])),
        new("rejected predictions counted again", |case| moved(case, &[(Output, parts(case).rejected_prediction)])),
        new("all predictions counted again", |case| moved(case, &[(Output, predicted(case))])),
    ]
}

fn predicted_left_out(scene: &Scene) -> Vec<Hypothesis> {
    let new = |variant, change| Hypothesis::per_call(scene.at_route(), variant, change);
    vec![
        new("accepted predictions left out", |case| moved(case, &[(Output, -parts(case).accepted_prediction)])),
        new("rejected predictions left out", |case| moved(case, &[(Output, -parts(case).rejected_prediction)])),
        new("all predictions left out", |case| moved(case, &[(Output, -predicted(case))])),
    ]
}
