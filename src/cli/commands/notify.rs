//! Low-balance notices, and messages whose end is open.

use std::path::Path;

use super::run;
use crate::cli::End;
use crate::cli::args::NotifyArgs;
use crate::cli::clock::clock;
use crate::cli::context::{load_settings, lock, open, open_to_read};
use crate::cli::output::Out;
use crate::edge::state::{Message, MessageStatus};
use crate::pipeline::AppError;
use crate::pipeline::{Step, by_hand};
use crate::report::{Cell, Table};

pub(super) async fn notify(args: &NotifyArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    if args.list {
        return list(args, dir, out).await;
    }
    if let Some(key) = &args.resend {
        decide(key, MessageStatus::Ready, &args.step.lock_wait, dir).await?;
        out.talk(&format!("{key} goes out with the next run that sends mail"));
        return Ok(End::Done);
    }
    if let Some([key, outcome]) = args.settle.as_deref() {
        let outcome = match outcome.as_str() {
            "accepted" => MessageStatus::Accepted,
            "refused" => MessageStatus::Refused,
            other => return Err(AppError::usage(format!("{other:?} is not accepted or refused"))),
        };
        decide(key, outcome, &args.step.lock_wait, dir).await?;
        out.talk(&format!("{key} is {} now", outcome.name()));
        return Ok(End::Done);
    }
    run::step(Step::Notify, &args.step, dir, out).await
}

/// A person decides, while no run does.
async fn decide(key: &str, to: MessageStatus, wait: &str, dir: &Path) -> Result<(), AppError> {
    let context = open(load_settings(dir)?, clock(), false).await?;
    let lock = lock(&context, "notify", wait).await?;
    by_hand(&context, key, to).await?;
    if let Some(lock) = lock {
        lock.done().await;
    }
    Ok(())
}

async fn list(args: &NotifyArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let context = open_to_read(dir).await?;
    let mut table = Table::new(&[
        "key",
        "kind",
        "account_id",
        "recipient",
        "status",
        "attempts",
        "created",
        "changed",
        "next_try",
        "detail",
        "message_id",
    ]);
    let closed = [MessageStatus::Accepted, MessageStatus::Expired];
    for status in MessageStatus::ALL.into_iter().filter(|s| args.all || !closed.contains(s)) {
        for message in context.state.outbox_list(Some(status)).await? {
            table.push(row(&message));
        }
    }
    out.table(&table, args.step.output.format)?;
    Ok(End::Done)
}

fn row(message: &Message) -> Vec<Cell> {
    let new = &message.message;
    vec![
        Cell::text(new.key.as_str()),
        Cell::text(new.kind.as_str()),
        new.account_id.as_str().into(),
        new.recipient.as_str().into(),
        Cell::text(message.status.name()),
        Cell::count(u64::from(message.attempts)),
        new.created.into(),
        message.changed.into(),
        message.next_try.into(),
        message.detail.as_str().into(),
        Cell::text(new.message_id.as_str()),
    ]
}
