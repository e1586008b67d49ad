//! Low balances: who is low, since when, and whether a mail about it is due.
//!
//! A *crossing* is the movement after which a wallet's balance is below a threshold. It is told of
//! once: only a movement that brings the balance back to or above the threshold arms it again.
//! Knows nothing of: mail, languages, where postings come from, the clock.

mod decision;
mod rows;
mod threshold;
mod watch;

#[cfg(test)]
mod tests;

pub use decision::{NoticeDecision, NoticeKey, NotifiedLog, decide};
pub use rows::{BadWatchRow, WatchRow};
pub use threshold::{Pace, Terms};
pub use watch::{Crossing, Disagreement, Low, Unwatched, WatchRules, Watches};
