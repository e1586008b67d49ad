//! Price books and parties: read, registered by content, and put together with all that was ever
//! registered.

use std::sync::Arc;

use super::price_tables::{id_of, read_own};
use crate::domain::ledger::Parties;
use crate::domain::period::Instant;
use crate::domain::price::{Book, merge};
use crate::domain::rating::Rater;
use crate::edge::blob::Body;
use crate::edge::lake::{BookRef, KeptRef, Manifest};
use crate::edge::source::{TableFormat, read_accounts, read_keys};
use crate::pipeline::config::ConfiguredFile;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// The books of a run, in the order of the configuration.
#[derive(Debug)]
pub(crate) struct Books {
    pub(crate) books: Vec<Book>,
    /// Every file each book was put together from.
    pub(crate) refs: Vec<Vec<BookRef>>,
}

impl Books {
    /// The books as known at an instant.
    pub(crate) fn raters(&self, known: Instant) -> Vec<Rater> {
        self.books.iter().map(|b| Rater::new(b.clone(), known)).collect()
    }

    /// Which versions are known at an instant, for telling whether a sealed day is still current.
    pub(crate) fn fingerprint(&self, known: Instant) -> String {
        let mut text = String::new();
        for book in &self.books {
            text.push_str(&book.header.content_hash());
            for version in book.versions.iter().filter(|v| v.known_from <= known) {
                text.push_str(&version.content_hash());
            }
            text.push('\n');
        }
        text
    }
}

/// Reads the operator's books, registers what is new, refuses what changed in place.
///
/// # Errors
/// Config: a book that cannot be read, or a version that is registered with other content.
pub(crate) async fn load_books(context: &RunContext) -> Result<Books, AppError> {
    let mut loaded = Books { books: Vec::new(), refs: Vec::new() };
    for file in &context.config.books {
        let (book, refs) = load_book(context, file).await?;
        if let Some(twice) = loaded.books.iter().find(|b| b.header.id == book.header.id) {
            return Err(AppError::config(format!("two price books have the id {}", twice.header.id)).at(&file.key));
        }
        loaded.books.push(book);
        loaded.refs.push(refs);
    }
    Ok(loaded)
}

async fn load_book(context: &RunContext, file: &ConfiguredFile) -> Result<(Book, Vec<BookRef>), AppError> {
    let bytes = read(file, "price book").await?;
    let id = id_of(&file.key);
    let book = parse(&bytes, &file.key, &id)?;
    let period = register_name(&book.header.id);
    let latest = context.lake.latest("prices", &period).await?;
    let mut refs = latest.as_ref().map(|m| m.manifest.books.clone()).unwrap_or_default();
    let sha256 = crate::domain::hash::sha256(&bytes);
    let is_new = !refs.iter().any(|r| r.sha256 == sha256);
    // The operator's own file comes first, so that receipts name its lines where it has them.
    let mut all = vec![book.clone()];
    for known in refs.iter().filter(|r| r.sha256 != sha256) {
        all.push(parse(&context.lake.fetch(&known.path).await?, &known.path, &id)?);
    }
    let merged = merge(&all).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        AppError::config(format!(
            "price book {} disagrees with what is registered: {}",
            book.header.id,
            faults.join("; ")
        ))
        .at(&file.key)
        .hint("a version once known may not change; add a new version with its own effective_from and known_from")
    })?;
    let merged = merged.unwrap_or_else(|| book.clone());
    if is_new {
        let versions = book.versions.iter().map(|v| v.id().to_string()).collect();
        let ending = if is_sheet(&file.key) { "csv" } else { "toml" };
        let path = if context.dry_run { file.key.clone() } else { context.lake.keep("prices", bytes, ending).await? };
        refs.push(BookRef { id: book.header.id.clone(), path, sha256, versions });
        if !context.dry_run {
            let mut manifest =
                Manifest::new("prices", &period, latest.map(|m| m.manifest.revision), context.now, context.now);
            manifest.books = refs.clone();
            let prepared = context.lake.prepare(manifest).await?;
            context.seal(prepared).await?;
        }
    }
    Ok((merged, refs))
}

/// The books as they are registered, whatever the operator's files say now; a book that no run has
/// registered is as its file says.
///
/// # Errors
/// Config: a file that cannot be read.
pub(crate) async fn registered_books(context: &RunContext) -> Result<Vec<Book>, AppError> {
    let mut books = Vec::new();
    for file in &context.config.books {
        let id = id_of(&file.key);
        let own = parse(&read(file, "price book").await?, &file.key, &id)?;
        let mut known = Vec::new();
        if let Some(latest) = context.lake.latest("prices", &register_name(&own.header.id)).await? {
            for kept in &latest.manifest.books {
                known.push(parse(&context.lake.fetch(&kept.path).await?, &kept.path, &id)?);
            }
        }
        let merged = merge(&known).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            AppError::internal(format!("price book {} contradicts itself: {}", own.header.id, faults.join("; ")))
        })?;
        books.push(merged.unwrap_or(own));
    }
    Ok(books)
}

/// The id of the book in the operator's file, as it is now.
///
/// # Errors
/// Config: a file that cannot be read.
pub(crate) async fn book_id(file: &ConfiguredFile) -> Result<String, AppError> {
    Ok(parse(&read(file, "price book").await?, &file.key, &id_of(&file.key))?.header.id)
}

/// A book as TOML, or as a sheet where its name ends in `.csv`.
pub(crate) fn parse(bytes: &[u8], place: &str, id: &str) -> Result<Book, AppError> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| AppError::config("the price book is not UTF-8 text").at(place))?;
    let format = if is_sheet(place) { TableFormat::Csv } else { TableFormat::Trueup };
    read_own(format, text, place, id).map_err(|errors| AppError::config(errors.to_string()).at(place))
}

fn is_sheet(place: &str) -> bool {
    place.ends_with(".csv")
}

async fn read(file: &ConfiguredFile, what: &str) -> Result<Vec<u8>, AppError> {
    match file.blob.get(&file.key).await {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(e) if e.is_not_found() => {
            Err(AppError::config(format!("the {what} {} does not exist", file.key)).at(file.blob.place()))
        }
        Err(e) => Err(e.into()),
    }
}

/// A book's id as one plain word of a key.
fn register_name(id: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !id.is_empty() && id.len() <= 100 && id.chars().all(plain) {
        return id.to_owned();
    }
    format!("id-{}", &crate::domain::hash::sha256(id.as_bytes())[..16])
}

/// Accounts and keys as they are now, kept by content.
///
/// # Errors
/// Config: a file that is missing or of which no row can be understood.
pub(crate) async fn load_parties(context: &RunContext) -> Result<(Parties, Vec<KeptRef>), AppError> {
    let (mut kept, mut faults) = (Vec::new(), Vec::new());
    let mut accounts = Vec::new();
    if let Some(file) = &context.config.accounts {
        let bytes = read(file, "accounts file").await?;
        kept.push(keep(context, "accounts", &bytes).await?);
        let read = refused(
            &file.key,
            read_accounts(Body::from_vec(bytes), Some(context.config.zone), &context.config.unit_names, &file.key),
        )?;
        accounts = read.rows;
        faults.extend(read.faults);
    }
    let mut keys = Vec::new();
    if let Some(file) = &context.config.keys {
        let bytes = read(file, "keys file").await?;
        kept.push(keep(context, "keys", &bytes).await?);
        let read = refused(&file.key, read_keys(Body::from_vec(bytes), Some(context.config.zone), &file.key))?;
        keys = read.rows;
        faults.extend(read.faults);
    }
    Ok((Parties::new(accounts, keys).with_faults(faults), kept))
}

/// Parties as they once were, from what was kept of their files.
///
/// # Errors
/// Config: a kept file is gone or cannot be read.
pub(crate) async fn kept_parties(context: &RunContext, kept: &[KeptRef]) -> Result<Parties, AppError> {
    let (mut accounts, mut keys) = (Vec::new(), Vec::new());
    for file in kept.iter().filter(|file| !file.path.is_empty()) {
        let bytes = context.lake.fetch(&file.path).await?.to_vec();
        match file.name.as_str() {
            "accounts" => {
                let read = read_accounts(Body::from_vec(bytes), Some(context.config.zone), &Arc::default(), &file.path);
                accounts = refused(&file.path, read)?.rows;
            }
            _ => {
                keys =
                    refused(&file.path, read_keys(Body::from_vec(bytes), Some(context.config.zone), &file.path))?.rows
            }
        }
    }
    Ok(Parties::new(accounts, keys))
}

async fn keep(context: &RunContext, name: &str, bytes: &[u8]) -> Result<KeptRef, AppError> {
    let sha256 = crate::domain::hash::sha256(bytes);
    let path =
        if context.dry_run { String::new() } else { context.lake.keep("parties", bytes.to_vec(), "csv").await? };
    Ok(KeptRef { name: name.to_owned(), path, sha256 })
}

fn refused<T, E: std::fmt::Display>(place: &str, read: Result<T, E>) -> Result<T, AppError> {
    read.map_err(|e| AppError::config(e.to_string()).at(place))
}
