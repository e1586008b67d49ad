//! Bills by hand: drafts, final documents, credit notes.

use std::path::Path;

use super::run::start;
use crate::cli::End;
use crate::cli::args::{InvoiceArgs, InvoiceCommand, OutputArgs};
use crate::cli::clock::clock;
use crate::cli::context::lock_to_seal;
use crate::cli::context::{load_settings, open, open_to_read};
use crate::cli::output::Out;
use crate::cli::tables::run_summary::unprinted_lines;
use crate::domain::money::Amount;
use crate::domain::period::{PeriodKind, Span};
use crate::pipeline::{self, Asked, CreditRequest, Finalise, InvoiceAsk, Job, Step, document_table, issued_documents};
use crate::pipeline::{AppError, ErrorKind};
use crate::report::Cell;

pub(super) async fn invoice(args: &InvoiceArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    match &args.command {
        Some(InvoiceCommand::List { account, output }) => list(account.as_deref(), output, dir, out).await,
        Some(InvoiceCommand::Show { number }) => show(number, dir, out).await,
        Some(InvoiceCommand::Credit { number, reason, line, amount, again, dry_run, lock_wait }) => {
            let amount = amount.as_deref().map(money).transpose()?;
            let request = CreditRequest { invoice: number, lines: line, amount, reason, nth: *again };
            credit(&request, (*dry_run, lock_wait), dir, out).await
        }
        Some(InvoiceCommand::Again { number, dry_run, lock_wait }) => {
            again(number, (*dry_run, lock_wait), dir, out).await
        }
        None => month(args, dir, out).await,
    }
}

/// Days are brought up to date first: bills are never made from what is known to be old.
async fn month(args: &InvoiceArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    if load_settings(dir)?.config.billing.is_none() {
        return Err(AppError::config("nobody is set up to send bills")
            .at("trueup.toml")
            .hint("[issuer] says who sends them: name, street, city, country, tax_id"));
    }
    let finalise = match (args.draft, args.is_final) {
        (true, _) => Finalise::Never,
        (_, true) => Finalise::Now,
        _ => Finalise::WhenClosed,
    };
    let job = Job {
        name: Step::Invoice.name().to_owned(),
        kind: PeriodKind::Month,
        steps: vec![Step::Reconcile, Step::Invoice],
        catch_up: Span::ZERO,
        invoice: InvoiceAsk { finalise, account: args.account.clone() },
    };
    start(job, &args.step, dir, out).await
}

async fn list(account: Option<&str>, output: &OutputArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let context = open_to_read(dir).await?;
    let issued = issued_documents(&context, account).await?;
    let documents: Vec<_> = issued.iter().map(|i| i.document.clone()).collect();
    let mut table = document_table(&documents);
    for name in ["period", "corrects"] {
        table.columns.push(crate::report::Column { name: name.to_owned() });
    }
    for (row, one) in table.rows.iter_mut().zip(&issued) {
        row.push(Cell::text(one.period.to_string()));
        row.push(one.corrects.clone().into());
    }
    out.table(&table, output.format)?;
    Ok(End::Done)
}

async fn show(number: &str, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let context = open_to_read(dir).await?;
    let issued = issued_documents(&context, None).await?;
    let found = issued.iter().find(|i| i.document.number.as_deref() == Some(number)).ok_or_else(|| {
        AppError::new(ErrorKind::Input, format!("there is no document {number}"))
            .hint("`trueup invoice list` shows them all")
    })?;
    out.bytes(&found.canonical)?;
    Ok(End::Done)
}

fn money(text: &str) -> Result<Amount, AppError> {
    text.parse().map_err(|e| AppError::usage(format!("--amount {text:?} {e}")))
}

async fn credit(
    request: &CreditRequest<'_>,
    (dry_run, lock_wait): (bool, &str),
    dir: &Path,
    out: &mut Out,
) -> Result<End, AppError> {
    if request.reason.trim().is_empty() || request.reason.chars().any(char::is_control) {
        return Err(AppError::usage("--reason is printed on the note: a line of plain text"));
    }
    let context = open(load_settings(dir)?, clock(), dry_run).await?;
    let lock = lock_to_seal(&context, "credit", lock_wait).await?;
    let made = pipeline::credit(&context, request).await?;
    if let Some(lock) = lock {
        lock.done().await;
    }
    let end = tell(&made, dry_run, "no second note was made", out)?;
    if made.number.is_some() && made.known_since.is_some() {
        out.talk(&format!("           a second one in the same words is asked for with --again {}", request.nth + 1));
    }
    Ok(end)
}

async fn again(number: &str, (dry_run, lock_wait): (bool, &str), dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let context = open(load_settings(dir)?, clock(), dry_run).await?;
    let lock = lock_to_seal(&context, "again", lock_wait).await?;
    let made = pipeline::invoice_again(&context, number).await?;
    if let Some(lock) = lock {
        lock.done().await;
    }
    tell(&made, dry_run, "no second invoice was made", out)
}

/// The number of what was asked for, or what it would be.
fn tell(made: &Asked, dry_run: bool, no_second: &str, out: &mut Out) -> Result<End, AppError> {
    match (&made.number, dry_run) {
        (Some(number), false) => out.line(number)?,
        _ => out.bytes(&made.canonical)?,
    }
    if let (Some(number), Some(since)) = (&made.number, made.known_since) {
        out.talk(&format!("known      {number} of {since} is what this asks for: {no_second}"));
    }
    for line in unprinted_lines(&made.unprinted) {
        out.talk(&line);
    }
    Ok(if made.unprinted.is_empty() { End::Done } else { End::Partial })
}
