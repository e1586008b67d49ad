//! A message as bytes: headers, a text and an HTML part, attachments.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{MultiPart, MultiPartKind, SinglePart};
use sha2::{Digest, Sha256};

use super::clean::{Address, header_line};
use super::page::Page;
use super::proof;
use crate::domain::period::Instant;

const LONGEST_SUBJECT: usize = 200;
const LONGEST_FILE_NAME: usize = 100;

/// A file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    /// `application/pdf`, `application/xml`, ...
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// A message before it is bytes.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    pub from: &'a Address,
    pub reply_to: Option<&'a Address>,
    pub to: &'a Address,
    /// `name@example.com`, without angle brackets.
    pub message_id: &'a str,
    pub date: Instant,
    pub page: &'a Page,
    pub attachments: &'a [Attachment],
}

/// A message that may be given to a server: CR LF only, ASCII, proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eml {
    pub message_id: String,
    pub bytes: Vec<u8>,
}

/// Why there is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    #[error("{0:?} cannot be a Message-ID")]
    MessageId(String),
    #[error("the attachment {name} has the media type {media_type:?}, which is none")]
    MediaType { name: String, media_type: String },
    #[error("the message would contain {0}")]
    Unsafe(String),
}

/// The bytes of a message. The same letter gives the same bytes.
///
/// # Errors
/// Where something of it cannot be said in a message.
pub fn compose(letter: &Letter<'_>) -> Result<Eml, LetterError> {
    let message_id = letter.message_id;
    if !is_message_id(message_id) {
        return Err(LetterError::MessageId(message_id.to_owned()));
    }
    let mut builder = lettre::Message::builder()
        .from(letter.from.mailbox())
        .to(letter.to.mailbox())
        .subject(header_line(&letter.page.subject, LONGEST_SUBJECT))
        .date(UNIX_EPOCH + Duration::from_micros(letter.date.micros().try_into().unwrap_or(0)))
        .message_id(Some(format!("<{message_id}>")))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()));
    if let Some(reply_to) = letter.reply_to {
        builder = builder.reply_to(reply_to.mailbox());
    }
    let whole = parts(letter)?;
    let message = builder.multipart(whole).map_err(|e| LetterError::Unsafe(e.to_string()))?;
    let bytes = message.formatted();
    match proof::fault(&bytes) {
        Some(fault) => Err(LetterError::Unsafe(fault)),
        None => Ok(Eml { message_id: message_id.to_owned(), bytes }),
    }
}

fn is_message_id(text: &str) -> bool {
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let dotted = |part: &str| part.split('.').all(word);
    text.len() <= 250 && text.split_once('@').is_some_and(|(name, domain)| dotted(name) && dotted(domain))
}

fn parts(letter: &Letter<'_>) -> Result<MultiPart, LetterError> {
    let (text, html) = (letter.page.to_text(), letter.page.to_html());
    let mut hash = Sha256::new();
    for piece in [letter.message_id.as_bytes(), text.as_bytes(), html.as_bytes()] {
        hash.update((piece.len() as u64).to_le_bytes());
        hash.update(piece);
    }
    for file in letter.attachments {
        hash.update(&file.bytes);
    }
    let mark: String = hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect();
    // Neither encoding can write a line that begins with "--=": both write "=" only before hex digits.
    let boundary = |kind: &str| format!("=_{kind}_{mark}");
    let both = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(boundary("alt"))
        .singlepart(written(ContentType::TEXT_PLAIN, text))
        .singlepart(written(ContentType::TEXT_HTML, html));
    if letter.attachments.is_empty() {
        return Ok(both);
    }
    let mut mixed = MultiPart::builder().kind(MultiPartKind::Mixed).boundary(boundary("mix")).multipart(both);
    for file in letter.attachments {
        mixed = mixed.singlepart(attached(file)?);
    }
    Ok(mixed)
}

/// Always encoded, so that no line of it is as it was written: a line break in it cannot end anything.
fn written(kind: ContentType, text: String) -> SinglePart {
    let encoding =
        if text.is_ascii() { ContentTransferEncoding::QuotedPrintable } else { ContentTransferEncoding::Base64 };
    SinglePart::builder().header(kind).header(encoding).body(text)
}

fn attached(file: &Attachment) -> Result<SinglePart, LetterError> {
    let name: String = header_line(&file.name, LONGEST_FILE_NAME)
        .chars()
        .map(|c| if "/\\:*?\"<>|".contains(c) { '_' } else { c })
        .collect();
    let wrong = || LetterError::MediaType { name: name.clone(), media_type: file.media_type.clone() };
    let kind = ContentType::parse(&file.media_type).map_err(|_| wrong())?;
    Ok(SinglePart::builder()
        .header(kind)
        .header(ContentDisposition::attachment(&name))
        .header(ContentTransferEncoding::Base64)
        .body(file.bytes.clone()))
}
