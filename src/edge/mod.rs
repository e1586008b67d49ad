//! Effects, one outside library each.

pub mod source;
