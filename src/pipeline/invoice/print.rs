//! The files of a document that people open, made side by side and put where they are published.

use std::sync::Arc;

use super::context::BillingContext;
use super::paths::published;
use super::printed::Files;
use crate::domain::hash::sha256;
use crate::domain::invoice::{Document, Draft, Hold};
use crate::edge::render::{DocumentPrinter, PrintFault};
use crate::pipeline::error::AppError;

/// Documents typeset side by side; each waits for a core.
const AT_ONCE: usize = 8;

fn printer(context: &BillingContext<'_>) -> Result<DocumentPrinter, AppError> {
    DocumentPrinter::new(&context.billing.fonts, context.billing.template.clone()).map_err(|e| at_fault(&e))
}

fn at_fault(error: &PrintFault) -> AppError {
    AppError::config(error.to_string()).hint(error.hint())
}

/// Holds drafts with a text that no font at hand can show, before they get a number.
///
/// # Errors
/// Config: fonts that cannot be read.
pub(super) fn hold_unprintable(context: &BillingContext<'_>, drafts: &mut [Draft]) -> Result<(), AppError> {
    let open: Vec<&mut Draft> =
        drafts.iter_mut().filter(|d| context.history.documents.of_key(&d.key).is_none()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let printer = printer(context)?;
    for draft in open {
        let Some(document) = &draft.document else { continue };
        match printer.check(document) {
            Ok(()) => {}
            Err(error) if error.is_of_one_document() => draft.holds.push(Hold::NotRendered(error.to_string())),
            Err(error) => return Err(at_fault(&error)),
        }
    }
    Ok(())
}

/// A final document whose files could not be made; the next run tries again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unprinted {
    pub number: String,
    /// Why, in words.
    pub why: String,
}

/// Drafts that are typeset before any gets a number, where the first ones fail.
const TRIED: usize = 20;

/// Tries the operator's template on what is about to get its number, until one document succeeds.
///
/// # Errors
/// Config: it makes none of those tried.
pub(super) fn try_template(context: &BillingContext<'_>, ready: &[&Document]) -> Result<(), AppError> {
    if context.billing.template.is_none() {
        return Ok(());
    }
    let printer = printer(context)?;
    let mut fault = None;
    for document in ready.iter().take(TRIED) {
        let numbered = Document { number: Some(format!("{}0", document.series)), ..(*document).clone() };
        match printer.try_on(&numbered) {
            Ok(()) => return Ok(()),
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    fault.map_or(Ok(()), |error| Err(at_fault(&error)))
}

/// Publishes the files of documents, and adds them to `made_files`; those that cannot be made stand in nobody's way.
///
/// # Errors
/// Config: fonts that cannot be read.
pub(super) async fn print(
    context: &BillingContext<'_>,
    documents: &[&Document],
    made_files: &mut Files,
) -> Result<Vec<Unprinted>, AppError> {
    let mut unprinted = Vec::new();
    if documents.is_empty() {
        return Ok(unprinted);
    }
    let printer = Arc::new(printer(context)?);
    for some in documents.chunks(AT_ONCE) {
        let mut under_way = Vec::new();
        for document in some {
            let (printer, document) = (printer.clone(), (*document).clone());
            under_way.push(tokio::task::spawn_blocking(move || printer.files(&document)));
        }
        for (document, made) in some.iter().zip(under_way) {
            match made.await.map_err(AppError::internal)? {
                Ok(files) => {
                    for file in files {
                        let key = published(document, file.ending);
                        made_files.insert(key.clone(), (file.bytes.len() as u64, sha256(&file.bytes)));
                        context.run.config.publish.put(&key, file.bytes).await?;
                    }
                }
                Err(why) => unprinted.push(Unprinted { number: document.number.clone().unwrap_or_default(), why }),
            }
        }
    }
    Ok(unprinted)
}
