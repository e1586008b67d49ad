//! The mail a document goes with, made when its files are there.

use super::super::config::MailConfig;
use crate::domain::hash::sha256;
use crate::domain::invoice::{Document, DocumentKind};
use crate::domain::money::Amount;
use crate::edge::mail::{self, Address, Attachment, Letter, compose};
use crate::edge::render::{ATTACHED, DocumentError, read_canonical};
use crate::edge::state::NewMessage;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::invoice::PrintedFiles;

/// The kind of these messages in the outbox; their body is the document.
pub(super) const KIND: &str = "document";

/// A message's bytes, or why there are none yet or never.
pub(super) enum Made {
    Bytes(Vec<u8>),
    /// A file it goes with is not there yet.
    NotYet,
    Never(String),
}

/// Makes the mail of a document from what was kept and published of it.
pub(super) async fn make(
    context: &RunContext,
    mail: &MailConfig,
    message: &NewMessage,
    to: &Address,
    printed: &mut PrintedFiles,
) -> Result<Made, AppError> {
    let document = match read_canonical(&message.body) {
        Ok(document) => document,
        Err(e @ DocumentError::Newer { .. }) => return Err(AppError::newer(e).at(message.key.clone())),
        Err(e) => return Ok(Made::Never(format!("its document cannot be read: {e}"))),
    };
    let number = document.number.clone().unwrap_or_default();
    let files = printed.of(context, &document).await?;
    let mut attachments = Vec::new();
    for (ending, media_type) in ATTACHED {
        let key = format!("documents/{}/{number}{ending}", document.period);
        match context.config.publish.get(&key).await {
            Ok(bytes) => {
                if files.get(&key).is_some_and(|(_, printed)| *printed != sha256(&bytes)) {
                    return Ok(Made::Never(format!(
                        "{key} is not the file that was published: `trueup verify --repair` makes it again, then \
                         `trueup notify --resend {}`",
                        message.key
                    )));
                }
                let name = format!("{number}{ending}");
                attachments.push(Attachment { name, media_type: media_type.to_owned(), bytes: bytes.to_vec() });
            }
            Err(e) if e.is_not_found() && attachments.is_empty() => {
                return Ok(Made::NotYet);
            }
            Err(e) if e.is_not_found() => {}
            Err(e) => return Err(e.into()),
        }
    }
    let customer = &document.customer;
    let total = total(&document);
    let (period, due) = (document.period.to_string(), document.due_on.map(|day| day.to_string()));
    let facts = mail::Document {
        kind: document.kind,
        number: document.number.as_deref(),
        period: Some(&period),
        name: &customer.name,
        total: &total,
        due: due.as_deref(),
        link: None,
        sender: &document.issuer.name,
    };
    let page = mail::document(&facts, Some(&customer.locale));
    let named = Address::new(Some(&customer.name), to.as_str()).unwrap_or_else(|_| to.clone());
    let letter = Letter {
        from: &mail.from,
        reply_to: mail.reply_to.as_ref(),
        to: &named,
        message_id: &message.message_id,
        date: message.created,
        page: &page,
        attachments: &attachments,
    };
    Ok(compose(&letter).map_or_else(|e| Made::Never(e.to_string()), |eml| Made::Bytes(eml.bytes)))
}

/// What is asked for; of a statement, what is left in the wallet.
fn total(document: &Document) -> String {
    let amount = match (document.kind, &document.totals, &document.statement) {
        (DocumentKind::Statement, _, Some(statement)) => statement.closing,
        (_, Some(totals), _) => Some(totals.total),
        _ => None,
    };
    amount.map_or_else(|| "-".to_owned(), |a| format!("{} {}", with_places(a, document.minor_units), document.currency))
}

/// At least so many decimal places: `119.00`.
fn with_places(amount: Amount, places: u32) -> String {
    let mut text = amount.to_string();
    let there = text.split_once('.').map_or(0, |(_, digits)| digits.len());
    let wanted = places as usize;
    if there < wanted {
        if there == 0 {
            text.push('.');
        }
        text.extend(std::iter::repeat_n('0', wanted - there));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_places_of_their_currency() {
        for (amount, places, text) in [
            ("119", 2, "119.00"),
            ("-0.5", 2, "-0.50"),
            ("7", 0, "7"),
            ("1.2345", 2, "1.2345"),
            ("842.50", 2, "842.50"),
        ] {
            assert_eq!(with_places(amount.parse().unwrap(), places), text);
        }
    }
}
