//! What a day leaves to the next: running balances, key counters, the last assertion of each wallet.

use super::postings::WalletId;
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// The state of wallets and keys at the end of a day. Equal input days give equal carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carry {}

/// One wallet over one day, by kind of movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletDay {
    pub wallet: WalletId,
    /// Known only from the first balance (or a complete ledger) on.
    pub opening: Option<Amount>,
    /// Signed sum of movements, by kind name.
    pub movements: Vec<(&'static str, Amount)>,
    pub closing: Option<Amount>,
    /// Ledger's own balances dated in the day.
    pub asserted: Vec<(Instant, Amount)>,
    /// Residual of the intervals that end in the day, and how much of it findings name.
    pub residual: Amount,
    pub named: Amount,
}
