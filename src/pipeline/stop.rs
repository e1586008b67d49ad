//! The one shape in which trueup says that something went wrong: what, where, what to do, and the exit code.

use std::fmt;

use crate::edge::blob::{BlobError, BlobErrorKind};
use crate::edge::lake::schema::TableError;
use crate::edge::lake::{LakeError, SealError};
use crate::edge::state::{StateError, StateErrorKind};

/// Which exit code it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopKind {
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

impl StopKind {
    pub fn exit_code(self) -> u8 {
        match self {
            StopKind::Internal => 1,
            StopKind::Usage => 2,
            StopKind::Config => 78,
            StopKind::Law => 5,
            StopKind::Temporary => 75,
            StopKind::Input => 65,
        }
    }
}

/// A step that could not be done: what, where, and what to do about it.
#[derive(Clone, Debug)]
pub struct Stop {
    pub kind: StopKind,
    pub what: String,
    pub place: Option<String>,
    pub hints: Vec<String>,
}

impl Stop {
    pub fn new(kind: StopKind, what: impl Into<String>) -> Stop {
        Stop { kind, what: what.into(), place: None, hints: Vec::new() }
    }

    pub fn config(what: impl Into<String>) -> Stop {
        Stop::new(StopKind::Config, what)
    }

    pub fn usage(what: impl Into<String>) -> Stop {
        Stop::new(StopKind::Usage, what)
    }

    pub fn law(what: impl fmt::Display) -> Stop {
        Stop::new(StopKind::Law, format!("a law is broken: {what}"))
            .hint("nothing was published; this is a bug or a damaged lake: keep the folder and report it")
    }

    /// Something stored is in a shape that came after this build.
    pub fn newer(what: impl fmt::Display) -> Stop {
        Stop::config(what.to_string()).hint("use the build of trueup that wrote it, or a newer one")
    }

    pub fn internal(what: impl fmt::Display) -> Stop {
        Stop::new(StopKind::Internal, what.to_string())
    }

    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Stop {
        self.place = Some(place.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Stop {
        self.hints.push(hint.into());
        self
    }

    /// As a person is told: what is wrong, the place unless it is named already, and what to do.
    pub fn told(&self) -> String {
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
impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Stop {}

impl From<BlobError> for Stop {
    fn from(e: BlobError) -> Stop {
        let kind = match e.kind {
            BlobErrorKind::Unavailable => StopKind::Temporary,
            BlobErrorKind::Config | BlobErrorKind::Denied => StopKind::Config,
            BlobErrorKind::NotFound => StopKind::Input,
            BlobErrorKind::Other => StopKind::Temporary,
        };
        Stop::new(kind, e.what).at(e.place)
    }
}

impl From<LakeError> for Stop {
    fn from(e: LakeError) -> Stop {
        match e {
            LakeError::Blob(e) => e.into(),
            LakeError::Damaged { .. } => Stop::law(e)
                .hint("the lake was changed or damaged from outside; restore it, or rebuild it from the raw files"),
            LakeError::Newer { .. } => Stop::newer(e),
            other => Stop::internal(other),
        }
    }
}

impl From<SealError> for Stop {
    fn from(e: SealError) -> Stop {
        match e {
            SealError::Lake(e) => e.into(),
            SealError::Conflict { path } => Stop::new(StopKind::Temporary, "another run sealed this revision first")
                .at(path)
                .hint("run the same command again"),
            SealError::Inconsistent { path, what } => Stop::law(what).at(path),
        }
    }
}

impl From<TableError> for Stop {
    fn from(e: TableError) -> Stop {
        Stop::law(format!("a sealed table cannot be read: {e}"))
    }
}

impl From<StateError> for Stop {
    fn from(e: StateError) -> Stop {
        let kind = match e.kind {
            StateErrorKind::Config => StopKind::Config,
            StateErrorKind::Unavailable => StopKind::Temporary,
            StateErrorKind::Conflict => StopKind::Law,
            StateErrorKind::Other => StopKind::Internal,
        };
        Stop::new(kind, e.what).at(e.place)
    }
}
