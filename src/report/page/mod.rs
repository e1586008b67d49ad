//! Pages as values: sections of figures, charts and tables; no format.
//!
//! What a page says is decided here, how it looks by whoever writes it down.
//! Knows nothing of: formats, files, where a page is put.

pub(super) mod chart;
mod customer;
mod finance;
mod index;
mod inputs;
mod lists;
mod period;
mod sections;
mod wallets;

#[cfg(test)]
mod tests;

pub(crate) use chart::{Bars, Chart, Columns};
pub(crate) use customer::CallLine;
pub(super) use customer::{CustomerFacts, call_table, customer_page, customer_tables};
pub(super) use finance::finance_page;
pub(crate) use index::{Entry, index_page};
pub(crate) use inputs::{DayFact, InputFact, LawFact, PeriodReport, Prices, UnjudgedFact};
pub(super) use inputs::{day_table, input_table};
pub(super) use period::period_page;

use super::digits::{self, grouped, minus};
use super::table::{Cell, Table};
use crate::domain::money::Amount;
use crate::domain::period::Zone;

/// One page: what is said, in order.
#[derive(Clone, Debug)]
pub struct Page {
    pub title: String,
    /// Parts, each with its own direction: a name written from right to left moves nothing beside it.
    pub subtitle: Vec<String>,
    /// Where else to go, before everything else.
    pub trail: Vec<Link>,
    pub sections: Vec<Section>,
    /// How it was made and can be made again.
    pub foot: Vec<String>,
    /// Instants are shown in it.
    pub zone: Zone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub text: String,
    /// Relative to the page.
    pub href: String,
}

impl Link {
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Link {
        Link { text: text.into(), href: href.into() }
    }
}

#[derive(Clone, Debug)]
pub struct Section {
    /// Names it within its page.
    pub id: &'static str,
    pub title: String,
    pub lead: String,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
pub enum Block {
    Verdict(Verdict),
    Figures(Vec<Figure>),
    /// A chart, and its figures as a table.
    Chart(Chart, Listing),
    Listing(Listing),
    Text(String),
    Links(Vec<Link>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Good,
    Warn,
}

/// What a reader must know first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub tone: Tone,
    pub title: String,
    pub text: String,
}

/// One large number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    pub label: String,
    pub value: Cell,
    pub unit: String,
    pub note: String,
    pub tone: Tone,
}

/// A table on a page, cut to what a person reads.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    pub caption: String,
    /// Columns carry the words of a heading.
    pub table: Table,
    /// Where a row's first cell leads, by row; shorter than the table where the rest leads nowhere.
    pub links: Vec<Option<String>>,
    /// Every digit is shown, so that the figures add up as they stand.
    pub exact: bool,
    /// Rows that stand out, by number.
    pub strong: Vec<usize>,
    pub total: Option<Vec<Cell>>,
    pub more: Option<More>,
    /// Said in place of a table without rows.
    pub none: &'static str,
}

/// Rows a page leaves out, and where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct More {
    pub rows: u64,
    pub file: String,
}

impl Listing {
    pub fn new(caption: impl Into<String>, table: Table) -> Listing {
        Listing { caption: caption.into(), table, none: "None.", ..Listing::default() }
    }

    /// Cut to `most` rows; the rest is in `file`.
    #[must_use]
    pub fn cut(mut self, most: usize, file: &str) -> Listing {
        let rows = self.table.rows.len();
        if rows > most {
            self.table.rows.truncate(most);
            self.links.truncate(most);
            self.more = Some(More { rows: (rows - most) as u64, file: file.to_owned() });
        }
        self
    }

    #[must_use]
    pub fn or(mut self, none: &'static str) -> Listing {
        self.none = none;
        self
    }
}

impl Section {
    fn new(id: &'static str, title: impl Into<String>, lead: impl Into<String>) -> Section {
        Section { id, title: title.into(), lead: lead.into(), blocks: Vec::new() }
    }

    fn with(mut self, block: Block) -> Section {
        self.blocks.push(block);
        self
    }

    fn list(self, listing: Listing) -> Section {
        self.with(Block::Listing(listing))
    }
}

/// `1 call`, `2 calls`.
fn count_of(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", thousands(n)) }
}

/// An amount inside a sentence, with every digit.
fn spoken(amount: Amount) -> String {
    minus(&grouped(amount, 0))
}

/// `1,234,567`.
fn thousands(n: u64) -> String {
    digits::thousands(&n.to_string())
}
