//! The files of one period.

use std::collections::BTreeMap;

use super::customers::Customers;
use super::facts::{PeriodFacts, account_names, day_facts, facts, inputs, law_facts, prices};
use super::list::{FileList, Writer};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period, PeriodKind};
use crate::domain::reconcile::{Certainty, incidents};
use crate::edge::lake::schema::rollup_batch;
use crate::edge::lake::{Build, to_parquet};
use crate::edge::render::{findings_to_json_lines, to_csv, to_html, to_xlsx};
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;
use crate::report::{
    PeriodReport, TieOut, finance_page, period_page, period_tables, period_workbook, rollup_table, tie_out,
};

/// Writes every file of a period that is not there already; gives the list of them.
pub(super) async fn write(
    desk: &Desk,
    view: &View,
    period: Period,
    made_from: String,
    folder: &str,
    before: Option<&FileList>,
) -> Result<FileList, Stop> {
    let facts = facts(desk, period).await?;
    let days = day_facts(desk, &facts.days).await?;
    let sealed = |day: &Day| facts.days.iter().any(|m| m.period == day.to_string());
    let unsealed: Vec<Day> = period.days().filter(|d| !sealed(d)).collect();
    let incidents = incidents(&facts.findings).map_err(Stop::internal)?;
    let names = account_names(desk, &facts.days).await?;
    let (inputs, laws, prices) = (inputs(desk, view, period).await?, law_facts(&facts.days), prices(&facts.days));
    let mut customers = BTreeMap::new();
    let mut out = Writer::open(desk, folder, before).await?;
    if desk.config.customers && period.kind() == PeriodKind::Month {
        customers = Customers::new(desk, view, period, &facts.days, &names).await?.write(&mut out).await?;
    }
    let build = Build::this().version;
    let report = PeriodReport {
        period,
        zone: desk.config.zone,
        days: &days,
        unsealed: &unsealed,
        sums: &facts.along,
        classes: &facts.sums,
        findings: &facts.findings,
        incidents: &incidents,
        wallets: &facts.wallets,
        inputs: &inputs,
        laws: &laws,
        prices: &prices,
        representation: &facts.representation,
        tolerance: &desk.config.rules.tolerance,
        names: &names,
        customers: &customers,
        build: &build,
    };
    put_all(&report, &facts, &mut out).await?;
    let open = days.iter().filter(|d| d.state != "closed").count();
    let state = match (unsealed.len(), open) {
        (0, 0) => "closed",
        (0, _) => "provisional",
        _ => "incomplete",
    };
    let unexplained = facts.findings.iter().filter(|f| f.certainty == Certainty::Unexplained).count();
    Ok(FileList {
        period: period.to_string(),
        made_from,
        state: state.to_owned(),
        calls: days.iter().map(|d| d.calls).sum(),
        findings: facts.findings.len() as u64,
        unexplained: unexplained as u64,
        difference: difference(&report)?,
        files: out.files,
    })
}

async fn put_all(report: &PeriodReport<'_>, facts: &PeriodFacts, out: &mut Writer<'_>) -> Result<(), Stop> {
    out.put("rollup.csv", to_csv(&rollup_table(&facts.rollup))).await?;
    out.put("rollup.parquet", to_parquet(&rollup_batch(&facts.rollup))?).await?;
    out.put("findings.jsonl", findings_to_json_lines(&facts.findings)).await?;
    let tables = period_tables(report).map_err(Stop::internal)?;
    for sheet in &tables {
        out.put(&format!("{}.csv", sheet.file), to_csv(&sheet.table)).await?;
    }
    let book = period_workbook(report, tables).map_err(Stop::internal)?;
    out.put("report.xlsx", to_xlsx(&book).map_err(Stop::internal)?).await?;
    drop(book);
    out.put("finance.html", to_html(&finance_page(report).map_err(Stop::internal)?)).await?;
    out.put("index.html", to_html(&period_page(report).map_err(Stop::internal)?)).await
}

/// What the period differs by, by unit.
fn difference(report: &PeriodReport<'_>) -> Result<Vec<(Amount, String)>, Stop> {
    let one = |tie: TieOut| {
        let end = if tie.has_ledger { tie.posted } else { tie.recorded };
        let rest = end.checked_sub(tie.expected).ok_or_else(|| Stop::internal("a difference has too many digits"));
        rest.map(|rest| (rest, tie.unit))
    };
    tie_out(report.classes, report.findings).map_err(Stop::internal)?.into_iter().map(one).collect()
}
