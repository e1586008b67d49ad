//! Drafts become final: a number, the document and its message, in one transaction each.

use super::drafts::Draft;
use super::{Bench, InvoiceAsk};
use crate::domain::invoice::{Document, DocumentStatus, check_document};
use crate::edge::render::document_to_json;
use crate::edge::state::{NewDocument, NewMessage};
use crate::pipeline::fingerprint::sha256;
use crate::pipeline::stop::Stop;

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
    let mut new = Vec::new();
    for (draft, document) in ready {
        new.push(number(bench, &draft.key, document).await?);
    }
    Ok(new)
}

/// Gives one document its number.
///
/// # Errors
/// Law: what it is has a number already, with another content.
pub(super) async fn number(bench: &mut Bench<'_>, key: &str, document: &Document) -> Result<String, Stop> {
    let document = Document { status: DocumentStatus::Final, number: None, ..document.clone() };
    let body = document_to_json(&document);
    let text = std::str::from_utf8(&body).map_err(Stop::internal)?;
    let new = NewDocument {
        series: &document.series,
        first: bench.billing.first,
        document_key: key,
        sha256: &sha256(&body),
        body: text,
    };
    let created = bench.desk.now;
    let numbered = bench.desk.state.take_number(&new, |number| message(&document, number, created)).await?;
    let issued = bench.desk.state.issued(key).await?;
    bench.history.add(issued.ok_or_else(|| Stop::internal("a number that was just given is gone"))?)?;
    Ok(numbered.number)
}

/// What tells the customer of it; its body is the document.
fn message(document: &Document, number: &str, created: crate::domain::period::Instant) -> Option<NewMessage> {
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
