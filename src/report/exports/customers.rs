//! A page and the calls of each customer, grown while the calls of a month are read a day at a time.

use std::collections::{BTreeMap, VecDeque};

use sha2::{Digest, Sha256};

use super::{Content, Export, Scope, Write};
use crate::domain::period::Day;
use crate::domain::rollup::{Rollup, RollupOverflow};
use crate::report::dimension::Sums;
use crate::report::page::{CallLine, CustomerFacts, PeriodReport, call_table, customer_page, customer_tables};
use crate::report::table::{Cell, Table};

pub(super) const CUSTOMERS: Export = Export {
    name: "customers.csv",
    version: 2,
    about: "the customers' own pages, by account",
    is_linked: true,
    applies: Scope::has_customers,
    write: Write::Customers(|report| CustomerFiles::new(report)),
};

/// Calls of a page; the files beside it have all.
const LATEST: usize = 200;
/// Calls of a period up to which an account has one file; beyond, one for each day.
const ONE_FILE: u64 = 500_000;

/// What is kept of an account while the days go by.
#[derive(Default)]
struct Account {
    sums: Sums,
    latest: VecDeque<CallLine>,
    calls: u64,
    /// Files of its calls, below its folder.
    files: Vec<String>,
}

/// Every customer's files, on their way.
pub(crate) struct CustomerFiles<'a> {
    report: &'a PeriodReport<'a>,
    accounts: BTreeMap<String, Account>,
    by_day: bool,
}

/// Rows of a file that holds an account's calls.
pub(crate) struct CallRows {
    /// Below the period's folder.
    pub(crate) file: String,
    pub(crate) rows: Table,
    /// No more rows of this file will come.
    pub(crate) is_last: bool,
}

impl<'a> CustomerFiles<'a> {
    fn new(report: &'a PeriodReport<'a>) -> CustomerFiles<'a> {
        let by_day = report.total(|day| day.calls) > ONE_FILE;
        CustomerFiles { report, accounts: BTreeMap::new(), by_day }
    }

    /// Adds a day's groups.
    ///
    /// # Errors
    /// When a sum overflows.
    pub(crate) fn add_groups(&mut self, day: &Rollup) -> Result<(), RollupOverflow> {
        for (dimensions, measures) in day.rows() {
            self.accounts.entry(dimensions.account_id.clone()).or_default().sums.add(dimensions, measures)?;
        }
        Ok(())
    }

    /// Adds an account's calls of a day, in order of time; the days in order as well.
    pub(crate) fn add_calls(&mut self, day: Day, account: String, calls: Vec<CallLine>) -> CallRows {
        let name = if self.by_day { format!("calls-{day}.csv") } else { "calls.csv".to_owned() };
        let rows = CallRows {
            file: format!("{}/{name}", customer_folder(&account)),
            rows: call_table(&calls),
            is_last: self.by_day,
        };
        let account = self.accounts.entry(account).or_default();
        if account.files.last() != Some(&name) {
            account.files.push(name);
        }
        account.calls += calls.len() as u64;
        account.latest.extend(calls);
        let old = account.latest.len().saturating_sub(LATEST);
        account.latest.drain(..old);
        rows
    }

    /// What stands beside the calls: each account's tables and page, then the list of accounts.
    pub(crate) fn finish(self) -> impl Iterator<Item = (String, Content<'a>)> {
        let report = self.report;
        let list = customer_list(report, self.accounts.keys());
        let files = self.accounts.into_iter().flat_map(move |(id, account)| files_of(report, &id, account));
        files.chain([("customers.csv".to_owned(), Content::Csv(list))])
    }
}

fn customer_list<'a>(report: &PeriodReport<'_>, accounts: impl Iterator<Item = &'a String>) -> Table {
    let mut list = Table::new(&["account_id", "name", "folder"]);
    for id in accounts {
        list.push(vec![Cell::from(id.as_str()), report.name_of(id).into(), customer_folder(id).into()]);
    }
    list
}

fn files_of<'a>(report: &PeriodReport<'_>, id: &str, account: Account) -> Vec<(String, Content<'a>)> {
    let folder = customer_folder(id);
    let tables = customer_tables(&account.sums).into_iter();
    let mut files: Vec<(String, Content<'a>)> =
        tables.map(|(file, table)| (format!("{folder}/{file}"), Content::Csv(table))).collect();
    let latest: Vec<CallLine> = account.latest.into_iter().rev().collect();
    let page = customer_page(&CustomerFacts {
        account_id: id,
        name: report.name_of(id),
        period: report.period,
        zone: report.zone,
        sums: &account.sums,
        latest: &latest,
        calls: account.calls,
        files: &account.files,
    });
    files.push((format!("{folder}/index.html"), Content::Html(page)));
    files
}

/// The folder of each account that a period has sums of.
pub(crate) fn customer_folders(sums: &Sums) -> BTreeMap<String, String> {
    sums.account.keys().map(|(id, _)| (id.clone(), customer_folder(id))).collect()
}

/// A folder for an account whatever its id: a few plain letters of it, and its hash.
pub(crate) fn customer_folder(account: &str) -> String {
    let plain: String = account
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(40)
        .collect();
    let hash: String = Sha256::digest(account.as_bytes()).iter().take(6).map(|b| format!("{b:02x}")).collect();
    match plain.trim_matches('-') {
        "" => format!("customers/account-{hash}"),
        plain => format!("customers/{plain}-{hash}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_has_a_folder_of_its_own_inside() {
        let ids =
            ["alice", "Alice", "../../x", "=1+1", "王小明", "a/b", "a\\b", "", "con", "\0", "a\r\nb", "\u{202e}x"];
        let long = "x".repeat(10_000);
        let folders: Vec<String> = ids.iter().chain([&long.as_str()]).map(|id| customer_folder(id)).collect();
        for folder in &folders {
            let name = folder.strip_prefix("customers/").unwrap();
            assert!(name.len() <= 60 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{name}");
        }
        let distinct: std::collections::BTreeSet<&String> = folders.iter().collect();
        assert_eq!(distinct.len(), folders.len());
        assert_eq!(folders[0], "customers/alice-2bd806c97f0e");
    }
}
