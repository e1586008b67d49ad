//! From a crossing to a message in the outbox, once.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::config::MailConfig;
use super::follow::too_large;
use super::notified::{LowWallet, MessageChange, Notified};
use crate::domain::ledger::{Account, Parties};
use crate::domain::notice::{Disagreement, Low, NoticeDecision, NoticeKey, NotifiedLog, Watches, decide};
use crate::domain::period::Zone;
use crate::edge::mail::{Address, Letter, LowBalance, compose, low_balance};
use crate::edge::state::{Added, MessageStatus, NewMessage};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

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
    for low in watches.low(context.config.zone.day_of(context.now)).map_err(too_large)? {
        // Only those who are low now are asked about; each account once.
        if context.config.mail.is_some() && asked.insert(low.wallet.account_id.clone()) {
            for (key, status) in context.state.outbox_of(KIND, &low.wallet.account_id).await? {
                let decided = ![MessageStatus::Held, MessageStatus::Waiting].contains(&status);
                if let Some(key) = NoticeKey::parse(&key).filter(|_| decided) {
                    notified.note(key);
                }
            }
        }
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
        let unaddressed = format!("{text}/unaddressed");
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
                    let message = self.message(text, key.message_name(), to.as_str().to_owned(), body);
                    self.add(message, MessageStatus::Held, &detail, done).await?;
                    Ok(format!("held: {detail}"))
                }
            },
            NoticeDecision::Due => match self.letter() {
                Err(why) => self.hold_unaddressed(unaddressed, &key, &why, done).await,
                Ok((to, body)) => {
                    let (held, ready) = (MessageStatus::Held, MessageStatus::Ready);
                    let freed = "the ledger's balance agrees again";
                    if !self.change(&text, held, ready, freed, done).await? {
                        let message = self.message(text, key.message_name(), to.as_str().to_owned(), body);
                        self.add(message, ready, "", done).await?;
                    }
                    let corrected = "the address was corrected; the notice has a message of its own now";
                    self.change(&unaddressed, held, MessageStatus::Expired, corrected, done).await?;
                    Ok("ready".into())
                }
            },
        }
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
