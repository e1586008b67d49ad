//! The files of a document that people open: PDF, a workbook, the lines as CSV.

use std::sync::Arc;

use super::Bench;
use super::drafts::Draft;
use super::places::published;
use crate::domain::invoice::{Document, Hold};
use crate::edge::render::pdf::{PdfError, Renderer};
use crate::edge::render::{document_tables, document_to_json, document_workbook, to_csv, to_xlsx};
use crate::pipeline::stop::Stop;

/// Documents typeset side by side; each waits for a core.
const AT_ONCE: usize = 8;

fn renderer(bench: &Bench<'_>) -> Result<Renderer, Stop> {
    Renderer::new(&bench.billing.fonts, bench.billing.template.clone()).map_err(|e| at_fault(&e))
}

fn at_fault(error: &PdfError) -> Stop {
    Stop::config(error.to_string()).hint(error.hint())
}

/// Holds drafts with a text that no font at hand can show, before they get a number.
///
/// # Errors
/// Config: fonts that cannot be read.
pub(super) fn hold_unprintable(bench: &Bench<'_>, drafts: &mut [Draft]) -> Result<(), Stop> {
    let open: Vec<&mut Draft> = drafts.iter_mut().filter(|d| bench.history.of_key(&d.key).is_none()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let renderer = renderer(bench)?;
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

/// Publishes the files of documents.
///
/// # Errors
/// Config: the operator's template is at fault, or a font is gone that was there when they were drafted.
pub(super) async fn print(bench: &Bench<'_>, documents: &[&Document]) -> Result<(), Stop> {
    if documents.is_empty() {
        return Ok(());
    }
    let renderer = Arc::new(renderer(bench)?);
    for some in documents.chunks(AT_ONCE) {
        let mut under_way = Vec::new();
        for document in some {
            let (renderer, json) = (renderer.clone(), document_to_json(document));
            under_way.push(tokio::task::spawn_blocking(move || files(&renderer, &json)));
        }
        for (document, made) in some.iter().zip(under_way) {
            let number = document.number.as_deref().unwrap_or_default();
            for (ending, bytes) in made.await.map_err(Stop::internal)?.map_err(|e| e.at(number))? {
                bench.desk.config.publish.put(&published(document, ending), bytes).await?;
            }
        }
    }
    Ok(())
}

fn files(renderer: &Renderer, json: &[u8]) -> Result<Files, Stop> {
    let pdf = renderer.render(json).map_err(|e| at_fault(&e))?;
    let tables = document_tables(json).map_err(Stop::internal)?;
    let workbook = document_workbook(json).map_err(Stop::internal)?;
    let lines = tables.iter().find(|sheet| sheet.file == "lines").map(|sheet| to_csv(&sheet.table));
    let mut files = vec![(".pdf", pdf), (".xlsx", to_xlsx(&workbook).map_err(Stop::internal)?)];
    files.extend(lines.map(|csv| (".csv", csv)));
    Ok(files)
}
