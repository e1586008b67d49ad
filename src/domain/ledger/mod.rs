//! The operator's ledger as we read it: postings, balances, wallets, accounts and keys.
//!
//! We read the ledger, propose entries for it, and never write to it.
//! Knows nothing of: how expected amounts come about, file formats.

mod carry;
mod parties;
mod postings;

pub use carry::{Carry, WalletDay};
pub use parties::{Account, Key, KeyStatus, Mode, Parties, Threshold};
pub use postings::{Balance, Posting, PostingKind, WalletId, posting_hash};
