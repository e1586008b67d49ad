//! What a run is told: settings resolved to values, paths resolved to blobs and patterns.

use crate::domain::money::Amount;
use crate::domain::period::{Instant, Span, Zone};
use crate::domain::reconcile::Rules;
use crate::edge::blob::Blob;

/// Where files of one kind lie: a blob and a pattern of keys below it.
#[derive(Clone, Debug)]
pub struct Place {
    pub blob: Blob,
    /// A glob over keys (`raw/calls/*`), or a folder.
    pub pattern: String,
}

#[derive(Clone, Debug)]
pub struct SourceConfig {
    pub name: String,
    pub place: Place,
    pub unit: Option<String>,
    /// For local times without an offset.
    pub zone: Option<Zone>,
    pub settle: Span,
    /// Rejected rows a file may have, in parts per million of its rows.
    pub max_rejects_ppm: u64,
    /// Index into [`Config::books`].
    pub book: usize,
}

#[derive(Clone, Debug)]
pub struct LedgerConfig {
    pub postings: Option<Place>,
    pub balances: Option<Place>,
    pub zone: Option<Zone>,
    /// For balance files that do not name a unit.
    pub unit: Option<String>,
    pub settle: Span,
    pub max_rejects_ppm: u64,
}

/// A price book's file as the operator keeps it.
#[derive(Clone, Debug)]
pub struct PriceFile {
    pub blob: Blob,
    pub key: String,
}

/// Everything a run is told that is not the clock.
#[derive(Clone, Debug)]
pub struct Config {
    pub zone: Zone,
    pub grace: Span,
    pub max_late: Span,
    pub sources: Vec<SourceConfig>,
    pub books: Vec<PriceFile>,
    pub ledger: Option<LedgerConfig>,
    pub accounts: Option<PriceFile>,
    pub keys: Option<PriceFile>,
    /// `rules.sources[i].book` is an index into `books`.
    pub rules: Rules,
    pub publish: Blob,
    /// Whether months have a page for each customer.
    pub customers: bool,
    /// A file for a scraper of metrics.
    pub metrics: Option<PriceFile>,
    /// Open differences above this make a run end with 3; a unit not named has 0.
    pub exit_above: Vec<(String, Amount)>,
}

impl Config {
    /// When a day's prices are those known and its rows are final: its end + grace.
    pub fn known_at(&self, day_end: Instant) -> Instant {
        day_end.plus(self.grace)
    }
}
