//! Tables and pages into bytes: aligned text, CSV, JSON Lines, HTML, XLSX, metrics. No arithmetic on money.
//!
//! Knows nothing of: what a table is about, where its bytes go.

mod csv;
mod document;
mod document_files;
mod document_tables;
mod explanation;
mod finding;
mod html;
mod json;
mod metrics;
mod object;
pub mod pdf;
mod plain;
mod table_writer;
mod text;
mod xlsx;

#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod tests;

pub use document::{DocumentError, document_from_json, document_to_json};
pub(crate) use document_files::{
    ATTACHED, CALLS, CANONICAL, DOCUMENT_LIST, DocumentPrinter, PLACE_LIST, apart, canonical, document_list,
    read_canonical,
};
pub use document_tables::{DocumentTableError, document_tables, document_workbook};
pub use explanation::explanation_to_json;
pub use finding::findings_to_json_lines;
pub use html::{redirect, to_html};
pub use metrics::{Metric, Sample, to_metrics};
pub use pdf::FontSettings;
pub(crate) use pdf::PdfError as PrintFault;
pub use table_writer::{TableWriter, to_csv, to_json_lines};
pub use text::{on_terminal, to_text};
pub use xlsx::{XlsxError, to_xlsx};
