//! Bills of a month: drafts, holds, numbers, files. Each final document exists once, whatever stops in
//! between: its number and content in the state, its text in the lake, its files where they are published.
//!
//! What is billed, late, held or prepaid, and what of it is left, is `domain::invoice`'s to say; here it is
//! loaded, sealed, printed and published. Knows nothing of: how amounts become payable, what documents look
//! like or which files they are, who carries messages.

mod account_months;
mod bill_again;
mod calls_file;
mod closed_rows;
mod complete;
mod context;
mod correct;
mod debits;
mod documents_of_call;
mod finalise;
mod history;
mod late;
mod parallel_writes;
mod paths;
mod print;
mod printed;
mod publish;
mod recompute;
mod report;
mod seal;
mod verify;
mod waiting;
mod wallets;
mod what_if;

pub(crate) use bill_again::invoice_again;
pub(crate) use complete::{finish_documents, keep_again, print_again};
pub(crate) use context::JOB;
pub(crate) use context::{Finalise, InvoiceAsk};
pub(crate) use correct::{Asked, CreditRequest, credit};
pub(crate) use documents_of_call::documents_of_call;
pub(crate) use print::Unprinted;
pub(crate) use printed::PrintedFiles;
pub(crate) use publish::document_table;
pub(crate) use report::{InvoiceReport, issued_documents};
pub(crate) use verify::{
    DocumentsVerified, PublishedDocuments, announced, verify_documents, verify_published_documents,
};
pub(crate) use waiting::{WaitingDocument, waiting_documents, waiting_months};
pub(crate) use what_if::{InvoiceShift, invoice_shifts};

use std::collections::BTreeSet;

use account_months::{RawCatalogs, gather};
use closed_rows::parties_of;
use context::{BillingContext, closes};
use finalise::finalise;

use super::close::day_revisions::days_of;
use super::close::silent_hours::{SilentHours, silent, told};
use super::context::RunContext;
use super::error::{AppError, ErrorKind};
use crate::domain::invoice::{AccountMonths, Draft, DraftBuilder, LostUse, changed_terms};
use crate::domain::ledger::Parties;
use crate::domain::period::{Period, PeriodKind};

/// Makes a month's documents: drafts while it is open, final once it is closed; `None` where nobody is
/// set up to send bills.
///
/// # Errors
/// Law: a draft's equality does not hold, a number is lost, or a document in the lake is not the
/// state's; nothing is numbered then. Temporary: final documents were asked for too early.
pub(crate) async fn invoice(
    run: &RunContext,
    period: Period,
    ask: &InvoiceAsk,
) -> Result<Option<InvoiceReport>, AppError> {
    let Some(mut context) = BillingContext::load(run).await? else { return Ok(None) };
    if period.kind() != PeriodKind::Month {
        return Err(AppError::config(format!("bills are made for months, {period} is none")));
    }
    let days = days_of(run, period).await?;
    let silent: Vec<_> = days.iter().flat_map(|day| silent(run, day)).collect();
    let closed = run.now >= closes(run, period) && silent.is_empty();
    check_time(run, period, ask, &silent)?;
    complete::check_kept(&context).await?;
    let parties = parties_of(&context, period).await?;
    let months = gather(run, &RawCatalogs::Now(&context.catalog), &parties, period, &days, None).await?;
    let Made { drafts: mut all, mut lost } = make(&context, &parties, period, &months).await?;
    lost.extend(months.lost(period));
    print::hold_unprintable(&context, &mut all)?;
    let drafts = of_account(&all, period, ask)?;
    let is_final = closed && context.is_real() && ask.finalise != Finalise::Never;
    let mut new = Vec::new();
    if is_final {
        new = finalise(&mut context, &drafts, ask).await?;
    }
    let mut unprinted = Vec::new();
    if context.is_real() {
        unprinted = complete::complete(&context, &BTreeSet::new(), Some((period, &months, &all))).await?;
    }
    let report = report::report(&context, period, &months, &all, (closed, new))?;
    let end = period.span(run.config.zone).1;
    let changed_rows = changed_terms((&parties, &context.parties), months.accounts.keys(), end);
    let mut report = InvoiceReport { unprinted, lost, silent: told(run, &silent), changed_rows, ..report };
    match &ask.account {
        Some(account) => report.documents.retain(|d| d.account_id == *account),
        None if is_final => seal::seal(&context, period, &months, &all, &report).await?,
        None => {}
    }
    Ok(Some(report))
}

/// Publishes a period's list of documents as it is now: some became final outside its own run.
async fn list_again(context: &BillingContext<'_>, period: Period) -> Result<(), AppError> {
    let days = days_of(context.run, period).await?;
    let catalogs = RawCatalogs::Now(&context.catalog);
    let parties = parties_of(context, period).await?;
    let months = gather(context.run, &catalogs, &parties, period, &days, None).await?;
    let mut all = make(context, &parties, period, &months).await?.drafts;
    print::hold_unprintable(context, &mut all)?;
    publish::publish(context, period, &months, &all).await
}

/// The drafts that are asked for.
fn of_account(all: &[Draft], period: Period, ask: &InvoiceAsk) -> Result<Vec<Draft>, AppError> {
    let Some(account) = &ask.account else { return Ok(all.to_vec()) };
    let own: Vec<Draft> = all.iter().filter(|d| d.account_id == *account).cloned().collect();
    if own.is_empty() {
        let what = format!("account {account} has nothing to be billed for {period}");
        return Err(
            AppError::new(ErrorKind::Input, what).hint("ids are exact; see the accounts file and `trueup status`")
        );
    }
    Ok(own)
}

/// A month's drafts, and use of earlier months that no document takes.
struct Made {
    drafts: Vec<Draft>,
    lost: Vec<LostUse>,
}

async fn make(
    context: &BillingContext<'_>,
    parties: &Parties,
    period: Period,
    months: &AccountMonths,
) -> Result<Made, AppError> {
    // A draft is dated the day it may become final first, so that it only changes with what it says.
    let issued_on = context.run.config.zone.day_of(closes(context.run, period));
    let late::Earlier { late, lost } = late::late_of(context, (period, issued_on)).await?;
    let builder = DraftBuilder { parties, ..context.builder((period, issued_on), months, &late) };
    Ok(Made { drafts: builder.drafts(months)?, lost })
}

fn check_time(run: &RunContext, period: Period, ask: &InvoiceAsk, silent: &[SilentHours]) -> Result<(), AppError> {
    if ask.finalise != Finalise::Now {
        return Ok(());
    }
    if let Some(first) = told(run, silent).first() {
        return Err(AppError::new(ErrorKind::Temporary, format!("{period} is open: {first}"))
            .hint("ingest the rows of these hours, or say under [[waive]] in trueup.toml why there are none"));
    }
    if run.now < closes(run, period) {
        let at = run.config.zone.show(closes(run, period));
        return Err(AppError::new(ErrorKind::Temporary, format!("{period} is open until {at}"))
            .hint("documents become final once their month is closed; --draft shows them as they are now"));
    }
    if run.replay {
        return Err(AppError::new(ErrorKind::Temporary, "a run in the past numbers and sends nothing")
            .hint("leave out --as-of to make documents final"));
    }
    Ok(())
}
