//! Audio and images at text rates, text at theirs, or their input left out.

use crate::domain::call::Meter::{self, Input, InputAudio, InputImage, Output, OutputAudio, OutputImage, Reasoning};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::cause::{Cause, CauseWords, Hypothesis, Nature, Scene};

const OTHER: [(Meter, Meter); 4] =
    [(InputAudio, Input), (InputImage, Input), (OutputAudio, Output), (OutputImage, Output)];

/// What is often lost together, when the details of a usage are dropped.
const WHOLES: [(&str, &[Meter]); 9] = [
    ("input audio", &[InputAudio]),
    ("input image", &[InputImage]),
    ("output audio", &[OutputAudio]),
    ("output image", &[OutputImage]),
    ("audio", &[InputAudio, OutputAudio]),
    ("images", &[InputImage, OutputImage]),
    ("audio and images of the input", &[InputAudio, InputImage]),
    ("every part of the output", &[OutputAudio, OutputImage, Reasoning]),
    ("audio, images and reasoning", &[InputAudio, InputImage, OutputAudio, OutputImage, Reasoning]),
];

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
    for (whole, parts) in WHOLES {
        let at_whole = |part: &Meter| {
            let text = if Meter::INPUTS.contains(part) { Input } else { Output };
            (*part, text)
        };
        let edits = parts.iter().map(at_whole).map(|(meter, like)| Edit::RateOf { meter, like }).collect();
        all.push(new(format!("{whole} at the rate of text"), edits));
        all.push(new(format!("{whole} not charged"), parts.iter().copied().map(Edit::RateZero).collect()));
        let together = parts.iter().map(at_whole).map(|(part, text)| scene.merged(&[part], text));
        if let Some(edits) = together.collect::<Option<Vec<_>>>() {
            all.push(new(format!("{whole} not told from text"), edits.concat()));
        }
    }
    let inputs = [Input, InputAudio, InputImage].map(Edit::RateZero).to_vec();
    all.push(new("input not charged".to_owned(), inputs));
    all
}
