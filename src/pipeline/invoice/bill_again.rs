//! Billing once more what was taken back of an invoice.

use std::collections::BTreeSet;

use super::complete;
use super::context::{BillingContext, today};
use super::correct::Asked;
use super::finalise::number;
use super::print::hold_unprintable;
use crate::domain::invoice::{AgainAsk, Draft, again_key, bill_again, check_document, odd_fields, terms_of};
use crate::edge::render::canonical;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::{AppError, ErrorKind};

/// Bills once more what credit notes that were asked for took back of an invoice, all that was left of it: to the
/// address, with the tax and the terms that the account's row says now. Asked for again, it is the same invoice.
///
/// # Errors
/// Input: no such invoice, not all of it taken back, or an account that cannot be billed.
pub(crate) async fn invoice_again(run: &RunContext, invoice: &str) -> Result<Asked, AppError> {
    let Some(mut context) = BillingContext::load(run).await? else {
        return Err(AppError::config("nobody is set up to send bills").hint("[issuer] in trueup.toml says who is"));
    };
    complete::check_kept(&context).await?;
    let key = again_key(invoice);
    let known_since = context.history.documents.of_key(&key).map(|known| known.issued_on);
    if known_since.is_none() {
        let draft = draft(&context, invoice, &key)?;
        let Some(document) = draft.document else { return Err(AppError::internal("a draft without a document")) };
        if !context.is_real() {
            let canonical = canonical(&document);
            return Ok(Asked { number: None, known_since, unprinted: Vec::new(), canonical });
        }
        number(&mut context, &key, &document).await?;
    }
    let mut unprinted = Vec::new();
    if context.is_real() {
        unprinted = complete::complete(&context, &BTreeSet::new(), None).await?;
    }
    let made = context.history.documents.of_key(&key);
    let made = made.ok_or_else(|| AppError::internal("an invoice that was just numbered is gone"))?;
    Ok(Asked { number: made.number.clone(), known_since, unprinted, canonical: canonical(made) })
}

fn draft(context: &BillingContext<'_>, invoice: &str, key: &str) -> Result<Draft, AppError> {
    let input = |what: String| AppError::new(ErrorKind::Input, what);
    let found =
        context.history.documents.of_number(invoice).ok_or_else(|| {
            input(format!("there is no document {invoice}")).hint("`trueup invoice list` shows them all")
        })?;
    let id = &found.customer.account_id;
    let row = context.parties.account(id, context.run.now);
    let account = row.ok_or_else(|| input(format!("account {id} has no row in the accounts file now")))?;
    let terms = terms_of(Some(account))?;
    let issued_on = today(context.run);
    let (issuer, series) = (&context.billing.issuer, context.rules.series.as_str());
    let ask = AgainAsk { account, terms: &terms, issuer, series, issued_on };
    let mut document = bill_again(&context.history.documents, found, &ask).map_err(|e| {
        input(format!("{invoice} is not billed once more: {e}"))
            .hint("`trueup invoice credit NUMBER` takes back what is left of an invoice")
    })?;
    document.laws = check_document(&document).map_err(AppError::law)?;
    let holds = odd_fields(&document);
    let mut drafts = [Draft { document: Some(document), holds, ..Draft::new(key.to_owned(), id) }];
    hold_unprintable(context, &mut drafts)?;
    let [draft] = drafts;
    match draft.holds.first() {
        Some(hold) => Err(input(format!("account {id} cannot be billed: {hold}")).hint("mend its row and ask again")),
        None => Ok(draft),
    }
}
