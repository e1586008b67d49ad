//! Time: instants, zones, half-open days, ISO weeks and months.
//!
//! Knows nothing of: every other room; the clock.

mod calendar;
mod gaps;
mod instant;

#[cfg(test)]
mod tests;

pub use calendar::{Day, Period, PeriodKind, Zone};
pub use gaps::{TimeRange, empty_hours, uncovered};
pub use instant::{Instant, InstantError, Span};
