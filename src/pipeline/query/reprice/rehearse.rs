//! What a period would have billed at a proposed price list.

use super::{days_of, outdated, priced, sealed_calls, too_large};
use crate::domain::period::{Day, Instant, Period};
use crate::domain::price::{Book, Version, VersionId};
use crate::domain::rating::Rater;
use crate::domain::reconcile::PriceImpacts;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::pipeline::registry::books::{load_parties, registered_books};

/// A proposed book, and what it is tried on.
#[derive(Clone, Debug)]
pub(crate) struct RehearseAsk {
    pub(crate) book: Book,
    pub(crate) period: Period,
    /// The id of the book it stands in for; absent: its own.
    pub(crate) replaces: Option<String>,
    /// Price every call by the version in force at this moment, whenever the call was.
    pub(crate) at: Option<Instant>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Rehearsal {
    pub(crate) replaced: String,
    /// The one version used, where one was asked for.
    pub(crate) version: Option<VersionId>,
    /// Versions that begin after the period and were not used.
    pub(crate) later: Vec<VersionId>,
    pub(crate) days: u64,
    pub(crate) unsealed: Vec<Day>,
    /// Calls whose sealed figure is another than the registered prices give now.
    pub(crate) outdated: u64,
    pub(crate) shifts: PriceImpacts,
    /// Names of accounts at the period's end.
    pub(crate) customers: Vec<(String, String)>,
}

/// Prices the sealed calls of a period twice: as the registered books were known when each day was
/// sealed, and with the proposed book in place of the registered one of its id, for all time and as if
/// it had always been known. Other books stay. Nothing is registered or written.
///
/// # Errors
/// Config: no book of that id, another unit, no version at the moment asked for. Input: no sealed day.
pub(crate) async fn rehearse(context: &RunContext, ask: RehearseAsk) -> Result<Rehearsal, AppError> {
    let books = registered_books(context).await?;
    let id = ask.replaces.as_deref().unwrap_or(&ask.book.header.id);
    let place = books.iter().position(|b| b.header.id == id).ok_or_else(|| {
        let ids: Vec<&str> = books.iter().map(|b| b.header.id.as_str()).collect();
        AppError::config(format!("there is no price book {id} to replace"))
            .hint(format!("--replaces says which one is meant: {}", ids.join(", ")))
    })?;
    let replaced = books[place].header.clone();
    if replaced.unit != ask.book.header.unit {
        let (new, old) = (&ask.book.header.unit, &replaced.unit);
        return Err(AppError::config(format!("the proposed book is in {new}, {} is in {old}", replaced.id))
            .hint("two units never add: write the proposed prices in the unit of the book they replace"));
    }
    let zone = context.config.zone;
    let end = ask.period.span(zone).1;
    let later = ask.book.versions.iter().map(Version::id).filter(|v| v.effective_from >= end);
    let later = if ask.at.is_some() { Vec::new() } else { later.collect() };
    let (mut proposed, version) = match ask.at {
        Some(at) => always(&ask.book, at).map(|(book, id)| (book, Some(id)))?,
        None => (ask.book, None),
    };
    proposed.header.id.clone_from(&replaced.id);
    let catalog = RawCatalog::load(context).await?;
    let (parties, _) = load_parties(context).await?;
    let days = days_of(context, &catalog, Some(ask.period)).await?;
    let (mut shifts, mut stale) = (PriceImpacts::default(), 0);
    for manifest in &days.sealed {
        let sealed = sealed_calls(context, &catalog, manifest).await?;
        let known = |(at, book): (usize, &Book)| match at == place {
            true => Rater::new(proposed.clone(), Instant::MAX),
            false => Rater::new(book.clone(), manifest.known),
        };
        let before: Vec<Rater> = books.iter().map(|b| Rater::new(b.clone(), manifest.known)).collect();
        let after: Vec<Rater> = books.iter().enumerate().map(known).collect();
        let before = priced(context, &before, &parties, &sealed.calls)?;
        let after = priced(context, &after, &parties, &sealed.calls)?;
        stale += outdated(&sealed, &before);
        shifts.add(&sealed.calls, &before, &after).ok_or_else(too_large)?;
    }
    let mut accounts: Vec<&String> = shifts.account.keys().map(|(account, _)| account).collect();
    accounts.dedup();
    let name = |id: &String| Some((id.clone(), parties.account(id, end)?.name.clone()));
    Ok(Rehearsal {
        replaced: replaced.id,
        version,
        later,
        days: days.sealed.len() as u64,
        unsealed: days.unsealed,
        outdated: stale,
        customers: accounts.into_iter().filter_map(name).collect(),
        shifts,
    })
}

/// A book of the one version in force at a moment, in force always.
fn always(book: &Book, at: Instant) -> Result<(Book, VersionId), AppError> {
    let version = book.in_force(at, Instant::MAX).map(|v| &book.versions[v]).ok_or_else(|| {
        AppError::config(format!("no version of the proposed book is in force at {at}"))
            .hint("its first version begins later")
    })?;
    let only = Version { effective_from: Instant::MIN, known_from: Instant::MIN, ..version.clone() };
    Ok((Book { header: book.header.clone(), versions: vec![only] }, version.id()))
}
