//! The one shape in which trueup says that something went wrong: what, where, what to do, and the exit code.

use std::fmt;

use crate::edge::blob::{BlobError, BlobErrorKind};
use crate::edge::lake::schema::TableError;
use crate::edge::lake::{LakeError, SealError};
use crate::edge::state::{StateError, StateErrorKind};

/// Which exit code it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    Internal,
    /// The command itself is wrong.
    Usage,
    Config,
    /// A law is broken: nothing was published.
    Law,
    /// Trying again later may help.
    Temporary,
    /// Input was refused.
    Input,
}

impl ErrorKind {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Internal => 1,
            ErrorKind::Usage => 2,
            ErrorKind::Config => 78,
            ErrorKind::Law => 5,
            ErrorKind::Temporary => 75,
            ErrorKind::Input => 65,
        }
    }
}

/// A step that could not be done: what, where, and what to do about it.
#[derive(Clone, Debug)]
pub(crate) struct AppError {
    pub kind: ErrorKind,
    pub what: String,
    pub place: Option<String>,
    pub hints: Vec<String>,
}

impl AppError {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> AppError {
        AppError { kind, what: what.into(), place: None, hints: Vec::new() }
    }

    pub(crate) fn config(what: impl Into<String>) -> AppError {
        AppError::new(ErrorKind::Config, what)
    }

    pub(crate) fn usage(what: impl Into<String>) -> AppError {
        AppError::new(ErrorKind::Usage, what)
    }

    pub(crate) fn law(what: impl fmt::Display) -> AppError {
        AppError::new(ErrorKind::Law, format!("a law is broken: {what}"))
            .hint("nothing was published; this is a bug or a damaged lake: keep the folder and report it")
    }

    /// Something stored is in a shape that came after this build.
    pub(crate) fn newer(what: impl fmt::Display) -> AppError {
        AppError::config(what.to_string()).hint("use the build of trueup that wrote it, or a newer one")
    }

    pub(crate) fn internal(what: impl fmt::Display) -> AppError {
        AppError::new(ErrorKind::Internal, what.to_string())
    }

    #[must_use]
    pub(crate) fn at(mut self, place: impl Into<String>) -> AppError {
        self.place = Some(place.into());
        self
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> AppError {
        self.hints.push(hint.into());
        self
    }

    /// As a person is told: what is wrong, the place unless it is named already, and what to do.
    pub(crate) fn told(&self) -> String {
        let mut text = format!("Error: {}", self.what);
        if let Some(place) = self.place.as_ref().filter(|p| !self.what.contains(p.as_str())) {
            text.push_str(&format!("\n  {place}"));
        }
        for hint in &self.hints {
            text.push_str(&format!("\nHint: {hint}"));
        }
        text
    }
}

/// What is wrong, for a sentence about something larger.
impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for AppError {}

impl From<BlobError> for AppError {
    fn from(e: BlobError) -> AppError {
        let kind = match e.kind {
            BlobErrorKind::Unavailable => ErrorKind::Temporary,
            BlobErrorKind::Config | BlobErrorKind::Denied => ErrorKind::Config,
            BlobErrorKind::NotFound => ErrorKind::Input,
            BlobErrorKind::Other => ErrorKind::Temporary,
        };
        AppError::new(kind, e.what).at(e.place)
    }
}

impl From<LakeError> for AppError {
    fn from(e: LakeError) -> AppError {
        match e {
            LakeError::Blob(e) => e.into(),
            LakeError::Damaged { .. } => AppError::new(ErrorKind::Law, format!("the lake is damaged: {e}"))
                .hint("what is sealed was changed from outside, or its disk fails; nothing was published from it")
                .hint("`trueup verify` names all that is damaged; put these files back from a copy"),
            LakeError::Newer { .. } => AppError::newer(e),
            other => AppError::internal(other),
        }
    }
}

impl From<SealError> for AppError {
    fn from(e: SealError) -> AppError {
        match e {
            SealError::Lake(e) => e.into(),
            SealError::Conflict { path } => {
                AppError::new(ErrorKind::Temporary, "another run sealed this revision first")
                    .at(path)
                    .hint("run the same command again")
            }
            SealError::Inconsistent { path, what } => AppError::law(what).at(path),
        }
    }
}

impl From<TableError> for AppError {
    fn from(e: TableError) -> AppError {
        AppError::law(format!("a sealed table cannot be read: {e}"))
    }
}

impl From<StateError> for AppError {
    fn from(e: StateError) -> AppError {
        let kind = match e.kind {
            StateErrorKind::Config => ErrorKind::Config,
            StateErrorKind::Unavailable => ErrorKind::Temporary,
            StateErrorKind::Conflict => ErrorKind::Law,
            StateErrorKind::Other => ErrorKind::Internal,
        };
        AppError::new(kind, e.what).at(e.place)
    }
}
