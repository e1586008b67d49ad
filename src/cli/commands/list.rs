//! Findings and incidents.

use std::path::Path;

use crate::cli::End;
use crate::cli::args::{Format, ListArgs};
use crate::cli::context::{open_to_read, period};
use crate::cli::output::Out;
use crate::domain::reconcile::{Finding, Leg};
use crate::edge::render::findings_to_json_lines;
use crate::pipeline::AppError;
use crate::pipeline::sealed_findings;
use crate::report::{finding_summary, finding_table, incident_table};

pub(super) async fn findings(args: &ListArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let found = wanted(args, dir).await?;
    match args.output.format {
        Format::Jsonl => out.bytes(&findings_to_json_lines(&found))?,
        Format::Text => out.table(&finding_summary(&found), Format::Text)?,
        other => out.table(&finding_table(&found), other)?,
    }
    Ok(End::Done)
}

pub(super) async fn incidents(args: &ListArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let found = wanted(args, dir).await?;
    let incidents = crate::domain::reconcile::incidents(&found).map_err(AppError::internal)?;
    out.table(&incident_table(&incidents), args.output.format)?;
    Ok(End::Done)
}

async fn wanted(args: &ListArgs, dir: &Path) -> Result<Vec<Finding>, AppError> {
    if let Some(leg) = args.leg.as_deref().filter(|l| !Leg::ALL.iter().any(|known| known.name() == *l)) {
        let names: Vec<&str> = Leg::ALL.iter().map(|l| l.name()).collect();
        return Err(AppError::usage(format!("{leg:?} is no leg")).hint(format!("the legs are {}", names.join(", "))));
    }
    let period = period(args.period.as_deref())?;
    let context = open_to_read(dir).await?;
    let mut found = sealed_findings(&context, period).await?;
    found.retain(|f| {
        args.account.as_ref().is_none_or(|a| f.account_id.as_ref() == Some(a))
            && args.cause.as_ref().is_none_or(|c| f.cause == *c || f.candidates.contains(c))
            && args.leg.as_ref().is_none_or(|l| f.leg.name() == l)
    });
    Ok(found)
}
