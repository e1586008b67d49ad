//! Whether what is kept is what was made: the lake opened file by file, the state against it, what is published
//! against its lists, and sealed days computed again from the raw input.
//!
//! Knows nothing of: arguments, how damage came about, what a day makes of its rows.

mod lake;
mod recompute;
mod repair;
mod state;

use std::path::Path;

use super::context::RunContext;
use super::damage::Damage;
use super::error::{AppError, ErrorKind};
use super::invoice::{DocumentsVerified, PublishedDocuments, verify_documents, verify_published_documents};
use super::newest::accept_lost;
use super::publish::{PublishedPeriods, verify_published};
use crate::domain::period::{Period, PeriodKind};

pub(crate) use recompute::Recomputed;

/// What is asked of a verification.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerifyAsk {
    /// Of what is recomputed and published; the lake and the state are looked at as a whole.
    pub period: Option<Period>,
    /// Open what is sealed.
    pub lake: bool,
    /// Open what is published.
    pub published: bool,
    /// Compute sealed days again from the raw input.
    pub again: bool,
    /// Make again what can be made.
    pub repair: bool,
    /// Miss newest revisions that are lost no more.
    pub accept_lost: bool,
}

/// What a verification found.
#[derive(Debug, Default)]
pub(crate) struct Verification {
    /// What was opened in the lake and the state, and what of it is not as it was sealed.
    pub found: Found,
    pub documents: DocumentsVerified,
    /// What is published and not as it was.
    pub published: Vec<Damage>,
    /// Published files compared.
    pub files: u64,
    /// Absent where nothing was to be computed again, or the lake is damaged.
    pub again: Option<Recomputed>,
    /// What was made again, and what of it could not be.
    pub repaired: Vec<String>,
}

/// What was opened, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub manifests: u64,
    pub parts: u64,
    pub kept: u64,
    /// Whole parts that no manifest names: a run was stopped before its seal.
    pub unnamed: u64,
    pub sealed: Vec<Damage>,
}

impl Found {
    fn damaged(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.sealed.push(Damage::new(place, what));
    }
}

impl VerifyAsk {
    /// Everything there is to look at, changing nothing.
    pub(crate) fn all(period: Option<Period>) -> VerifyAsk {
        VerifyAsk { period, lake: true, published: true, again: true, repair: false, accept_lost: false }
    }
}

impl Verification {
    pub(crate) fn holds(&self) -> bool {
        self.is_whole() && self.is_same() && self.published.is_empty()
    }

    /// Tables computed again.
    pub(crate) fn tables(&self) -> usize {
        self.again.as_ref().map_or(0, |again| again.tables.len())
    }

    /// Whether the lake, the state and its documents are as they were sealed.
    pub(crate) fn is_whole(&self) -> bool {
        self.found.sealed.is_empty() && self.documents.wrong.is_empty()
    }

    /// Whether the raw input still gives what is sealed.
    pub(crate) fn is_same(&self) -> bool {
        self.again
            .as_ref()
            .is_none_or(|again| again.files.is_empty() && again.tables.iter().all(|t| t.equal || t.other_rules))
    }
}

/// Looks at everything that is asked for and names what is not as it was; `repair` makes again what can be made,
/// and then looks once more.
///
/// # Errors
/// When lake, state or what is published cannot be reached, or came from a later build; when the raw input cannot be
/// read or the scratch folder not written.
pub(crate) async fn verify(context: &RunContext, ask: VerifyAsk, scratch: &Path) -> Result<Verification, AppError> {
    let mut verified = Verification::default();
    let look = async || -> Result<(Found, Published), AppError> {
        let mut found = Found::default();
        if ask.lake {
            found = sealed(context).await?;
        }
        let published = if ask.published { Published::of(context, ask.period).await? } else { Published::default() };
        Ok((found, published))
    };
    let (mut found, mut published) = look().await?;
    if ask.accept_lost {
        let line = |key| format!("{key} is missed no more");
        verified.repaired.extend(accept_lost(context).await?.into_iter().map(line));
    }
    if ask.repair {
        verified.repaired.extend(repair::repair(context, &found, &published).await?);
        (found, published) = look().await?;
    }
    if ask.lake {
        match verify_documents(context, ask.period).await {
            Ok(documents) => verified.documents = documents,
            Err(e) if e.kind == ErrorKind::Law => found.sealed.push(told(context, e)),
            Err(e) => return Err(e),
        }
    }
    if ask.again && found.sealed.is_empty() {
        verified.again = Some(recompute::recompute(context, ask.period, scratch).await?);
    }
    found.sealed.sort();
    found.sealed.dedup();
    (verified.files, verified.published) = (published.files(), published.wrong());
    verified.found = found;
    Ok(verified)
}

fn told(context: &RunContext, error: AppError) -> Damage {
    Damage::new(error.place.unwrap_or_else(|| context.state.place().to_owned()), error.what)
}

async fn sealed(context: &RunContext) -> Result<Found, AppError> {
    let mut found = Found::default();
    let named = lake::verify_lake(context, &mut found).await?;
    state::verify_state(context, &named, &mut found).await?;
    Ok(found)
}

/// What is published and not as it was.
#[derive(Debug, Default)]
struct Published {
    periods: PublishedPeriods,
    documents: PublishedDocuments,
}

impl Published {
    async fn of(context: &RunContext, period: Option<Period>) -> Result<Published, AppError> {
        let periods = verify_published(context, period).await?;
        let month = period.map(|p| PeriodKind::Month.containing(p.first()));
        let documents = match verify_published_documents(context, month).await {
            Ok(documents) => documents,
            Err(e) if matches!(e.kind, ErrorKind::Law) => {
                PublishedDocuments { wrong: vec![told(context, e)], ..PublishedDocuments::default() }
            }
            Err(e) => return Err(e),
        };
        Ok(Published { periods, documents })
    }

    fn files(&self) -> u64 {
        self.periods.files + self.documents.files
    }

    fn wrong(self) -> Vec<Damage> {
        let mut wrong = self.periods.wrong;
        wrong.extend(self.documents.wrong);
        wrong
    }
}
