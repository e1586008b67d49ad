//! What notices say to a person.

use crate::domain::notice::Unwatched;
use crate::edge::state::MessageStatus;
use crate::pipeline::Notified;
use crate::report::{Cell, Table};

/// What the notices came to; quiet: only what a person must know.
pub(crate) fn notice_lines(notified: &Notified, quiet: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if !quiet {
        let sent = notified.count(MessageStatus::Accepted);
        lines.push(format!("notify     {} wallets low, {sent} messages sent", notified.low.len()));
        if notified.stale {
            lines.push("           nothing is sent: the run is for another time than now".into());
        }
    }
    lines.extend(unwatched_line(&notified.unwatched));
    if let Some(why) = &notified.unreachable {
        lines.push(format!("mail       nothing can be sent now: {why}"));
    }
    let odd = [MessageStatus::Held, MessageStatus::Refused, MessageStatus::Unknown, MessageStatus::Expired];
    for change in notified.changes.iter().filter(|c| odd.contains(&c.became)) {
        let status = change.became.name();
        lines.push(format!("{status:<10} mail to {}: {} ({})", change.account_id, change.detail, change.key));
    }
    lines
}

/// Wallets with a threshold that nothing can be held against.
pub(crate) fn unwatched_line(unwatched: &[Unwatched]) -> Option<String> {
    const MOST: usize = 3;
    let say = |one: &Unwatched| {
        format!("{} of {} in {}: {}", one.wallet.wallet, one.wallet.account_id, one.wallet.unit, one.why)
    };
    let named: Vec<String> = unwatched.iter().take(MOST).map(say).collect();
    let more = match unwatched.len().saturating_sub(MOST) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let wallets = if unwatched.len() == 1 { "wallet" } else { "wallets" };
    let hint = "balances or [ledger] complete_from tell what is in a wallet";
    (!named.is_empty()).then(|| {
        format!(
            "unwatched  {} {wallets} with a threshold and no notice: {}{more}; {hint}",
            unwatched.len(),
            named.join("; ")
        )
    })
}

/// One row a wallet that is low.
pub(crate) fn low_table(notified: &Notified) -> Table {
    let mut table =
        Table::new(&["account_id", "wallet", "unit", "balance", "threshold", "level", "since", "posting_id", "notice"]);
    for low in &notified.low {
        table.push(vec![
            Cell::text(low.account_id.as_str()),
            Cell::text(low.wallet.as_str()),
            Cell::text(low.unit.as_str()),
            low.balance.into(),
            Cell::text(low.threshold.as_str()),
            low.level.into(),
            low.since.into(),
            Cell::text(low.posting_id.as_str()),
            Cell::text(low.notice.as_str()),
        ]);
    }
    table
}
