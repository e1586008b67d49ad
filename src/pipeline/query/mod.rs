//! Questions to what is sealed: explanations, disputes, rates, quotes, repricing, verification. Nothing
//! is sealed here.
//!
//! Knows nothing of: arguments, how answers are printed.

pub(crate) mod dispute;
pub(crate) mod explain;
pub(crate) mod open_day;
pub(crate) mod paying;
pub(crate) mod quote;
pub(crate) mod rate;
pub(crate) mod reprice;
pub(crate) mod sealed;
pub(crate) mod sealed_prices;
pub(crate) mod status;
pub(crate) mod unpriced;
