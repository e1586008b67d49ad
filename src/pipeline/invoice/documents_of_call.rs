//! The final documents that one call is on.

use std::collections::{BTreeSet, HashSet};

use super::history::final_document;
use crate::domain::call::name_hash;
use crate::domain::invoice::{
    Basis, Billed, Document, Line, LineCall, LineKind, account_row, again_key, late_invoice_keys, line_of,
    share_of_line, statement_key, terms_of, usage_key,
};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period, PeriodKind};
use crate::domain::reconcile::Class;
use crate::pipeline::close::day_revisions::JOB as RECONCILE;
use crate::pipeline::close::sealed_day::SealedDay;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::pipeline::registry::books::load_parties;
use crate::report::{Explanation, OnDocument, OnLine};

/// Finds the statements of the wallets that paid a call, and the invoice that bills it: of its month, or a later one
/// with what came late for the month. Nothing but the documents that it may be on is read.
///
/// # Errors
/// When the state or a revision that a document names cannot be read.
pub(crate) async fn documents_of_call(
    run: &RunContext,
    catalog: &RawCatalog,
    e: &Explanation,
) -> Result<Vec<OnDocument>, AppError> {
    let lookup = Lookup { run, catalog, e, day: run.config.zone.day_of(e.call.started_at) };
    let mut found = lookup.statements().await?;
    found.extend(lookup.invoice().await?);
    Ok(found)
}

struct Lookup<'a> {
    run: &'a RunContext,
    catalog: &'a RawCatalog,
    e: &'a Explanation,
    day: Day,
}

/// What a call came to when a document was made.
struct Billable {
    expected: Option<Amount>,
    recorded: Option<Amount>,
}

impl Lookup<'_> {
    async fn of_key(&self, key: &str) -> Result<Option<Document>, AppError> {
        self.run.state.issued(key).await?.map(|issued| final_document(&issued)).transpose()
    }

    async fn statements(&self) -> Result<Vec<OnDocument>, AppError> {
        let zone = self.run.config.zone;
        let mut keys = BTreeSet::new();
        for posting in self.e.postings.iter().map(|paid| &paid.posting).filter(|p| p.kind.pays_for_calls()) {
            let month = PeriodKind::Month.containing(zone.day_of(posting.posted_at));
            keys.insert(statement_key(&posting.account_id, &posting.wallet, &posting.unit, month));
        }
        let mut found = Vec::new();
        for key in keys {
            if let Some(document) = self.of_key(&key).await? {
                let wallet = document.statement.as_ref().map(|s| s.wallet.clone());
                found.push(OnDocument { wallet, ..OnDocument::of(&document) });
            }
        }
        Ok(found)
    }

    async fn invoice(&self) -> Result<Option<OnDocument>, AppError> {
        let month = PeriodKind::Month.containing(self.day);
        let Some(invoice) = self.over_usage(month).await? else { return self.late(month).await };
        let call = &self.e.call;
        let like = LineCall {
            model: Some(&call.model),
            endpoint: call.endpoint.as_deref(),
            unit: &self.e.unit,
            started_at: call.started_at,
        };
        let Some(billable) = self.as_billed(&invoice).await? else { return self.late(month).await };
        let Some(line) = line_of(&invoice, &like) else { return Ok(None) };
        let (parties, _) = load_parties(self.run).await?;
        let terms = terms_of(account_row(&parties, &call.account_id, month.span(self.run.config.zone).1))?;
        let amount = match terms.billed {
            Billed::Expected => billable.expected,
            Billed::Recorded => billable.recorded,
        };
        let on_line = OnLine {
            position: line.position,
            late_for: None,
            share: amount.and_then(|amount| share_of_line(&invoice, line, amount)),
        };
        Ok(Some(OnDocument { line: Some(on_line), ..OnDocument::of(&invoice) }))
    }

    /// The invoice over a month's usage; where it was billed once more, the last that did.
    async fn over_usage(&self, month: Period) -> Result<Option<Document>, AppError> {
        let mut found = None;
        for basis in [Basis::Usage, Basis::Request] {
            if found.is_none() {
                found = self.of_key(&usage_key(basis, &self.e.call.account_id, month)).await?;
            }
        }
        while let Some(number) = found.as_ref().and_then(|d| d.number.as_deref()) {
            match self.of_key(&again_key(number)).await? {
                Some(again) => found = Some(again),
                None => break,
            }
        }
        Ok(found)
    }

    /// What the call came to in the revision of its day that a document was made from; `None` where it was not there.
    async fn as_billed(&self, document: &Document) -> Result<Option<Billable>, AppError> {
        let day = self.day.to_string();
        let Some(source) = document.sources.iter().find(|s| s.period == day && s.job == RECONCILE) else {
            return Ok(None);
        };
        let manifest = self.run.revision(RECONCILE, &day, source.revision).await?;
        let call = &self.e.call;
        let only = HashSet::from([name_hash(&call.call_id)]);
        let SealedDay { calls, said, .. } =
            SealedDay::load_some(self.run, self.catalog, &manifest, Some(&only)).await?;
        let is_it = |row: &usize| {
            let there = calls.row(*row);
            said.posting_class[*row] != Class::DuplicateCall
                && (&there.source, &there.call_id, there.attempt) == (&call.source, &call.call_id, call.attempt)
                && there.account_id == call.account_id
        };
        let row = (0..calls.len()).find(is_it);
        Ok(row.map(|row| Billable { expected: said.expected[row], recorded: said.recorded[row] }))
    }

    /// The first later invoice with what came late for a month.
    async fn late(&self, month: Period) -> Result<Option<OnDocument>, AppError> {
        let now = PeriodKind::Month.containing(self.run.config.zone.day_of(self.run.now));
        let mut later = month.next();
        while later <= now {
            let mut documents: Vec<Document> = self.over_usage(later).await?.into_iter().collect();
            for issued in self.run.state.issued_below(&late_invoice_keys(&self.e.call.account_id)).await? {
                documents.extend(Some(final_document(&issued)?).filter(|d| d.period == later));
            }
            for document in documents {
                let is_it = |l: &&Line| l.kind == LineKind::Late && l.period == month;
                if let Some(line) = document.lines.iter().find(is_it) {
                    let on_line = OnLine { position: line.position, late_for: Some(month), share: None };
                    return Ok(Some(OnDocument { line: Some(on_line), ..OnDocument::of(&document) }));
                }
            }
            later = later.next();
        }
        Ok(None)
    }
}
