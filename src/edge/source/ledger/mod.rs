//! What the operator keeps beside its log: postings, balances, accounts and keys.

mod accounts;
mod balances;
mod context;
mod keys;
mod postings;
mod registry;
mod subscription;

pub use context::{LedgerContext, LedgerFormat};
pub use registry::{
    PartyRows, Refused, ledger_format, ledger_format_names, read_accounts, read_balances, read_keys, read_postings,
};
