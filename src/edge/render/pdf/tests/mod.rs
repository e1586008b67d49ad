//! Documents typeset as people get them.

mod hostile;
mod same;
mod shown;

use super::template::Template;
use super::{PdfError, Renderer};

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

pub(super) fn renderer() -> Renderer {
    Renderer::new(&[], None).unwrap()
}

pub(super) fn render(value: &serde_json::Value) -> Result<Vec<u8>, PdfError> {
    renderer().render(&serde_json::to_vec(value).unwrap())
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
/// The PDF, or `None` with a message where this machine has no font for Chinese.
pub(super) fn chinese(json: &[u8]) -> Option<Vec<u8>> {
    match renderer().render(json) {
        Err(PdfError::Glyph { .. }) => {
            eprintln!("skipped: no font for Chinese on this machine");
            None
        }
        other => Some(other.unwrap()),
    }
}
