//! Every format of ledger files that is read. Adding one: a file beside this one, and its line in a list.

use std::collections::BTreeMap;
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
use crate::edge::source::record::report::FileReport;

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

/// The rows of a file of accounts or keys, and the columns no one knows, with how many rows had them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyRows<T> {
    pub rows: Vec<T>,
    pub unknown: BTreeMap<String, u64>,
}

/// A file of accounts or keys that is refused, with every place that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{name} {error}")]
    File { name: String, error: SourceError },
    /// `file:line: field reason`, one for each bad row.
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

/// Reads a file of accounts; `name` is the file's, for messages. One bad row refuses the whole file, since a
/// customer read wrongly is billed wrongly.
///
/// # Errors
/// When the file cannot be read, or with `file:line: field reason` for every bad row.
pub fn read_accounts(
    body: Body,
    zone: Option<Zone>,
    units: &Arc<UnitNames>,
    name: &str,
) -> Result<PartyRows<Account>, Refused> {
    read_all(ACCOUNTS, body, (zone, units), name, "account_id", |account| {
        (account.account_id.clone(), account.from.map(|at| at.micros()))
    })
}

/// Reads a file of keys; `name` is the file's, for messages.
///
/// # Errors
/// As [`read_accounts`].
pub fn read_keys(body: Body, zone: Option<Zone>, name: &str) -> Result<PartyRows<Key>, Refused> {
    read_all(KEYS, body, (zone, &Arc::default()), name, "api_key_id", |key| {
        (key.api_key_id.clone(), key.from.map(|at| at.micros()))
    })
}

/// `rank`: what two rows must not share, the id and the start.
fn read_all<T: PartialEq>(
    formats: &'static [LedgerFormat<T>],
    body: Body,
    (zone, units): (Option<Zone>, &Arc<UnitNames>),
    name: &str,
    id: &'static str,
    rank: fn(&T) -> (String, Option<i64>),
) -> Result<PartyRows<T>, Refused> {
    let file = name.rsplit('/').next().unwrap_or(name).to_owned();
    let context = LedgerContext { zone, name: file, units: units.clone(), ..LedgerContext::default() };
    let (mut rows, mut seen) = (Vec::<T>::new(), BTreeMap::<_, usize>::new());
    let report = read(formats, body, &context, &mut |row| {
        match seen.get(&rank(&row)) {
            Some(at) if rows[*at] == row => {}
            Some(_) => return Err(Fault::new(id, "is named twice for the same time, with other terms")),
            None => {
                seen.insert(rank(&row), rows.len());
                rows.push(row);
            }
        }
        Ok(())
    });
    let report = report.map_err(|error| Refused::File { name: name.to_owned(), error })?;
    if report.rejects.is_empty() {
        return Ok(PartyRows { rows, unknown: report.unknown });
    }
    let lines = report.rejects.iter().map(|reject| match reject.field.as_ref() {
        "" => format!("{name}:{}: the row {}", reject.line, reject.reason),
        field => format!("{name}:{}: {field} {}", reject.line, reject.reason),
    });
    Err(Refused::Rows(lines.collect()))
}
