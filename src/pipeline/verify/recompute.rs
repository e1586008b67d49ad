//! Recomputing what is sealed from the raw input, in a lake of its own, and comparing digests.

use std::collections::BTreeSet;
use std::path::Path;

use crate::domain::ledger::LedgerState;
use crate::domain::period::{Day, Instant, Period};
use crate::edge::blob::Blob;
use crate::edge::lake::Lake;
use crate::edge::state::State;
use crate::pipeline::close::computed_again::same_table;
use crate::pipeline::close::day_inputs::load;
use crate::pipeline::close::day_pass::{compute, digest_of, tables};
use crate::pipeline::close::day_revisions::{known_for, latest_day};
use crate::pipeline::close::input_identity::{carry_digest, is_of_other_rules, opening_of};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::ingest::ingest;
use crate::pipeline::query::sealed::sealed_days;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::pipeline::registry::books::{load_books, load_parties};

/// One table of one sealed day, recomputed.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    pub day: Day,
    pub revision: u32,
    pub table: String,
    pub rows: u64,
    pub equal: bool,
    /// Sealed by a build whose rules were others: that this one gives another is no damage.
    pub other_rules: bool,
}

/// What came of recomputing.
#[derive(Debug, Default)]
pub(crate) struct Recomputed {
    pub tables: Vec<Verified>,
    /// Raw files that are not what was read, with what is wrong.
    pub files: Vec<(String, String)>,
}

/// Reads all raw input again into a scratch lake and recomputes every sealed day of a period.
///
/// # Errors
/// When the raw input cannot be read or the scratch folder not written.
pub(super) async fn recompute(
    context: &RunContext,
    period: Option<Period>,
    scratch: &Path,
) -> Result<Recomputed, AppError> {
    let lake = Lake::new(Blob::folder(scratch.join("lake")));
    let state = State::open("sqlite:state.db", scratch, [0; 16]).await?;
    let copy = RunContext::new(context.config.clone(), lake, state, context.now, false);
    let mut found = Recomputed::default();
    let read = ingest(&copy).await?;
    found.files.extend(read.refused);
    let (was, is) = (RawCatalog::load(context).await?, RawCatalog::load(&copy).await?);
    for file in was.standing_files() {
        let same = |f: &&crate::edge::lake::schema::FileRow| f.kind == file.kind && f.sha256 == file.sha256;
        let longer =
            |f: &&crate::edge::lake::schema::FileRow| f.kind == file.kind && f.path == file.path && f.size > file.size;
        if !is.files().iter().any(|f| same(&f) || longer(&f)) {
            found.files.push((file.path.clone(), format!("is not the file that was read (sha256 {})", file.sha256)));
        }
    }
    let books = load_books(&copy).await?;
    let (parties, _) = load_parties(&copy).await?;
    let days = sealed_days(context).await?;
    let (Some(first), Some(last)) = (is.days().first().copied(), days.last().copied()) else { return Ok(found) };
    let mut opening = LedgerState::default();
    // A day without a row and without a seal leaves everything as it was.
    let visits: BTreeSet<Day> = is.days().into_iter().chain(days).collect();
    for day in visits.range(first..).copied().take_while(|day| *day <= last) {
        let sealed = latest_day(context, day).await?;
        let known: Instant = sealed.as_ref().map_or_else(|| known_for(context, day).0, |m| m.known);
        let window = load(&copy, &is, day).await?;
        let computed = compute(&copy, &is, &books, &parties, &opening, (day, known), window)?;
        if let Some(manifest) = sealed.filter(|_| period.is_none_or(|p| p.contains(day))) {
            let (revision, other_rules) = (manifest.revision, is_of_other_rules(&manifest));
            let verified = |table: &str, rows, equal| {
                let table = table.to_owned();
                Verified { day, revision, table, rows, equal, other_rules }
            };
            for (table, batch) in tables(&computed)? {
                let (table, digest) = digest_of(&computed, table, &batch)?;
                // A table that came later than the revision is none of its.
                if let Some(equal) = same_table(context, &manifest, (table, digest), &batch).await? {
                    found.tables.push(verified(table, digest.rows, equal));
                }
            }
            let equal = opening_of(&manifest) == Some(carry_digest(&opening)?);
            found.tables.push(verified("opening", 1, equal));
        }
        opening = computed.result.carry;
    }
    copy.state.close().await;
    Ok(found)
}
