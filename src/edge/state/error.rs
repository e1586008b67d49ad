//! Why the state could not do what was asked.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateErrorKind {
    /// Will not work until somebody changes a setting or a file.
    Config,
    /// May work later: busy, full.
    Unavailable,
    /// What is kept says otherwise: the same document or message with another content.
    Conflict,
    Other,
}

/// `place: what`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct StateError {
    pub kind: StateErrorKind,
    pub place: String,
    pub what: String,
}

impl StateError {
    pub(super) fn new(kind: StateErrorKind, place: impl Into<String>, what: impl Into<String>) -> StateError {
        StateError { kind, place: place.into(), what: what.into() }
    }
}

pub(super) type Result<T> = std::result::Result<T, StateError>;
