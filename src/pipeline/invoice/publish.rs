//! The period's list of documents and its drafts, for people to look at.

use std::collections::BTreeMap;

use super::context::BillingContext;
use super::paths::{draft as draft_name, folder};
use super::report::{DocumentReport, documents};
use crate::domain::hash::sha256;
use crate::domain::invoice::{AccountMonths, Draft, Places};
use crate::domain::period::Period;
use crate::edge::render::{DOCUMENT_LIST, PLACE_LIST, TableWriter, canonical, document_list};
use crate::pipeline::context::remember_published;
use crate::pipeline::error::AppError;
use crate::report::{Cell, Table};

/// Writes what changed; removes drafts that became final or are no more.
pub(super) async fn publish(
    context: &BillingContext<'_>,
    period: Period,
    months: &AccountMonths,
    drafts: &[Draft],
) -> Result<(), AppError> {
    let publish = &context.run.config.publish;
    let below = format!("{}/drafts/", folder(period));
    let open = drafts.iter().filter(|d| context.history.documents.of_key(&d.key).is_none());
    let files: BTreeMap<String, Vec<u8>> = open
        .filter_map(|d| Some((format!("{below}{}", draft_name(&d.key)), canonical(d.document.as_ref()?))))
        .collect();
    let list = document_list(&document_table(&documents(context, period, drafts)));
    let places = Places::of(months, drafts, &context.history.documents, period)?;
    let places = TableWriter::csv().whole(&place_table(&places));
    remember(context, period, &files, &[(DOCUMENT_LIST, &list), (PLACE_LIST, &places)]).await?;
    for object in publish.list(&below).await? {
        if !files.contains_key(&object.key) {
            publish.delete(&object.key).await?;
        }
    }
    for (key, bytes) in files {
        write(context, &key, bytes).await?;
    }
    write(context, &format!("{}/{PLACE_LIST}", folder(period)), places).await?;
    write(context, &format!("{}/{DOCUMENT_LIST}", folder(period)), list).await
}

/// Where the calls of each account are, for finance: with the document each place has, the month's calls and what
/// they come to before discounts and tax.
fn place_table(places: &Places) -> Table {
    let mut table = Table::new(&["account_id", "place", "calls", "parts", "unit", "amount"]);
    for (id, of_account) in &places.accounts {
        for (treatment, tally) in of_account {
            for (unit, amount) in &tally.amounts {
                // Calls are of one unit but for an account that changed it: they stand once.
                let is_first = tally.amounts.keys().next() == Some(unit);
                let count = |n: u64| if is_first { Cell::count(n) } else { Cell::Empty };
                table.push(vec![
                    Cell::text(id.clone()),
                    treatment.name().into(),
                    count(tally.calls),
                    count(tally.parts),
                    Cell::text(unit.clone()),
                    (*amount).into(),
                ]);
            }
        }
    }
    table
}

/// Notes in the state what the lists and the drafts of a month are to be, one `SHA256 KEY` a line.
async fn remember(
    context: &BillingContext<'_>,
    period: Period,
    drafts: &BTreeMap<String, Vec<u8>>,
    lists: &[(&str, &[u8])],
) -> Result<(), AppError> {
    let of = |(name, bytes): &(&str, &[u8])| format!("{} {}/{name}", sha256(bytes), folder(period));
    let mut lines: Vec<String> = lists.iter().map(of).collect();
    lines.extend(drafts.iter().map(|(key, bytes)| format!("{} {key}", sha256(bytes))));
    remember_published(context.run, &folder(period), lines.join("\n")).await
}

/// Writes a file where it is not as it should be.
async fn write(context: &BillingContext<'_>, key: &str, bytes: Vec<u8>) -> Result<(), AppError> {
    let publish = &context.run.config.publish;
    match publish.get(key).await {
        Ok(there) if there == bytes => Ok(()),
        Ok(_) => Ok(publish.put(key, bytes).await?),
        Err(e) if e.is_not_found() => Ok(publish.put(key, bytes).await?),
        Err(e) => Err(e.into()),
    }
}

/// One row a document.
pub(crate) fn document_table(documents: &[DocumentReport]) -> Table {
    let mut table = Table::new(&[
        "number",
        "state",
        "kind",
        "basis",
        "account_id",
        "name",
        "currency",
        "net",
        "total",
        "payable",
        "issued_on",
        "due_on",
        "held",
        "wallet",
    ]);
    for d in documents {
        table.push(vec![
            d.number.clone().into(),
            d.state.into(),
            d.kind.into(),
            d.basis.into(),
            Cell::text(d.account_id.clone()),
            d.name.clone().into(),
            d.currency.clone().into(),
            d.net.into(),
            d.total.into(),
            d.payable.into(),
            d.issued_on.into(),
            d.due_on.into(),
            d.holds.join("; ").into(),
            d.wallet.clone().into(),
        ]);
    }
    table
}
