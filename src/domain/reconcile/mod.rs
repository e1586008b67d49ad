//! Reconciliation: match, classify, diagnose, group, police.
//!
//! Knows nothing of: where rows come from and where findings go.

mod diagnose;
mod finding;
mod incidents;
mod pass;
mod police;

pub use diagnose::{Budget, Case, Context, Diagnosis, cause_codes, diagnose};
pub use finding::{Certainty, Class, Finding, Leg, finding_id, incident_id};
pub use incidents::{Incident, Stake, StakeTooLarge, incidents};
pub use pass::{DayInput, DayResult, LegSum, MovementRow, Rules, SourceRules, Tolerance};
pub use police::{LedgerDay, LedgerOutcome, police};
