//! What a run did, in lines and tables for people.

pub(super) mod low_balance;
pub(super) mod run_summary;
