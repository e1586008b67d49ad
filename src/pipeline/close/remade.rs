//! Lost parts of sealed days, weeks and months, computed once more. A part is named by its content: what comes out
//! under the same name is the part that was lost.

use std::collections::BTreeSet;

use super::day_inputs::load;
use super::day_pass::{compute, tables};
use super::day_revisions::{JOB, closing_carry};
use super::input_identity::{carry_digest, opening_of};
use super::rollup::{JOB as ROLLUP, day_rollup};
use crate::domain::ledger::LedgerState;
use crate::domain::period::{Day, Period};
use crate::domain::rollup::{Rollup, regroup};
use crate::edge::lake::schema::rollup_batch;
use crate::edge::lake::{Manifest, PartRef};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::{INGESTED, RawCatalog};
use crate::pipeline::registry::books::{Books, kept_parties, load_books};

/// What was made again.
#[derive(Debug, Default)]
pub(crate) struct Remade {
    /// Keys of parts that are whole again.
    pub made: BTreeSet<String>,
    /// What could not be made, in words.
    pub notes: Vec<String>,
}

impl Remade {
    /// Takes in those of a manifest's parts that were lost and are whole now.
    pub(crate) async fn look(
        &mut self,
        context: &RunContext,
        parts: &[PartRef],
        lost: &BTreeSet<String>,
    ) -> Result<bool, AppError> {
        let mut all = true;
        for part in parts.iter().filter(|part| lost.contains(&part.path)) {
            match context.lake.verify_part(part).await {
                Ok(()) => {
                    self.made.insert(part.path.clone());
                }
                Err(_) => all = false,
            }
        }
        Ok(all)
    }
}

fn is_lost(manifest: &Manifest, lost: &BTreeSet<String>) -> bool {
    manifest.parts.iter().any(|part| lost.contains(&part.path))
}

/// Computes days, weeks and months again whose parts are lost.
///
/// # Errors
/// When the lake cannot be read or written, or the books cannot be loaded.
pub(crate) async fn remake_days(context: &RunContext, lost: &BTreeSet<String>) -> Result<Remade, AppError> {
    let mut remade = Remade::default();
    if lost.is_empty() {
        return Ok(remade);
    }
    let books = load_books(context).await?;
    for (job, period, revision) in revisions(context).await? {
        let manifest = context.revision(job, &period, revision).await?;
        if !is_lost(&manifest, lost) {
            continue;
        }
        let made = match job {
            JOB => one_day(context, &books, &manifest).await,
            _ => one_sum(context, &manifest).await,
        };
        let why = match made {
            Ok(()) if remade.look(context, &manifest.parts, lost).await? => continue,
            Ok(()) => "it comes out otherwise now".to_owned(),
            Err(e) => e.what,
        };
        remade.notes.push(format!("{} could not be made again: {why}", manifest.path()));
    }
    let watches = lost.iter().filter(|key| key.starts_with("tables/watches/"));
    remade.notes.extend(watches.map(|key| format!("{key} is put back from a copy: it is not made again")));
    Ok(remade)
}

/// Days first, then what is summed of them, each in order.
async fn revisions(context: &RunContext) -> Result<Vec<(&'static str, String, u32)>, AppError> {
    let mut all = Vec::new();
    for job in [JOB, ROLLUP] {
        for (period, newest) in context.lake.periods(job).await? {
            all.extend((1..=newest).map(|revision| (job, period.clone(), revision)));
        }
    }
    Ok(all)
}

async fn one_day(context: &RunContext, books: &Books, manifest: &Manifest) -> Result<(), AppError> {
    let day = Day::parse(&manifest.period).ok_or_else(|| AppError::internal("is of no day"))?;
    let ingested = manifest.notes.get(INGESTED).and_then(|n| n.parse().ok()).unwrap_or(u32::MAX);
    let catalog = RawCatalog::load_until(context, ingested).await?;
    let parties = kept_parties(context, &manifest.parties).await?;
    let opening = opening(context, manifest, day).await?;
    let rows = load(context, &catalog, day).await?;
    let computed = compute(context, &catalog, books, &parties, &opening, (day, manifest.known), rows)?;
    for (table, batch) in tables(&computed)? {
        if batch.num_rows() > 0 {
            context.lake.write_batch(table, &day.to_string(), batch).await?;
        }
    }
    Ok(())
}

/// What a revision of a day began with: what a revision of the day before it left, or nothing.
async fn opening(context: &RunContext, manifest: &Manifest, day: Day) -> Result<LedgerState, AppError> {
    let wanted = opening_of(manifest);
    let nothing = LedgerState::default();
    if wanted == Some(carry_digest(&nothing)?) {
        return Ok(nothing);
    }
    let before = day.previous().to_string();
    for revision in context.lake.revisions(JOB, &before).await?.into_iter().rev() {
        let sealed = context.revision(JOB, &before, revision).await?;
        let carry = closing_carry(context, &sealed).await?;
        if wanted.is_none() || wanted == Some(carry_digest(&carry)?) {
            return Ok(carry);
        }
    }
    Err(AppError::internal("what the day before it left is not there any more"))
}

/// The revision of a day that a sum was made of: the newest that was there when it was sealed.
async fn as_it_was(context: &RunContext, sum: &Manifest, day: Day) -> Result<Option<Manifest>, AppError> {
    let period = day.to_string();
    for revision in context.lake.revisions(JOB, &period).await?.into_iter().rev() {
        let sealed = context.revision(JOB, &period, revision).await?;
        if sealed.as_of <= sum.as_of {
            return Ok(Some(sealed));
        }
    }
    Ok(None)
}

async fn one_sum(context: &RunContext, manifest: &Manifest) -> Result<(), AppError> {
    let period = Period::parse(&manifest.period).ok_or_else(|| AppError::internal("is of no period"))?;
    let mut days = Vec::new();
    for day in period.days() {
        if let Some(sealed) = as_it_was(context, manifest, day).await? {
            days.push(day_rollup(context, &sealed).await?);
        }
    }
    let rollup = regroup(period.kind(), days.iter().flat_map(Rollup::rows)).map_err(AppError::internal)?;
    context.lake.write_batch("rollup", &manifest.period, rollup_batch(&rollup)).await?;
    Ok(())
}
