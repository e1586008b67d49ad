//! What would put the ledger right, by account: the net of what findings explain.

use std::collections::BTreeMap;

use super::table::Table;
use super::tieout::{ReportOverflow, TieOut};
use crate::domain::money::Amount;
use crate::domain::reconcile::{Certainty, Class, Finding, Leg};

/// One account in one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Correction {
    pub account_id: String,
    pub unit: String,
    pub findings: u64,
    /// Differences above and below 0 of causes that are certain or suspected.
    pub above: Amount,
    pub below: Amount,
    /// The movement that undoes them: above 0 a credit.
    pub proposed: Amount,
    /// Net of differences that are one of several causes, or unexplained.
    pub open: Amount,
}

#[derive(Default)]
struct Corrections(BTreeMap<(String, String), Correction>);

impl Corrections {
    /// Adds what an account was debited too much (below 0: too little).
    fn add(&mut self, account: &str, unit: &str, too_much: Amount, is_sure: bool) -> Result<(), ReportOverflow> {
        let key = (account.to_owned(), unit.to_owned());
        let row = self.0.entry(key).or_insert_with(|| Correction {
            account_id: account.to_owned(),
            unit: unit.to_owned(),
            ..Correction::default()
        });
        row.findings += 1;
        let side = match (is_sure, too_much.is_negative()) {
            (false, _) => &mut row.open,
            (true, true) => &mut row.below,
            (true, false) => &mut row.above,
        };
        *side = side.checked_add(too_much).ok_or(ReportOverflow)?;
        if is_sure {
            row.proposed = row.proposed.checked_add(too_much).ok_or(ReportOverflow)?;
        }
        Ok(())
    }
}

/// Accounts with a difference in the charge or posting leg, in order. Posted - expected is the sum of
/// both legs' differences, so a call that was charged wrongly and debited as charged counts once, and a
/// second logging of a call, which is debited nothing, counts only where there is no ledger. What one
/// account was debited for another's call is undone on both.
///
/// # Errors
/// When a sum overflows.
pub(crate) fn corrections(findings: &[Finding], ties: &[TieOut]) -> Result<Vec<Correction>, ReportOverflow> {
    let has_ledger = |unit: &str| ties.iter().any(|t| t.unit == unit && t.has_ledger);
    let mut rows = Corrections::default();
    for f in findings.iter().filter(|f| matches!(f.leg, Leg::Charge | Leg::Posting)) {
        let (Some(unit), Some(difference)) = (&f.unit, f.difference) else { continue };
        let is_apart = match f.class {
            Class::NotCompared | Class::Unpriced => true,
            Class::DuplicateCall => has_ledger(unit),
            _ => false,
        };
        if is_apart {
            continue;
        }
        let account = f.account_id.as_deref().unwrap_or_default();
        let is_sure = matches!(f.certainty, Certainty::Exact | Certainty::Suspected);
        match (f.class, f.posted) {
            (Class::WrongAccount, Some(posted)) => {
                let debited = f.evidence.iter().find(|(name, _)| name == "posted_to").map(|(_, account)| account);
                // Several accounts are written in a row: who paid what is then for a person to see.
                let one = debited.filter(|account| !account.contains(' '));
                let missing = Amount::ZERO.checked_sub(posted).and_then(|m| m.checked_add(difference));
                rows.add(account, unit, missing.ok_or(ReportOverflow)?, is_sure && one.is_some())?;
                if let Some(debited) = one {
                    rows.add(debited, unit, posted, is_sure)?;
                }
            }
            _ => rows.add(account, unit, difference, is_sure)?,
        }
    }
    Ok(rows.0.into_values().collect())
}

/// One row an account and unit.
pub(crate) fn correction_table(corrections: &[Correction]) -> Table {
    let columns = ["account_id", "unit", "findings", "too_much", "too_little", "proposed_correction", "not_certain"];
    let mut table = Table::new(&columns);
    for c in corrections {
        table.push(vec![
            c.account_id.as_str().into(),
            c.unit.as_str().into(),
            c.findings.into(),
            c.above.into(),
            c.below.into(),
            c.proposed.into(),
            c.open.into(),
        ]);
    }
    table
}
