//! What the ledger legs of a day read and give.

use std::sync::Arc;

use crate::domain::call::Calls;
use crate::domain::ledger::{Balance, Carry, Parties, Posting, WalletDay};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant};
use crate::domain::reconcile::findings::finding::Finding;
use crate::domain::reconcile::input::Rules;

/// What the ledger legs of one day read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LedgerDay<'a> {
    pub day: Day,
    /// Half-open.
    pub span: (Instant, Instant),
    pub rules: &'a Rules,
    pub parties: &'a Parties,
    pub calls: &'a Calls,
    /// Row-aligned with the calls: whether the row is the call.
    pub is_call: &'a [bool],
    /// Row-aligned: recorded, else expected.
    pub cost: &'a [Option<Amount>],
    /// Row-aligned: the unit of `cost`.
    pub unit: &'a [Arc<str>],
    /// Every posting of the day. Later ones may be among them: they move nothing on this day, and
    /// say which wallet paid for a call.
    pub postings: &'a [Posting],
    pub balances: &'a [Balance],
    pub opening: &'a Carry,
    /// The day's findings of the posting leg; a balance may show their differences.
    pub posting_findings: &'a [Finding],
}

/// What the ledger legs of one day give.
#[derive(Debug)]
pub(crate) struct LedgerOutcome {
    /// By leg, time and id.
    pub findings: Vec<Finding>,
    pub carry: Carry,
    pub roll_forward: Vec<WalletDay>,
}
