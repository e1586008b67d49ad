//! The files of one period.

use std::collections::BTreeMap;

use super::exports::write_all;
use super::facts::{account_names, day_facts, facts, inputs, law_facts, prices, scope};
use super::list::{FileList, Writer};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};
use crate::domain::reconcile::{Certainty, incidents};
use crate::edge::lake::Build;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::report::{PeriodReport, TieOut, customer_folders, exports_of, tie_out};

/// Writes every file of a period that is not there already; gives the list of them.
pub(super) async fn write(
    context: &RunContext,
    catalog: &RawCatalog,
    period: Period,
    made_from: String,
    folder: &str,
    before: Option<&FileList>,
) -> Result<FileList, AppError> {
    let facts = facts(context, period).await?;
    let days = day_facts(context, &facts.days).await?;
    let sealed = |day: &Day| facts.days.iter().any(|m| m.period == day.to_string());
    let unsealed: Vec<Day> = period.days().filter(|d| !sealed(d)).collect();
    let incidents = incidents(&facts.findings).map_err(AppError::internal)?;
    let names = account_names(context, &facts.days).await?;
    let (inputs, laws, prices) = (inputs(context, catalog, period).await?, law_facts(&facts.days), prices(&facts.days));
    let scope = scope(context, period);
    let customers = if scope.has_customers() { customer_folders(&facts.along) } else { BTreeMap::new() };
    let files: Vec<_> = exports_of(scope).filter(|e| e.is_linked).map(|e| (e.name, e.about)).collect();
    let build = Build::this().version;
    let report = PeriodReport {
        period,
        zone: context.config.zone,
        days: &days,
        unsealed: &unsealed,
        rollup: &facts.rollup,
        sums: &facts.along,
        classes: &facts.sums,
        findings: &facts.findings,
        incidents: &incidents,
        wallets: &facts.wallets,
        inputs: &inputs,
        laws: &laws,
        prices: &prices,
        representation: &facts.representation,
        tolerance: &context.config.rules.tolerance,
        names: &names,
        customers: &customers,
        files: &files,
        build: &build,
    };
    let mut out = Writer::open(context, folder, before).await?;
    write_all(context, catalog, (&report, scope), &facts.days, &mut out).await?;
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

/// What the period differs by, by unit.
fn difference(report: &PeriodReport<'_>) -> Result<Vec<(Amount, String)>, AppError> {
    let one = |tie: TieOut| {
        let end = if tie.has_ledger { tie.posted } else { tie.recorded };
        let rest = end.checked_sub(tie.expected).ok_or_else(|| AppError::internal("a difference has too many digits"));
        rest.map(|rest| (rest, tie.unit))
    };
    tie_out(report.classes, report.findings).map_err(AppError::internal)?.into_iter().map(one).collect()
}
