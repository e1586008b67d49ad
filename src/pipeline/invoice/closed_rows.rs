//! By whose rows of the accounts file a month is billed: once it is closed, by those it was closed with.

use super::context::{BillingContext, JOB};
use super::waiting::{PENDING, held_keys};
use crate::domain::invoice::{are_for, bills_alike};
use crate::domain::ledger::Parties;
use crate::domain::period::Period;
use crate::edge::lake::Manifest;
use crate::pipeline::error::AppError;
use crate::pipeline::registry::books::kept_parties;

fn pending(sealed: &Manifest) -> impl Iterator<Item = &str> {
    sealed.notes.get(PENDING).map_or("", String::as_str).lines()
}

/// The accounts as a month is billed by: a row that arrives or changes after it was closed bills nothing of it anew.
/// Of those whose documents waited, the rows with which they waited no longer, and of those that wait still the rows
/// of now: what held them may have been mended. Who only has to ask is billed by the row of now while that bills in
/// the same way.
pub(super) async fn parties_of(context: &BillingContext<'_>, month: Period) -> Result<Parties, AppError> {
    let (run, name) = (context.run, month.to_string());
    let mut known: Option<(Parties, Manifest)> = None;
    for revision in run.lake.revisions(JOB, &name).await? {
        let sealed = run.revision(JOB, &name, revision).await?;
        if sealed.parties.iter().all(|file| file.path.is_empty()) {
            return Ok(context.parties.clone());
        }
        let parties = match known {
            Some((before, last)) if pending(&last).next().is_none() || last.parties == sealed.parties => before,
            Some((before, last)) => waited(before, &last, &kept_parties(run, &sealed.parties).await?, month, context),
            None => kept_parties(run, &sealed.parties).await?,
        };
        known = Some((parties, sealed));
    }
    Ok(match known {
        Some((parties, last)) => waited(parties, &last, &context.parties, month, context),
        None => context.parties.clone(),
    })
}

/// With the later rows of those who waited when a month was sealed.
fn waited(
    parties: Parties,
    sealed: &Manifest,
    later: &Parties,
    month: Period,
    context: &BillingContext<'_>,
) -> Parties {
    let (held, all) = (are_for(held_keys(sealed)), are_for(pending(sealed)));
    let end = month.span(context.run.config.zone).1;
    let before = parties.clone();
    parties.with_rows_of(later, |id| held(id) || (all(id) && bills_alike(&before, later, id, end)))
}
