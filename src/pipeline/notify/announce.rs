//! From a crossing to a message in the outbox, once.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::config::MailConfig;
use super::follow::too_large;
use super::notified::{LowWallet, MessageChange, Notified};
use super::send::BY_HAND;
use crate::domain::ledger::{Account, Parties};
use crate::domain::notice::{Disagreement, Low, NoticeDecision, NoticeKey, NotifiedLog, Watches, decide};
use crate::domain::period::Zone;
use crate::edge::mail::{Address, Letter, LowBalance, compose, low_balance};
use crate::edge::state::{Added, MessageStatus, NewMessage};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// What the key of a notice that nobody can be sent ends with.
const UNADDRESSED: &str = "/unaddressed";
/// The kind of these messages in the outbox.
const KIND: &str = "low_balance";

/// Puts a message into the outbox for every crossing that nobody was told of.
pub(super) async fn announce(
    context: &RunContext,
    parties: &Parties,
    watches: &Watches,
    done: &mut Notified,
) -> Result<(), AppError> {
    let mut asked: HashSet<Arc<str>> = HashSet::new();
    let mut notified = NotifiedLog::default();
    let mut open: HashSet<String> = HashSet::new();
    for low in watches.low(context.config.zone.day_of(context.now)).map_err(too_large)? {
        // Only those who are low now are asked about; each account once.
        if context.config.mail.is_some() && asked.insert(low.wallet.account_id.clone()) {
            for (key, status) in context.state.outbox_of(KIND, &low.wallet.account_id).await? {
                // What was not sent yet is judged again.
                let decided = ![MessageStatus::Held, MessageStatus::Waiting, MessageStatus::Ready].contains(&status);
                if let Some(key) = NoticeKey::parse(&key).filter(|_| decided) {
                    notified.note(key);
                }
            }
        }
        open.insert(NoticeKey::of(&low).to_string());
        let notice = match &context.config.mail {
            None => "no mail".to_owned(),
            Some(mail) => {
                let decision = decide(&low, &notified, context.clock, mail.fresh);
                let account = parties.account(&low.wallet.account_id, context.now);
                Announcing { context, mail, low: &low, account }.act_on(decision, done).await?
            }
        };
        done.low.push(LowWallet {
            account_id: low.wallet.account_id.to_string(),
            wallet: low.wallet.wallet.to_string(),
            unit: low.wallet.unit.to_string(),
            balance: low.balance,
            threshold: low.crossing.threshold.to_string(),
            level: low.crossing.level,
            posting_id: low.crossing.posting_id.clone(),
            since: low.crossing.at,
            notice,
        });
    }
    if context.config.mail.is_some() && !context.dry_run {
        close_others(context, &open, done).await?;
    }
    Ok(())
}

/// Closes notices that were never sent and whose wallet is not low any more, or was low since another moment.
async fn close_others(context: &RunContext, open: &HashSet<String>, done: &mut Notified) -> Result<(), AppError> {
    for status in [MessageStatus::Held, MessageStatus::Ready] {
        for key in context.state.outbox_keys(status).await? {
            let of = key.strip_suffix(UNADDRESSED).unwrap_or(&key);
            if NoticeKey::parse(of).is_none() || open.contains(of) {
                continue;
            }
            let Some(message) = context.state.outbox_message(&key).await? else { continue };
            // Of a moment that is not there yet nothing is known.
            if message.detail.starts_with(BY_HAND) || message.message.created > context.now {
                continue;
            }
            let detail = "not sent: the balance is not low any more";
            let expired = MessageStatus::Expired;
            if context.state.outbox_move(&key, &[status], expired, detail, context.clock, None).await? {
                let account_id = message.message.account_id.clone();
                done.changes.push(MessageChange { key, account_id, became: expired, detail: detail.to_owned() });
            }
        }
    }
    Ok(())
}

struct Announcing<'a> {
    context: &'a RunContext,
    mail: &'a MailConfig,
    low: &'a Low,
    account: Option<&'a Account>,
}

impl Announcing<'_> {
    async fn act_on(&self, decision: NoticeDecision, done: &mut Notified) -> Result<String, AppError> {
        let key = NoticeKey::of(self.low);
        let text = key.to_string();
        // A notice nobody can be sent is kept under a key of its own, so that a corrected address frees the other.
        let unaddressed = format!("{text}{UNADDRESSED}");
        match decision {
            NoticeDecision::Notified => Ok("told".into()),
            NoticeDecision::Expired => {
                let detail = format!("older than {} when it was found", self.mail.fresh);
                let (held, expired) = (MessageStatus::Held, MessageStatus::Expired);
                if !self.change(&text, held, expired, &detail, done).await? {
                    let message = self.message(text, key.message_name(), String::new(), Vec::new());
                    self.add(message, expired, &detail, done).await?;
                }
                Ok("expired".into())
            }
            NoticeDecision::Held(apart) => match self.letter() {
                Err(why) => self.hold_unaddressed(unaddressed, &key, &why, done).await,
                Ok((to, body)) => {
                    let detail = disagreement(self.low, apart);
                    if self.is_by_hand(&text).await? {
                        return Ok("ready".into());
                    }
                    if !self.change(&text, MessageStatus::Ready, MessageStatus::Held, &detail, done).await? {
                        let message = self.message(text, key.message_name(), to.as_str().to_owned(), body);
                        self.add(message, MessageStatus::Held, &detail, done).await?;
                    }
                    Ok(format!("held: {detail}"))
                }
            },
            NoticeDecision::Due if !self.low.is_below => {
                let (expired, detail) =
                    (MessageStatus::Expired, "not sent: the balance is not below the threshold now");
                for (key, was) in
                    [(&text, MessageStatus::Held), (&text, MessageStatus::Ready), (&unaddressed, MessageStatus::Held)]
                {
                    if !self.is_by_hand(key).await? {
                        self.change(key, was, expired, detail, done).await?;
                    }
                }
                Ok("not below now".into())
            }
            NoticeDecision::Due => match self.letter() {
                Err(why) => self.hold_unaddressed(unaddressed, &key, &why, done).await,
                Ok((to, body)) => {
                    let (held, ready) = (MessageStatus::Held, MessageStatus::Ready);
                    if self.is_by_hand(&text).await? {
                        return Ok("ready".into());
                    }
                    let message = self.message(text, key.message_name(), to.as_str().to_owned(), body);
                    if !self.renew(&message, done).await? {
                        self.add(message, ready, "", done).await?;
                    }
                    let corrected = "the address was corrected; the notice has a message of its own now";
                    self.change(&unaddressed, held, MessageStatus::Expired, corrected, done).await?;
                    Ok("ready".into())
                }
            },
        }
    }

    /// Whether a person let it out again: it goes as it is.
    async fn is_by_hand(&self, key: &str) -> Result<bool, AppError> {
        let message = self.context.state.outbox_message(key).await?;
        Ok(message.is_some_and(|m| m.status == MessageStatus::Ready && m.detail.starts_with(BY_HAND)))
    }

    /// Writes a notice that was held, or put off, with what is known now.
    async fn renew(&self, message: &NewMessage, done: &mut Notified) -> Result<bool, AppError> {
        if self.context.dry_run {
            return Ok(false);
        }
        let was = self.context.state.outbox_status(&message.key).await?;
        let freed = "the ledger's balance agrees again";
        let is_renewed = self.context.state.outbox_renew(message, freed, self.context.clock).await?;
        if is_renewed && was == Some(MessageStatus::Held) {
            self.note(message.key.clone(), MessageStatus::Ready, freed, done);
        }
        Ok(is_renewed)
    }

    async fn hold_unaddressed(
        &self,
        key: String,
        notice: &NoticeKey,
        why: &str,
        done: &mut Notified,
    ) -> Result<String, AppError> {
        let message = self.message(key, format!("{}.unaddressed", notice.message_name()), String::new(), Vec::new());
        self.add(message, MessageStatus::Held, why, done).await?;
        Ok(format!("held: {why}"))
    }

    /// Who is written to, and the message's bytes; or why there are none.
    fn letter(&self) -> Result<(Address, Vec<u8>), String> {
        let id: &str = &self.low.wallet.account_id;
        let other = |name: &str| self.account.and_then(|a| a.other.get(name)).map(String::as_str);
        let account = self.account.ok_or_else(|| format!("account {id} is not in the accounts file"))?;
        let to = Address::new(Some(&account.name), other("email").unwrap_or(""))
            .map_err(|e| format!("account {id}: email: {e}"))?;
        let facts = LowBalance {
            low: self.low,
            name: &account.name,
            zone: other("time_zone").and_then(Zone::parse).unwrap_or(self.context.config.zone),
            link: self.context.config.notice.top_up_url.as_deref(),
            sender: self.mail.from.name(),
        };
        let page = low_balance(&facts, other("locale"));
        let message_id = self.message_id(&NoticeKey::of(self.low).message_name());
        let letter = Letter {
            from: &self.mail.from,
            reply_to: self.mail.reply_to.as_ref(),
            to: &to,
            message_id: &message_id,
            date: self.context.now,
            page: &page,
            attachments: &[],
        };
        let eml = compose(&letter).map_err(|e| format!("account {id}: {e}"))?;
        Ok((to, eml.bytes))
    }

    fn message_id(&self, name: &str) -> String {
        format!("{name}@{}", self.mail.from.domain())
    }

    fn message(&self, key: String, name: String, recipient: String, body: Vec<u8>) -> NewMessage {
        NewMessage {
            key,
            kind: KIND.to_owned(),
            account_id: self.low.wallet.account_id.to_string(),
            recipient,
            message_id: self.message_id(&name),
            created: self.context.now,
            not_after: Some(self.low.crossing.at.plus(self.mail.fresh)),
            body,
        }
    }

    /// Adds a message in its status. Where a reason belongs to it, it is written with the step that gives the
    /// status; a crash between leaves it waiting, and the next run goes on from there.
    async fn add(
        &self,
        message: NewMessage,
        status: MessageStatus,
        detail: &str,
        done: &mut Notified,
    ) -> Result<(), AppError> {
        if self.context.dry_run {
            return Ok(());
        }
        let key = message.key.clone();
        let first = if detail.is_empty() { status } else { MessageStatus::Waiting };
        if self.context.state.outbox_add(&message, first).await? == Added::New && first == status {
            self.note(key, status, detail, done);
        } else {
            self.change(&key, MessageStatus::Waiting, status, detail, done).await?;
        }
        Ok(())
    }

    async fn change(
        &self,
        key: &str,
        from: MessageStatus,
        to: MessageStatus,
        detail: &str,
        done: &mut Notified,
    ) -> Result<bool, AppError> {
        if self.context.dry_run {
            return Ok(false);
        }
        if from == MessageStatus::Held && self.context.state.outbox_status(key).await? != Some(from) {
            return Ok(false);
        }
        let moved = self.context.state.outbox_move(key, &[from], to, detail, self.context.clock, None).await?;
        if moved {
            self.note(key.to_owned(), to, detail, done);
        }
        Ok(moved)
    }

    fn note(&self, key: String, became: MessageStatus, detail: &str, done: &mut Notified) {
        let account_id = self.low.wallet.account_id.to_string();
        done.changes.push(MessageChange { key, account_id, became, detail: detail.to_owned() });
    }
}

fn disagreement(low: &Low, apart: Disagreement) -> String {
    let unit = &low.wallet.unit;
    format!("the ledger says {} {unit} at {}, its movements make it {} {unit}", apart.ledger, apart.at, apart.ours)
}
