//! The heart: pure values in, pure values out.
//!
//! No file, clock, network, environment, thread, async or printing, and no float near money. Rooms
//! name only the rooms before them: hash, money, period, call, price, rating, ledger, reconcile, rollup,
//! notice.

#![deny(clippy::float_arithmetic)]

pub mod call;
pub(crate) mod hash;
pub mod invoice;
pub mod ledger;
pub mod money;
pub mod notice;
pub mod period;
pub mod price;
pub mod rating;
pub mod reconcile;
pub mod rollup;
