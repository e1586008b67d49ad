//! Everything a final document needs beside its number: its text in the lake, its files, its message let
//! go. What a run that was stopped left out, the next one makes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::calls_file::write_calls;
use super::context::BillingContext;
use super::list_again;
use super::parallel_writes::Writes;
use super::paths::{KEPT, kept, number_of, published};
use super::print::{Unprinted, print};
use crate::domain::invoice::{Document, SourceRef, has_calls};
use crate::domain::period::Period;
use crate::edge::blob::Blob;
use crate::edge::render::{CANONICAL, canonical};
use crate::edge::state::MessageStatus;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

async fn keys(blob: &Blob, prefix: &str) -> Result<HashSet<String>, AppError> {
    Ok(blob.list(prefix).await?.into_iter().map(|o| o.key).collect())
}

/// Every number the lake knows, the state knows: an older copy of the state would give numbers twice.
///
/// # Errors
/// Law: the lake has a document whose number the state never gave.
pub(super) async fn check_kept(context: &BillingContext<'_>) -> Result<(), AppError> {
    let lake = context.run.lake.blob();
    let known: HashSet<&str> = context.history.all().map(|d| d.0.number.as_str()).collect();
    let mut there: Vec<String> = keys(lake, KEPT).await?.into_iter().collect();
    there.sort();
    let unknown: Vec<&str> = there.iter().filter_map(|key| number_of(key)).filter(|n| !known.contains(n)).collect();
    let Some(first) = unknown.first() else { return Ok(()) };
    let more = if unknown.len() > 1 { format!(" and {} more", unknown.len() - 1) } else { String::new() };
    Err(AppError::law(format!("the lake has the document {first}{more}, the state has never given that number"))
        .at(format!("{}/{}", lake.place(), kept(first)))
        .hint(format!("{} looks like an old copy: put back the newest one", context.run.state.place()))
        .hint("going on would give numbers twice"))
}

/// Brings the documents to their end that have their numbers since a run was stopped; nothing is loaded where
/// there are none. Gives those that could not be printed.
///
/// # Errors
/// As [`complete`].
pub(crate) async fn finish_documents(run: &RunContext) -> Result<Vec<Unprinted>, AppError> {
    if run.dry_run || run.replay {
        return Ok(Vec::new());
    }
    let unfinished = run.state.unfinished().await?;
    if unfinished.is_empty() {
        return Ok(Vec::new());
    }
    let Some(context) = BillingContext::load(run).await? else { return Ok(Vec::new()) };
    check_kept(&context).await?;
    let unprinted = complete(&context).await?;
    let of = |number: &String| context.history.documents.of_number(number).map(|d| d.period);
    for period in unfinished.iter().filter_map(of).collect::<BTreeSet<_>>() {
        list_again(&context, period).await?;
    }
    Ok(unprinted)
}

/// Brings every final document to its end; gives those that could not be printed.
///
/// # Errors
/// Law: another document lies in the lake under a number. Nothing of what lies behind it is published or
/// sent then.
pub(super) async fn complete(context: &BillingContext<'_>) -> Result<Vec<Unprinted>, AppError> {
    let run = context.run;
    let lake = run.lake.blob();
    let mut unfinished = run.state.unfinished().await?;
    let there = keys(lake, KEPT).await?;
    // A number just given may have been given by another state as well: what lies there is compared, before
    // anything is added.
    let mut compared = Writes::to(lake);
    let mut added = Vec::new();
    for (issued, document) in context.history.all() {
        match there.contains(&kept(&issued.number)) {
            true if unfinished.contains(&issued.number) => compared.keep(&issued.number, canonical(document)).await?,
            true => {}
            false => added.push((&issued.number, document)),
        }
    }
    compared.finish().await?;
    let mut writes = Writes::to(lake);
    for (number, document) in added {
        writes.keep(number, canonical(document)).await?;
    }
    writes.finish().await?;
    let unprinted = files(context).await?;
    for waiting in run.state.outbox_list(Some(MessageStatus::Waiting)).await? {
        let number = waiting.message.key.strip_prefix("document/");
        if number.is_some_and(|n| context.history.documents.of_number(n).is_some()) {
            run.state.outbox_ready(&waiting.message.key, run.now).await?;
        }
    }
    for open in &unprinted {
        unfinished.remove(&open.number);
    }
    run.state.finished(&unfinished).await?;
    Ok(unprinted)
}

/// Publishes what is missing: calls behind the lines first, then the document.
async fn files(context: &BillingContext<'_>) -> Result<Vec<Unprinted>, AppError> {
    let publish = &context.run.config.publish;
    let there = keys(publish, "documents/").await?;
    let missing = |document: &&Document| !there.contains(&published(document, CANONICAL));
    let missing: Vec<&Document> = context.history.all().map(|d| d.1).filter(missing).collect();
    let mut by_sources: BTreeMap<(Period, &[SourceRef]), Vec<&Document>> = BTreeMap::new();
    for document in missing.iter().filter(|d| has_calls(d)) {
        by_sources.entry((document.period, &document.sources)).or_default().push(document);
    }
    for ((_, sources), documents) in by_sources {
        let days = revisions(context.run, sources).await?;
        write_calls(context, &days, &documents).await?;
    }
    let unprinted = print(context, &missing).await?;
    let failed: HashSet<&str> = unprinted.iter().map(|u| u.number.as_str()).collect();
    let mut writes = Writes::to(publish);
    for document in missing {
        // The document itself comes last: while it is missing, its files are made again.
        if document.number.as_deref().is_none_or(|number| !failed.contains(number)) {
            writes.put(published(document, CANONICAL), canonical(document)).await?;
        }
    }
    writes.finish().await?;
    Ok(unprinted)
}

/// The revisions a document was made from.
pub(super) async fn revisions(
    run: &RunContext,
    sources: &[SourceRef],
) -> Result<Vec<crate::edge::lake::Manifest>, AppError> {
    let mut days = Vec::new();
    for source in sources {
        days.push(run.revision(&source.job, &source.period, source.revision).await?);
    }
    Ok(days)
}
