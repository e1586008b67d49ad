//! The files of a document that people open: PDF, a workbook, the lines as CSV.

use std::sync::Arc;

use super::BillingContext;
use super::draft::Draft;
use super::paths::published;
use crate::domain::invoice::{Document, Hold};
use crate::edge::render::pdf::{PdfError, Renderer};
use crate::edge::render::{document_tables, document_to_json, document_workbook, to_csv, to_xlsx};
use crate::pipeline::stop::Stop;

/// Documents typeset side by side; each waits for a core.
const AT_ONCE: usize = 8;

fn renderer(context: &BillingContext<'_>) -> Result<Renderer, Stop> {
    Renderer::new(&context.billing.fonts, context.billing.template.clone()).map_err(|e| at_fault(&e))
}

fn at_fault(error: &PdfError) -> Stop {
    Stop::config(error.to_string()).hint(error.hint())
}

/// Holds drafts with a text that no font at hand can show, before they get a number.
///
/// # Errors
/// Config: fonts that cannot be read.
pub(super) fn hold_unprintable(context: &BillingContext<'_>, drafts: &mut [Draft]) -> Result<(), Stop> {
    let open: Vec<&mut Draft> = drafts.iter_mut().filter(|d| context.history.of_key(&d.key).is_none()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let renderer = renderer(context)?;
    for draft in open {
        let Some(document) = &draft.document else { continue };
        match renderer.check(&document_to_json(document)) {
            Ok(()) => {}
            Err(error) if error.is_of_one_document() => draft.holds.push(Hold::NotRendered(error.to_string())),
            Err(error) => return Err(at_fault(&error)),
        }
    }
    Ok(())
}

/// What is made of one document, by the ending of its file.
type Files = Vec<(&'static str, Vec<u8>)>;

/// A final document whose files could not be made; the next run tries again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unprinted {
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
pub(super) fn try_template(context: &BillingContext<'_>, ready: &[&Document]) -> Result<(), Stop> {
    if context.billing.template.is_none() {
        return Ok(());
    }
    let renderer = renderer(context)?;
    let mut fault = None;
    for document in ready.iter().take(TRIED) {
        let numbered = Document { number: Some(format!("{}0", document.series)), ..(*document).clone() };
        match renderer.render(&document_to_json(&numbered)) {
            Ok(_) => return Ok(()),
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    fault.map_or(Ok(()), |error| Err(at_fault(&error)))
}

/// Publishes the files of documents; those that cannot be made stand in nobody's way.
///
/// # Errors
/// Config: fonts that cannot be read.
pub(super) async fn print(context: &BillingContext<'_>, documents: &[&Document]) -> Result<Vec<Unprinted>, Stop> {
    let mut unprinted = Vec::new();
    if documents.is_empty() {
        return Ok(unprinted);
    }
    let renderer = Arc::new(renderer(context)?);
    for some in documents.chunks(AT_ONCE) {
        let mut under_way = Vec::new();
        for document in some {
            let (renderer, json) = (renderer.clone(), document_to_json(document));
            under_way.push(tokio::task::spawn_blocking(move || files(&renderer, &json)));
        }
        for (document, made) in some.iter().zip(under_way) {
            match made.await.map_err(Stop::internal)? {
                Ok(files) => {
                    for (ending, bytes) in files {
                        context.desk.config.publish.put(&published(document, ending), bytes).await?;
                    }
                }
                Err(why) => unprinted.push(Unprinted { number: document.number.clone().unwrap_or_default(), why }),
            }
        }
    }
    Ok(unprinted)
}

/// The files, or in words why there are none.
fn files(renderer: &Renderer, json: &[u8]) -> Result<Files, String> {
    let pdf = renderer.render(json).map_err(|e| e.to_string())?;
    let tables = document_tables(json).map_err(|e| e.to_string())?;
    let workbook = document_workbook(json).map_err(|e| e.to_string())?;
    let lines = tables.iter().find(|sheet| sheet.file == "lines").map(|sheet| to_csv(&sheet.table));
    let mut files = vec![(".pdf", pdf), (".xlsx", to_xlsx(&workbook).map_err(|e| e.to_string())?)];
    files.extend(lines.map(|csv| (".csv", csv)));
    Ok(files)
}
