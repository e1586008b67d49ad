//! What every step works with.

use super::config::Config;
use crate::domain::period::Instant;
use crate::edge::lake::Lake;
use crate::edge::state::State;

/// One operator's lake and state, at one moment.
#[derive(Debug)]
pub struct Desk {
    pub config: Config,
    pub lake: Lake,
    pub state: State,
    /// The clock, or `--as-of`.
    pub now: Instant,
    /// Compute and report, write nothing.
    pub dry_run: bool,
}
