//! Why a pass cannot be made. None of these is a difference: those are findings.

use super::findings::finding::Leg;

/// Why there is no result for a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassError {
    #[error("{0} has more than 38 digits")]
    Overflow(&'static str),
    #[error("source {0} is not declared")]
    NoSource(String),
    #[error("account {account_id} has price book {book}, which is not declared")]
    NoBook { account_id: String, book: String },
    #[error("call {call_id} of {source_name} was given twice with the same content")]
    IdenticalRows { source_name: String, call_id: String },
    #[error("{rows} calls, but {charges} charges")]
    Misaligned { rows: usize, charges: usize },
    #[error("broken law: {0}")]
    Law(#[from] BrokenLaw),
    /// The rows of a partition could not be taken out of the day's.
    #[error("the rows of a range of keys: {0}")]
    Rows(String),
    /// A ledger leg could not be made.
    #[error("{0}")]
    Ledger(String),
}

/// An equality that must hold and does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{law} ({} leg{}): {left} is not {right}", leg.name(), if unit.is_empty() { String::new() } else { format!(", {unit}") })]
pub struct BrokenLaw {
    pub law: &'static str,
    pub leg: Leg,
    pub unit: String,
    pub left: String,
    pub right: String,
}

/// Shorthand for checked sums.
pub(super) fn fits<T>(value: Option<T>, what: &'static str) -> Result<T, PassError> {
    value.ok_or(PassError::Overflow(what))
}

pub(super) fn aligned(rows: usize, charges: usize) -> Result<(), PassError> {
    if rows == charges { Ok(()) } else { Err(PassError::Misaligned { rows, charges }) }
}
