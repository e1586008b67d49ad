//! Effects, one outside library each.
//!
//! Knows nothing of: pipeline, cli, price arithmetic.

pub mod source;
