//! Tables into bytes: aligned text, CSV, JSON Lines. No arithmetic.
//!
//! Knows nothing of: what a table is about, where its bytes go.

mod csv;
mod document;
mod finding;
mod json;
mod text;

#[cfg(test)]
mod tests;

pub use csv::to_csv;
pub use document::{DocumentError, document_from_json, document_to_json};
pub use finding::findings_to_json_lines;
pub use json::to_json_lines;
pub use text::to_text;
