//! Where documents lie.

use crate::domain::hash::sha256;
use crate::domain::invoice::Document;
use crate::edge::render::CANONICAL;

/// Canonical documents in the lake, by number, for ever.
pub(super) const KEPT: &str = "documents/";

pub(super) fn kept(number: &str) -> String {
    format!("{KEPT}{number}{CANONICAL}")
}

/// The number of a kept document's key.
pub(super) fn number_of(key: &str) -> Option<&str> {
    key.strip_prefix(KEPT)?.strip_suffix(CANONICAL)
}

/// The folder of a period's documents where they are published.
pub(super) fn folder(period: impl std::fmt::Display) -> String {
    format!("documents/{period}")
}

/// A final document's file, below its period's folder.
pub(super) fn published(document: &Document, ending: &str) -> String {
    let number = document.number.as_deref().unwrap_or_default();
    format!("{}/{number}{ending}", folder(document.period))
}

/// A file name for a draft: readable where its key is plain, never leaving the folder, never two the same.
pub(super) fn draft(key: &str) -> String {
    let plain: String = key
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .take(60)
        .collect();
    format!("{}-{}{CANONICAL}", plain.trim_matches('.'), &sha256(key.as_bytes())[..12])
}
