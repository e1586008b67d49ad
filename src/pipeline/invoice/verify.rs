//! Whether final documents are still what they were when they were issued, and still what the sealed days
//! they name give.

use std::collections::{BTreeMap, BTreeSet};

use super::history::History;
use super::paths::{KEPT, kept, number_of, published};
use super::recompute::recompute;
use crate::domain::hash::sha256;
use crate::domain::invoice::Document;
use crate::domain::period::Period;
use crate::edge::blob::Blob;
use crate::edge::render::{CANONICAL, canonical};
use crate::edge::state::Issued;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// What a verification of final documents found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DocumentsVerified {
    /// Final documents that were compared with what is kept of them.
    pub kept: u64,
    /// Of them, those made again from the sealed days they name; a credit note a person asked for is not.
    pub recomputed: u64,
    /// Where each that differs is kept, and what is wrong with it.
    pub wrong: Vec<(String, String)>,
}

/// Compares the final documents of a period (absent: of all) with the lake and with what their sources give
/// again. That numbers run on and that every sum is its total is checked on the way.
///
/// # Errors
/// Law: a number is lost, or a document contradicts itself.
pub(crate) async fn verify_documents(run: &RunContext, period: Option<Period>) -> Result<DocumentsVerified, AppError> {
    let history = History::load(run).await?;
    let mut found = DocumentsVerified::default();
    let known: BTreeSet<String> = history.all().map(|d| kept(&d.0.number)).collect();
    for object in run.lake.blob().list(KEPT).await? {
        if number_of(&object.key).is_some() && !known.contains(&object.key) {
            found.wrong.push((object.key, "has a number the state never gave".to_owned()));
        }
    }
    let own = |d: &(&Issued, &Document)| period.is_none_or(|p| p == d.1.period);
    for (issued, document) in history.all().filter(own) {
        found.kept += 1;
        if let Some(what) = stored(run, issued, document).await? {
            found.wrong.push((kept(&issued.number), what));
        }
    }
    let again: BTreeMap<String, Option<String>> = recompute(run, &history, period).await?;
    for (number, what) in again {
        found.recomputed += 1;
        found.wrong.extend(what.map(|what| (kept(&number), what)));
    }
    found.wrong.sort();
    Ok(found)
}

/// What is wrong with what is kept and published of a document.
async fn stored(run: &RunContext, issued: &Issued, document: &Document) -> Result<Option<String>, AppError> {
    if sha256(issued.body.as_bytes()) != issued.sha256 {
        return Ok(Some("is not in the state as it was numbered".to_owned()));
    }
    let text = canonical(document);
    match same(run.lake.blob(), &kept(&issued.number), &text).await? {
        None => return Ok(Some("is not in the lake".to_owned())),
        Some(false) => return Ok(Some("is not the document that was issued".to_owned())),
        Some(true) => {}
    }
    // What is not published yet, the next run publishes.
    let place = published(document, CANONICAL);
    let is_other = same(&run.config.publish, &place, &text).await? == Some(false);
    Ok(is_other.then(|| format!("is published as {place} with another content")))
}

/// Whether a file holds these bytes; `None` where it is not there.
async fn same(blob: &Blob, key: &str, bytes: &[u8]) -> Result<Option<bool>, AppError> {
    match blob.get(key).await {
        Ok(there) => Ok(Some(there == bytes)),
        Err(e) if e.is_not_found() => Ok(None),
        Err(e) => Err(e.into()),
    }
}
