//! One thing that is not as it was left.

use crate::edge::lake::LakeError;

/// Of a published file.
pub(crate) const LOST: &str = "was published and is lost";
pub(crate) const CHANGED: &str = "is not what was published";
pub(crate) const UNEXPECTED: &str = "was not published by a run";

/// A file, row or number that is lost, changed, or nobody's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Damage {
    /// The file with the place it lies in, or what the state calls it.
    pub place: String,
    /// What is wrong with it, to be read behind the place.
    pub what: String,
}

impl Damage {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Damage {
        Damage { place: place.into(), what: what.into() }
    }

    /// What a reader found damaged; what else went wrong stays an error.
    pub(crate) fn of(error: LakeError) -> Result<Damage, LakeError> {
        match error {
            LakeError::Damaged { place, what } => Ok(Damage { place, what }),
            other => Err(other),
        }
    }
}
