//! Low balances: who is low, since when, and whether a mail about it is due.
//!
//! A *crossing* is the movement after which a wallet's balance is below a threshold. It is told of
//! once: only a movement that brings the balance back to or above the threshold arms it again.
//! Knows nothing of: mail, languages, where postings come from, the clock.

mod fate;
mod level;
mod rows;
mod watch;

#[cfg(test)]
mod tests;

pub use fate::{Fate, NoticeKey, Told, fate};
pub use level::{Pace, Terms};
pub use rows::{BadWatchRow, WatchRow};
pub use watch::{Crossing, Disagreement, Low, WatchRules, Watches};
