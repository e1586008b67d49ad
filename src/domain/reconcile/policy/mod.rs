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

pub(crate) use ledger_day::{LedgerDay, LedgerOutcome};

use self::day_view::DayView;
use crate::domain::ledger::{Overflow, Timeline, key_days, roll};

/// Balance, policy and funding findings of a day, and what it leaves to the next.
///
/// # Errors
/// When a sum leaves its range.
pub(crate) fn check(input: &LedgerDay) -> Result<LedgerOutcome, Overflow> {
    let view = DayView::new(input);
    let key_days = key_days(&view.costed(), view.span.1)?;
    let named = balance::named_amounts(&view);
    let timeline = Timeline::new(&view.movements(&key_days, &named));
    let mut rolled = roll(view.opening, &timeline)?;
    let packages = packages::Packages::new(&view, &timeline);
    let outside = packages::findings(&view, &packages);
    let quotas = quota::Quotas::new(&view, &key_days)?;

    let mut findings = balance::breaks(&view, &mut rolled)?;
    findings.extend(balance_after::findings(&view, &timeline, &packages));
    findings.extend(served::findings(&view, &timeline, &packages, &quotas, &outside.calls));
    findings.extend(outside.findings);
    findings.extend(keys::findings(&view));
    findings.extend(quotas.findings);
    findings.extend(last_used::findings(&view, &key_days));
    findings.extend(funding::forbidden(&view));
    findings.extend(funding::findings(&view, &rolled));
    findings.sort_by(|a, b| (a.leg, a.at, &a.finding_id).cmp(&(b.leg, b.at, &b.finding_id)));
    Ok(LedgerOutcome { findings, carry: rolled.carry, roll_forward: rolled.days })
}
