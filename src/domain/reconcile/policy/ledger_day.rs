//! What the ledger legs of a day read and give.

use std::sync::Arc;

use crate::domain::call::Calls;
use crate::domain::ledger::{Balance, LedgerState, Parties, Posting, WalletDay};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::findings::finding::Finding;
use crate::domain::reconcile::input::Rules;

/// What the ledger legs of one day read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LedgerDay<'a> {
    /// Half-open.
    pub(crate) span: (Instant, Instant),
    pub(crate) rules: &'a Rules,
    pub(crate) parties: &'a Parties,
    pub(crate) calls: &'a Calls,
    /// Row-aligned with the calls: whether the row is the call.
    pub(crate) is_call: &'a [bool],
    /// Row-aligned: recorded, else expected.
    pub(crate) cost: &'a [Option<Amount>],
    /// Row-aligned: the unit of `cost`.
    pub(crate) unit: &'a [Arc<str>],
    /// Every posting of the day. Later ones may be among them: they move nothing on this day, and
    /// say which wallet paid for a call.
    pub(crate) postings: &'a [Posting],
    pub(crate) balances: &'a [Balance],
    pub(crate) opening: &'a LedgerState,
    /// The day's findings of the posting leg; a balance may show their differences.
    pub(crate) posting_findings: &'a [Finding],
}

/// What the ledger legs of one day give.
#[derive(Debug)]
pub(crate) struct LedgerOutcome {
    /// By leg, time and id.
    pub(crate) findings: Vec<Finding>,
    pub(crate) carry: LedgerState,
    pub(crate) roll_forward: Vec<WalletDay>,
}
