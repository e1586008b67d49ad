//! Documents as canonical JSON: what is numbered, hashed, kept and printed from.

mod read;
mod shape;
#[cfg(test)]
mod tests;
mod write;

pub use read::{DocumentError, document_from_json};
pub use write::document_to_json;
