//! Whether final documents are still what they were when they were issued, and still what the sealed days
//! they name give.

use std::collections::{BTreeMap, BTreeSet};

use super::history::{History, final_document};
use super::paths::{KEPT, folder, kept, number_of, published};
use super::printed::Printed;
use super::recompute::recompute;
use crate::domain::hash::sha256;
use crate::domain::invoice::{Document, SourceRef};
use crate::domain::period::Period;
use crate::edge::blob::Blob;
use crate::edge::render::{CANONICAL, canonical};
use crate::edge::state::Issued;
use crate::pipeline::context::{PUBLISHED, RunContext};
use crate::pipeline::damage::{CHANGED, Damage, LOST, UNEXPECTED};
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

/// What a final document leads to elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Announced {
    /// The key of the message that tells the customer of it; none where it has no address.
    pub message: Option<String>,
    /// Revisions it was made from.
    pub sources: Vec<SourceRef>,
}

/// What must be there beside a final document.
///
/// # Errors
/// Law: it is not what was numbered.
pub(crate) fn announced(issued: &Issued) -> Result<Announced, AppError> {
    let document = final_document(issued)?;
    let has_address = !document.customer.email.is_empty();
    let message = has_address.then(|| format!("document/{}", issued.number));
    Ok(Announced { message, sources: document.sources })
}

/// What is not as it was published of final documents and their months' lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PublishedDocuments {
    /// Files compared.
    pub files: u64,
    pub wrong: Vec<Damage>,
    /// Documents that must be printed again.
    pub numbers: BTreeSet<String>,
    /// Months that must be listed again.
    pub lists: BTreeSet<Period>,
}

/// Compares every published file of final documents with the hash that was sealed of it, and the lists and drafts
/// of months with what the state noted; of documents of a build that noted none, nothing.
///
/// # Errors
/// Law: a number is lost. Else when what is published cannot be read.
pub(crate) async fn verify_published_documents(
    run: &RunContext,
    period: Option<Period>,
) -> Result<PublishedDocuments, AppError> {
    let (publish, mut found) = (&run.config.publish, PublishedDocuments::default());
    let place = |key: &str| format!("{}/{key}", publish.place());
    let history = History::load(run).await?;
    let printed = Printed::load(run, &history).await?;
    let mut known: BTreeSet<String> = BTreeSet::new();
    for document in history.all().map(|d| d.1).filter(|d| period.is_none_or(|p| p == d.period)) {
        for (key, file) in printed.of(document) {
            found.files += 1;
            let there = publish.digest(&key).await?;
            if there.as_ref() != Some(&file) {
                found.wrong.push(Damage::new(place(&key), if there.is_some() { CHANGED } else { LOST }));
                found.numbers.extend(document.number.clone());
            }
            known.insert(key);
        }
    }
    let mut months: BTreeSet<Period> = BTreeSet::new();
    for (folder_name, noted) in run.state.checks_of(PUBLISHED).await? {
        let month = folder_name.strip_prefix("documents/").and_then(Period::parse);
        let Some(month) = month.filter(|month| period.is_none_or(|p| p == *month)) else { continue };
        months.insert(month);
        for (sha256, key) in noted.fingerprint.lines().filter_map(|line| line.split_once(' ')) {
            found.files += 1;
            let there = publish.digest(key).await?;
            if there.as_ref().is_none_or(|(_, there)| there != sha256) {
                found.wrong.push(Damage::new(place(key), if there.is_some() { CHANGED } else { LOST }));
                found.lists.insert(month);
            }
            known.insert(key.to_owned());
        }
    }
    // Of months that an earlier build published it is not known what belongs there.
    for month in months.into_iter().filter(|month| printed.knows(*month)) {
        let there = publish.list(&format!("{}/", folder(month))).await?;
        let others = there.into_iter().filter(|o| !known.contains(&o.key));
        found.wrong.extend(others.map(|o| Damage::new(place(&o.key), UNEXPECTED)));
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
