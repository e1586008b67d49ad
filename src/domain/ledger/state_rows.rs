//! A ledger state as flat rows of plain values, and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::gifts::Gift;
use super::key_use::{KeyState, KeyUse, Seen};
use super::postings::{PostingKind, WalletId};
use super::state::{FirstUse, LedgerState};
use super::wallet::{Ending, Listed, Moved, NamedAmount, Terms, WalletState};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// One fact of a ledger state. `owner` is an account, a key or the hash of a reference; absent members
/// mean nothing for that kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateRow {
    pub kind: String,
    pub owner: String,
    pub wallet: String,
    pub unit: String,
    pub at: Option<Instant>,
    pub until: Option<Instant>,
    pub amount: Option<Amount>,
    pub n: Option<i64>,
    pub text: Option<String>,
    pub detail: Option<String>,
}

/// A row that no state writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row} of the carry ({kind}) is not one we write")]
pub struct BadStateRow {
    pub row: usize,
    pub kind: String,
}

const MODELS: char = '\u{1f}';

impl LedgerState {
    /// Every fact, in a fixed order; [`LedgerState::from_rows`] gives back an equal state.
    pub fn to_rows(&self) -> Vec<StateRow> {
        let mut rows = Vec::new();
        for (id, state) in &self.wallets {
            wallet_rows(id, state, &mut rows);
        }
        for (id, state) in &self.keys {
            key_rows(id, state, &mut rows);
        }
        for (key, first) in &self.references {
            rows.push(StateRow {
                at: Some(first.at),
                text: Some(first.posting_id.clone()),
                ..row("reference", &format!("{key:032x}"))
            });
        }
        rows
    }

    /// # Errors
    /// The first row that is not one of [`LedgerState::to_rows`].
    pub fn from_rows(rows: &[StateRow]) -> Result<LedgerState, BadStateRow> {
        let mut carry = LedgerState::default();
        for (i, row) in rows.iter().enumerate() {
            carry.read(row).ok_or_else(|| BadStateRow { row: i, kind: row.kind.clone() })?;
        }
        for (i, state) in carry.wallets.values_mut().enumerate() {
            let running = Amount::sum(state.moved.values().map(|m| m.sum));
            state.running = running.ok_or_else(|| BadStateRow { row: i, kind: "moved".into() })?;
        }
        Ok(carry)
    }

    fn read(&mut self, row: &StateRow) -> Option<()> {
        match row.kind.as_str() {
            "reference" => {
                let first = FirstUse { posting_id: row.text.clone()?, at: row.at? };
                self.references.insert(u128::from_str_radix(&row.owner, 16).ok()?, first);
                Some(())
            }
            kind if kind.starts_with("key") => read_key(self.keys.entry(row.owner.clone()).or_default(), row),
            _ => {
                let id = WalletId {
                    account_id: row.owner.as_str().into(),
                    wallet: row.wallet.as_str().into(),
                    unit: row.unit.as_str().into(),
                };
                read_wallet(self.wallets.entry(id).or_default(), row)
            }
        }
    }
}

fn row(kind: &str, owner: &str) -> StateRow {
    StateRow { kind: kind.to_owned(), owner: owner.to_owned(), ..StateRow::default() }
}

fn wallet_rows(id: &WalletId, state: &WalletState, rows: &mut Vec<StateRow>) {
    let of =
        |kind: &str| StateRow { wallet: id.wallet.to_string(), unit: id.unit.to_string(), ..row(kind, &id.account_id) };
    rows.push(of("wallet"));
    for (kind, dated) in [("base", state.base), ("asserted", state.asserted), ("last_purchase", state.last_purchase)] {
        rows.extend(dated.map(|(at, amount)| StateRow { at: Some(at), amount: Some(amount), ..of(kind) }));
    }
    let sums = [
        ("grants", state.grants),
        ("paid", state.paid),
        ("given", state.given.sum),
        ("spent", state.spent),
        ("held", state.held),
    ];
    for (kind, amount) in sums.into_iter().filter(|(_, amount)| !amount.is_zero()) {
        rows.push(StateRow { amount: Some(amount), ..of(kind) });
    }
    for gift in &state.given.gifts {
        rows.push(StateRow {
            at: gift.valid_from,
            until: gift.valid_until,
            amount: Some(gift.left),
            text: Some(gift.given.to_string()),
            ..of("gift")
        });
    }
    for (kind, moved) in &state.moved {
        rows.push(StateRow {
            n: i64::try_from(moved.n).ok(),
            amount: Some(moved.sum),
            text: Some(kind.name().to_owned()),
            ..of("moved")
        });
    }
    for listed in &state.listed {
        rows.push(StateRow {
            at: Some(listed.at),
            amount: Some(listed.amount),
            text: Some(listed.posting_id.clone()),
            detail: Some(listed.kind.name().to_owned()),
            ..of("listed")
        });
    }
    if state.named.n > 0 {
        let n = i64::try_from(state.named.n).ok();
        rows.push(StateRow { n, amount: Some(state.named.sum), ..of("named_sum") });
    }
    for named in &state.named.listed {
        rows.push(StateRow {
            at: Some(named.at),
            amount: Some(named.amount),
            text: Some(named.about.clone()),
            detail: Some(named.cause.clone()),
            ..of("named")
        });
    }
    if state.cut > 0 {
        rows.push(StateRow { n: i64::try_from(state.cut).ok(), ..of("cut") });
    }
    for ending in &state.endings {
        let (until, amount) = (Some(ending.until), Some(ending.amount));
        rows.push(StateRow { until, amount, text: Some(ending.posting_id.clone()), ..of("ending") });
    }
    for terms in &state.terms {
        let models = (!terms.models.is_empty()).then(|| terms.models.join(&MODELS.to_string()));
        rows.push(StateRow { at: terms.valid_from, until: terms.valid_until, text: models, ..of("terms") });
    }
}

fn read_wallet(state: &mut WalletState, row: &StateRow) -> Option<()> {
    let dated = || Some((row.at?, row.amount?));
    let count = || u64::try_from(row.n?).ok();
    match row.kind.as_str() {
        "wallet" => {}
        "base" => state.base = Some(dated()?),
        "asserted" => state.asserted = Some(dated()?),
        "last_purchase" => state.last_purchase = Some(dated()?),
        "grants" => state.grants = row.amount?,
        "paid" => state.paid = row.amount?,
        "given" => state.given.sum = row.amount?,
        "cut" => state.cut = count()?,
        "spent" => state.spent = row.amount?,
        "held" => state.held = row.amount?,
        "gift" => {
            let given = row.text.as_deref()?.parse().ok()?;
            state.given.gifts.push(Gift { valid_from: row.at, valid_until: row.until, given, left: row.amount? });
        }
        "moved" => {
            let kind = PostingKind::from_name(row.text.as_deref()?)?;
            state.moved.insert(kind, Moved { n: count()?, sum: row.amount? });
        }
        "listed" => {
            let (at, amount) = dated()?;
            let kind = PostingKind::from_name(row.detail.as_deref()?)?;
            state.listed.push(Listed { posting_id: row.text.clone()?, kind, at, amount });
        }
        "named_sum" => (state.named.n, state.named.sum) = (count()?, row.amount?),
        "named" => {
            let (at, amount) = dated()?;
            let (about, cause) = (row.text.clone()?, row.detail.clone()?);
            state.named.listed.push(NamedAmount { about, cause, at, amount });
        }
        "ending" => {
            let (posting_id, amount, until) = (row.text.clone()?, row.amount?, row.until?);
            state.endings.push(Ending { posting_id, amount, until });
        }
        "terms" => {
            let models = row.text.as_deref().map_or_else(Vec::new, |t| t.split(MODELS).map(str::to_owned).collect());
            state.terms.push(Terms { valid_from: row.at, valid_until: row.until, models });
        }
        _ => return None,
    }
    Some(())
}

fn key_rows(id: &str, state: &KeyState, rows: &mut Vec<StateRow>) {
    use_rows(&row("key_used", id), &state.used, rows);
    for (ended, used) in &state.in_flight {
        use_rows(&StateRow { at: Some(*ended), ..row("key_flight", id) }, used, rows);
    }
    for (kind, seen) in [("key_last", state.last), ("key_served", state.last_served)] {
        rows.extend(seen.map(|s| StateRow { at: Some(s.started), until: Some(s.ended), ..row(kind, id) }));
    }
}

fn use_rows(of: &StateRow, used: &KeyUse, rows: &mut Vec<StateRow>) {
    let text = Some(used.tokens.to_string());
    rows.push(StateRow { n: i64::try_from(used.calls).ok(), text, ..of.clone() });
    for (unit, amount) in &used.cost {
        let kind = format!("{}_cost", of.kind);
        rows.push(StateRow { kind, unit: unit.to_string(), amount: Some(*amount), ..of.clone() });
    }
}

fn read_key(state: &mut KeyState, row: &StateRow) -> Option<()> {
    let seen = || Some(Seen { started: row.at?, ended: row.until? });
    match row.kind.as_str() {
        "key_used" => (state.used.calls, state.used.tokens) = counts(row)?,
        "key_used_cost" => cost(&mut state.used.cost, row)?,
        "key_flight" => {
            let used = state.in_flight.entry(row.at?).or_default();
            (used.calls, used.tokens) = counts(row)?;
        }
        "key_flight_cost" => cost(&mut state.in_flight.entry(row.at?).or_default().cost, row)?,
        "key_last" => state.last = Some(seen()?),
        "key_served" => state.last_served = Some(seen()?),
        _ => return None,
    }
    Some(())
}

fn counts(row: &StateRow) -> Option<(u64, i128)> {
    Some((u64::try_from(row.n?).ok()?, row.text.as_deref()?.parse().ok()?))
}

fn cost(sums: &mut BTreeMap<Arc<str>, Amount>, row: &StateRow) -> Option<()> {
    sums.insert(row.unit.as_str().into(), row.amount?);
    Some(())
}
