//! Money: exact amounts, units and their rates, rounding by name, representation.
//!
//! Two units never add: an [`Amount`] carries no unit, and whoever sums keeps one total a unit.
//! Knows nothing of: every other room but `period` (the dates of unit rates), floats, files.

mod amount;
mod exact;
mod representation;
mod rounding;
mod unit_names;
mod units;

#[cfg(test)]
mod tests;

pub use amount::{Amount, SCALE};
pub use exact::{Exact, MAX_SCALE, NumberError};
pub use representation::Representation;
pub use rounding::{Mode, div_round, mul_div_round};
pub use unit_names::{UnitNames, minor_units};
pub use units::{Ratio, UnitRate, Units};
