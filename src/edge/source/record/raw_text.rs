//! JSON text between its quotes, escapes not yet decoded.

use std::borrow::Cow;

/// A string as it stands between its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawText<'a> {
    pub(crate) raw: &'a str,
    pub(crate) escaped: bool,
}

impl<'a> RawText<'a> {
    /// The text meant. `None` for half of a surrogate pair.
    pub(crate) fn decode(self) -> Option<Cow<'a, str>> {
        if self.escaped { unescape(self.raw).map(Cow::Owned) } else { Some(Cow::Borrowed(self.raw)) }
    }
}

/// Decodes what the scanner has already found well formed.
pub(crate) fn unescape(raw: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{raw}\"")).ok()
}
