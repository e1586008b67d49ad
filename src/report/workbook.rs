//! A period's tables as one workbook: a sheet a question.

use super::class_table::{class_table, wallet_table};
use super::corrections::{correction_table, corrections};
use super::dimension::along_table;
use super::finding_table::{finding_table, incident_table};
use super::labels::{cause_in_words, line_in_words};
use super::page::{PeriodReport, day_table, input_table};
use super::table::{Cell, Table};
use super::tieout::{CauseSum, ReportOverflow, by_cause, tie_out};
use crate::domain::period::{Day, Zone};

/// Sheets in order.
#[derive(Clone, Debug)]
pub struct Workbook {
    pub title: String,
    /// Stands for the time it was made: equal contents are equal files.
    pub dated: Day,
    /// Instants are shown in it.
    pub zone: Zone,
    pub sheets: Vec<Sheet>,
}

#[derive(Clone, Debug)]
pub struct Sheet {
    /// At most 31 characters.
    pub name: &'static str,
    pub table: Table,
    /// Where the whole table is, should the sheet not hold it.
    pub file: &'static str,
}

/// The tables a period is published with, by file name without its ending.
///
/// # Errors
/// When a sum overflows.
pub fn period_tables(report: &PeriodReport<'_>) -> Result<Vec<Sheet>, ReportOverflow> {
    let sums = report.sums;
    let name = |account: &str| Cell::from(report.names.get(account).map_or("", String::as_str));
    let sheet = |name, file, table| Sheet { name, file, table };
    Ok(vec![
        sheet("By day", "by-day", along_table(sums, &sums.day, &["day"], |day| vec![(*day).into()])),
        sheet("By model", "by-model", along_table(sums, &sums.model, &["model"], |m| vec![m.as_str().into()])),
        sheet(
            "By account",
            "by-account",
            along_table(sums, &sums.account, &["account_id", "name"], |a| vec![a.as_str().into(), name(a)]),
        ),
        sheet(
            "By key",
            "by-key",
            along_table(sums, &sums.key, &["api_key_id", "account_id"], |k| {
                vec![k.1.as_str().into(), k.0.as_str().into()]
            }),
        ),
        sheet("Causes", "causes", cause_table(&by_cause(report.findings)?)),
        sheet(
            "Corrections",
            "corrections",
            correction_table(&corrections(report.findings, &tie_out(report.classes, report.findings)?)?),
        ),
        sheet("Incidents", "incidents", incident_table(report.incidents)),
        sheet("Classes", "classes", class_table(report.classes)),
        sheet("Wallets", "wallets", wallet_table(report.wallets)),
        sheet("Findings", "findings", finding_table(report.findings)),
        sheet("Days", "days", day_table(report.days)),
        sheet("Input", "inputs", input_table(report.inputs)),
    ])
}

/// A period's tables with what they are about before them.
///
/// # Errors
/// When a sum overflows.
pub fn period_workbook(report: &PeriodReport<'_>, tables: Vec<Sheet>) -> Result<Workbook, ReportOverflow> {
    let mut sheets = vec![
        Sheet { name: "Tie-out", file: "index.html", table: tie_out_table(report)? },
        Sheet { name: "About", file: "index.html", table: about(report) },
    ];
    sheets.splice(1..1, tables);
    Ok(Workbook {
        title: format!("{} {}", report.period.kind().name(), report.period),
        dated: report.period.first(),
        zone: report.zone,
        sheets,
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

/// One row a leg, class, cause and certainty.
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
