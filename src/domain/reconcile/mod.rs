//! Reconciliation: match, classify, diagnose, group, police.
//!
//! Knows nothing of: where rows come from and where findings go.

mod finding;
mod pass;
mod police;

pub use finding::{Certainty, Class, Finding, Leg, finding_id, incident_id};
pub use pass::{DayInput, DayResult, LegSum, MovementRow, Rules, SourceRules, Tolerance};
pub use police::{LedgerDay, LedgerOutcome, police};
