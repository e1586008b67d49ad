//! Everything a final document needs beside its number: its text in the lake, its files, its message let
//! go. What a run that was stopped left out, the next one makes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::calls_file::write_calls;
use super::context::BillingContext;
use super::history::History;
use super::list_again;
use super::parallel_writes::{Writes, keep_in_order};
use super::paths::{KEPT, kept, number_of, published};
use super::print::{Unprinted, print};
use super::printed::{Files, Printed};
use super::publish::publish;
use crate::domain::hash::sha256;
use crate::domain::invoice::{AccountMonths, Document, Draft, SourceRef, has_calls};
use crate::domain::period::Period;
use crate::edge::blob::Blob;
use crate::edge::render::{CANONICAL, canonical};
use crate::edge::state::MessageStatus;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// Keys with their sizes.
async fn keys(blob: &Blob, prefix: &str) -> Result<BTreeMap<String, u64>, AppError> {
    Ok(blob.list(prefix).await?.into_iter().map(|o| (o.key, o.size)).collect())
}

/// Every number the lake knows, the state knows: an older copy of the state would give numbers twice.
///
/// # Errors
/// Law: the lake has a document whose number the state never gave.
pub(super) async fn check_kept(context: &BillingContext<'_>) -> Result<(), AppError> {
    let lake = context.run.lake.blob();
    let known: HashSet<&str> = context.history.all().map(|d| d.0.number.as_str()).collect();
    let there = keys(lake, KEPT).await?;
    let unknown: Vec<&str> = there.keys().filter_map(|key| number_of(key)).filter(|n| !known.contains(n)).collect();
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
    if run.state.unfinished().await?.is_empty() {
        return Ok(Vec::new());
    }
    let Some(context) = BillingContext::load(run).await? else { return Ok(Vec::new()) };
    check_kept(&context).await?;
    complete(&context, &BTreeSet::new(), None).await
}

/// Writes final documents to the lake that are lost there or not what was numbered; gives their numbers.
///
/// # Errors
/// Law: the state itself has lost one.
pub(crate) async fn keep_again(run: &RunContext) -> Result<Vec<String>, AppError> {
    let (history, mut again) = (History::load(run).await?, Vec::new());
    for (issued, document) in history.all() {
        let (key, text) = (kept(&issued.number), canonical(document));
        let is_whole = match run.lake.blob().get(&key).await {
            Ok(there) => there == text,
            Err(e) if e.is_not_found() => false,
            Err(e) => return Err(e.into()),
        };
        if !is_whole && sha256(issued.body.as_bytes()) == issued.sha256 {
            run.lake.blob().put(&key, text).await?;
            again.push(issued.number.clone());
        }
    }
    Ok(again)
}

/// Prints documents once more, whatever lies there, and lists months again.
///
/// # Errors
/// Config: nobody is set up to send bills.
pub(crate) async fn print_again(
    run: &RunContext,
    numbers: &BTreeSet<String>,
    lists: &BTreeSet<Period>,
) -> Result<Vec<Unprinted>, AppError> {
    let Some(context) = BillingContext::load(run).await? else {
        return Err(AppError::config("nobody is set up to send bills").hint("[issuer] in trueup.toml says who is"));
    };
    let unprinted = complete(&context, numbers, None).await?;
    for period in lists {
        list_again(&context, *period).await?;
    }
    Ok(unprinted)
}

/// Brings every final document to its end; gives those that could not be printed. Files of those in `again` are
/// made whether they are there or not. Lists the months of those that were not at their end, and `month` in any case; until then nothing counts as done.
///
/// # Errors
/// Law: another document lies in the lake under a number. Nothing of what lies behind it is published or
/// sent then.
pub(super) async fn complete(
    context: &BillingContext<'_>,
    again: &BTreeSet<String>,
    month: Option<(Period, &AccountMonths, &[Draft])>,
) -> Result<Vec<Unprinted>, AppError> {
    let run = context.run;
    let lake = run.lake.blob();
    let mut unfinished = run.state.unfinished().await?;
    let there = keys(lake, KEPT).await?;
    // A number just given may have been given by another state as well: what lies there is compared, before
    // anything is added.
    let mut compared = Writes::to(lake);
    let mut added = Vec::new();
    for (issued, document) in context.history.all() {
        match there.contains_key(&kept(&issued.number)) {
            true if unfinished.contains(&issued.number) => compared.keep(&issued.number, canonical(document)).await?,
            true => {}
            false => added.push((issued, || canonical(document))),
        }
    }
    compared.finish().await?;
    keep_in_order(lake, added).await?;
    let unprinted = files(context, again).await?;
    for waiting in run.state.outbox_list(Some(MessageStatus::Waiting)).await? {
        let number = waiting.message.key.strip_prefix("document/");
        if number.is_some_and(|n| context.history.documents.of_number(n).is_some()) {
            run.state.outbox_ready(&waiting.message.key, run.now).await?;
        }
    }
    let of = |number: &String| context.history.documents.of_number(number).map(|d| d.period);
    let mut months: BTreeSet<Period> = unfinished.iter().filter_map(of).collect();
    if let Some((period, held, drafts)) = month {
        publish(context, period, held, drafts).await?;
        months.remove(&period);
    }
    for period in months {
        list_again(context, period).await?;
    }
    for open in &unprinted {
        unfinished.remove(&open.number);
    }
    run.state.finished(&unfinished).await?;
    Ok(unprinted)
}

/// Publishes what is missing, or has not the size it was printed with: calls behind the lines first, then the
/// document. What was published is sealed with its hashes.
async fn files(context: &BillingContext<'_>, again: &BTreeSet<String>) -> Result<Vec<Unprinted>, AppError> {
    let place = &context.run.config.publish;
    let there = keys(place, "documents/").await?;
    let mut printed = Printed::load(context.run, &context.history).await?;
    let is_whole = |document: &&Document| {
        let asked = document.number.as_ref().is_some_and(|number| again.contains(number));
        let files = printed.of(document);
        !asked
            && there.contains_key(&published(document, CANONICAL))
            && files.iter().all(|(key, (bytes, _))| there.get(key) == Some(bytes))
    };
    let (whole, missing): (Vec<&Document>, Vec<&Document>) = context.history.all().map(|d| d.1).partition(is_whole);
    for document in whole {
        printed.adopt(context.run, document, &there).await?;
    }
    let mut made = Files::new();
    let mut by_sources: BTreeMap<(Period, &[SourceRef]), Vec<&Document>> = BTreeMap::new();
    for document in missing.iter().filter(|d| has_calls(d)) {
        by_sources.entry((document.period, &document.sources)).or_default().push(document);
    }
    for ((_, sources), documents) in by_sources {
        let days = revisions(context.run, sources).await?;
        write_calls(context, &days, &documents, &mut made).await?;
    }
    let unprinted = print(context, &missing, &mut made).await?;
    let failed: HashSet<&str> = unprinted.iter().map(|u| u.number.as_str()).collect();
    let mut writes = Writes::to(place);
    for document in missing {
        // The document itself comes last: while it is missing, its files are made again.
        if document.number.as_deref().is_none_or(|number| !failed.contains(number)) {
            let (key, text) = (published(document, CANONICAL), canonical(document));
            made.insert(key.clone(), (text.len() as u64, sha256(&text)));
            let stem = published(document, ".");
            let own = made.range(stem.clone()..).take_while(|(key, _)| key.starts_with(&stem));
            printed.set(document, own.map(|(key, file)| (key.clone(), file.clone())).collect());
            writes.put(key, text).await?;
        }
    }
    writes.finish().await?;
    printed.seal(context.run).await?;
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
