//! Reconciliation: match, classify, diagnose, group, check policy.
//!
//! [`reconcile_day`] makes one pass over a day: which rows are calls, what each should have cost, which
//! movements paid for it, one class a row in every leg, findings with their causes, and sums that obey
//! their laws. Knows nothing of: where rows come from and where findings go.

mod charge;
mod day;
mod dedupe;
mod diagnose;
mod error;
mod findings;
mod input;
mod laws;
mod policy;
mod posting;
mod price_impact;
mod row_view;
mod seams;
mod sums;
mod tolerance;
mod unit_rates;
mod wire;

#[cfg(test)]
mod tests;

pub use charge::assign_book::assign;
pub use charge::expected_amounts::RatedCalls;
pub use charge::reprice::{Expected, expected};
pub use day::{Seams, reconcile_day, reconcile_rated};
pub use dedupe::{distinct_postings, distinct_rows};
pub use diagnose::{Budget, Case, Context, Diagnosis, cause_codes, diagnose};
pub use error::{BrokenLaw, PassError};
pub use findings::finding::{Certainty, Class, Finding, Leg, finding_id, incident_id};
pub use findings::incidents::{Incident, Stake, StakeTooLarge, incidents};
pub use input::{DayInput, DayResult, LegSum, MovementRow, PostingConflict, Rules, SourceRules, Tolerance};
pub use laws::check;
pub use policy::LedgerDay;
pub use price_impact::{OneSided, PriceImpact, PriceImpacts};
pub use seams::{Judged, LedgerLegs, LedgerOutcome, Naming, NoWallets, Suspect, Unnamed, Verdict};

pub use wire::reconcile;
