//! Where every call of a month is, now that its documents are or are not out.

use std::collections::{BTreeMap, HashMap};

use super::account_month::AccountMonths;
use super::document::{Document, DocumentKind, Line, LineKind};
use super::draft::{Draft, DraftState};
use super::error::BillingError;
use super::issued::IssuedDocuments;
use super::key::KeyKind;
use super::treatment::{Treatment, Unbilled};
use crate::domain::period::{Instant, Period};

/// Calls by the name of their place: a statement, an invoice, or why they are on neither.
pub(crate) type CallPlaces = BTreeMap<&'static str, u64>;

/// Counts every call of a month in one place.
///
/// # Errors
/// Law: a call is in no place or in two.
pub(crate) fn call_places(
    months: &AccountMonths,
    drafts: &[Draft],
    issued: &IssuedDocuments,
    period: Period,
) -> Result<CallPlaces, BillingError> {
    let mut places = CallPlaces::new();
    let mut of_account: HashMap<&str, Vec<&Draft>> = HashMap::new();
    for draft in drafts {
        of_account.entry(&draft.account_id).or_default().push(draft);
    }
    let mut all = 0u64;
    for (id, own) in &months.accounts {
        let drafts = of_account.get(id.as_str()).map_or(&[][..], Vec::as_slice);
        let counted: u64 = own.tallies.values().map(|t| t.calls).sum();
        all += counted;
        let mut placed = 0u64;
        for (treatment, tally) in &own.tallies {
            for (place, calls) in places_of(issued, drafts, (id, period), *treatment, tally.calls) {
                *places.entry(place).or_default() += calls;
                placed += calls;
            }
        }
        if placed != counted {
            let what = format!("every call is billed in one place: {placed} of {counted} are");
            return Err(BillingError::law(what).at(id));
        }
    }
    if places.values().sum::<u64>() != all {
        return Err(BillingError::law("every call of the month is billed in one place"));
    }
    Ok(places)
}

/// Where an account's calls of one kind are.
fn places_of(
    issued: &IssuedDocuments,
    drafts: &[&Draft],
    (id, period): (&str, Period),
    treatment: Treatment,
    calls: u64,
) -> Vec<(&'static str, u64)> {
    let of = |kind: DocumentKind| {
        let open = |d: &&Draft| issued.of_key(&d.key).is_none();
        drafts.iter().copied().filter(move |d| d.document.as_ref().is_none_or(|d| d.kind == kind)).filter(open)
    };
    match treatment {
        Treatment::Invoice => {
            let over_usage = |d: &&Draft| KeyKind::of(&d.key) == KeyKind::UsageInvoice;
            if let Some(draft) = of(DocumentKind::Invoice).find(over_usage) {
                let place = match draft.state() {
                    DraftState::Held => Unbilled::Held.name(),
                    DraftState::OnRequest => Unbilled::NotAsked.name(),
                    DraftState::Ready => treatment.name(),
                };
                return vec![(place, calls)];
            }
            let billed = issued.invoiced_calls(id, period).min(calls);
            vec![(treatment.name(), billed), (Unbilled::Late.name(), calls - billed)]
        }
        Treatment::Statement if of(DocumentKind::Statement).any(|d| !d.holds.is_empty()) => {
            vec![(Unbilled::Held.name(), calls)]
        }
        _ => vec![(treatment.name(), calls)],
    }
}

/// Whether calls stand behind a document.
pub(crate) fn has_calls(document: &Document) -> bool {
    document.statement.is_some() || document.lines.iter().any(|l| l.kind == LineKind::Usage)
}

/// The place whose calls stand behind a document's lines.
pub(crate) fn behind(document: &Document) -> Treatment {
    match document.kind {
        DocumentKind::Statement => Treatment::Statement,
        DocumentKind::Invoice | DocumentKind::CreditNote => Treatment::Invoice,
    }
}

/// What of a call says which line of a document bills it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineCall<'a> {
    pub(crate) model: Option<&'a str>,
    pub(crate) endpoint: Option<&'a str>,
    /// Of its amount.
    pub(crate) unit: &'a str,
    pub(crate) started_at: Instant,
}

/// The line that bills a call: of its model, unit and endpoint, and where a rate changed within the month
/// the last one that had begun.
pub(crate) fn line_of<'d>(document: &'d Document, call: &LineCall<'_>) -> Option<&'d Line> {
    let of_call = |line: &&Line| {
        line.model.as_deref() == call.model
            && line.unit == call.unit
            && line.endpoint.as_deref().is_none_or(|e| Some(e) == call.endpoint)
    };
    let lines = document.lines.iter().filter(of_call);
    let begun = |line: &&Line| line.rate.iter().all(|r| r.from.is_none_or(|from| from <= call.started_at));
    lines.clone().rfind(begun).or_else(|| lines.clone().next())
}
