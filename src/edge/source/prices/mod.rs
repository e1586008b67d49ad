//! Price tables as gateways and libraries keep them, made into price books.
//!
//! Each format is read as its own system prices by it. A row that cannot be honoured exactly is
//! refused by itself, with the reason; a member that prices what no call reports is left out and
//! counted by name. Numbers are read from their text.
//! Knows nothing of: where tables lie, which of them is wanted.

mod book;
mod document;
mod genai;
mod langfuse;
mod litellm;
mod portkey;
mod ratios;
mod registry;
mod series;
mod sheet;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

pub use book::{BookError, BookErrors, parse_book};
pub use registry::{TableFormat, read_table};
pub use series::{Dated, book_of};
pub use sheet::parse_sheet;

use crate::domain::money::Exact;
use crate::domain::price::{Place, PriceMultiplier, PriceRow, ProviderRule};
use crate::edge::blob::Body;
use crate::edge::source::record::error::SourceError;
use crate::edge::source::record::open::{Opened, open};
use crate::edge::source::record::report::shortened;

/// A row that is not in the book, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    pub place: Place,
    pub name: String,
    pub reason: String,
}

impl fmt::Display for RefusedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.place, self.name, self.reason)
    }
}

/// One foreign table.
#[derive(Clone, Debug, Default)]
pub struct PriceTable {
    /// Entries of the table that became rows; one entry may make several.
    pub imported: usize,
    pub rows: Vec<PriceRow>,
    pub multipliers: Vec<PriceMultiplier>,
    pub providers: Vec<ProviderRule>,
    pub refused: Vec<RefusedRow>,
    /// Entries with a 0 that is no price, because another of the entry counts.
    pub zeros: Vec<RefusedRow>,
    /// Members that say a price and are in no row, with how many entries have them.
    pub left_out: BTreeMap<String, u64>,
    /// What its system does where an entry says nothing, with how many entries that concerns.
    pub assumed: BTreeMap<String, u64>,
}

impl PriceTable {
    fn assume(&mut self, what: &str) {
        *self.assumed.entry(what.to_owned()).or_default() += 1;
    }

    fn refuse(&mut self, place: &Place, name: &str, reason: impl Into<String>) {
        self.refused.push(RefusedRow { place: place.clone(), name: name.to_owned(), reason: reason.into() });
    }

    fn leave_out(&mut self, member: &str) {
        *self.left_out.entry(member.to_owned()).or_default() += 1;
    }
}

/// Why a text is no table of its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    pub place: Place,
    pub message: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for TableError {}

/// Why an entry is refused.
type Refusal = Cow<'static, str>;

/// A price that is a decimal of at most 38 digits and not negative.
fn price(text: &str) -> Result<Exact, Refusal> {
    let exact: Exact = text.parse().map_err(|why| format!("{} {why}", shown(text)))?;
    if exact.is_negative() { Err(format!("{} is negative", shown(text)).into()) } else { Ok(exact) }
}

fn shown(text: &str) -> String {
    if text.len() <= 30 { text.to_owned() } else { format!("{}...", shortened(&text[..text.floor_char_boundary(27)])) }
}

/// `rate` for so many units, as the rate of one.
fn per(rate: Exact, units: u64) -> Result<Exact, Refusal> {
    rate.checked_div_int(units).ok_or_else(|| format!("{rate} for {units} is no finite decimal for one").into())
}

/// The whole of a text, decompressed.
///
/// # Errors
/// When it cannot be read, or is no UTF-8 text.
pub fn read_text(body: Body) -> Result<String, SourceError> {
    let Opened::Text(mut text) = open(body)? else {
        return Err(SourceError::NotRows("is Parquet, which no price table is kept in".into()));
    };
    let (mut bytes, mut block) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let read = text.fill(&mut block)?;
        bytes.extend_from_slice(&block[..read]);
        if read < block.len() {
            break;
        }
    }
    String::from_utf8(bytes).map_err(|_| SourceError::NotRows("is not UTF-8 text".into()))
}
