//! One call, explained from the same code that charged it.
//!
//! A call of a sealed day is explained as it was sealed: its figures are those of the seal, and the
//! arithmetic is done again with the books and account rows that the seal names.

use std::collections::{HashMap, HashSet};

use super::open_day::OpenDay;
use super::paying::paying;
use super::sealed::findings_of;
use super::sealed_prices::{PricedBy, sealed_prices};
use crate::domain::call::{Call, Calls, IdSightingKind, name_hash};
use crate::domain::ledger::Posting;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant};
use crate::domain::rating::CallAttributes;
use crate::domain::reconcile::{Class, Expected, Finding, expected_beside};
use crate::edge::lake::Manifest;
use crate::edge::lake::schema::ChargesTable;
use crate::pipeline::close::day_revisions::{known_for, latest_day};
use crate::pipeline::close::sealed_day::SealedDay;
use crate::pipeline::close::silent_hours::state_of;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::{AppError, ErrorKind};
use crate::pipeline::ingest::id_index;
use crate::pipeline::invoice::documents_of_call;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::pipeline::registry::books::{load_books, load_parties};
use crate::report::{Explanation, Paid, SealedAs};

const NOT_SEALED: &str = "not sealed yet";

/// Finds a call by its id and explains every row of it, the call itself first.
///
/// # Errors
/// Input: nobody knows the id.
pub(crate) async fn explain(
    context: &RunContext,
    call_id: &str,
    source: Option<&str>,
) -> Result<Vec<Explanation>, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let key = name_hash(call_id);
    let parts: Vec<_> = catalog.loose_parts(id_index::TABLE).collect();
    let days: Vec<(Day, IdSightingKind)> =
        id_index::of_id(&context.lake, &parts, key).await?.into_iter().map(|m| (m.day, m.by)).collect();
    let only = HashSet::from([key]);
    let is_asked = |calls: &Calls, row: usize| {
        calls.call_id().value(row) == call_id && source.is_none_or(|s| calls.source().get(row) == Some(s))
    };
    let mut found = Vec::new();
    for (day, _) in days.iter().filter(|(_, by)| *by == IdSightingKind::Call) {
        found.extend(explain_day(context, &catalog, *day, Some(&only), &is_asked).await?);
    }
    if found.is_empty() {
        let stop = AppError::new(ErrorKind::Input, format!("no call {call_id} is in the lake"));
        let posted = days.iter().find(|(_, by)| *by == IdSightingKind::Posting);
        return Err(match posted {
            Some((day, _)) => stop.hint(format!("the ledger has a posting for it on {day}; see `trueup findings`")),
            None => stop.hint("ids are exact; `trueup ingest` reads new files"),
        });
    }
    found.sort_by_key(|e| e.duplicate);
    for one in found.iter_mut().filter(|e| e.sealed.is_some() && !e.duplicate) {
        one.documents = Some(documents_of_call(context, &catalog, one).await?);
    }
    Ok(found)
}

/// Explains the rows of a day that are asked for: those that are sealed as they are sealed, then those that
/// are not, at the prices of today. `only` narrows what is read to call ids with these hashes.
pub(crate) async fn explain_day(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    only: Option<&HashSet<u64>>,
    is_asked: &(dyn Fn(&Calls, usize) -> bool + Sync),
) -> Result<Vec<Explanation>, AppError> {
    let asked = |calls: &Calls| -> Vec<u32> {
        (0u32..).zip(0..calls.len()).filter(|(_, row)| is_asked(calls, *row)).map(|(n, _)| n).collect()
    };
    let mut explained = Vec::new();
    let sealed = latest_day(context, day).await?;
    let mut seen: HashSet<u128> = HashSet::new();
    if let Some(manifest) = &sealed {
        let SealedDay { calls, said, .. } = SealedDay::load_some(context, catalog, manifest, only).await?;
        let rows = asked(&calls);
        seen.extend((0..calls.len()).map(|row| calls.content_of(row)));
        if !rows.is_empty() {
            let calls = calls.take(&rows).map_err(AppError::internal)?;
            explained = sealed_rows(context, catalog, (day, manifest), &calls, &said.take(&rows)).await?;
        }
        if !has_more(catalog, day, manifest) {
            return Ok(explained);
        }
    }
    let OpenDay { calls, near } = OpenDay::load(context, catalog, day, only).await?;
    let is_new = |row: &u32| !seen.contains(&calls.content_of(*row as usize));
    let rows: Vec<u32> = asked(&calls).into_iter().filter(is_new).collect();
    if !rows.is_empty() {
        explained.extend(open_rows(context, catalog, day, OpenDay { calls, near }, &rows).await?);
    }
    Ok(explained)
}

/// Whether calls of a sealed day may have come since: there is a part that it has no row of.
fn has_more(catalog: &RawCatalog, day: Day, manifest: &Manifest) -> bool {
    let listed: HashSet<&str> = manifest.raw_parts.iter().flatten().map(|part| part.path.as_str()).collect();
    catalog.parts("calls", day).iter().any(|part| !listed.contains(part.path.as_str()))
}

/// Rows that a sealed day names, with its figures and the arithmetic that led to them.
async fn sealed_rows(
    context: &RunContext,
    catalog: &RawCatalog,
    (day, manifest): (Day, &Manifest),
    calls: &Calls,
    said: &ChargesTable,
) -> Result<Vec<Explanation>, AppError> {
    let prices = sealed_prices(context, manifest).await?;
    // Which rows are second loggings is sealed: every row is priced by itself.
    let mut again = priced(&prices, calls, &Calls::empty()).map_err(|e| e.at(day.to_string()))?;
    let rows = 0..calls.len();
    again.is_call = said.posting_class.iter().map(|class| *class != Class::DuplicateCall).collect();
    let differs: Vec<Option<String>> = rows.clone().map(|row| difference(&again, said, row)).collect();
    for row in rows.clone() {
        (again.unit[row], again.amount[row]) = (said.unit[row].clone(), said.expected[row]);
    }
    let findings = findings_of(context, std::slice::from_ref(manifest)).await?;
    let paid = paying(context, catalog, day, Some(manifest), calls).await?;
    let state = state_of(context, manifest, day).name();
    let page =
        Explainer { context, catalog, prices: &prices, known: manifest.known, findings: &findings, paid: &paid, state };
    let mut explained = page.explain(calls, &again, rows.map(|row| row as u32));
    for (row, one) in explained.iter_mut().enumerate() {
        one.differs.clone_from(&differs[row]);
        one.sealed = Some(SealedAs {
            posted: said.posted[row],
            charge_class: said.charge_class[row],
            posting_class: said.posting_class[row],
        });
    }
    Ok(explained)
}

/// Rows that are in no sealed day, at the prices and account rows of today.
async fn open_rows(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    open: OpenDay,
    rows: &[u32],
) -> Result<Vec<Explanation>, AppError> {
    let known = known_for(context, day).0;
    let (books, (parties, _)) = (load_books(context).await?, load_parties(context).await?);
    let prices = PricedBy { raters: books.raters(known), parties, rules: context.config.rules.clone() };
    let now = priced(&prices, &open.calls, &open.near)?;
    let asked = open.calls.take(rows).map_err(AppError::internal)?;
    let paid = paying(context, catalog, day, None, &asked).await?;
    let page = Explainer { context, catalog, prices: &prices, known, findings: &[], paid: &paid, state: NOT_SEALED };
    Ok(page.explain(&open.calls, &now, rows.iter().copied()))
}

fn priced(prices: &PricedBy, calls: &Calls, near: &Calls) -> Result<Expected, AppError> {
    expected_beside(&prices.rules, &prices.raters, &prices.parties, calls, near)
        .map_err(|e| AppError::config(e.to_string()))
}

/// What to say where the arithmetic done again leads to another figure than the sealed one.
fn difference(again: &Expected, said: &ChargesTable, row: usize) -> Option<String> {
    let same = again.unit[row] == said.unit[row] && again.amount[row] == said.expected[row];
    if same || !again.is_call[row] {
        return None;
    }
    let show = |amount: Option<Amount>, unit: &str| amount.map_or("nothing".to_owned(), |a| format!("{a} {unit}"));
    Some(format!(
        "this is what was sealed; the prices and account rows of the seal now give {}: the settings of the source or its \
         units have changed since",
        show(again.amount[row], &again.unit[row])
    ))
}

/// What explanations of a day's rows have in common.
struct Explainer<'a> {
    context: &'a RunContext,
    catalog: &'a RawCatalog,
    prices: &'a PricedBy,
    known: Instant,
    findings: &'a [Finding],
    paid: &'a [Paid],
    state: &'a str,
}

impl Explainer<'_> {
    fn explain(&self, calls: &Calls, figures: &Expected, rows: impl Iterator<Item = u32>) -> Vec<Explanation> {
        let findings = grouped(self.findings, |f| f.call_id.as_deref());
        let paid = grouped(self.paid, |p| p.posting.call_id.as_deref());
        let one = |row: u32| {
            let row = row as usize;
            let call = calls.row(row);
            let (findings, paid) = (findings.get(call.call_id.as_str()), paid.get(call.call_id.as_str()));
            let of_attempt = |f: &&&Finding| f.attempt.is_none_or(|a| a == call.attempt);
            Explanation {
                findings: findings.into_iter().flatten().filter(of_attempt).map(|f| (*f).clone()).collect(),
                postings: paid
                    .into_iter()
                    .flatten()
                    .filter(|p| names(&p.posting, &call))
                    .map(|p| (*p).clone())
                    .collect(),
                ..self.row(calls, figures, row, call)
            }
        };
        rows.map(one).collect()
    }

    /// A row without what the ledger and the findings say of it.
    fn row(&self, calls: &Calls, figures: &Expected, row: usize, call: Call) -> Explanation {
        let rater = &self.prices.raters[usize::from(figures.assignment.book[row])];
        let header = &rater.book().header;
        let unit = figures.unit[row].to_string();
        let file = self.catalog.file(call.file).map_or_else(|| "?".to_owned(), |f| f.path.clone());
        Explanation {
            place: format!("{file} at byte {}", call.offset),
            duplicate: !figures.is_call[row],
            zone: self.context.config.zone,
            book: header.id.clone(),
            known: self.known,
            quote: rater.price(&CallAttributes::of_row(calls, row, figures.assignment.group_of(row)), &[]),
            expected: figures.amount[row],
            conversion: if unit == header.unit { String::new() } else { format!("from {}", header.unit) },
            unit,
            postings: Vec::new(),
            findings: Vec::new(),
            sealed: None,
            documents: None,
            differs: None,
            state: self.state.to_owned(),
            call,
        }
    }
}

/// Whether a posting names a call: its id, and its attempt and source where it says any.
fn names(posting: &Posting, call: &Call) -> bool {
    posting.call_id.as_deref() == Some(&call.call_id)
        && posting.attempt.is_none_or(|a| a == call.attempt)
        && posting.source.as_deref().is_none_or(|s| *s == *call.source)
}

fn grouped<T>(rows: &[T], id: impl Fn(&T) -> Option<&str>) -> HashMap<String, Vec<&T>> {
    let mut by_id: HashMap<String, Vec<&T>> = HashMap::new();
    for row in rows {
        if let Some(id) = id(row) {
            by_id.entry(id.to_owned()).or_default().push(row);
        }
    }
    by_id
}
