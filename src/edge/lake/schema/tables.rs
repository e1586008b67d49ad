//! The tables of plain rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::ledger::{Balance, Posting, StateRow, WalletDay, WalletId};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::{Class, Finding, LegSum, MovementRow};
use crate::record;

record! { "postings" => Posting {
    posting_id: Text, account_id: Name, wallet: Name, kind: Name, amount: Amount, unit: Name, posted_at: Instant,
    source: Name, call_id: Text, attempt: U32, api_key_id: Name, covers_from: Instant, covers_until: Instant,
    reference: Text, money: Amount, currency: Name, valid_from: Instant, valid_until: Instant, models: Name,
    cut: Bool, file: U32, offset: U64,
} }

record! { "balances" => Balance {
    account_id: Name, wallet: Name, unit: Name, at: Instant, balance: Amount, cut: Bool, file: U32,
    offset: U64,
} }

record! { "findings" => Finding {
    finding_id: Text, incident_id: Name, leg: Name, class: Name, cause: Name, origin: Name, certainty: Name,
    candidates: Name, source: Name, account_id: Name, api_key_id: Name, wallet: Name, call_id: Text, attempt: U32,
    posting_id: Text, at: Instant, from: Instant, until: Instant, unit: Name, expected: Amount, recorded: Amount,
    posted: Amount, difference: Amount, version_in_force: Name, version_matched: Name, evidence: Text,
} }

record! { "leg_sums" => LegSum {
    leg: Name, class: Name, source: Name, unit: Name, rows: U64, expected: Amount, recorded: Amount, posted: Amount,
    difference: Amount,
} }

record! { "movements" => MovementRow {
    posting_id: Text, account_id: Name, unit: Name, class: Name, posted: Amount, difference: Amount,
} }

/// Postings that counted for a day: rows next to each other in one raw part that are all of one class.
///
/// Every posting of the day that stands is in one run with `own` set; repeats and postings that another of
/// their id set aside are in none. Runs without `own` are postings of other days that pay for calls of this
/// one. `class` is that of the row of the day's posting leg they are in: of the call they pay for, or their
/// own where they pay for none; absent where they are in no row of this day (a top-up, a debit for a call
/// of another day). Runs depend on how rows lie in files, so the table has no content digest: the digest
/// `postings` of the manifest is over the postings themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CountedRows {
    /// Place in the manifest's list of raw parts.
    pub(crate) part: u32,
    /// The first of the rows, from 0.
    pub(crate) first: u32,
    /// How many they are.
    pub(crate) rows: u32,
    /// Posted on the day.
    pub(crate) own: bool,
    pub(crate) class: Option<Class>,
}

record! { "counted_postings" => CountedRows { part: U32, first: U32, rows: U32, own: Bool, class: Name } }

/// What writing amounts down a source's way moved, in one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepresentationRow {
    pub source: String,
    pub unit: String,
    pub amount: Amount,
}

record! { "representation" => RepresentationRow { source: Name, unit: Name, amount: Amount } }

impl RepresentationRow {
    /// The rows of a day's sums, in their order.
    pub fn of(sums: &BTreeMap<(String, String), Amount>) -> Vec<RepresentationRow> {
        let row = |((source, unit), amount): (&(String, String), &Amount)| RepresentationRow {
            source: source.clone(),
            unit: unit.clone(),
            amount: *amount,
        };
        sums.iter().map(row).collect()
    }
}

/// A [`WalletDay`] in one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletDayRow {
    pub account_id: Arc<str>,
    pub wallet: Arc<str>,
    pub unit: Arc<str>,
    pub opening: Option<Amount>,
    pub movements: Vec<(&'static str, Amount)>,
    pub closing: Option<Amount>,
    pub asserted: Vec<(Instant, Amount)>,
    pub residual: Amount,
    pub named: Amount,
}

record! { "wallet_days" => WalletDayRow {
    account_id: Name, wallet: Name, unit: Name, opening: Amount, movements: Text, closing: Amount, asserted: Text,
    residual: Amount, named: Amount,
} }

impl From<&WalletDay> for WalletDayRow {
    fn from(day: &WalletDay) -> WalletDayRow {
        WalletDayRow {
            account_id: day.wallet.account_id.clone(),
            wallet: day.wallet.wallet.clone(),
            unit: day.wallet.unit.clone(),
            opening: day.opening,
            movements: day.movements.clone(),
            closing: day.closing,
            asserted: day.asserted.clone(),
            residual: day.residual,
            named: day.named,
        }
    }
}

impl From<WalletDayRow> for WalletDay {
    fn from(row: WalletDayRow) -> WalletDay {
        WalletDay {
            wallet: WalletId { account_id: row.account_id, wallet: row.wallet, unit: row.unit },
            opening: row.opening,
            movements: row.movements,
            closing: row.closing,
            asserted: row.asserted,
            residual: row.residual,
            named: row.named,
        }
    }
}

/// A row that was refused: where it is and why, never its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RejectRow {
    pub source: String,
    /// The file as the run named it.
    pub file: String,
    /// 1 and up.
    pub line: u64,
    /// Bytes, in the unpacked file.
    pub offset: u64,
    pub length: u64,
    /// Of the row's bytes.
    pub hash: u128,
    pub field: Option<String>,
    pub reason: String,
}

record! { "rejects" => RejectRow {
    source: Name, file: Name, line: U64, offset: U64, length: U64, hash: Hash, field: Name, reason: Name,
} }

/// A row, or the rows of one day of a file, that a person has set aside: in the lake, and in no day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAsideRow {
    /// `calls SOURCE`, `postings` or `balances`.
    pub source: String,
    pub file: String,
    /// 1 and up; none for a whole file, or where the place was given in bytes.
    pub line: Option<u64>,
    /// In the unpacked file; none for a whole file.
    pub offset: Option<u64>,
    /// Of what the row says, wherever it is read again; none for a whole file.
    pub content: Option<u128>,
    /// The day the rows are in.
    pub day: String,
    pub rows: u64,
    pub who: String,
    pub reason: String,
    pub at: Instant,
    /// It stands again: an earlier row with the same file and content counts no more.
    pub undone: bool,
}

record! { "set_aside" => SetAsideRow {
    source: Name, file: Name, line: U64, offset: U64, content: Hash, day: Name, rows: U64, who: Text, reason: Text,
    at: Instant, undone: Bool,
} }

record! { "carry" => StateRow {
    kind: Name, owner: Text, wallet: Name, unit: Name, at: Instant, until: Instant, amount: Amount, n: I64, text: Text,
    detail: Text,
} }
