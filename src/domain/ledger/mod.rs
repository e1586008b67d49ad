//! The operator's ledger as we read it: postings, balances, wallets, accounts and keys.
//!
//! We read the ledger, propose entries for it, and never write to it. Days are rolled forward in
//! order of date: [`advance`] takes the [`Carry`] of all earlier days and gives the next one.
//! Knows nothing of: how expected amounts come about, what makes a finding, file formats.

mod around;
mod carry;
mod carry_rows;
mod key_use;
mod parties;
mod postings;
mod references;
mod roll;
mod timeline;
mod wallet;

#[cfg(test)]
pub(crate) mod tests;

pub use around::{Around, balances_around};
pub use carry::{Carry, FirstUse, WalletDay, broken_roll_forward};
pub use carry_rows::{BadCarryRow, CarryRow};
pub use key_use::{CostedCalls, KeyDay, KeyState, KeyUse, Seen, key_days};
pub use parties::{Account, Key, KeyStatus, Mode, Parties, Threshold};
pub use postings::{Balance, Posting, PostingKind, WalletId, posting_hash};
pub use references::reference_key;
pub use roll::{Break, PayoutAbove, Repeat, Rolled, advance, roll};
pub use timeline::{DayMovements, Follow, Morning, Move, Named, Timeline};
pub use wallet::{Listed, Moved, NamedAmount, NamedSum, Overflow, Terms, WalletState, may_pay};
