//! The sources a document is typeset with: ours, or an operator's in place of the first.

use std::sync::LazyLock;

use serde_json::{Value, json};
use typst::foundations::Bytes;
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};

use crate::domain::reconcile::{CauseWords, known_causes};

const MAIN: &str = include_str!("main.typ");
const LABELS: &str = include_str!("labels.typ");
const PARTS: &str = include_str!("parts.typ");

/// Short words of the causes, by language and code, as `labels.typ` reads them.
static CAUSES: LazyLock<String> = LazyLock::new(|| {
    let words = |of: fn(CauseWords) -> &'static str| -> Value {
        let all = known_causes().map(|(code, words)| (code.to_owned(), of(words)));
        Value::Object(all.filter(|(_, text)| !text.is_empty()).map(|(code, text)| (code, text.into())).collect())
    };
    json!({ "english": words(|w| w.english), "chinese": words(|w| w.chinese) }).to_string()
});

/// Everything a document in Chinese may say by itself.
static CHINESE: LazyLock<String> = LazyLock::new(|| format!("{LABELS}{}", *CAUSES));

/// Parsed once.
pub(super) struct Template {
    pub(super) main: Source,
    labels: Source,
    parts: Source,
    /// The words of causes, which `labels.typ` reads.
    pub(super) causes: (FileId, Bytes),
}

impl Template {
    pub(super) fn new(own: Option<String>) -> Template {
        Template {
            main: source("main.typ", own.unwrap_or_else(|| MAIN.to_owned())),
            labels: source("labels.typ", LABELS.to_owned()),
            parts: source("parts.typ", PARTS.to_owned()),
            causes: (file_id("causes.json"), Bytes::from_string(CAUSES.as_str())),
        }
    }

    pub(super) fn source(&self, id: FileId) -> Option<&Source> {
        [&self.main, &self.labels, &self.parts].into_iter().find(|source| source.id() == id)
    }
}

/// What fonts must cover for the labels of a language that is not English.
pub(super) fn labels_of(language: &str) -> &'static str {
    if language == "zh" { CHINESE.as_str() } else { "" }
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
