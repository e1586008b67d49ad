//! Effects, one outside library a room.
//!
//! Rooms name `domain` and their own library, not each other (all may name `blob`).
//! Knows nothing of: the order of steps, arguments, price arithmetic.

#![expect(clippy::disallowed_methods, reason = "effects live here")]

pub mod blob;
pub mod health;
pub mod lake;
pub mod mail;
pub mod render;
pub mod source;
pub mod state;
