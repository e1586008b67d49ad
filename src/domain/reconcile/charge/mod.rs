//! The charge leg: which book holds for a call, what it should have cost, and what was recorded instead.
//!
//! Knows nothing of: postings, causes, wallets.

pub(crate) mod assign_book;
pub(crate) mod classify;
pub(crate) mod expected_amounts;
pub(crate) mod reprice;
