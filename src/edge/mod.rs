//! Effects, one outside library a room.
//!
//! Rooms name `domain` and their own library, not each other (all may name `blob`).
//! Knows nothing of: the order of steps, arguments, price arithmetic.

pub mod render;
