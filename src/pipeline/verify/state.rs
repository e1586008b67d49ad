//! The state against the lake: numbers, final documents, messages.

use std::collections::{BTreeMap, BTreeSet};

use super::Found;
use super::lake::Named;
use crate::domain::invoice::SourceRef;
use crate::edge::lake::manifest_key;
use crate::edge::state::Issued;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::invoice::announced;

/// Compares what the state has numbered and written down to be sent with what the lake says of it.
///
/// # Errors
/// When the state cannot be read.
pub(super) async fn verify_state(context: &RunContext, named: &Named, found: &mut Found) -> Result<(), AppError> {
    let place = context.state.place().to_owned();
    for said in context.state.own_damage().await? {
        found.damaged(place.clone(), said);
    }
    let issued: BTreeMap<String, Issued> =
        context.state.all_issued().await?.into_iter().map(|i| (i.number.clone(), i)).collect();
    numbers(context, &issued, found).await?;
    for (number, sha256) in &named.numbers {
        let what = match issued.get(number) {
            None => "was final when its month was sealed, and the state does not have it",
            Some(there) if there.sha256 != *sha256 => "is not the document that was final when its month was sealed",
            Some(_) => continue,
        };
        found.damaged(format!("{place}: document {number}"), what);
    }
    let mut logged = BTreeSet::new();
    for (key, became, status) in context.state.outbox_logged().await? {
        match status {
            None => found.damaged(format!("{place}: message {key}"), "was written down to be sent and is lost"),
            Some(status) if status != became => {
                found.damaged(format!("{place}: message {key}"), format!("is {status}, and its log says {became}"));
            }
            Some(_) => {}
        }
        logged.insert(key);
    }
    for message in context.state.outbox_list(None).await? {
        let key = message.message.key;
        if !logged.contains(&key) {
            found.damaged(format!("{place}: message {key}"), "has no log: somebody else put it there");
        }
        logged.insert(key);
    }
    for issued in issued.values() {
        match announced(issued) {
            Ok(document) => {
                if let Some(key) = document.message.filter(|key| !logged.contains(key)) {
                    found.damaged(format!("{place}: message {key}"), "was to announce a final document and is lost");
                }
                for SourceRef { job, period, revision, .. } in document.sources {
                    named_by(context, (job, period, revision), &issued.number, found).await?;
                }
            }
            Err(e) => found.damaged(format!("{place}: document {}", issued.number), e.what),
        }
    }
    Ok(())
}

async fn named_by(
    context: &RunContext,
    (job, period, revision): (String, String, u32),
    number: &str,
    found: &mut Found,
) -> Result<(), AppError> {
    let key = manifest_key(&job, &period, revision);
    if !context.lake.blob().exists(&key).await? {
        let place = format!("{}/{key}", context.lake.blob().place());
        found.damaged(place, format!("the manifest is lost: {number} was made from it"));
    }
    Ok(())
}

/// Every series runs from its first number to the one before its next.
async fn numbers(context: &RunContext, issued: &BTreeMap<String, Issued>, found: &mut Found) -> Result<(), AppError> {
    let place = context.state.place();
    let mut by_series: BTreeMap<&str, BTreeMap<u64, &str>> = BTreeMap::new();
    for document in issued.values() {
        by_series.entry(&document.series).or_default().insert(document.sequence, &document.number);
    }
    let known = context.state.all_series().await?;
    for (series, first, next) in &known {
        let own = by_series.remove(series.as_str()).unwrap_or_default();
        for lost in (*first..*next).filter(|n| !own.contains_key(n)) {
            found.damaged(format!("{place}: document {series}{lost}"), "has its number and is lost");
        }
        for (sequence, number) in own.iter().filter(|(n, _)| !(*first..*next).contains(n)) {
            let what = format!("has number {sequence} of a series that runs from {first} to before {next}");
            found.damaged(format!("{place}: document {number}"), what);
        }
    }
    for (series, own) in by_series {
        for number in own.values() {
            found.damaged(format!("{place}: document {number}"), format!("its series {series} is lost"));
        }
    }
    Ok(())
}
