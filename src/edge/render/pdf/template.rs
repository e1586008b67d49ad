//! The sources a document is typeset with: ours, or an operator's in place of the first.

use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};

const MAIN: &str = include_str!("main.typ");
const LABELS: &str = include_str!("labels.typ");
const PARTS: &str = include_str!("parts.typ");

/// Parsed once.
pub(super) struct Template {
    pub(super) main: Source,
    labels: Source,
    parts: Source,
}

impl Template {
    pub(super) fn new(own: Option<String>) -> Template {
        Template {
            main: source("main.typ", own.unwrap_or_else(|| MAIN.to_owned())),
            labels: source("labels.typ", LABELS.to_owned()),
            parts: source("parts.typ", PARTS.to_owned()),
        }
    }

    pub(super) fn source(&self, id: FileId) -> Option<&Source> {
        [&self.main, &self.labels, &self.parts].into_iter().find(|source| source.id() == id)
    }
}

/// What fonts must cover for the labels of a language that is not English.
pub(super) fn labels_of(language: &str) -> &'static str {
    if language == "zh" { LABELS } else { "" }
}

fn source(name: &'static str, text: String) -> Source {
    Source::new(file_id(name), text)
}

/// # Panics
/// Never: the names are ours and plain.
pub(super) fn file_id(name: &'static str) -> FileId {
    let path = VirtualPath::new(name).expect("a plain name is a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}
