//! The way in: arguments, settings, messages, exit codes.
//!
//! Knows nothing of: arithmetic, how rows are stored.

#![allow(clippy::disallowed_methods, reason = "settings, clock, environment and terminal enter here")]

pub mod failure;
pub mod settings;
