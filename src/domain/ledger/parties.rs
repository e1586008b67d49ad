//! Accounts and keys, each row in force from an instant.

use std::collections::BTreeMap;

use crate::domain::hash::{Canonical, CanonicalBytes};
use crate::domain::money::{Amount, Exact};
use crate::domain::period::Instant;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Prepaid,
    Postpaid,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Mode::Prepaid => "prepaid",
            Mode::Postpaid => "postpaid",
        }
    }
}

/// When a balance is low.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// Percent of the last top-up.
    Percent(Exact),
    Amount(Amount),
    Days(u32),
}

impl Threshold {
    /// `10%`, `500` or `3d`; `None` for anything else, a negative number, or 0 days.
    pub fn parse(text: &str) -> Option<Threshold> {
        let threshold = if let Some(percent) = text.strip_suffix('%') {
            Threshold::Percent(percent.parse().ok()?)
        } else if let Some(days) = text.strip_suffix('d') {
            let plain = !days.is_empty() && days.bytes().all(|b| b.is_ascii_digit());
            Threshold::Days(plain.then(|| days.parse().ok()).flatten().filter(|d| *d > 0)?)
        } else {
            Threshold::Amount(text.parse().ok()?)
        };
        let negative = match threshold {
            Threshold::Percent(percent) => percent.is_negative(),
            Threshold::Amount(amount) => amount.is_negative(),
            Threshold::Days(_) => false,
        };
        (!negative).then_some(threshold)
    }

    /// Several, separated by `;`.
    pub fn parse_all(text: &str) -> Option<Vec<Threshold>> {
        text.split(';').map(|one| Threshold::parse(one.trim())).collect()
    }
}

impl std::fmt::Display for Threshold {
    /// As it is written: [`Threshold::parse`] gives it back.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Threshold::Percent(percent) => write!(f, "{percent}%"),
            Threshold::Amount(amount) => write!(f, "{amount}"),
            Threshold::Days(days) => write!(f, "{days}d"),
        }
    }
}

/// A customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub account_id: String,
    pub name: String,
    pub mode: Mode,
    pub currency: Option<String>,
    /// A book's id, in place of the source's.
    pub price_book: Option<String>,
    pub group: Option<String>,
    /// Columns that bills and mail read (email, locale, tax, ...), by name, as written.
    pub other: BTreeMap<String, String>,
    pub from: Option<Instant>,
    /// What of the account's rows could not be understood, in words: it is rated by the rest and billed nothing.
    pub faults: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyStatus {
    #[default]
    Enabled,
    Disabled,
}

impl KeyStatus {
    pub fn name(self) -> &'static str {
        match self {
            KeyStatus::Enabled => "enabled",
            KeyStatus::Disabled => "disabled",
        }
    }
}

/// An API key, by its id (never the secret).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    pub api_key_id: String,
    pub account_id: String,
    pub supplier: Option<String>,
    /// Absent: no limit.
    pub quota: Option<Amount>,
    /// Absent: input + output tokens.
    pub quota_unit: Option<String>,
    pub used_before: Option<Amount>,
    pub expires_at: Option<Instant>,
    pub status: KeyStatus,
    pub disabled_at: Option<Instant>,
    pub last_used_at: Option<Instant>,
    pub from: Option<Instant>,
}

impl Key {
    /// The row that holds at an instant, of one key's rows, oldest first.
    pub fn in_force(rows: &[Key], at: Instant) -> Option<&Key> {
        in_force(rows, at, |k| k.from)
    }
}

impl Account {
    /// The row that holds at an instant, of one account's rows, oldest first.
    pub fn in_force(rows: &[Account], at: Instant) -> Option<&Account> {
        in_force(rows, at, |a| a.from)
    }
}

/// What rating and reconciliation read of an account. What only bills, mail and pages read is none of a
/// day's concern: when it changes, the day stays as it is.
impl Canonical for Account {
    fn write(&self, to: &mut CanonicalBytes) {
        let Account { account_id, mode, price_book, group, from, name: _, currency: _, other: _, faults: _ } = self;
        to.record("account", |to| {
            to.member("account_id", account_id);
            to.member("mode", mode.name());
            to.member("price_book", price_book);
            to.member("group", group);
            to.member("from", from);
        });
    }
}

/// What holds of a key for many days; `last_used_at` concerns the day it lies in, and is asked for apart.
impl Canonical for Key {
    fn write(&self, to: &mut CanonicalBytes) {
        let Key {
            api_key_id,
            account_id,
            supplier,
            quota,
            quota_unit,
            used_before,
            expires_at,
            status,
            disabled_at,
            last_used_at: _,
            from,
        } = self;
        to.record("key", |to| {
            to.member("api_key_id", api_key_id);
            to.member("account_id", account_id);
            to.member("supplier", supplier);
            to.member("quota", quota);
            to.member("quota_unit", quota_unit);
            to.member("used_before", used_before);
            to.member("expires_at", expires_at);
            to.member("status", status.name());
            to.member("disabled_at", disabled_at);
            to.member("from", from);
        });
    }
}

/// Every account and key, with every row that ever held.
#[derive(Clone, Debug, Default)]
pub struct Parties {
    accounts: BTreeMap<String, Vec<Account>>,
    keys: BTreeMap<String, Vec<Key>>,
    faults: Vec<String>,
}

fn in_force<T>(rows: &[T], at: Instant, from: impl Fn(&T) -> Option<Instant>) -> Option<&T> {
    rows.iter().rev().find(|r| from(r).is_none_or(|f| f <= at))
}

impl Parties {
    pub fn new(accounts: Vec<Account>, keys: Vec<Key>) -> Parties {
        let mut parties = Parties::default();
        for account in accounts {
            parties.accounts.entry(account.account_id.clone()).or_default().push(account);
        }
        for key in keys {
            parties.keys.entry(key.api_key_id.clone()).or_default().push(key);
        }
        parties.accounts.values_mut().for_each(|rows| rows.sort_by_key(|r| r.from));
        parties.keys.values_mut().for_each(|rows| rows.sort_by_key(|r| r.from));
        parties
    }

    /// The same, with what of their files could not be understood.
    #[must_use]
    pub fn with_faults(mut self, faults: Vec<String>) -> Parties {
        self.faults = faults;
        self
    }

    /// `file:line: field reason` of everything that could not be understood.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// The same, but of some accounts the rows that `others` has.
    #[must_use]
    pub(crate) fn with_rows_of(mut self, others: &Parties, whose: impl Fn(&str) -> bool) -> Parties {
        self.accounts.retain(|id, _| !whose(id));
        let rows = others.accounts.iter().filter(|(id, _)| whose(id));
        self.accounts.extend(rows.map(|(id, rows)| (id.clone(), rows.clone())));
        self
    }

    /// The row of an account that holds at an instant.
    pub fn account(&self, id: &str, at: Instant) -> Option<&Account> {
        in_force(self.accounts.get(id)?, at, |a| a.from)
    }

    pub fn key(&self, id: &str, at: Instant) -> Option<&Key> {
        Key::in_force(self.key_rows(id), at)
    }

    /// Every row of an account, oldest first.
    pub fn account_rows(&self, id: &str) -> &[Account] {
        self.accounts.get(id).map_or(&[], Vec::as_slice)
    }

    pub fn key_rows(&self, id: &str) -> &[Key] {
        self.keys.get(id).map_or(&[], Vec::as_slice)
    }

    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().flatten()
    }

    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.values().flatten()
    }
}
