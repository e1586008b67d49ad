//! The legs that watch the ledger: balance, policy and funding.
//!
//! Findings of a day from its calls, its movements and what earlier days leave; the arithmetic of
//! wallets is the ledger's. Knows nothing of: prices, how calls and postings were paired.

mod balance;
mod balance_after;
mod day_view;
mod funding;
mod keys;
mod last_used;
mod ledger_day;
mod packages;
mod quota;
mod served;

#[cfg(test)]
mod tests;

pub use ledger_day::{LedgerDay, LedgerOutcome};

use self::day_view::{Desk, posting_finding};
use super::findings::finding::{Class, Finding, Leg};
use crate::domain::ledger::{Overflow, Timeline, key_days, roll};

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
    findings.extend(balance_after::findings(&desk, &timeline, &packages));
    findings.extend(served::findings(&desk, &timeline, &packages, &quotas, &outside.calls));
    findings.extend(outside.findings);
    findings.extend(keys::findings(&desk));
    findings.extend(quotas.findings);
    findings.extend(last_used::findings(&desk, &key_days));
    findings.extend(funding::forbidden(&desk));
    findings.extend(funding::findings(&desk, &rolled));
    findings.sort_by(|a, b| (a.leg, a.at, &a.finding_id).cmp(&(b.leg, b.at, &b.finding_id)));
    Ok(LedgerOutcome { findings, carry: rolled.carry, roll_forward: rolled.days })
}
