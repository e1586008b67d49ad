//! The posting leg: which movements of the ledger paid for which calls, and what is left over.
//!
//! Knows nothing of: prices, causes, wallets.

pub(crate) mod classify;
pub(crate) mod matching;
