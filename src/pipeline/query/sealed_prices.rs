//! Prices and accounts as a sealed day names them: the files kept by hash, not what the operator's files
//! say today.

use std::collections::HashMap;

use crate::domain::hash::sha256;
use crate::domain::ledger::Parties;
use crate::domain::price::{Book, merge};
use crate::domain::rating::Rater;
use crate::domain::reconcile::Rules;
use crate::edge::lake::{BookRef, Manifest};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::registry::books::{book_id, kept_parties, parse};

/// What a day's calls are priced by.
#[derive(Debug)]
pub(crate) struct PricedBy {
    pub(crate) raters: Vec<Rater>,
    pub(crate) parties: Parties,
    /// Today's settings, their sources pointing into `raters`.
    pub(crate) rules: Rules,
}

/// The note of a sealed day that says which book a source's calls are priced by.
pub(crate) fn book_note(source: &str) -> String {
    format!("book of {source}")
}

/// The books and account rows that a sealed day was priced by, as they were known then.
///
/// # Errors
/// When a kept file is gone or cannot be read.
pub(crate) async fn sealed_prices(context: &RunContext, manifest: &Manifest) -> Result<PricedBy, AppError> {
    let books = sealed_books(context, &manifest.books).await?;
    let mut rules = context.config.rules.clone();
    let mut sources = Vec::with_capacity(rules.sources.len());
    for mut source in std::mem::take(&mut rules.sources) {
        let id = match manifest.notes.get(&book_note(&source.name)) {
            Some(id) => id.clone(),
            // An earlier build did not note it.
            None => match context.config.books.get(usize::from(source.book)) {
                Some(file) => book_id(file).await?,
                None => continue,
            },
        };
        let place = books.iter().position(|book| book.header.id == id);
        if let Some(place) = place.and_then(|place| u16::try_from(place).ok()) {
            source.book = place;
            sources.push(source);
        }
    }
    rules.sources = sources;
    let raters = books.into_iter().map(|book| Rater::new(book, manifest.known)).collect();
    Ok(PricedBy { raters, parties: kept_parties(context, &manifest.parties).await?, rules })
}

/// Each book put together from the files it was read from. A file that still lies where the operator has it
/// goes by that name, so that a receipt names its lines.
async fn sealed_books(context: &RunContext, refs: &[BookRef]) -> Result<Vec<Book>, AppError> {
    let mut own: HashMap<String, &str> = HashMap::new();
    for file in &context.config.books {
        if let Ok(bytes) = file.blob.get(&file.key).await {
            own.insert(sha256(&bytes), &file.key);
        }
    }
    let mut by_id: Vec<(&str, Vec<Book>)> = Vec::new();
    for kept in refs {
        let name = own.get(&kept.sha256).copied();
        let book = parse(&context.lake.fetch(&kept.path).await?, name.unwrap_or(&kept.path), &kept.id)?;
        let known = by_id.iter_mut().find(|(id, _)| *id == kept.id);
        match known {
            Some((_, states)) if name.is_some() => states.insert(0, book),
            Some((_, states)) => states.push(book),
            None => by_id.push((&kept.id, vec![book])),
        }
    }
    let mut books = Vec::with_capacity(by_id.len());
    for (id, states) in by_id {
        let merged = merge(&states).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            AppError::internal(format!("price book {id} contradicts itself: {}", faults.join("; ")))
        })?;
        books.extend(merged);
    }
    Ok(books)
}
