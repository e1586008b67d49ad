//! What a run did, in lines and tables for people.
//!
//! Knows nothing of: how a step does its work, where its lines are printed.

pub(super) mod low_balance;
pub(super) mod run_summary;
