//! The files of a document: its canonical text, and what people open. The one place that says in which
//! formats documents are kept, printed and published.

use serde_json::Value;

use super::document::{DocumentError, document_from_json, document_to_json};
use super::document_tables::{document_tables, document_workbook};
use super::pdf::{FontSettings, PdfError as PrintFault, Renderer};
use super::{to_csv, to_xlsx};
use crate::domain::invoice::Document;
use crate::report::Table;

/// How the name of a canonical document ends.
pub(crate) const CANONICAL: &str = ".json";
/// How the name of the file with the calls behind a document's lines ends.
pub(crate) const CALLS: &str = ".calls.csv";
/// The list of a period's documents.
pub(crate) const DOCUMENT_LIST: &str = "documents.csv";
/// Where every call of a month is, beside the list of its documents.
pub(crate) const PLACE_LIST: &str = "places.csv";

/// The files that go with a document's mail, by ending, each with its media type; the first must be there.
pub(crate) const ATTACHED: [(&str, &str); 2] = [(".pdf", "application/pdf"), (".xml", "application/xml")];

/// The list of a period's documents, as a file.
pub(crate) fn document_list(table: &Table) -> Vec<u8> {
    to_csv(table)
}

/// A document as it is kept, hashed and sent on: equal documents give equal bytes.
pub(crate) fn canonical(document: &Document) -> Vec<u8> {
    document_to_json(document)
}

/// # Errors
/// What is wrong with the text, and where.
pub(crate) fn read_canonical(text: &[u8]) -> Result<Document, DocumentError> {
    document_from_json(text)
}

/// What of a document is not as it was kept, in words; `None` where its canonical text is the same.
pub(crate) fn apart(made: &Document, kept: &Document) -> Option<Vec<String>> {
    let (made, kept) = (canonical(made), canonical(kept));
    if made == kept {
        return None;
    }
    let members = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap_or_default();
    let (made, kept) = (members(&made), members(&kept));
    let names: Vec<&str> = kept.as_object().into_iter().flat_map(|o| o.keys()).map(String::as_str).collect();
    let apart = names.into_iter().filter(|name| made.get(name) != kept.get(name));
    let shown = apart.map(|name| match (&kept[name], &made[name]) {
        (Value::String(was), Value::String(is)) => format!("{name} {was}, now {is}"),
        _ => name.to_owned(),
    });
    Some(shown.collect())
}

/// One file of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DocumentFile {
    /// Behind the document's number, with the dot.
    pub(crate) ending: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// Makes the files that people open, with the fonts and the page layout of one operator.
pub(crate) struct DocumentPrinter(Renderer);

impl DocumentPrinter {
    /// # Errors
    /// Fonts or a layout that cannot be read.
    pub(crate) fn new(fonts: &FontSettings, template: Option<String>) -> Result<DocumentPrinter, PrintFault> {
        Ok(DocumentPrinter(Renderer::new(fonts, template)?))
    }

    /// Whether every text of a document can be shown.
    ///
    /// # Errors
    /// What cannot, and whether it is of this document alone.
    pub(crate) fn check(&self, document: &Document) -> Result<(), PrintFault> {
        self.0.check(&canonical(document))
    }

    /// Sets a document once, and throws it away.
    ///
    /// # Errors
    /// Why it cannot be set.
    pub(crate) fn try_on(&self, document: &Document) -> Result<(), PrintFault> {
        self.0.render(&canonical(document)).map(|_| ())
    }

    /// Every file of a document but the canonical text, or in words why there are none.
    ///
    /// # Errors
    /// In words, for the operator.
    pub(crate) fn files(&self, document: &Document) -> Result<Vec<DocumentFile>, String> {
        let text = canonical(document);
        let pdf = self.0.render(&text).map_err(|e| e.to_string())?;
        let tables = document_tables(&text).map_err(|e| e.to_string())?;
        let workbook = document_workbook(&text).map_err(|e| e.to_string())?;
        let lines = tables.iter().find(|sheet| sheet.file == "lines").map(|sheet| to_csv(&sheet.table));
        let workbook = to_xlsx(&workbook).map_err(|e| e.to_string())?;
        let file = |ending, bytes| DocumentFile { ending, bytes };
        let mut files = vec![file(".pdf", pdf), file(".xlsx", workbook)];
        files.extend(lines.map(|bytes| file(".csv", bytes)));
        Ok(files)
    }
}
