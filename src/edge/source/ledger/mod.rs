//! What the operator keeps beside its log: postings, balances, accounts and keys.

mod accounts;
mod balances;
mod postings;

pub use accounts::{PartyRows, Refused, read_accounts, read_keys};
pub use balances::read_balances;
pub use postings::read_postings;

use crate::domain::period::Zone;

/// What a file of postings or balances is read under.
#[derive(Clone, Debug, Default)]
pub struct LedgerContext {
    pub zone: Option<Zone>,
    pub file: u32,
    /// Unit of a balance whose file names none (a subscription's JSON).
    pub unit: Option<String>,
    /// The file's own name, without its folder: `ACCOUNT@INSTANT.json` says whose balance it is.
    pub name: String,
}
