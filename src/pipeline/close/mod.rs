//! A day brought up to date: its rows loaded, its partitions run, the result sealed; weeks and months
//! summed from days.
//!
//! Knows nothing of: where raw files come from, bills, what is published.

pub(crate) mod backward_calls;
mod closing_balances;
pub(crate) mod computed_again;
pub(crate) mod day;
pub(crate) mod day_inputs;
pub(crate) mod day_pass;
pub(crate) mod day_revisions;
pub(crate) mod executor;
pub(crate) mod input_identity;
pub(crate) mod named_rows;
pub(crate) mod oversized_rows;
pub(crate) mod part_rows;
pub(crate) mod remade;
pub(crate) mod rollup;
pub(crate) mod row_places;
pub(crate) mod sealed_day;
pub(crate) mod silent_hours;
pub(crate) mod unjudged_calls;
pub(crate) mod unnamed_rows;
