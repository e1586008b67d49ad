//! One thing a run needs, tried beforehand.

use super::error::{AppError, ErrorKind};

/// One thing a run needs.
#[derive(Debug)]
pub(crate) struct PreflightCheck {
    pub name: String,
    pub what: String,
    pub outcome: Outcome,
}

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Works,
    /// Nothing stops for it, and somebody should know.
    Odd,
    /// A run would end like this.
    Fails(ErrorKind),
}

impl PreflightCheck {
    fn new(name: &str, what: impl Into<String>, outcome: Outcome) -> PreflightCheck {
        PreflightCheck { name: name.to_owned(), what: what.into(), outcome }
    }

    pub(crate) fn open(name: &str, what: impl Into<String>) -> PreflightCheck {
        PreflightCheck::new(name, what, Outcome::Works)
    }

    pub(crate) fn odd(name: &str, what: impl Into<String>) -> PreflightCheck {
        PreflightCheck::new(name, what, Outcome::Odd)
    }

    /// What is set up wrongly.
    pub(crate) fn shut(name: &str, what: impl Into<String>) -> PreflightCheck {
        PreflightCheck::new(name, what, Outcome::Fails(ErrorKind::Config))
    }

    /// What a step could not do.
    pub(crate) fn failed(name: &str, stop: impl Into<AppError>) -> PreflightCheck {
        let stop: AppError = stop.into();
        let what = match &stop.place {
            Some(place) if !stop.what.contains(place.as_str()) => format!("{place}: {}", stop.what),
            _ => stop.what.clone(),
        };
        PreflightCheck::new(name, what, Outcome::Fails(stop.kind))
    }

    pub(crate) fn works(&self) -> bool {
        !matches!(self.outcome, Outcome::Fails(_))
    }
}
