//! What the state keeps, as values.

use std::collections::BTreeMap;

use crate::domain::period::Instant;

/// A period that was looked at and found as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Of everything the revision depends on.
    pub fingerprint: String,
    pub revision: u32,
}

/// One execution of a job for a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Given by the state.
    pub run_id: i64,
    pub job: String,
    pub period: String,
    pub started: Instant,
    /// Absent: it still runs, or was killed.
    pub ended: Option<Instant>,
    pub exit: Option<i32>,
    pub counts: BTreeMap<String, u64>,
}

/// What a note makes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoteState {
    Open,
    Explained,
    Resolved,
    Reopened,
}

impl NoteState {
    pub const ALL: [NoteState; 4] = [NoteState::Open, NoteState::Explained, NoteState::Resolved, NoteState::Reopened];

    pub fn name(self) -> &'static str {
        match self {
            NoteState::Open => "open",
            NoteState::Explained => "explained",
            NoteState::Resolved => "resolved",
            NoteState::Reopened => "reopened",
        }
    }

    pub fn from_name(name: &str) -> Option<NoteState> {
        NoteState::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// What somebody said of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingNote {
    pub finding_id: String,
    pub at: Instant,
    pub who: String,
    pub state: NoteState,
    pub note: String,
}
