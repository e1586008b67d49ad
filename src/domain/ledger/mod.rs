//! The operator's ledger as we read it: postings, balances, wallets, accounts and keys.
//!
//! We read the ledger, propose entries for it, and never write to it. Days are rolled forward in
//! order of date: [`advance`] takes the [`LedgerState`] of all earlier days and gives the next one.
//! Knows nothing of: how expected amounts come about, what makes a finding, file formats.

mod balance_at;
mod follow;
mod gifts;
mod key_use;
mod parties;
mod postings;
mod references;
mod roll_forward;
mod state;
mod state_rows;
mod timeline;
mod wallet;

#[cfg(test)]
pub(crate) mod tests;

pub use balance_at::{BalanceBeforeAfter, balances_around};
pub use follow::{Follow, OpeningBalance, Step};
pub use gifts::{Gift, Given};
pub use key_use::{CostedCalls, KeyDay, KeyState, KeyUse, Seen, key_days};
pub use parties::{Account, Key, KeyStatus, Mode, Parties, Threshold};
pub use postings::{Balance, Posting, PostingKind, WalletId, posting_hash};
pub use references::reference_key;
pub use roll_forward::{Break, PayoutAbove, Repeat, Rolled, advance, roll};
pub use state::{FirstUse, LedgerState, WalletDay, broken_roll_forward};
pub use state_rows::{BadStateRow, StateRow};
pub(crate) use timeline::posting_order;
pub use timeline::{DayMovements, Move, Named, Timeline};
pub use wallet::{Ending, Listed, Moved, NamedAmount, NamedSum, Overflow, Portion, Terms, WalletState, may_pay};
