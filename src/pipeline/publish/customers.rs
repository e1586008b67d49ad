//! A page and the calls of each customer of a month, a day's calls in memory at a time.

use std::collections::{BTreeMap, VecDeque};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int32Type, TimestampMicrosecondType, UInt32Type, UInt64Type};

use super::list::Writer;
use crate::domain::call::{Calls, Meter, Names};
use crate::domain::hash::sha256;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};
use crate::domain::reconcile::distinct_rows;
use crate::domain::report::{CallLine, Cell, CustomerFacts, Sums, Table, call_table, customer_page, customer_tables};
use crate::edge::lake::{Manifest, Read};
use crate::edge::render::{to_csv, to_html};
use crate::pipeline::desk::Desk;
use crate::pipeline::rollup::day_rollup;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;
use crate::pipeline::window::calls_of;

/// Calls of a page; the files beside it have all.
const LATEST: usize = 200;
/// Calls of a month up to which an account has one file; beyond, one for each day.
const ONE_FILE: u64 = 500_000;

/// What is kept of an account while the days go by.
#[derive(Default)]
struct Account {
    sums: Sums,
    latest: VecDeque<CallLine>,
    calls: u64,
    csv: Vec<u8>,
    files: Vec<String>,
}

pub(super) struct Customers<'a> {
    desk: &'a Desk,
    view: &'a View,
    period: Period,
    days: &'a [Manifest],
    names: &'a BTreeMap<String, String>,
    accounts: BTreeMap<String, Account>,
    by_day: bool,
}

impl<'a> Customers<'a> {
    pub(super) async fn new(
        desk: &'a Desk,
        view: &'a View,
        period: Period,
        days: &'a [Manifest],
        names: &'a BTreeMap<String, String>,
    ) -> Result<Customers<'a>, Stop> {
        let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
        for manifest in days {
            for (dimensions, measures) in day_rollup(desk, manifest).await?.rows() {
                let account = accounts.entry(dimensions.account_id.clone()).or_default();
                account.sums.add(dimensions, measures).map_err(Stop::internal)?;
            }
        }
        let calls: u64 = days.iter().filter_map(|d| d.rows.get("calls")).sum();
        Ok(Customers { desk, view, period, days, names, accounts, by_day: calls > ONE_FILE })
    }

    /// Writes everything; gives each account's folder, below the period's.
    pub(super) async fn write(mut self, out: &mut Writer<'_>) -> Result<BTreeMap<String, String>, Stop> {
        for manifest in self.days {
            let Some(day) = Day::parse(&manifest.period) else { continue };
            self.day(manifest, day, out).await?;
        }
        let mut folders = BTreeMap::new();
        let mut list = Table::new(&["account_id", "name", "folder"]);
        for (id, mut account) in std::mem::take(&mut self.accounts) {
            let folder = folder_of(&id);
            let name = self.names.get(&id).map_or("", String::as_str);
            if !account.csv.is_empty() {
                out.put(&format!("{folder}/calls.csv"), std::mem::take(&mut account.csv)).await?;
                account.files.push("calls.csv".to_owned());
            }
            for (file, table) in customer_tables(&account.sums) {
                out.put(&format!("{folder}/{file}"), to_csv(&table)).await?;
            }
            let latest: Vec<CallLine> = account.latest.into_iter().rev().collect();
            let page = customer_page(&CustomerFacts {
                account_id: &id,
                name,
                period: self.period,
                zone: self.desk.config.zone,
                sums: &account.sums,
                latest: &latest,
                calls: account.calls,
                files: &account.files,
            });
            out.put(&format!("{folder}/index.html"), to_html(&page)).await?;
            list.push(vec![Cell::from(id.as_str()), name.into(), folder.as_str().into()]);
            folders.insert(id, folder);
        }
        out.put("customers.csv", to_csv(&list)).await?;
        Ok(folders)
    }

    async fn day(&mut self, manifest: &Manifest, day: Day, out: &mut Writer<'_>) -> Result<(), Stop> {
        for (id, lines) in lines(self.desk, self.view, manifest, day).await? {
            let folder = folder_of(&id);
            let account = self.accounts.entry(id).or_default();
            account.calls += lines.len() as u64;
            let csv = to_csv(&call_table(&lines));
            if self.by_day {
                let file = format!("calls-{day}.csv");
                out.put(&format!("{folder}/{file}"), csv).await?;
                account.files.push(file);
            } else if account.csv.is_empty() {
                account.csv = csv;
            } else {
                // The header has no line break of its own.
                let header = csv.iter().position(|b| *b == b'\n').map_or(0, |at| at + 1);
                account.csv.extend_from_slice(&csv[header..]);
            }
            account.latest.extend(lines);
            let old = account.latest.len().saturating_sub(LATEST);
            account.latest.drain(..old);
        }
        Ok(())
    }
}

const COLUMNS: [&str; 9] =
    ["key", "source", "call_id", "attempt", "account_id", "started_at", "unit", "recorded", "posted"];

/// A sealed day's calls by account, in order of time.
async fn lines(
    desk: &Desk,
    view: &View,
    manifest: &Manifest,
    day: Day,
) -> Result<BTreeMap<String, Vec<CallLine>>, Stop> {
    let calls = calls_of(desk, view, day, None).await?;
    let calls = calls.take(&distinct_rows(&calls)).map_err(Stop::internal)?;
    let mut index = Index::of(&calls);
    let mut lines: BTreeMap<String, Vec<CallLine>> = BTreeMap::new();
    for part in manifest.parts_of("charges") {
        let how = Read { columns: Some(&COLUMNS), ..Read::default() };
        for batch in desk.lake.open_part(part, how).await? {
            let batch = batch?;
            let charged = Charged::of(&batch);
            for row in 0..batch.num_rows() {
                let call = index.take(&charged, row).ok_or_else(|| {
                    Stop::law(format!("a sealed call of {day} is not among the calls read")).at(&part.path)
                })?;
                let line = charged.line(row, &calls, call);
                lines.entry(charged.account.get(row).unwrap_or_default().to_owned()).or_default().push(line);
            }
        }
    }
    for lines in lines.values_mut() {
        lines.sort_by(|a, b| (a.started_at, &a.call_id, a.attempt).cmp(&(b.started_at, &b.call_id, b.attempt)));
    }
    Ok(lines)
}

/// A day's calls by the hash of their ids; each is found once.
struct Index<'a> {
    calls: &'a Calls,
    order: Vec<u32>,
    taken: Vec<bool>,
}

impl<'a> Index<'a> {
    fn of(calls: &'a Calls) -> Index<'a> {
        let keys = calls.key().values();
        let mut order: Vec<u32> = (0u32..).take(calls.len()).collect();
        order.sort_by_key(|call| keys[*call as usize]);
        Index { calls, order, taken: vec![false; calls.len()] }
    }

    fn take(&mut self, charged: &Charged<'_>, row: usize) -> Option<usize> {
        let key = charged.batch["key"].as_primitive::<UInt64Type>().value(row);
        let keys = self.calls.key().values();
        let first = self.order.partition_point(|call| keys[*call as usize] < key);
        let mut same = self.order[first..].iter().map(|call| *call as usize).take_while(|call| keys[*call] == key);
        let found = same.find(|call| !self.taken[*call] && charged.is_of(row, self.calls, *call))?;
        self.taken[found] = true;
        Some(found)
    }
}

/// What is sealed of a run of calls.
struct Charged<'a> {
    batch: &'a RecordBatch,
    source: Names<'a>,
    account: Names<'a>,
    unit: Names<'a>,
}

impl<'a> Charged<'a> {
    fn of(batch: &'a RecordBatch) -> Charged<'a> {
        let names = |name: &str| Names::new(batch[name].as_dictionary::<Int32Type>());
        Charged { batch, source: names("source"), account: names("account_id"), unit: names("unit") }
    }

    fn is_of(&self, row: usize, calls: &Calls, call: usize) -> bool {
        let attempt = self.batch["attempt"].as_primitive::<UInt32Type>().value(row);
        let started = self.batch["started_at"].as_primitive::<TimestampMicrosecondType>().value(row);
        attempt == calls.attempt().value(call)
            && started == calls.started_at().value(call)
            && self.source.get(row) == calls.source().get(call)
            && self.batch["call_id"].as_string::<i32>().value(row) == calls.call_id().value(call)
            && self.amount("recorded", row) == calls.recorded(call)
    }

    fn amount(&self, column: &str, row: usize) -> Option<Amount> {
        let amounts = self.batch[column].as_primitive::<Decimal128Type>();
        amounts.is_valid(row).then(|| Amount::from_raw(amounts.value(row))).flatten()
    }

    fn line(&self, row: usize, calls: &Calls, call: usize) -> CallLine {
        let sum = |meters: &[Meter]| {
            meters.iter().fold(0i64, |sum, meter| sum.saturating_add(calls.quantity(*meter).value(call)))
        };
        let text = |names: Names<'_>| names.get(call).unwrap_or_default().to_owned();
        CallLine {
            started_at: calls.started(call),
            call_id: calls.call_id().value(call).to_owned(),
            attempt: calls.attempt().value(call),
            model: text(calls.model()),
            api_key_id: text(calls.api_key_id()),
            outcome: calls.outcome_of(call).name(),
            status: calls.status().is_valid(call).then(|| calls.status().value(call)),
            input_tokens: sum(&Meter::INPUTS),
            cached_tokens: sum(&[Meter::CacheRead]),
            output_tokens: sum(&Meter::OUTPUTS),
            unit: self.unit.get(row).unwrap_or_default().to_owned(),
            charge: self.amount("recorded", row),
            debited: self.amount("posted", row),
        }
    }
}

/// A folder for an account whatever its id: a few plain letters of it, and its hash.
pub(in crate::pipeline) fn folder_of(account: &str) -> String {
    let plain: String = account
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(40)
        .collect();
    let hash = &sha256(account.as_bytes())[..12];
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
        let folders: Vec<String> = ids.iter().chain([&long.as_str()]).map(|id| folder_of(id)).collect();
        for folder in &folders {
            let name = folder.strip_prefix("customers/").unwrap();
            assert!(name.len() <= 60 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{name}");
        }
        let distinct: std::collections::BTreeSet<&String> = folders.iter().collect();
        assert_eq!(distinct.len(), folders.len());
        assert_eq!(folders[0], "customers/alice-2bd806c97f0e");
    }
}
