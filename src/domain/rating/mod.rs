//! Rating: a call and a book give a charge, or say why not, and a receipt on request.
//!
//! One path computes every figure: the day's pass ([`rate`]), a single call ([`Rater::price`]) and
//! every counterfactual of diagnosis ([`Rater::price`] with [`Edit`]s) resolve a call to the same
//! effective price of rates and multipliers, and charge it by the same sums.
//! Knows nothing of: ledgers, what the gateway recorded, why an amount might differ.

mod arithmetic;
mod big_decimal;
mod call_attributes;
mod charges;
mod compiled_prices;
mod effective_price;
mod fast_hash;
mod flat_rates;
mod kernel;
mod outcome_flags;
mod price_dimensions;
mod price_intervals;
mod pricing_context;
mod pricing_keys;
mod quote_cache;
mod rater;
mod receipt;
mod row_match;
mod types;

#[cfg(test)]
pub(crate) mod tests;

pub use call_attributes::CallAttributes;
pub use charges::{ChargeKind, Charges};
pub use kernel::rate;
pub use quote_cache::CachedRater;
pub use rater::Rater;
pub use types::{Assignment, Charge, ChargeStatus, Edit, Line, MultiplierUsed, Quote, RowId, Unpriced, Zero};
