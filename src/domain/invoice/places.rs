//! Where every call of a month is, and every part of one that an advance or a gift paid: one value, of which
//! everything that is said of it is made.

use std::collections::{BTreeMap, HashMap};

use super::account_month::{AccountMonth, AccountMonths};
use super::document::{Document, DocumentKind, Line, LineKind};
use super::draft::{Draft, DraftState};
use super::error::BillingError;
use super::frame::billed_of_own_period;
use super::issued::IssuedDocuments;
use super::key::KeyKind;
use super::placement::Placed;
use super::treatment::{Tally, Treatment, Unbilled};
use crate::domain::money::Amount;
use crate::domain::period::{Instant, Period};

/// Every call of a month, by account and place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) accounts: BTreeMap<String, BTreeMap<Treatment, Tally>>,
}

impl Places {
    /// Puts every call of a month where it is, now that its documents are or are not out.
    ///
    /// # Errors
    /// Law: a call, or a part of one, is in no place or in two. Overflow.
    pub(crate) fn of(
        months: &AccountMonths,
        drafts: &[Draft],
        issued: &IssuedDocuments,
        period: Period,
    ) -> Result<Places, BillingError> {
        let mut of_account: HashMap<&str, Vec<&Draft>> = HashMap::new();
        for draft in drafts {
            of_account.entry(&draft.account_id).or_default().push(draft);
        }
        let mut places = Places::default();
        for (id, own) in &months.accounts {
            let drafts = of_account.get(id.as_str()).map_or(&[][..], Vec::as_slice);
            let placed = places_of(issued, drafts, (id, period), own).ok_or_else(BillingError::too_large)?;
            is_all(&placed, &own.all).map_err(|e| e.at(id))?;
            if !placed.is_empty() {
                places.accounts.insert(id.clone(), placed);
            }
        }
        Ok(places)
    }

    /// How many calls are in each place, as a month's bills are sealed: what a statement proposes is on it, and
    /// where there are invoices it is said how many calls are late for them.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for (treatment, tally) in self.accounts.values().flatten() {
            let name = match treatment {
                Treatment::Proposed => Treatment::Statement.name(),
                other => other.name(),
            };
            if tally.calls > 0 || *treatment == Treatment::Unbilled(Unbilled::Late) {
                *counts.entry(name).or_default() += tally.calls;
            }
        }
        counts
    }
}

/// The law: the places together are the calls, in count and in money.
fn is_all(placed: &BTreeMap<Treatment, Tally>, all: &Tally) -> Result<(), BillingError> {
    let mut sum = Tally::default();
    placed.values().try_for_each(|tally| sum.merge(tally)).ok_or_else(BillingError::too_large)?;
    if sum.calls != all.calls {
        let what = format!("every call is billed in one place: {} of {} are", sum.calls, all.calls);
        return Err(BillingError::law(what));
    }
    let of = |tally: &Tally, unit: &str| tally.amounts.get(unit).copied().unwrap_or_default();
    let units = || sum.amounts.keys().chain(all.amounts.keys());
    match units().find(|unit| of(&sum, unit) != of(all, unit)) {
        Some(unit) => {
            let (is, due) = (of(&sum, unit), of(all, unit));
            Err(BillingError::law(format!("every part of a call is in one place: {is} {unit} of {due} are")))
        }
        None => Ok(()),
    }
}

/// Where an account's calls are. `None` on overflow.
fn places_of(
    issued: &IssuedDocuments,
    drafts: &[&Draft],
    (id, period): (&str, Period),
    own: &AccountMonth,
) -> Option<BTreeMap<Treatment, Tally>> {
    let mut placed: BTreeMap<Treatment, Tally> = BTreeMap::new();
    let open = |kind: DocumentKind| {
        let open = |d: &&Draft| issued.of_key(&d.key).is_none();
        drafts.iter().copied().filter(move |d| d.document.as_ref().is_none_or(|d| d.kind == kind)).filter(open)
    };
    let over_usage = |d: &&Draft| KeyKind::of(&d.key) == KeyKind::UsageInvoice;
    for (treatment, tally) in &own.tallies {
        let place = match treatment {
            Treatment::Invoice => match open(DocumentKind::Invoice).find(over_usage).map(Draft::state) {
                Some(DraftState::Held) => Treatment::Unbilled(Unbilled::Held),
                Some(DraftState::OnRequest) => Treatment::Unbilled(Unbilled::NotAsked),
                Some(DraftState::Ready) => Treatment::Invoice,
                None => {
                    let billed = issued.invoiced(id, period)?;
                    let rest = tally.less(&billed)?;
                    let on_invoice = tally.less(&rest)?;
                    placed.entry(Treatment::Invoice).or_default().merge(&on_invoice)?;
                    if rest.is_nothing() {
                        placed.entry(Treatment::Unbilled(Unbilled::Late)).or_default();
                        continue;
                    }
                    placed.entry(late_place(issued, drafts, (id, period))?).or_default().merge(&rest)?;
                    continue;
                }
            },
            Treatment::Statement | Treatment::Proposed
                if open(DocumentKind::Statement).any(|d| !d.holds.is_empty()) =>
            {
                Treatment::Unbilled(Unbilled::Held)
            }
            other => *other,
        };
        placed.entry(place).or_default().merge(tally)?;
    }
    Some(placed)
}

/// Where calls are that came after the month's invoice: on a late line of a later document, once what is billed
/// for the month is what it comes to. `None` on overflow.
fn late_place(issued: &IssuedDocuments, drafts: &[&Draft], (id, period): (&str, Period)) -> Option<Treatment> {
    let is_usage = |d: &&&Draft| d.document.as_ref().is_some_and(Document::is_usage_invoice);
    let due = match drafts.iter().find(is_usage).and_then(|d| d.document.as_ref()) {
        Some(document) => billed_of_own_period(document)?,
        None => Amount::ZERO,
    };
    let is_billed = issued.billed(id, period)?.money.net == due;
    Some(if is_billed { Treatment::LateLine } else { Treatment::Unbilled(Unbilled::Late) })
}

/// Whether calls stand behind a document.
pub(crate) fn has_calls(document: &Document) -> bool {
    document.statement.is_some() || document.lines.iter().any(|l| l.kind == LineKind::Usage)
}

/// What of a call stands behind a document: what it comes to there, and what of it gifts paid. `None`: nothing.
pub(crate) fn behind(document: &Document, placed: &Placed) -> Option<(Option<Amount>, Amount)> {
    let is_whole = matches!(placed.treatment, Treatment::Statement | Treatment::Proposed);
    match document.kind {
        DocumentKind::Statement => {
            let there = is_whole || placed.on_statement.is_positive();
            there.then_some((placed.billed.map(|_| placed.on_statement), Amount::ZERO))
        }
        DocumentKind::Invoice | DocumentKind::CreditNote => {
            (placed.treatment == Treatment::Invoice).then_some((placed.billed, placed.given))
        }
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
