//! What the step says it did.

use std::collections::BTreeMap;

use super::context::BillingContext;
use super::history::History;
use super::print::Unprinted;
use crate::domain::invoice::{AccountMonths, Document, DocumentKind, DocumentStatus, Draft, LostUse, Places};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};
use crate::edge::render::canonical;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// One document of a period.
#[derive(Clone, Debug)]
pub(crate) struct DocumentReport {
    pub number: Option<String>,
    /// final, draft, held, or on request.
    pub state: &'static str,
    pub kind: &'static str,
    pub basis: &'static str,
    pub account_id: String,
    pub name: String,
    /// Of a statement, the wallet it is about.
    pub wallet: Option<String>,
    /// Of a statement, the wallet's unit.
    pub currency: String,
    pub net: Option<Amount>,
    pub total: Option<Amount>,
    pub payable: Option<Amount>,
    pub issued_on: Option<Day>,
    pub due_on: Option<Day>,
    /// Why it is held.
    pub holds: Vec<String>,
}

/// What a run of the step found and made.
#[derive(Clone, Debug)]
pub(crate) struct InvoiceReport {
    pub period: Period,
    pub closed: bool,
    /// Hours without a row that hold the month open, in words.
    pub silent: Vec<String>,
    /// Numbers given by this run.
    pub new: Vec<String>,
    /// Final documents, of any period, whose files could not be made.
    pub unprinted: Vec<Unprinted>,
    pub documents: Vec<DocumentReport>,
    /// Every call of the period by where it is billed.
    pub calls: BTreeMap<&'static str, u64>,
    /// Use of the period, and late use of earlier ones, that no document takes.
    pub lost: Vec<LostUse>,
    /// Equalities checked over all documents.
    pub laws: u64,
    /// Accounts with other terms now than when the month was closed, which bill nothing of it anew.
    pub changed_rows: Vec<String>,
}

impl InvoiceReport {
    pub(crate) fn held(&self) -> impl Iterator<Item = &DocumentReport> {
        self.documents.iter().filter(|d| d.state == "held")
    }
}

impl DocumentReport {
    /// What it is, for people: `statement of alice, wallet main in credit`.
    pub(crate) fn title(&self) -> String {
        let account = self.account_id.escape_debug();
        let wallet =
            self.wallet.as_deref().map(|wallet| format!(", wallet {} in {}", wallet.escape_debug(), self.currency));
        format!("{} of {account}{}", self.kind, wallet.unwrap_or_default())
    }

    pub(super) fn of_draft(draft: &Draft) -> DocumentReport {
        let state = draft.state().name();
        let report = match &draft.document {
            Some(document) => DocumentReport::of(document, state),
            None => DocumentReport {
                number: None,
                state,
                kind: DocumentKind::Invoice.name(),
                basis: "",
                account_id: draft.account_id.clone(),
                name: String::new(),
                wallet: None,
                currency: String::new(),
                net: None,
                total: None,
                payable: None,
                issued_on: None,
                due_on: None,
                holds: Vec::new(),
            },
        };
        DocumentReport { holds: draft.holds.iter().map(ToString::to_string).collect(), ..report }
    }

    pub(super) fn of(document: &Document, state: &'static str) -> DocumentReport {
        let totals = document.totals.as_ref();
        DocumentReport {
            number: document.number.clone(),
            state,
            kind: document.kind.name(),
            basis: document.basis.name(),
            account_id: document.customer.account_id.clone(),
            name: document.customer.name.clone(),
            wallet: document.statement.as_ref().map(|s| s.wallet.clone()),
            currency: document.currency.clone(),
            net: totals.map(|t| t.net),
            total: totals.map(|t| t.total),
            payable: totals.map(|t| t.payable),
            issued_on: (document.status == DocumentStatus::Final).then_some(document.issued_on),
            due_on: document.due_on,
            holds: Vec::new(),
        }
    }
}

/// Drafts that are not final, and every final document of the period.
pub(super) fn documents(context: &BillingContext<'_>, period: Period, drafts: &[Draft]) -> Vec<DocumentReport> {
    let finals = context.history.of_period(period);
    let mut all: Vec<DocumentReport> = finals.iter().map(|d| DocumentReport::of(d.1, "final")).collect();
    let open = drafts.iter().filter(|d| context.history.documents.of_key(&d.key).is_none());
    all.extend(open.map(DocumentReport::of_draft));
    all
}

pub(super) fn report(
    context: &BillingContext<'_>,
    period: Period,
    months: &AccountMonths,
    drafts: &[Draft],
    (closed, new): (bool, Vec<String>),
) -> Result<InvoiceReport, AppError> {
    let documents = documents(context, period, drafts);
    let calls = Places::of(months, drafts, &context.history.documents, period)?.counts();
    let checked = |d: &Draft| d.document.as_ref().map_or(0, |d| d.laws.len() as u64);
    let laws = drafts.iter().map(checked).sum();
    let (silent, unprinted, lost, changed_rows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    Ok(InvoiceReport { period, closed, silent, new, unprinted, documents, calls, lost, laws, changed_rows })
}

/// A final document in a list of all.
#[derive(Clone, Debug)]
pub(crate) struct IssuedReport {
    pub document: DocumentReport,
    pub period: Period,
    pub corrects: Option<String>,
    /// The whole document as it was issued.
    pub canonical: Vec<u8>,
}

/// Every final document, of one account where named.
///
/// # Errors
/// When the state cannot be read, or a number is lost.
pub(crate) async fn issued_documents(run: &RunContext, account: Option<&str>) -> Result<Vec<IssuedReport>, AppError> {
    let history = History::load(run).await?;
    let own = history.all().map(|d| d.1).filter(|d| account.is_none_or(|a| a == d.customer.account_id));
    let report = |d: &Document| IssuedReport {
        document: DocumentReport::of(d, "final"),
        period: d.period,
        corrects: d.corrects.clone(),
        canonical: canonical(d),
    };
    Ok(own.map(report).collect())
}
