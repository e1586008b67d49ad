//! Documents typeset as people get them.

mod hostile;
mod same;
mod shipped;
mod shown;

use super::template::Template;
use super::{FontSettings, PdfError, Renderer};

pub(super) const FIXTURES: &[(&str, &str)] = &[
    ("invoice-usage", include_str!("../../../../../fixtures/documents/invoice-usage.json")),
    ("invoice-top-up", include_str!("../../../../../fixtures/documents/invoice-top-up.json")),
    ("invoice-draft", include_str!("../../../../../fixtures/documents/invoice-draft.json")),
    ("credit-note", include_str!("../../../../../fixtures/documents/credit-note.json")),
    ("statement", include_str!("../../../../../fixtures/documents/statement.json")),
    ("statement-zh", include_str!("../../../../../fixtures/documents/statement-zh.json")),
];

pub(super) fn fixture(name: &str) -> serde_json::Value {
    let (_, text) = FIXTURES.iter().find(|(known, _)| *known == name).unwrap();
    serde_json::from_str(text).unwrap()
}

/// With the fonts of this machine, whatever they are.
pub(super) fn renderer() -> Renderer {
    Renderer::new(&FontSettings::default(), None).unwrap()
}

/// As on a machine without any font.
pub(super) fn without_system_fonts() -> Renderer {
    Renderer::new(&FontSettings { system: false, ..FontSettings::default() }, None).unwrap()
}

pub(super) fn render(value: &serde_json::Value) -> Result<Vec<u8>, PdfError> {
    renderer().render(&serde_json::to_vec(value).unwrap())
}
