//! The one shape in which trueup says that something went wrong.

use std::fmt;

use crate::pipeline::{Stop, StopKind};

/// Which exit code an error has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Internal,
    Usage,
    Config,
    Law,
    Temporary,
    Input,
}

impl Kind {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Kind::Internal => 1,
            Kind::Usage => 2,
            Kind::Config => 78,
            Kind::Law => 5,
            Kind::Temporary => 75,
            Kind::Input => 65,
        }
    }
}

/// What is wrong, where, and what to do.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) what: String,
    pub(crate) place: Option<String>,
    pub(crate) hints: Vec<String>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, what: impl Into<String>) -> Failure {
        Failure { kind, what: what.into(), place: None, hints: Vec::new() }
    }

    pub(crate) fn config(what: impl Into<String>) -> Failure {
        Failure::new(Kind::Config, what)
    }

    pub(crate) fn usage(what: impl Into<String>) -> Failure {
        Failure::new(Kind::Usage, what)
    }

    #[must_use]
    pub(crate) fn at(mut self, place: impl Into<String>) -> Failure {
        self.place = Some(place.into());
        self
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Failure {
        let kind = match stop.kind {
            StopKind::Internal => Kind::Internal,
            StopKind::Config => Kind::Config,
            StopKind::Law => Kind::Law,
            StopKind::Temporary => Kind::Temporary,
            StopKind::Input => Kind::Input,
        };
        Failure { kind, what: stop.what, place: stop.place, hints: stop.hints }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error: {}", self.what)?;
        if let Some(place) = self.place.as_ref().filter(|p| !self.what.contains(p.as_str())) {
            write!(f, "\n  {place}")?;
        }
        for hint in &self.hints {
            write!(f, "\nHint: {hint}")?;
        }
        Ok(())
    }
}
