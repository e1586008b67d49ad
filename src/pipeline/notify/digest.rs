//! What became of messages, told to the operator once a day.

use std::collections::HashMap;

use super::super::config::MailConfig;
use super::notified::Notified;
use super::send;
use crate::edge::mail::{Letter, List, ListLine, Page, Session, compose};
use crate::edge::state::{MessageStatus, NewMessage};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::invoice::PrintedFiles;

const KIND: &str = "digest";
/// Lines shown under a heading; the rest is counted.
const MOST_LINES: usize = 100;

/// What is told, in this order, and whether it is told again while it lasts.
const HEADINGS: [(MessageStatus, &str, bool); 5] = [
    (MessageStatus::Unknown, "Unknown: may have arrived or not, and are not sent again", true),
    (MessageStatus::Held, "Held: a person decides", true),
    (MessageStatus::Refused, "Refused by the mail server", false),
    (MessageStatus::Expired, "Expired: too old to be sent", false),
    (MessageStatus::Accepted, "Sent", false),
];

/// Sends the day's digest, unless it was sent or there is nothing to say.
pub(super) async fn tell(
    context: &RunContext,
    mail: &MailConfig,
    session: &mut Session<'_>,
    done: &mut Notified,
) -> Result<(), AppError> {
    let Some(operator) = &mail.operator else { return Ok(()) };
    if done.unreachable.is_some() {
        return Ok(());
    }
    let day = context.config.zone.day_of(context.clock);
    let key = format!("{KIND}/{day}");
    if context.state.outbox_status(&key).await?.is_some() {
        return Ok(());
    }
    let lists = lists(context).await?;
    if lists.is_empty() {
        return Ok(());
    }
    let count = |list: &List| list.lines.len() + list.more;
    let page = Page {
        language: "en",
        subject: format!("trueup mail, {day}: {}", lists.iter().map(headline).collect::<Vec<_>>().join(", ")),
        lead: "What became of mail to customers since the last of these messages.".into(),
        rows: lists.iter().map(|l| (l.heading.clone(), count(l).to_string())).collect(),
        advice: vec![
            "`trueup notify --list` shows every open message; `--resend KEY` sends one again, `--settle KEY accepted` \
             or `--settle KEY refused` closes one."
                .into(),
        ],
        lists,
        ..Page::default()
    };
    let message_id = format!("{KIND}.{day}.{}@{}", context.state.id(), mail.from.domain());
    let letter = Letter {
        from: &mail.from,
        reply_to: None,
        to: operator,
        message_id: &message_id,
        date: context.now,
        page: &page,
        attachments: &[],
    };
    let eml = compose(&letter).map_err(|e| AppError::internal(format!("the digest: {e}")))?;
    let message = NewMessage {
        key: key.clone(),
        kind: KIND.into(),
        account_id: String::new(),
        recipient: operator.as_str().to_owned(),
        message_id: eml.message_id,
        created: context.clock,
        not_after: Some(context.clock.plus(mail.fresh)),
        body: eml.bytes,
    };
    context.state.outbox_add(&message, MessageStatus::Ready).await?;
    if let Some(message) = context.state.outbox_message(&key).await? {
        send::deliver(context, (mail, &mut PrintedFiles::default()), session, &message, done).await?;
    }
    Ok(())
}

fn headline(list: &List) -> String {
    let word = list.heading.split(':').next().unwrap_or("").split(' ').next().unwrap_or("").to_lowercase();
    format!("{} {word}", list.lines.len() + list.more)
}

/// What happened to messages since the last digest was made, and what is still open.
async fn lists(context: &RunContext) -> Result<Vec<List>, AppError> {
    let is_digest = |key: &str| key.starts_with("digest/");
    let since = context.state.outbox_log_since(KIND).await?;
    // What each became last, in the order of what happened first.
    let mut order: Vec<&str> = Vec::new();
    let mut news: HashMap<&str, MessageStatus> = HashMap::new();
    for note in since.iter().filter(|n| !is_digest(&n.key)) {
        if news.insert(&note.key, note.became).is_none() {
            order.push(&note.key);
        }
    }
    let mut lists = Vec::new();
    let mut any_news = false;
    for (status, heading, lasts) in HEADINGS {
        let mut list = List { heading: heading.into(), lines: Vec::new(), more: 0 };
        let keys = match lasts {
            true => context.state.outbox_keys(status).await?,
            false => order.iter().filter(|key| news[**key] == status).map(|key| (*key).to_owned()).collect(),
        };
        for key in keys {
            let new = news.contains_key(key.as_str());
            if is_digest(&key) {
                continue;
            }
            // What is only still open is repeated beside news, never alone but for what nobody can know.
            any_news |= new || status == MessageStatus::Unknown;
            if list.lines.len() == MOST_LINES {
                list.more += 1;
                continue;
            }
            let Some(message) = context.state.outbox_message(&key).await? else { continue };
            let new = message.message;
            let to = if new.recipient.is_empty() { String::new() } else { format!(" to {}", new.recipient) };
            list.lines.push(ListLine {
                what: format!("{} {}{to} ({key})", new.kind, new.account_id),
                detail: message.detail,
            });
        }
        if !list.lines.is_empty() {
            lists.push(list);
        }
    }
    Ok(if any_news { lists } else { Vec::new() })
}
