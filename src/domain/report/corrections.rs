//! What would put the ledger right, by account: the net of what findings explain.

use std::collections::BTreeMap;

use super::table::Table;
use super::tieout::ReportOverflow;
use crate::domain::money::Amount;
use crate::domain::reconcile::{Certainty, Class, Finding, Leg};

/// One account in one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction {
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

/// Accounts with a difference in the charge or posting leg, in order. Expected - posted is the sum of
/// both legs' differences, so a call that was charged wrongly and debited as charged counts once.
///
/// # Errors
/// When a sum overflows.
pub fn corrections(findings: &[Finding]) -> Result<Vec<Correction>, ReportOverflow> {
    let mut rows: BTreeMap<(String, String), Correction> = BTreeMap::new();
    let in_money = |f: &&Finding| matches!(f.leg, Leg::Charge | Leg::Posting) && f.class != Class::NotCompared;
    for f in findings.iter().filter(in_money) {
        let (Some(unit), Some(difference)) = (&f.unit, f.difference) else { continue };
        let account = f.account_id.clone().unwrap_or_default();
        let row = rows.entry((account.clone(), unit.clone())).or_insert_with(|| Correction {
            account_id: account,
            unit: unit.clone(),
            ..Correction::default()
        });
        row.findings += 1;
        let is_sure = matches!(f.certainty, Certainty::Exact | Certainty::Suspected);
        let side = match (is_sure, difference.is_negative()) {
            (false, _) => &mut row.open,
            (true, true) => &mut row.below,
            (true, false) => &mut row.above,
        };
        *side = side.checked_add(difference).ok_or(ReportOverflow)?;
        if is_sure {
            row.proposed = row.proposed.checked_sub(difference).ok_or(ReportOverflow)?;
        }
    }
    Ok(rows.into_values().collect())
}

/// One row an account and unit.
pub fn correction_table(corrections: &[Correction]) -> Table {
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
