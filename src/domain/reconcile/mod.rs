//! Reconciliation: match, classify, diagnose, group, check policy.
//!
//! One pass over a day: which rows are calls, what each should have cost, which movements paid for it,
//! one class a row in every leg, findings with their causes, and sums that obey their laws. What calls
//! of one id decide among themselves is done range of keys by range ([`DayIndex::partitions`],
//! [`Partition::reconcile`]); [`close_day`] puts the ranges together and does the rest. Who runs the
//! partitions, and how many there are, changes nothing. Knows nothing of: where rows come from, where
//! findings go, threads.

mod charge;
mod counted;
mod day;
mod dedupe;
mod diagnose;
mod error;
mod findings;
mod input;
mod laws;
mod merge;
mod partition;
mod policy;
mod posting;
mod price_impact;
mod row_view;
mod sums;
mod tolerance;
mod unit_rates;

#[cfg(test)]
mod tests;

pub use charge::assign_book::assign;
pub(crate) use charge::reprice::expected_beside;
pub use charge::reprice::{Expected, expected};
pub use day::close_day;
pub use dedupe::{distinct_postings, distinct_rows};
pub(crate) use diagnose::CauseWords;
pub use diagnose::cause_codes;
pub use error::{BrokenLaw, PassError};
pub use findings::finding::{Certainty, Class, Finding, Leg, finding_id, incident_id};
pub use findings::incidents::{Incident, Stake, StakeTooLarge, incidents};
pub(crate) use findings::known_causes::known_causes;
pub use findings::known_causes::structural_cause_codes;
pub use input::{
    CountedPosting, DayInput, DayResult, LegSum, MovementRow, PostingConflict, Rules, SourceRules, Tolerance,
};
pub use laws::check;
pub use partition::{DayIndex, KeyRange, Partition, PartitionResult};
pub use price_impact::{OneSided, PriceImpact, PriceImpacts};
