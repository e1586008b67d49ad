//! What is known of every wallet as flat rows of plain values, and back.

use super::watch::{Crossing, Disagreement, Latch, Watch, Watches};
use crate::domain::ledger::{Threshold, WalletId};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant};

/// One fact of one wallet; absent members mean nothing for that kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchRow {
    pub kind: String,
    pub account_id: String,
    pub wallet: String,
    pub unit: String,
    pub at: Option<Instant>,
    pub amount: Option<Amount>,
    pub other: Option<Amount>,
    pub day: Option<i64>,
    pub threshold: Option<String>,
    pub posting_id: Option<String>,
}

impl WatchRow {
    /// Whether it says when a wallet began, which the first builds did not keep.
    pub fn is_beginning(&self) -> bool {
        self.kind == SINCE
    }
}

const SINCE: &str = "since";

/// A row that is not one of [`Watches::to_rows`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row} of the watched wallets ({kind}) is not one we write")]
pub struct BadWatchRow {
    pub row: usize,
    pub kind: String,
}

impl Watches {
    /// Every fact, in a fixed order; [`Watches::from_rows`] gives back equal watches.
    pub fn to_rows(&self) -> Vec<WatchRow> {
        self.wallets.iter().flat_map(|(id, watch)| watch_rows(id, watch)).collect()
    }

    /// # Errors
    /// The first row that is not one of [`Watches::to_rows`].
    pub fn from_rows(rows: &[WatchRow]) -> Result<Watches, BadWatchRow> {
        let mut watches = Watches::default();
        for (number, row) in rows.iter().enumerate() {
            let id = WalletId {
                account_id: row.account_id.as_str().into(),
                wallet: row.wallet.as_str().into(),
                unit: row.unit.as_str().into(),
            };
            let watch = watches.wallets.entry(id).or_default();
            read(watch, row).ok_or_else(|| BadWatchRow { row: number, kind: row.kind.clone() })?;
        }
        Ok(watches)
    }
}

fn watch_rows(id: &WalletId, watch: &Watch) -> Vec<WatchRow> {
    let of = |kind: &str| WatchRow {
        kind: kind.to_owned(),
        account_id: id.account_id.to_string(),
        wallet: id.wallet.to_string(),
        unit: id.unit.to_string(),
        ..WatchRow::default()
    };
    let mut rows = vec![WatchRow { at: Some(watch.known_at), amount: watch.balance, ..of("wallet") }];
    for (kind, amount) in [("purchase", watch.last_purchase), ("grants", watch.grants)] {
        rows.extend(amount.map(|amount| WatchRow { amount: Some(amount), ..of(kind) }));
    }
    let day = |day: Day| Some(i64::from(day.number()));
    rows.extend(watch.since.map(|since| WatchRow { day: day(since), ..of(SINCE) }));
    for (day, used) in &watch.used {
        rows.push(WatchRow { day: Some(i64::from(day.number())), amount: Some(*used), ..of("used") });
    }
    for latch in &watch.latches {
        let threshold = Some(latch.threshold.to_string());
        rows.push(match &latch.crossing {
            None => WatchRow { threshold, ..of("armed") },
            Some(c) => WatchRow {
                threshold,
                at: Some(c.at),
                amount: Some(c.balance),
                other: Some(c.level),
                posting_id: Some(c.posting_id.clone()),
                ..of("crossed")
            },
        });
    }
    rows.extend(watch.disagreement.map(|d| WatchRow {
        at: Some(d.at),
        amount: Some(d.ours),
        other: Some(d.ledger),
        ..of("disagreement")
    }));
    rows
}

fn read(watch: &mut Watch, row: &WatchRow) -> Option<()> {
    let threshold = || Threshold::parse(row.threshold.as_deref()?);
    match row.kind.as_str() {
        "wallet" => (watch.balance, watch.known_at) = (row.amount, row.at?),
        "purchase" => watch.last_purchase = Some(row.amount?),
        "grants" => watch.grants = Some(row.amount?),
        SINCE => watch.since = Some(Day::from_number(i32::try_from(row.day?).ok()?)?),
        "used" => {
            watch.used.insert(Day::from_number(i32::try_from(row.day?).ok()?)?, row.amount?);
        }
        "armed" => watch.latches.push(Latch { threshold: threshold()?, crossing: None }),
        "crossed" => {
            let crossing = Crossing {
                posting_id: row.posting_id.clone()?,
                at: row.at?,
                threshold: threshold()?,
                level: row.other?,
                balance: row.amount?,
            };
            watch.latches.push(Latch { threshold: threshold()?, crossing: Some(crossing) });
        }
        "disagreement" => {
            watch.disagreement = Some(Disagreement { at: row.at?, ours: row.amount?, ledger: row.other? });
        }
        _ => return None,
    }
    Some(())
}
