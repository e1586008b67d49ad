//! The legs that watch the ledger: balance, policy and funding.
//!
//! Findings of a day from its calls, its movements and what earlier days leave; the arithmetic of
//! wallets is the ledger's. Knows nothing of: prices, how calls and postings were paired.

mod accounts;
mod after;
mod balance;
mod funding;
mod keys;
mod last_used;
mod packages;
mod quota;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::finding::{Class, Finding, Leg};
use super::pass::Rules;
use crate::domain::call::{Calls, is_refusal};
use crate::domain::ledger::{
    Balance, Carry, CostedCalls, DayMovements, KeyDay, Overflow, Parties, Posting, Timeline, WalletDay, key_days, roll,
};
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
    pub opening: &'a Carry,
    /// The day's findings of the posting leg; a balance may show their differences.
    pub posting_findings: &'a [Finding],
}

/// What the ledger legs of one day give.
#[derive(Debug)]
pub struct LedgerOutcome {
    /// By leg, time and id.
    pub findings: Vec<Finding>,
    pub carry: Carry,
    pub roll_forward: Vec<WalletDay>,
}

impl<'a> LedgerDay<'a> {
    fn costed(&self) -> CostedCalls<'a> {
        CostedCalls { calls: self.calls, is_call: self.is_call, cost: self.cost, unit: self.unit }
    }

    fn is_refusal(&self, row: usize) -> bool {
        let status = self.calls.status();
        let status = arrow::array::Array::is_valid(status, row).then(|| status.value(row));
        is_refusal(status, self.calls.usage_of(row).as_ref())
    }

    /// A finding about one call. `rule` is the leg's own, the class may change under it.
    fn call_finding(&self, class: Class, rule: &str, row: usize) -> Finding {
        let calls = self.calls;
        let (source, call_id) = (calls.source().get(row).unwrap_or_default(), calls.call_id().value(row));
        let attempt = calls.attempt().value(row);
        let mut finding = Finding::new(Leg::Policy, class, rule, &[source, call_id, &attempt.to_string()]);
        finding.source = Some(source.to_owned());
        finding.account_id = calls.account_id().get(row).map(str::to_owned);
        finding.api_key_id = calls.api_key_id().get(row).map(str::to_owned);
        finding.call_id = Some(call_id.to_owned());
        finding.attempt = Some(attempt);
        finding.at = Some(calls.started(row));
        finding
    }

    fn model_names(&self, row: usize) -> Vec<&'a str> {
        let calls = self.calls;
        calls.model().get(row).into_iter().chain(calls.model_served().get(row)).collect()
    }

    /// The day as the ledger rolls it forward; `keys` and `named` are made from its calls and findings.
    fn movements(
        &self,
        keys: &'a [KeyDay],
        named: &'a [crate::domain::ledger::Named],
    ) -> DayMovements<'a> {
        DayMovements {
            span: self.span,
            complete_from: self.rules.complete_from,
            postings: self.postings,
            balances: self.balances,
            keys,
            named,
        }
    }
}

/// A finding about one posting.
fn posting_finding(leg: Leg, class: Class, rule: &str, p: &Posting) -> Finding {
    let mut finding = Finding::new(leg, class, rule, &[&p.posting_id]);
    finding.account_id = Some(p.account_id.to_string());
    finding.api_key_id = p.api_key_id.as_deref().map(str::to_owned);
    finding.wallet = Some(p.wallet.to_string());
    finding.call_id = p.call_id.clone();
    finding.attempt = p.attempt;
    finding.posting_id = Some(p.posting_id.clone());
    finding.at = Some(p.posted_at);
    finding.unit = Some(p.unit.to_string());
    finding.posted = Some(-p.amount);
    finding
}

/// Rows of one group, in order of time: groups are few, rows are many and mostly sorted.
fn rows_by(group: &[Option<u32>], groups: usize, time: impl Fn(u32) -> Instant) -> Vec<Vec<u32>> {
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); groups];
    for (row, of) in (0u32..).zip(group) {
        if let Some(of) = of {
            rows[*of as usize].push(row);
        }
    }
    for rows in &mut rows {
        if !rows.is_sorted_by_key(|row| time(*row)) {
            rows.sort_by_key(|row| time(*row));
        }
    }
    rows
}

/// Balance, policy and funding findings of a day, and what it leaves to the next.
///
/// # Errors
/// When a sum leaves its range.
pub fn police(input: &LedgerDay) -> Result<LedgerOutcome, Overflow> {
    let key_days = key_days(&input.costed(), input.span.1)?;
    let named = balance::named_amounts(input);
    let timeline = Timeline::new(&input.movements(&key_days, &named));
    let mut rolled = roll(input.opening, &timeline)?;
    let packages = packages::Packages::new(input, &timeline);

    let mut findings = balance::breaks(input, &mut rolled)?;
    findings.extend(funding::findings(input, &rolled));
    findings.extend(funding::forbidden(input));
    let outside = packages::findings(input, &packages);
    findings.extend(accounts::findings(input, &timeline, &packages, &outside.calls));
    findings.extend(outside.findings);
    findings.extend(keys::findings(input));
    findings.extend(quota::findings(input)?);
    findings.extend(last_used::findings(input, &key_days));
    findings.extend(after::findings(input, &timeline, &packages));
    findings.sort_by(|a, b| (a.leg, a.at, &a.finding_id).cmp(&(b.leg, b.at, &b.finding_id)));
    Ok(LedgerOutcome { findings, carry: rolled.carry, roll_forward: rolled.days })
}
