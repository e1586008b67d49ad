//! Tables into bytes: aligned text, CSV, JSON Lines. No arithmetic.
//!
//! Knows nothing of: what a table is about, where its bytes go.

mod csv;
mod document_tables;
mod finding;
mod json;
pub mod pdf;
mod text;

#[cfg(test)]
mod tests;

pub use csv::to_csv;
pub use document_tables::{DocumentTable, DocumentTableError, document_tables};
pub use finding::findings_to_json_lines;
pub use json::to_json_lines;
pub use text::to_text;
