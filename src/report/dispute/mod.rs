//! A customer's complaint answered: every call of a range judged, and what is owed.
//!
//! Knows nothing of: formats, files, how a call is judged by reconciliation.

mod mask;
mod page;
mod tables;
mod verdict;

#[cfg(test)]
mod tests;

pub(crate) use mask::{mask_explanation, mask_finding, mask_posting};
pub(crate) use page::dispute_page;
pub(crate) use tables::{cause_table, dispute_table, movement_table, unit_table};
pub(crate) use verdict::{CallVerdict, Verdict};

use std::collections::BTreeMap;

use super::receipt::Explanation;
use super::tieout::ReportOverflow;
use crate::domain::ledger::Posting;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Zone};
use crate::domain::reconcile::{Certainty, Class, Finding, Leg};

/// What was charged and what was right, in one unit. Debits are positive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UnitSum {
    pub calls: u64,
    /// Other loggings of these calls; what they recorded counts, nothing else of them does.
    pub second_loggings: u64,
    pub recorded: Amount,
    pub expected: Amount,
    /// What the ledger debited for these calls, whose wallet ever paid.
    pub debited: Amount,
    /// What left the customer's own wallets on these days to pay for calls, whose calls ever they were.
    pub wallets: Amount,
    /// Differences whose cause is certain or suspected, above and below 0.
    pub too_much: Amount,
    pub too_little: Amount,
    /// Net of differences that are one of several causes, or unexplained.
    pub open: Amount,
}

impl UnitSum {
    /// What left the customer's wallets beyond what was debited for the customer's calls.
    ///
    /// # Errors
    /// When the sum overflows.
    pub(crate) fn wallets_beyond(&self) -> Result<Amount, ReportOverflow> {
        self.wallets.checked_sub(self.debited).ok_or(ReportOverflow)
    }

    /// What is owed to the customer; below 0 the customer was charged too little.
    ///
    /// # Errors
    /// When the sum overflows.
    pub(crate) fn credit(&self) -> Result<Amount, ReportOverflow> {
        self.too_much.checked_add(self.too_little).ok_or(ReportOverflow)
    }
}

/// Findings of one cause in one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CauseSum {
    pub findings: u64,
    /// Above 0: charged too much.
    pub difference: Amount,
    /// How many of them are neither certain nor suspected.
    pub open: u64,
}

/// One account over a range of days.
#[derive(Clone, Debug)]
pub(crate) struct Dispute {
    pub account_id: String,
    pub name: String,
    /// Both inclusive.
    pub first: Day,
    pub last: Day,
    pub zone: Zone,
    pub units: BTreeMap<String, UnitSum>,
    /// By unit and cause.
    pub causes: BTreeMap<(String, String), CauseSum>,
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Findings that are about no money: usage, policy, keys.
    pub remarks: Vec<Finding>,
    /// Days of the range nothing was sealed for.
    pub unsealed: Vec<Day>,
    /// Days whose prices and rows may still change.
    pub provisional: Vec<Day>,
    /// How the pack is made again.
    pub command: String,
}

/// Whether a finding's difference is money between the customer and the operator.
pub(super) fn is_money(finding: &Finding) -> bool {
    matches!(finding.leg, Leg::Charge | Leg::Posting) && finding.class != Class::NotCompared
}

pub(super) fn is_sure(finding: &Finding) -> bool {
    matches!(finding.certainty, Certainty::Exact | Certainty::Suspected)
}

fn add(to: &mut Amount, amount: Amount) -> Result<(), ReportOverflow> {
    *to = to.checked_add(amount).ok_or(ReportOverflow)?;
    Ok(())
}

impl Dispute {
    pub(crate) fn new(account_id: &str, name: &str, (first, last): (Day, Day), zone: Zone, command: String) -> Dispute {
        Dispute {
            account_id: account_id.to_owned(),
            name: name.to_owned(),
            first,
            last,
            zone,
            units: BTreeMap::new(),
            causes: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            remarks: Vec::new(),
            unsealed: Vec::new(),
            provisional: Vec::new(),
            command,
        }
    }

    /// Judges a call and counts it.
    ///
    /// # Errors
    /// When a sum overflows.
    pub(crate) fn add_call(&mut self, explanation: &Explanation) -> Result<CallVerdict, ReportOverflow> {
        let verdict = CallVerdict::of(explanation, &self.account_id)?;
        let sum = self.units.entry(explanation.unit.clone()).or_default();
        add(&mut sum.recorded, explanation.call.charge.unwrap_or_default())?;
        if explanation.duplicate {
            sum.second_loggings += 1;
        } else {
            sum.calls += 1;
            add(&mut sum.expected, explanation.expected.unwrap_or_default())?;
            add(&mut sum.debited, explanation.sealed.and_then(|sealed| sealed.posted).unwrap_or_default())?;
        }
        *self.verdicts.entry(verdict.verdict).or_default() += 1;
        Ok(verdict)
    }

    /// Counts a movement of the customer's wallets that pays for calls.
    ///
    /// # Errors
    /// When a sum overflows.
    pub(crate) fn add_posting(&mut self, posting: &Posting) -> Result<(), ReportOverflow> {
        if !posting.kind.pays_for_calls() || *posting.account_id != *self.account_id {
            return Ok(());
        }
        let sum = self.units.entry(posting.unit.to_string()).or_default();
        add(&mut sum.wallets, -posting.amount)
    }

    /// Counts a finding: recorded - expected and posted - recorded add up to posted - expected, so a
    /// call that was charged wrongly and debited as charged counts once.
    ///
    /// # Errors
    /// When a sum overflows.
    pub(crate) fn add_finding(&mut self, finding: &Finding) -> Result<(), ReportOverflow> {
        let (Some(unit), Some(difference)) = (&finding.unit, finding.difference) else {
            self.remarks.push(finding.clone());
            return Ok(());
        };
        if !is_money(finding) {
            self.remarks.push(finding.clone());
            return Ok(());
        }
        let sum = self.units.entry(unit.clone()).or_default();
        let side = match (is_sure(finding), difference.is_negative()) {
            (false, _) => &mut sum.open,
            (true, true) => &mut sum.too_little,
            (true, false) => &mut sum.too_much,
        };
        add(side, difference)?;
        let cause = self.causes.entry((unit.clone(), cause_of(finding))).or_default();
        cause.findings += 1;
        cause.open += u64::from(!is_sure(finding));
        add(&mut cause.difference, difference)
    }
}

/// The cause, the candidates where there are several, or nothing.
pub(super) fn cause_of(finding: &Finding) -> String {
    if finding.cause.is_empty() { finding.candidates.join(" or ") } else { finding.cause.clone() }
}
