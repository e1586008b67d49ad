//! Making again what is derived of what is whole: published files, documents' files, the lake's copies of what the
//! state and the operator still have. What was only in the lake is not here.

use std::collections::BTreeSet;

use super::{Found, Published};
use crate::domain::hash::sha256;
use crate::pipeline::close::remade::{Remade, remake_days};
use crate::pipeline::config::ConfiguredFile;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::ingest::remake::remake_raw;
use crate::pipeline::invoice::{keep_again, print_again};
use crate::pipeline::publish::publish_again;

/// Makes again what can be; gives in words what was made and what could not be.
///
/// # Errors
/// When lake, state or what is published cannot be written.
pub(super) async fn repair(
    context: &RunContext,
    found: &Found,
    published: &Published,
) -> Result<Vec<String>, AppError> {
    let mut said = Vec::new();
    let root = format!("{}/", context.lake.blob().place());
    let keys: BTreeSet<&str> = found.sealed.iter().filter_map(|d| d.place.strip_prefix(&root)).collect();
    let of = |folder: &str| keys.iter().filter(|key| key.starts_with(folder)).map(|key| (*key).to_owned()).collect();
    let kept: BTreeSet<String> = of("kept/");
    for key in kept {
        said.push(match kept_again(context, &key).await? {
            true => format!("{key} kept again: the operator's file is the same still"),
            false => format!("{key} is lost: no configured file has that content now; put it back from a copy"),
        });
    }
    match keep_again(context).await {
        Ok(numbers) => {
            let line = |number| format!("document {number} written to the lake again, as it was numbered");
            said.extend(numbers.into_iter().map(line));
        }
        Err(e) => said.push(format!("documents could not be written to the lake again: {}", e.what)),
    }
    let lost: BTreeSet<String> = of("tables/");
    if !lost.is_empty() {
        let raw = remake_raw(context, &lost).await;
        let rest: BTreeSet<String> = match &raw {
            Ok(remade) => lost.iter().filter(|key| !remade.made.contains(*key)).cloned().collect(),
            Err(_) => lost.clone(),
        };
        let days = remake_days(context, &rest).await;
        for remade in [raw, days] {
            match remade {
                Ok(Remade { made, notes }) => {
                    said.extend(made.iter().map(|key| format!("{key} made again, byte for byte")));
                    said.extend(notes);
                }
                Err(e) => said.push(format!("parts could not be made again: {}", e.what)),
            }
        }
    }
    let (numbers, lists) = (&published.documents.numbers, &published.documents.lists);
    if !(numbers.is_empty() && lists.is_empty()) {
        match print_again(context, numbers, lists).await {
            Ok(unprinted) => {
                said.extend(unprinted.iter().map(|u| format!("{} could not be printed: {}", u.number, u.why)));
                let done = numbers.iter().filter(|n| !unprinted.iter().any(|u| u.number == **n));
                said.extend(done.map(|number| format!("{number} printed again")));
                said.extend(lists.iter().map(|month| format!("documents of {month} listed again")));
            }
            Err(e) => said.push(format!("documents could not be printed again: {}", e.what)),
        }
    }
    if !published.periods.wrong.is_empty() {
        match publish_again(context, &published.periods.periods).await {
            Ok(()) => said.extend(published.periods.periods.iter().map(|period| format!("{period} published again"))),
            Err(e) => said.push(format!("periods could not be published again: {}", e.what)),
        }
    }
    Ok(said)
}

/// Keeps a lost file again where the operator's own still has its content.
async fn kept_again(context: &RunContext, key: &str) -> Result<bool, AppError> {
    let mut words = key.split('/').skip(1);
    let (Some(kind), Some(name)) = (words.next(), words.next()) else { return Ok(false) };
    let Some((hash, ending)) = name.split_once('.') else { return Ok(false) };
    let config = &context.config;
    let files: Vec<&ConfiguredFile> = config.books.iter().chain(&config.accounts).chain(&config.keys).collect();
    for file in files {
        match file.blob.get(&file.key).await {
            Ok(bytes) if sha256(&bytes) == hash => {
                context.lake.keep(kind, bytes, ending).await?;
                return Ok(true);
            }
            _ => {}
        }
    }
    Ok(false)
}
