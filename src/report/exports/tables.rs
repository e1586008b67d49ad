//! Tables of a period that no other room makes.

use crate::report::corrections::{correction_table, corrections};
use crate::report::dimension::along_table;
use crate::report::labels::cause_in_words;
use crate::report::page::PeriodReport;
use crate::report::table::{Cell, Table};
use crate::report::tieout::{CauseSum, ReportOverflow, by_cause, tie_out};

pub(super) fn by_day(report: &PeriodReport<'_>) -> Table {
    along_table(report.sums, &report.sums.day, &["day"], |day| vec![(*day).into()])
}

pub(super) fn by_model(report: &PeriodReport<'_>) -> Table {
    along_table(report.sums, &report.sums.model, &["model"], |model| vec![model.as_str().into()])
}

pub(super) fn by_account(report: &PeriodReport<'_>) -> Table {
    let name = |account: &str| Cell::from(report.name_of(account));
    along_table(report.sums, &report.sums.account, &["account_id", "name"], |a| vec![a.as_str().into(), name(a)])
}

pub(super) fn by_key(report: &PeriodReport<'_>) -> Table {
    let columns = ["api_key_id", "account_id"];
    along_table(report.sums, &report.sums.key, &columns, |k| vec![k.1.as_str().into(), k.0.as_str().into()])
}

/// One row a leg, class, cause and certainty.
pub(super) fn causes(report: &PeriodReport<'_>) -> Result<Table, ReportOverflow> {
    Ok(cause_table(&by_cause(report.findings)?))
}

/// One row an account and unit.
pub(super) fn to_correct(report: &PeriodReport<'_>) -> Result<Table, ReportOverflow> {
    let ties = tie_out(report.classes, report.findings)?;
    Ok(correction_table(&corrections(report.findings, &ties)?))
}

fn cause_table(causes: &[CauseSum]) -> Table {
    let columns =
        ["leg", "unit", "class", "cause", "in_words", "certainty", "findings", "too_much", "too_little", "net"];
    let mut table = Table::new(&columns);
    for c in causes {
        table.push(vec![
            c.leg.name().into(),
            c.unit.as_str().into(),
            c.class.name().into(),
            c.cause.as_str().into(),
            cause_in_words(&c.cause).into(),
            c.certainty.name().into(),
            c.findings.into(),
            c.above.into(),
            c.below.into(),
            c.net.into(),
        ]);
    }
    table
}
