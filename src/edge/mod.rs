//! Effects: files, buckets, databases, formats; one outside library a room.
//!
//! An edge turns the outside into values of the domain and back, and decides nothing about money.
//! Knows nothing of: the order of steps, settings, the terminal, other edges (except `blob`).

pub mod source;
