//! Rating: a call and a book give a charge, or say why not, and a receipt on request.
//!
//! One path computes every figure: the day's pass ([`rate`]), a single call ([`Rater::price`]) and
//! every counterfactual of diagnosis ([`Rater::price`] with [`Edit`]s) resolve a call to the same
//! cell of rates and multipliers, and charge it by the same sums.
//! Knows nothing of: ledgers, what the gateway recorded, why an amount might differ.

mod answer;
mod arithmetic;
mod asked;
mod assign;
mod bare;
mod batch;
mod cell;
mod cells;
mod charges;
mod facts;
mod manners;
mod memo;
mod mentioned;
mod mix;
mod moments;
mod rater;
mod receipt;
mod shapes;
mod types;
mod wide;

#[cfg(test)]
mod tests;

pub use assign::{AccountTerms, assign};
pub use batch::rate;
pub use charges::{ChargeKind, Charges};
pub use memo::Memo;
pub use rater::Rater;
pub use types::{Assignment, Charge, ChargeStatus, Edit, Facts, Line, MultiplierUsed, Quote, RowId, Unpriced, Zero};
