//! Every format of ledger files that is read. Adding one: a file beside this one, and its line in a list.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::context::{LedgerContext, LedgerFormat};
use super::{accounts, balances, keys, postings, subscription};
use crate::domain::ledger::{Account, Balance, Key, Posting};
use crate::domain::money::UnitNames;
use crate::domain::period::Zone;
use crate::edge::blob::Body;
use crate::edge::source::record::error::SourceError;
use crate::edge::source::record::fields::{Fault, dated};
use crate::edge::source::record::format::named;
use crate::edge::source::record::read::read;
use crate::edge::source::record::report::{FileReport, Reject};

const POSTINGS: &[LedgerFormat<Posting>] = &[postings::FORMAT];
const BALANCES: &[LedgerFormat<Balance>] = &[balances::FORMAT, subscription::FORMAT];
const ACCOUNTS: &[LedgerFormat<Account>] = &[accounts::FORMAT];
const KEYS: &[LedgerFormat<Key>] = &[keys::FORMAT];

/// The name of a format that postings or balances may have, by it or another name of it.
pub fn ledger_format(name: &str) -> Option<&'static str> {
    named(POSTINGS, name).map(|f| f.name).or_else(|| named(BALANCES, name).map(|f| f.name))
}

/// The names of the formats that postings or balances may have.
pub fn ledger_format_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = POSTINGS.iter().map(|f| f.name).collect();
    names.extend(BALANCES.iter().map(|f| f.name).filter(|name| named(POSTINGS, name).is_none()));
    names
}

/// Reads every posting of a file, in the file's order.
///
/// # Errors
/// When the file as a whole cannot be trusted; the postings it gave before belong to a refused file.
pub fn read_postings(
    body: Body,
    context: &LedgerContext,
    sink: &mut impl FnMut(Posting),
) -> Result<FileReport, SourceError> {
    read(POSTINGS, body, context, &mut |posting: Posting| {
        dated("posted_at", posting.posted_at)?;
        sink(posting);
        Ok(())
    })
}

/// Reads every balance of a file, in the file's order.
///
/// # Errors
/// When the file as a whole cannot be trusted; the balances it gave before belong to a refused file.
pub fn read_balances(
    body: Body,
    context: &LedgerContext,
    sink: &mut impl FnMut(Balance),
) -> Result<FileReport, SourceError> {
    read(BALANCES, body, context, &mut |balance: Balance| {
        dated("at", balance.at)?;
        sink(balance);
        Ok(())
    })
}

/// What a file of accounts or keys says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyRows<T> {
    pub rows: Vec<T>,
    /// The columns no one knows, with how many rows had them.
    pub unknown: BTreeMap<String, u64>,
    /// `file:line: field reason` of everything that could not be understood.
    pub faults: Vec<String>,
}

/// A file of accounts or keys that is refused, with every place that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{name} {error}")]
    File { name: String, error: SourceError },
    /// No row can be understood whole: `file:line: field reason`, one for each.
    #[error("{}", Lines(.0))]
    Rows(Vec<String>),
}

struct Lines<'a>(&'a [String]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, line) in self.0.iter().enumerate() {
            f.write_str(if at > 0 { "\n" } else { "" })?;
            f.write_str(line)?;
        }
        Ok(())
    }
}

const TWICE: &str = "is named twice for the same time, with other terms";

/// Reads a file of accounts; `name` is the file's, for messages. An account with a row that cannot be understood is
/// given by what can, with its faults: nobody else waits for it.
///
/// # Errors
/// When the file cannot be read, or no row of it is without a fault.
pub fn read_accounts(
    body: Body,
    zone: Option<Zone>,
    units: &Arc<UnitNames>,
    name: &str,
) -> Result<PartyRows<Account>, Refused> {
    let (mut read, twice) = read_all(ACCOUNTS, body, (zone, units), name, "account_id", |account| {
        (!lost_its_time(account)).then(|| (account.account_id.clone(), account.from.map(|at| at.micros())))
    })?;
    let mut faults: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for id in twice {
        faults.entry(id).or_default().push(format!("account_id {TWICE}"));
    }
    for account in read.rows.iter().filter(|account| !account.faults.is_empty()) {
        faults.entry(account.account_id.clone()).or_default().extend(account.faults.iter().cloned());
    }
    if !read.faults.is_empty() && read.rows.iter().all(|account| faults.contains_key(&account.account_id)) {
        return Err(Refused::Rows(read.faults));
    }
    let dated: BTreeSet<String> =
        read.rows.iter().filter(|account| !lost_its_time(account)).map(|account| account.account_id.clone()).collect();
    read.rows.retain(|account| !lost_its_time(account) || !dated.contains(&account.account_id));
    for account in &mut read.rows {
        account.faults = faults.get(&account.account_id).cloned().unwrap_or_default();
    }
    Ok(read)
}

/// A row that does not say from when it holds: another row of the account may.
fn lost_its_time(account: &Account) -> bool {
    account.faults.iter().any(|fault| fault.starts_with("from "))
}

/// Reads a file of keys; `name` is the file's, for messages. A row that cannot be understood is left out.
///
/// # Errors
/// As [`read_accounts`].
pub fn read_keys(body: Body, zone: Option<Zone>, name: &str) -> Result<PartyRows<Key>, Refused> {
    let (read, _) = read_all(KEYS, body, (zone, &Arc::default()), name, "api_key_id", |key| {
        Some((key.api_key_id.clone(), key.from.map(|at| at.micros())))
    })?;
    if read.rows.is_empty() && !read.faults.is_empty() { Err(Refused::Rows(read.faults)) } else { Ok(read) }
}

/// What two rows must not share: the id and the start; a row without it may be beside any other.
type Rank = Option<(String, Option<i64>)>;

/// Every row, and the ids of which two rows contradict each other.
fn read_all<T: PartialEq>(
    formats: &'static [LedgerFormat<T>],
    body: Body,
    (zone, units): (Option<Zone>, &Arc<UnitNames>),
    name: &str,
    id: &'static str,
    rank: fn(&T) -> Rank,
) -> Result<(PartyRows<T>, BTreeSet<String>), Refused> {
    let file = name.rsplit('/').next().unwrap_or(name).to_owned();
    let context = LedgerContext { zone, name: file, units: units.clone(), ..LedgerContext::default() };
    let (mut rows, mut seen, mut twice) = (Vec::<T>::new(), BTreeMap::<_, usize>::new(), BTreeSet::new());
    let report = read(formats, body, &context, &mut |row| {
        let Some(rank) = rank(&row) else {
            rows.push(row);
            return Ok(());
        };
        match seen.get(&rank) {
            Some(at) if rows[*at] == row => {}
            Some(_) => {
                twice.insert(rank.0);
                return Err(Fault::new(id, TWICE));
            }
            None => {
                seen.insert(rank, rows.len());
                rows.push(row);
            }
        }
        Ok(())
    });
    let report = report.map_err(|error| Refused::File { name: name.to_owned(), error })?;
    let line = |reject: &Reject| match reject.field.as_ref() {
        "" => format!("{name}:{}: the row {}", reject.line, reject.reason),
        field => format!("{name}:{}: {field} {}", reject.line, reject.reason),
    };
    let faults = report.rejects.iter().map(line).collect();
    Ok((PartyRows { rows, unknown: report.unknown, faults }, twice))
}
