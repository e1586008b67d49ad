//! A period's tables as one workbook: a sheet a question.

use super::tables;
use crate::report::class_table::{class_table, wallet_table};
use crate::report::finding_table::{finding_table, incident_table};
use crate::report::labels::line_in_words;
use crate::report::page::{PeriodReport, day_table, input_table};
use crate::report::table::{Cell, Table};
use crate::report::tieout::{ReportOverflow, tie_out};
use crate::report::workbook::{Sheet, Workbook};

/// The tables of a period between how it ties out and what it is about.
pub(super) fn workbook(report: &PeriodReport<'_>) -> Result<Workbook, ReportOverflow> {
    let sheet = |name, file, table| Sheet { name, file, table };
    Ok(Workbook {
        title: format!("{} {}", report.period.kind().name(), report.period),
        dated: report.period.first(),
        zone: report.zone,
        sheets: vec![
            sheet("Tie-out", "index.html", tie_out_table(report)?),
            sheet("By day", "by-day", tables::by_day(report)),
            sheet("By model", "by-model", tables::by_model(report)),
            sheet("By account", "by-account", tables::by_account(report)),
            sheet("By key", "by-key", tables::by_key(report)),
            sheet("Causes", "causes", tables::causes(report)?),
            sheet("Corrections", "corrections", tables::to_correct(report)?),
            sheet("Incidents", "incidents", incident_table(report.incidents)),
            sheet("Classes", "classes", class_table(report.classes)),
            sheet("Wallets", "wallets", wallet_table(report.wallets)),
            sheet("Findings", "findings", finding_table(report.findings)),
            sheet("Days", "days", day_table(report.days)),
            sheet("Input", "inputs", input_table(report.inputs)),
            sheet("About", "index.html", about(report)),
        ],
    })
}

fn tie_out_table(report: &PeriodReport<'_>) -> Result<Table, ReportOverflow> {
    let mut table = Table::new(&["unit", "line", "rows", "amount", "kind"]);
    for tie in tie_out(report.classes, report.findings)? {
        for line in &tie.lines {
            table.push(vec![
                tie.unit.as_str().into(),
                line_in_words(&line.kind).into(),
                line.rows.into(),
                line.amount.into(),
                if line.kind.is_stage() { "stage".into() } else { "step".into() },
            ]);
        }
        let unit = tie.unit.as_str();
        table.push(vec![unit.into(), "Control".into(), Cell::Empty, tie.control().into(), "must be 0".into()]);
    }
    Ok(table)
}

fn about(report: &PeriodReport<'_>) -> Table {
    let mut table = Table::new(&["what", "value"]);
    let mut push = |what: &str, value: Cell| table.push(vec![what.into(), value]);
    push("period", Cell::text(report.period.to_string()));
    push("first day", report.period.first().into());
    push("last day", report.period.end().previous().into());
    push("zone", report.zone.name().into());
    push("days sealed", Cell::count(report.days.len() as u64));
    push("days not sealed", Cell::count(report.unsealed.len() as u64));
    push("last sealed", report.days.iter().map(|d| d.sealed_at).max().into());
    for prices in report.prices {
        push(
            "price book",
            Cell::text(format!("{}, {} versions, sha256 {}", prices.book, prices.versions, prices.sha256)),
        );
    }
    for law in report.laws {
        push("law held", Cell::text(format!("{} ({} comparisons)", law.name, law.cases)));
    }
    push("made by", Cell::text(format!("trueup {}", report.build)));
    push("amounts", Cell::text("numbers where 15 digits hold them, else exact text; the CSV files are the record"));
    table
}
