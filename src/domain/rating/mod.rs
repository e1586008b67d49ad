//! Rating: a call and a book give a charge, or say why not, and a receipt on request.
//!
//! One path computes every figure: the day's pass ([`Rater::rate`]), a single call
//! ([`Rater::price`]) and every counterfactual of diagnosis ([`Rater::price`] with [`Edit`]s).
//! Knows nothing of: ledgers, what the gateway recorded, why an amount might differ.

mod rater;
mod types;

pub use rater::{Rater, rate};
pub use types::{
    Assignment, Charge, ChargeStatus, Charges, Edit, Facts, Line, MultiplierUsed, Quote, RowId, Unpriced, Zero,
};
