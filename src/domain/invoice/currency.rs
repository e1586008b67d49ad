//! Currencies of ISO 4217 and the smallest amount each is paid in.

pub use crate::domain::money::minor_units;
