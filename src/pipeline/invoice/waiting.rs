//! Documents that wait for a person: what stands in the way of each, and the months that are tried again for them.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Finalise, InvoiceAsk, JOB};
use super::history::History;
use super::report::DocumentReport;
use crate::domain::invoice::{Draft, DraftState, is_on_request};
use crate::domain::period::Period;
use crate::edge::lake::Manifest;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// The note of a month's bills that says what waits for a person: `KEY TITLE WHY` with tabs between, one a line.
const HELD: &str = "held";
/// The note that names all that has no number: what waits for a person, and what waits to be asked for.
pub(super) const PENDING: &str = "pending";

/// A document that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WaitingDocument {
    pub period: Period,
    /// What it is, for people.
    pub title: String,
    /// What has to be mended; empty where the build that sealed it did not note it.
    pub why: String,
}

/// What waits for a person of a month's drafts, as it is noted.
pub(super) fn held_text(history: &History, drafts: &[Draft]) -> String {
    let held = drafts.iter().filter(|d| d.state() == DraftState::Held && history.documents.of_key(&d.key).is_none());
    let one_field = |text: &str| text.replace(char::is_control, " ");
    let line = |draft: &Draft| {
        let report = DocumentReport::of_draft(draft);
        format!("{}\t{}\t{}", draft.key, one_field(&report.title()), one_field(&report.holds.join("; ")))
    };
    held.map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn note_held(notes: &mut BTreeMap<String, String>, held: String) {
    notes.insert(HELD.into(), held);
}

/// Key, title and reason of what waited for a person when a month's bills were sealed.
fn held_of(manifest: &Manifest) -> Vec<(&str, &str, &str)> {
    let note = |name: &str| manifest.notes.get(name).map(String::as_str);
    match note(HELD) {
        Some(held) => held
            .lines()
            .filter_map(|line| {
                let (key, rest) = line.split_once('\t')?;
                let (title, why) = rest.split_once('\t')?;
                Some((key, title, why))
            })
            .collect(),
        // The first builds noted no reasons.
        None => note(PENDING)
            .unwrap_or_default()
            .lines()
            .filter(|key| !is_on_request(key))
            .map(|key| (key, key, ""))
            .collect(),
    }
}

/// Keys of what waited for a person when a month's bills were sealed.
pub(super) fn held_keys(manifest: &Manifest) -> impl Iterator<Item = &str> {
    held_of(manifest).into_iter().map(|(key, _, _)| key)
}

/// What waited for a person when its month's bills were sealed last, and has no number since; oldest month first.
///
/// # Errors
/// When the lake or the state cannot be read.
pub(crate) async fn waiting_documents(run: &RunContext) -> Result<Vec<WaitingDocument>, AppError> {
    let mut waiting = Vec::new();
    for (name, revision) in run.lake.periods(JOB).await? {
        let Some(period) = Period::parse(&name) else { continue };
        let manifest = run.revision(JOB, &name, revision).await?;
        for (key, title, why) in held_of(&manifest) {
            if run.state.issued(key).await?.is_none() {
                waiting.push(WaitingDocument { period, title: title.to_owned(), why: why.to_owned() });
            }
        }
    }
    waiting.sort_by_key(|w| w.period);
    Ok(waiting)
}

/// The months with documents that wait for a person; none where a run makes nothing final, or only what it was asked
/// for.
///
/// # Errors
/// As [`waiting_documents`].
pub(crate) async fn waiting_months(run: &RunContext, ask: &InvoiceAsk) -> Result<BTreeSet<Period>, AppError> {
    let makes_all = ask.account.is_none() && ask.finalise != Finalise::Never;
    if run.config.billing.is_none() || run.dry_run || run.replay || !makes_all {
        return Ok(BTreeSet::new());
    }
    Ok(waiting_documents(run).await?.into_iter().map(|w| w.period).collect())
}
