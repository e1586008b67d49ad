//! The legs that watch the ledger: balance, policy and funding.
//!
//! Findings of a day from its calls, its movements and what earlier days leave; the arithmetic of
//! wallets is the ledger's. Knows nothing of: prices, how calls and postings were paired.

mod accounts;
mod after;
mod balance;
mod desk;
mod funding;
mod keys;
mod last_used;
mod packages;
mod quota;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::desk::{Desk, posting_finding};
use super::finding::{Class, Finding, Leg};
use super::pass::Rules;
use crate::domain::call::Calls;
use crate::domain::ledger::{Balance, LedgerState, Overflow, Parties, Posting, Timeline, WalletDay, key_days, roll};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant};

/// What the ledger legs of one day read.
#[derive(Clone, Copy, Debug)]
pub struct LedgerDay<'a> {
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
    pub opening: &'a LedgerState,
    /// The day's findings of the posting leg; a balance may show their differences.
    pub posting_findings: &'a [Finding],
}

/// What the ledger legs of one day give.
#[derive(Debug)]
pub struct LedgerOutcome {
    /// By leg, time and id.
    pub findings: Vec<Finding>,
    pub carry: LedgerState,
    pub roll_forward: Vec<WalletDay>,
}

/// Balance, policy and funding findings of a day, and what it leaves to the next.
///
/// # Errors
/// When a sum leaves its range.
pub fn police(input: &LedgerDay) -> Result<LedgerOutcome, Overflow> {
    let desk = Desk::new(input);
    let key_days = key_days(&desk.costed(), desk.span.1)?;
    let named = balance::named_amounts(&desk);
    let timeline = Timeline::new(&desk.movements(&key_days, &named));
    let mut rolled = roll(desk.opening, &timeline)?;
    let packages = packages::Packages::new(&desk, &timeline);
    let outside = packages::findings(&desk, &packages);
    let quotas = quota::Quotas::new(&desk, &key_days)?;

    let mut findings = balance::breaks(&desk, &mut rolled)?;
    findings.extend(after::findings(&desk, &timeline, &packages));
    findings.extend(accounts::findings(&desk, &timeline, &packages, &quotas, &outside.calls));
    findings.extend(outside.findings);
    findings.extend(keys::findings(&desk));
    findings.extend(quotas.findings);
    findings.extend(last_used::findings(&desk, &key_days));
    findings.extend(funding::forbidden(&desk));
    findings.extend(funding::findings(&desk, &rolled));
    findings.sort_by(|a, b| (a.leg, a.at, &a.finding_id).cmp(&(b.leg, b.at, &b.finding_id)));
    Ok(LedgerOutcome { findings, carry: rolled.carry, roll_forward: rolled.days })
}
