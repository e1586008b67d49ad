//! Messages out of the outbox, each begun before it is given away and ended after.

use super::super::config::MailConfig;
use super::document::{self, Made};
use super::notified::{MessageChange, Notified};
use crate::domain::period::{Instant, Span};
use crate::edge::mail::{Address, Envelope, Outcome, Session};
use crate::edge::state::{Message, MessageStatus, NewMessage};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::{AppError, ErrorKind};
use crate::pipeline::invoice::PrintedFiles;
use crate::pipeline::preflight_check::PreflightCheck;

/// A message put off this often waits for a person.
const MOST_ATTEMPTS: u32 = 30;
/// What the detail of a message begins with that a person let out again: it has no last moment.
pub(super) const BY_HAND: &str = "sent again by hand";

/// When a message that was put off is tried again: 10 minutes, doubled each time, at most 6 hours.
fn next_try(attempts: u32, now: Instant) -> Instant {
    let minutes = 10i64 << attempts.saturating_sub(1).min(6);
    now.plus(Span::from_micros(minutes.min(360) * 60_000_000))
}

/// Sets aside what is too old to be sent.
pub(super) async fn expire(context: &RunContext, done: &mut Notified) -> Result<(), AppError> {
    for message in context.state.outbox_overdue(context.clock).await? {
        if !message.detail.starts_with(BY_HAND) {
            let detail = match message.detail.as_str() {
                "" => "not sent in time".to_owned(),
                before => format!("not sent in time: {before}"),
            };
            change(context, &message, message.status, MessageStatus::Expired, &detail, done).await?;
        }
    }
    Ok(())
}

/// Sends what is ready and due, one after another. What was begun and never ended is settled first.
pub(super) async fn send(
    context: &RunContext,
    mail: &MailConfig,
    session: &mut Session<'_>,
    done: &mut Notified,
) -> Result<(), AppError> {
    let mut printed = PrintedFiles::default();
    settle_unfinished(context, mail, &mut printed, done).await?;
    for key in context.state.outbox_keys(MessageStatus::Ready).await? {
        let Some(message) = context.state.outbox_message(&key).await? else { continue };
        if message.next_try.is_some_and(|at| at > context.clock) {
            continue;
        }
        if !deliver(context, (mail, &mut printed), session, &message, done).await? {
            break;
        }
    }
    Ok(())
}

/// A process died while it sent: a folder tells whether the message is in it, a mail server cannot.
async fn settle_unfinished(
    context: &RunContext,
    mail: &MailConfig,
    printed: &mut PrintedFiles,
    done: &mut Notified,
) -> Result<(), AppError> {
    if context.state.outbox_keys(MessageStatus::Sending).await?.is_empty() {
        return Ok(());
    }
    // While it is still known that something was cut short. What cannot be removed stays.
    let _ = mail.transport.sweep().await;
    for message in context.state.outbox_unfinished(context.clock).await? {
        let new = &message.message;
        let arrived = match Address::new(None, &new.recipient) {
            Ok(to) => match made(context, mail, new, &to, printed).await? {
                Made::Bytes(bytes) => mail.transport.arrived(&new.message_id, &bytes).await,
                Made::NotYet | Made::Never(_) => None,
            },
            Err(_) => None,
        };
        let unknown = MessageStatus::Unknown;
        match arrived {
            Some(true) => change(context, &message, unknown, MessageStatus::Accepted, "found written", done).await?,
            Some(false) => change(context, &message, unknown, MessageStatus::Ready, "found not written", done).await?,
            None => note(&message, unknown, &message.detail, done),
        }
    }
    Ok(())
}

/// A message's bytes: kept with it, or made of the document that is.
async fn made(
    context: &RunContext,
    mail: &MailConfig,
    message: &NewMessage,
    to: &Address,
    printed: &mut PrintedFiles,
) -> Result<Made, AppError> {
    match message.kind.as_str() {
        document::KIND => document::make(context, mail, message, to, printed).await,
        _ => Ok(Made::Bytes(message.body.clone())),
    }
}

/// Gives one message away; false where there is no sense in trying another.
pub(super) async fn deliver(
    context: &RunContext,
    (mail, printed): (&MailConfig, &mut PrintedFiles),
    session: &mut Session<'_>,
    message: &Message,
    done: &mut Notified,
) -> Result<bool, AppError> {
    let new = &message.message;
    let to = match Address::new(None, &new.recipient) {
        Ok(to) => to,
        Err(e) => {
            change(context, message, MessageStatus::Ready, MessageStatus::Held, &e.to_string(), done).await?;
            return Ok(true);
        }
    };
    let bytes = match made(context, mail, new, &to, printed).await? {
        Made::Bytes(bytes) => bytes,
        Made::NotYet => return Ok(true),
        Made::Never(why) => {
            change(context, message, MessageStatus::Ready, MessageStatus::Held, &why, done).await?;
            return Ok(true);
        }
    };
    // While a message is on its way a signal waits for its end.
    let Some(busy) = context.stop_signal.begin() else {
        return Err(AppError::new(ErrorKind::Temporary, "stopped before the next message, as asked")
            .hint("what was sent is written down; run the same command again"));
    };
    if let Err(said) = session.ready().await {
        done.unreachable = Some(said);
        return Ok(false);
    }
    if !context.state.outbox_begin(&new.key, context.clock).await? {
        return Ok(true);
    }
    let envelope = Envelope { from: &mail.from, to: &to, message_id: &new.message_id, bytes: &bytes };
    let outcome = session.deliver(&envelope).await;
    let attempts = message.attempts + 1;
    let (became, detail, again) = match &outcome {
        Outcome::Accepted(said) => (MessageStatus::Accepted, said.clone(), None),
        Outcome::Refused(said) => (MessageStatus::Refused, said.clone(), None),
        Outcome::Unknown(said) => (MessageStatus::Unknown, said.clone(), None),
        Outcome::Later(said) if attempts >= MOST_ATTEMPTS => {
            (MessageStatus::Held, format!("put off {attempts} times, the last time with: {said}"), None)
        }
        Outcome::Later(said) => (MessageStatus::Ready, said.clone(), Some(next_try(attempts, context.clock))),
        Outcome::Unreachable(said) => (MessageStatus::Ready, said.clone(), None),
    };
    let kept = if message.detail.starts_with(BY_HAND) && became == MessageStatus::Ready {
        format!("{BY_HAND}: {detail}")
    } else {
        detail
    };
    context.state.outbox_end(&new.key, became, &kept, context.clock, again).await?;
    drop(busy);
    note(message, became, &kept, done);
    if let Outcome::Unreachable(said) = outcome {
        done.unreachable = Some(said);
        return Ok(false);
    }
    Ok(true)
}

async fn change(
    context: &RunContext,
    message: &Message,
    from: MessageStatus,
    to: MessageStatus,
    detail: &str,
    done: &mut Notified,
) -> Result<(), AppError> {
    if context.state.outbox_move(&message.message.key, &[from], to, detail, context.clock, None).await? {
        note(message, to, detail, done);
    }
    Ok(())
}

fn note(message: &Message, became: MessageStatus, detail: &str, done: &mut Notified) {
    done.changes.push(MessageChange {
        key: message.message.key.clone(),
        account_id: message.message.account_id.clone(),
        became,
        detail: detail.to_owned(),
    });
}

/// What a person may do with a message whose end is open.
///
/// # Errors
/// Config: no such message, one that is in no state for it, or one without anything to send.
pub(crate) async fn by_hand(context: &RunContext, key: &str, to: MessageStatus) -> Result<(), AppError> {
    let none = || AppError::config(format!("there is no message {key}")).hint("`trueup notify --list` shows them");
    let message = context.state.outbox_message(key).await?.ok_or_else(none)?;
    let from: &[MessageStatus] = match to {
        MessageStatus::Ready => &[
            MessageStatus::Ready,
            MessageStatus::Unknown,
            MessageStatus::Refused,
            MessageStatus::Held,
            MessageStatus::Expired,
        ],
        _ => &[MessageStatus::Unknown, MessageStatus::Held, MessageStatus::Ready],
    };
    if to == MessageStatus::Ready && (message.message.body.is_empty() || message.message.recipient.is_empty()) {
        return Err(AppError::config(format!("message {key} has nobody to go to: {}", message.detail))
            .hint("correct the account's email; the next run writes the message anew while it is fresh"));
    }
    let detail = if to == MessageStatus::Ready { BY_HAND.to_owned() } else { format!("{} by hand", to.name()) };
    if context.state.outbox_move(key, from, to, &detail, context.clock, None).await? {
        return Ok(());
    }
    Err(AppError::config(format!("message {key} is {}", message.status.name())))
}

/// Whether mail could leave now.
pub(crate) async fn probe_mail(context: &RunContext) -> Option<PreflightCheck> {
    let mail = context.config.mail.as_ref()?;
    Some(match mail.transport.probe().await {
        Ok(()) => PreflightCheck::open("mail", mail.transport.place()),
        Err(what) => PreflightCheck::shut("mail", what),
    })
}
