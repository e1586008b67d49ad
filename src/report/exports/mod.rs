//! The files a period is published with, all in one list.
//!
//! An export ties a name to what it shows of a period; how that becomes bytes is up to whoever writes
//! it. To add one, write its file here and its line in the list. Knows nothing of: formats, where files go.

mod customers;
mod tables;
mod workbook;

pub(crate) use customers::{CallRows, CustomerFiles, customer_folder, customer_folders};

use super::class_table::{class_table, wallet_table};
use super::finding_table::{finding_table, incident_table};
use super::page::{Page, PeriodReport, day_table, finance_page, input_table, period_page};
use super::rollup_table::rollup_table;
use super::table::Table;
use super::tieout::ReportOverflow;
use super::workbook::Workbook;
use crate::domain::period::PeriodKind;
use crate::domain::reconcile::Finding;
use crate::domain::rollup::Rollup;

/// One file of a period, or the files of one kind.
pub(crate) struct Export {
    /// Of its file, below the period's folder; of several, of the one that lists the others. Names the
    /// export for good: no two have one name.
    pub(crate) name: &'static str,
    /// Raised whenever equal facts are to give other bytes: periods are then published anew.
    pub(crate) version: u32,
    /// What it holds, in a few words.
    pub(crate) about: &'static str,
    /// Whether the period's page leads to it as one of the files beside it.
    pub(crate) is_linked: bool,
    pub(crate) applies: fn(Scope) -> bool,
    pub(crate) write: Write,
}

/// What an export shows of a period.
pub(crate) enum Write {
    /// One file. Fails where a sum overflows.
    File(WriteFile),
    /// Files of each customer, which grow with the calls of each day.
    Customers(for<'a> fn(&'a PeriodReport<'a>) -> CustomerFiles<'a>),
}

type WriteFile = for<'a> fn(&'a PeriodReport<'a>) -> Result<Content<'a>, ReportOverflow>;

/// What decides which exports a period has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) kind: PeriodKind,
    /// Customers are to have pages of their own.
    pub(crate) customers: bool,
}

impl Scope {
    /// Customers' pages are of months.
    pub(crate) fn has_customers(self) -> bool {
        self.customers && self.kind == PeriodKind::Month
    }
}

/// What a file holds, and so its format.
pub(crate) enum Content<'a> {
    Csv(Table),
    Html(Page),
    Xlsx(Workbook),
    FindingsJsonl(&'a [Finding]),
    RollupParquet(&'a Rollup),
}

/// Every export, in the order in which they are written and a page lists them. The page that leads to
/// all the others comes last.
pub(crate) const EXPORTS: &[Export] = &[
    linked("report.xlsx", 1, "these tables as one workbook", |r| Ok(Content::Xlsx(workbook::workbook(r)?))),
    linked("by-day.csv", 1, "usage and money by day", |r| Ok(Content::Csv(tables::by_day(r)))),
    linked("by-model.csv", 1, "by model", |r| Ok(Content::Csv(tables::by_model(r)))),
    linked("by-account.csv", 1, "by account", |r| Ok(Content::Csv(tables::by_account(r)))),
    linked("by-key.csv", 1, "by key", |r| Ok(Content::Csv(tables::by_key(r)))),
    linked("rollup.csv", 2, "every group: source, account, model, key, supplier, endpoint, outcome", |r| {
        Ok(Content::Csv(rollup_table(r.rollup)))
    }),
    linked("findings.csv", 1, "every finding, also as findings.jsonl", |r| Ok(Content::Csv(finding_table(r.findings)))),
    linked("incidents.csv", 1, "findings of one cause and origin", |r| Ok(Content::Csv(incident_table(r.incidents)))),
    linked("causes.csv", 1, "differences by leg, class and cause", |r| Ok(Content::Csv(tables::causes(r)?))),
    linked("corrections.csv", 1, "what the ledger should be corrected by, by account", |r| {
        Ok(Content::Csv(tables::to_correct(r)?))
    }),
    linked("classes.csv", 1, "every leg, every class, and their sums", |r| Ok(Content::Csv(class_table(r.classes)))),
    linked("wallets.csv", 1, "opening, movements, closing", |r| Ok(Content::Csv(wallet_table(r.wallets)))),
    linked("days.csv", 1, "sealed days and their revisions", |r| Ok(Content::Csv(day_table(r.days)))),
    linked("inputs.csv", 1, "what came in", |r| Ok(Content::Csv(input_table(r.inputs)))),
    customers::CUSTOMERS,
    apart("rollup.parquet", 1, "rollup.csv with typed columns", |r| Ok(Content::RollupParquet(r.rollup))),
    apart("findings.jsonl", 1, "findings.csv, an object a line", |r| Ok(Content::FindingsJsonl(r.findings))),
    apart("finance.html", 1, "the page for finance", |r| Ok(Content::Html(finance_page(r)?))),
    apart("index.html", 1, "the page of the period", |r| Ok(Content::Html(period_page(r)?))),
];

/// A file of every period, named under the page's files.
const fn linked(name: &'static str, version: u32, about: &'static str, write: WriteFile) -> Export {
    Export { name, version, about, is_linked: true, applies: |_| true, write: Write::File(write) }
}

/// A file of every period that the page leads to elsewhere, or that only programs read.
const fn apart(name: &'static str, version: u32, about: &'static str, write: WriteFile) -> Export {
    Export { name, version, about, is_linked: false, applies: |_| true, write: Write::File(write) }
}

/// The exports of a period.
pub(crate) fn exports_of(scope: Scope) -> impl Iterator<Item = &'static Export> {
    EXPORTS.iter().filter(move |export| (export.applies)(scope))
}

/// The name and version of each export of a period: a part of what its files are made from.
pub(crate) fn export_versions(scope: Scope) -> Vec<String> {
    exports_of(scope).map(|export| format!("{} {}", export.name, export.version)).collect()
}
