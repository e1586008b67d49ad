//! Reconciliation: match, classify, diagnose, group, police.
//!
//! [`reconcile_day`] makes one pass over a day: which rows are calls, what each should have cost, which
//! movements paid for it, one class a row in every leg, findings with their causes, and sums that obey
//! their laws. Knows nothing of: where rows come from and where findings go.

mod assign;
mod classify;
mod compare;
mod counted;
mod day;
mod diagnose;
mod error;
mod expected;
mod finding;
mod identity;
mod incidents;
mod matching;
mod pass;
mod police;
mod posting_leg;
mod rows;
mod seams;
mod shift;
mod sums;
mod wire;
mod write;

#[cfg(test)]
mod tests;

pub use assign::assign;
pub use compare::RatedCalls;
pub use day::{Seams, reconcile_day, reconcile_rated};
pub use diagnose::{Budget, Case, Context, Diagnosis, cause_codes, diagnose};
pub use error::PassError;
pub(crate) use expected::expected_beside;
pub use expected::{Expected, expected};
pub use finding::{Certainty, Class, Finding, Leg, finding_id, incident_id};
pub use identity::{distinct_postings, distinct_rows};
pub use incidents::{Incident, Stake, StakeTooLarge, incidents};
pub use pass::{
    CountedPosting, DayInput, DayResult, LegSum, MovementRow, PostingConflict, Rules, SourceRules, Tolerance,
};
pub use police::{LedgerDay, police};
pub use seams::{Judged, LedgerLegs, LedgerOutcome, Naming, NoWallets, Suspect, Unnamed, Verdict};
pub use shift::{OneSided, Shift, Shifts};
pub use sums::{BrokenLaw, check};
pub use wire::reconcile;
