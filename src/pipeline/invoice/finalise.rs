//! Drafts become final: a number, the document and its message, in one transaction each.

use super::drafts::Draft;
use super::print::try_template;
use super::{Bench, InvoiceAsk, today};
use crate::domain::hash::sha256;
use crate::domain::invoice::{Document, DocumentStatus, check_document};
use crate::domain::period::{Day, Instant};
use crate::edge::render::document_to_json;
use crate::edge::state::{NewDocument, NewMessage};
use crate::pipeline::stop::Stop;

/// Documents numbered in one transaction.
const AT_ONCE: usize = 200;

/// Whether nothing stands against a draft.
pub(super) fn is_ready(draft: &Draft, ask: &InvoiceAsk) -> bool {
    let asked = ask.finalise == super::Finalise::Now && ask.account.is_some();
    draft.document.is_some() && draft.holds.is_empty() && (!draft.on_request || asked)
}

/// Numbers every ready draft that has no number, in their order. The laws of all of them hold before the
/// first gets one. Gives the new numbers.
pub(super) async fn finalise(bench: &mut Bench<'_>, drafts: &[Draft], ask: &InvoiceAsk) -> Result<Vec<String>, Stop> {
    let ready: Vec<(&Draft, &Document)> = drafts
        .iter()
        .filter(|d| is_ready(d, ask) && bench.history.of_key(&d.key).is_none())
        .filter_map(|d| Some((d, d.document.as_ref()?)))
        .collect();
    for (draft, document) in &ready {
        check_document(document).map_err(|e| Stop::law(e).at(draft.key.clone()))?;
    }
    try_template(bench, &ready.iter().map(|(_, document)| *document).collect::<Vec<_>>())?;
    let mut new = Vec::new();
    for some in ready.chunks(AT_ONCE) {
        let documents: Vec<(&str, &Document)> = some.iter().map(|(draft, doc)| (draft.key.as_str(), *doc)).collect();
        new.extend(numbers(bench, &documents).await?);
    }
    Ok(new)
}

/// Gives one document its number; it is issued today.
///
/// # Errors
/// Law: what it is has a number already, with another content.
pub(super) async fn number(bench: &mut Bench<'_>, key: &str, document: &Document) -> Result<String, Stop> {
    let new = numbers(bench, &[(key, document)]).await?;
    new.into_iter().next().ok_or_else(|| Stop::internal("no number was given"))
}

/// Gives documents their numbers, in their order, in one transaction.
async fn numbers(bench: &mut Bench<'_>, documents: &[(&str, &Document)]) -> Result<Vec<String>, Stop> {
    let issued_on = today(bench.desk);
    let created = bench.desk.now;
    let finals: Vec<Document> = documents.iter().map(|(_, document)| issued(document, issued_on)).collect();
    let bodies: Vec<String> = finals
        .iter()
        .map(|document| String::from_utf8(document_to_json(document)).map_err(Stop::internal))
        .collect::<Result<_, _>>()?;
    let hashes: Vec<String> = bodies.iter().map(|body| sha256(body.as_bytes())).collect();
    let mut new = Vec::new();
    for (place, (key, _)) in documents.iter().enumerate() {
        let document = &finals[place];
        let entry = NewDocument {
            series: &document.series,
            first: bench.billing.first,
            document_key: key,
            sha256: &hashes[place],
            body: &bodies[place],
        };
        new.push((entry, move |number: &str| message(document, number, created)));
    }
    let numbered = bench.desk.state.take_numbers(new).await?;
    for (key, _) in documents {
        let issued = bench.desk.state.issued(key).await?;
        bench.history.add(issued.ok_or_else(|| Stop::internal("a number that was just given is gone"))?)?;
    }
    Ok(numbered.into_iter().map(|n| n.number).collect())
}

/// A draft as it is issued on a day, still without its number.
pub(super) fn issued(draft: &Document, issued_on: Day) -> Document {
    let due_on = draft.terms_days.map(|days| issued_on.plus(i64::from(days)));
    Document { status: DocumentStatus::Final, number: None, issued_on, due_on, ..draft.clone() }
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
        body: document_to_json(&document),
    })
}
