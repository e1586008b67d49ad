//! Drafts become final: a number, the document and its message, in one transaction each.

use super::context::{BillingContext, Finalise, InvoiceAsk, today};
use super::print::try_template;
use crate::domain::hash::sha256;
use crate::domain::invoice::{Document, Draft, as_issued, check_document};
use crate::domain::period::Instant;
use crate::edge::render::canonical;
use crate::edge::state::{NewDocument, NewMessage};
use crate::pipeline::error::AppError;

/// Documents numbered in one transaction.
const AT_ONCE: usize = 200;

/// Numbers every ready draft that has no number, in their order. The laws of all of them hold before the
/// first gets one. Gives the new numbers.
pub(super) async fn finalise(
    context: &mut BillingContext<'_>,
    drafts: &[Draft],
    ask: &InvoiceAsk,
) -> Result<Vec<String>, AppError> {
    let asked = ask.finalise == Finalise::Now && ask.account.is_some();
    let ready: Vec<(&Draft, &Document)> = drafts
        .iter()
        .filter(|d| context.history.documents.of_key(&d.key).is_none())
        .filter_map(|d| Some((d, d.ready(asked)?)))
        .collect();
    for (draft, document) in &ready {
        check_document(document).map_err(|e| AppError::law(e).at(draft.key.clone()))?;
    }
    try_template(context, &ready.iter().map(|(_, document)| *document).collect::<Vec<_>>())?;
    let mut new = Vec::new();
    for some in ready.chunks(AT_ONCE) {
        let documents: Vec<(&str, &Document)> = some.iter().map(|(draft, doc)| (draft.key.as_str(), *doc)).collect();
        new.extend(numbers(context, &documents).await?);
    }
    Ok(new)
}

/// Gives one document its number; it is issued today.
///
/// # Errors
/// Law: what it is has a number already, with another content.
pub(super) async fn number(
    context: &mut BillingContext<'_>,
    key: &str,
    document: &Document,
) -> Result<String, AppError> {
    let new = numbers(context, &[(key, document)]).await?;
    new.into_iter().next().ok_or_else(|| AppError::internal("no number was given"))
}

/// Gives documents their numbers, in their order, in one transaction.
async fn numbers(context: &mut BillingContext<'_>, documents: &[(&str, &Document)]) -> Result<Vec<String>, AppError> {
    let issued_on = today(context.run);
    let created = context.run.now;
    let finals: Vec<Document> = documents.iter().map(|(_, document)| as_issued(document, issued_on)).collect();
    let bodies: Vec<String> = finals
        .iter()
        .map(|document| String::from_utf8(canonical(document)).map_err(AppError::internal))
        .collect::<Result<_, _>>()?;
    let hashes: Vec<String> = bodies.iter().map(|body| sha256(body.as_bytes())).collect();
    let mut new = Vec::new();
    for (place, (key, _)) in documents.iter().enumerate() {
        let document = &finals[place];
        let entry = NewDocument {
            series: &document.series,
            first: context.billing.first,
            document_key: key,
            sha256: &hashes[place],
            body: &bodies[place],
        };
        new.push((entry, move |number: &str| message(document, number, created)));
    }
    let numbered = context.run.state.take_numbers(new).await?;
    for (key, _) in documents {
        let issued = context.run.state.issued(key).await?;
        context.history.add(issued.ok_or_else(|| AppError::internal("a number that was just given is gone"))?)?;
    }
    Ok(numbered.into_iter().map(|n| n.number).collect())
}

/// What tells the customer of it; its body is the document.
fn message(document: &Document, number: &str, created: Instant) -> Option<NewMessage> {
    let recipient = document.customer.email.clone();
    if recipient.is_empty() {
        return None;
    }
    let document = Document { number: Some(number.to_owned()), ..document.clone() };
    let domain = document.issuer.email.rsplit_once('@').map_or("trueup.invalid", |(_, domain)| domain);
    let id = sha256(format!("document\n{number}\n{recipient}").as_bytes());
    Some(NewMessage {
        key: format!("document/{number}"),
        kind: "document".to_owned(),
        account_id: document.customer.account_id.clone(),
        recipient,
        message_id: format!("{}@{domain}", &id[..32]),
        created,
        not_after: None,
        body: canonical(&document),
    })
}
