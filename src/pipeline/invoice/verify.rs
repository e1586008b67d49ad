//! Whether final documents are still what they were when they were issued.

use super::history::History;
use super::places::kept;
use crate::domain::period::Period;
use crate::edge::render::document_to_json;
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;

/// Documents of a period (absent: all) whose text in the lake is not the one the state numbered: key, and
/// what is wrong. That numbers run on and that every sum is its total is checked on the way.
///
/// # Errors
/// Law: a number is lost, or a document contradicts itself.
pub(crate) async fn changed_documents(desk: &Desk, period: Option<Period>) -> Result<Vec<(String, String)>, Stop> {
    let history = History::load(desk).await?;
    let lake = desk.lake.blob();
    let mut changed = Vec::new();
    for (issued, document) in history.documents.iter().filter(|d| period.is_none_or(|p| p == d.1.period)) {
        let key = kept(&issued.number);
        match lake.get(&key).await {
            Ok(bytes) if bytes == document_to_json(document) => {}
            Ok(_) => changed.push((key, "is not the document that was issued".to_owned())),
            Err(e) if e.is_not_found() => changed.push((key, "is not in the lake".to_owned())),
            Err(e) => return Err(e.into()),
        }
    }
    Ok(changed)
}
