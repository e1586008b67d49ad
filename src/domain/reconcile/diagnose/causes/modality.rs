//! Audio and images at text rates, text at theirs, or their input left out.

use crate::domain::call::Meter::{self, Input, InputAudio, InputImage, Output, OutputAudio, OutputImage};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Nature, Scene};

const OTHER: [(Meter, Meter); 4] =
    [(InputAudio, Input), (InputImage, Input), (OutputAudio, Output), (OutputImage, Output)];

pub(super) const CAUSES: &[Cause] = &[Cause {
    code: "modality_rate_wrong",
    words: CauseWords {
        sentence: "Audio or images were charged at the rate of text, or the other way round",
        english: "Audio or image charged at another rate",
        chinese: "音频或图像按其他价格计费",
    },
    family: "modality",
    rank: 20,
    nature: Nature::Systematic,
    explains_zero: false,
    decided_by: "calls with another mix of text, audio and image tokens",
    applies: |case| case.has(&OTHER.map(|o| o.0)),
    suppose,
}];

fn suppose(scene: &Scene) -> Vec<Hypothesis> {
    let new = |variant: String, edits| Hypothesis::new(scene.at_route(), &variant, edits);
    let mut all = Vec::new();
    for (meter, text) in OTHER {
        let as_text = vec![Edit::RateOf { meter, like: text }];
        all.push(new(format!("{} at the {} rate", meter.name(), text.name()), as_text));
        let text_as = vec![Edit::RateOf { meter: text, like: meter }];
        all.push(new(format!("{} at the {} rate", text.name(), meter.name()), text_as));
        all.push(new(format!("{} not charged", meter.name()), vec![Edit::RateZero(meter)]));
    }
    let inputs = [Input, InputAudio, InputImage].map(Edit::RateZero).to_vec();
    all.push(new("input not charged".to_owned(), inputs));
    all
}
