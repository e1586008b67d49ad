//! What a run is told: settings resolved to values, paths resolved to blobs and patterns.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::domain::invoice::{BillingRules, Issuer};
use crate::domain::ledger::Threshold;
use crate::domain::money::{Amount, UnitNames};
use crate::domain::period::{Instant, Span, TimeRange, Zone};
use crate::domain::reconcile::Rules;
use crate::edge::blob::Blob;
use crate::edge::mail::{Address, Transport};
use crate::edge::render::FontSettings;

/// Where files of one kind lie: a blob and a pattern of keys below it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub blob: Blob,
    /// A glob over keys (`raw/calls/*`), or a folder.
    pub pattern: String,
}

#[derive(Clone, Debug)]
pub(crate) struct SourceConfig {
    pub name: String,
    pub place: Place,
    pub unit: Option<String>,
    /// Format of its files; absent: told by each file's members.
    pub format: Option<&'static str>,
    /// The version of the format that wrote them, where it has several.
    pub version: Option<String>,
    /// For local times without an offset.
    pub zone: Option<Zone>,
    pub settle: Span,
    /// Rejected rows a file may have, in parts per million of its rows.
    pub max_rejects_ppm: u64,
    /// A row is promised in every hour.
    pub expects_hourly: bool,
}

/// Hours without a row of a source, which is known to be right.
#[derive(Clone, Debug)]
pub(crate) struct Waiver {
    pub source: String,
    pub span: TimeRange,
}

#[derive(Clone, Debug)]
pub(crate) struct LedgerConfig {
    pub postings: Option<Place>,
    pub balances: Option<Place>,
    /// Format of these files; absent: told by each file's members.
    pub format: Option<&'static str>,
    pub zone: Option<Zone>,
    /// For balance files that do not name a unit.
    pub unit: Option<String>,
    pub settle: Span,
    pub max_rejects_ppm: u64,
}

/// When nobody says otherwise, and what notices point to.
#[derive(Clone, Debug, Default)]
pub(crate) struct NoticeConfig {
    /// Thresholds of accounts that have none of their own; empty: none.
    pub default: Vec<Threshold>,
    /// Where to top up.
    pub top_up_url: Option<String>,
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub(crate) struct MailConfig {
    pub transport: Transport,
    pub from: Address,
    pub reply_to: Option<Address>,
    /// Who gets the daily digest.
    pub operator: Option<Address>,
    /// Mail leaves only for a moment this near to the clock.
    pub fresh: Span,
}

/// A price book's file as the operator keeps it.
#[derive(Clone, Debug)]
pub(crate) struct ConfiguredFile {
    pub blob: Blob,
    pub key: String,
}

/// Who sends bills, and how they are numbered.
#[derive(Clone, Debug)]
pub(crate) struct Billing {
    pub issuer: Issuer,
    /// What numbers of invoices, credit notes and statements begin with; `{year}` is the year of issue.
    pub series: String,
    pub credit_series: String,
    pub statement_series: String,
    /// Where a series begins.
    pub first: u32,
    /// An account with more unexplained than this is held; a unit not named: 0.
    pub hold_above: Vec<(String, Amount)>,
    /// Fonts beside those in the program.
    pub fonts: FontSettings,
    /// The operator's own page layout, as text.
    pub template: Option<String>,
}

impl Billing {
    /// With the year put in.
    #[must_use]
    pub(crate) fn of_year(&self, year: i32) -> Billing {
        let put = |series: &str| series.replace("{year}", &format!("{year:04}"));
        Billing {
            series: put(&self.series),
            credit_series: put(&self.credit_series),
            statement_series: put(&self.statement_series),
            ..self.clone()
        }
    }

    /// What of it decides what a bill says.
    pub(crate) fn rules(&self) -> BillingRules {
        BillingRules {
            series: self.series.clone(),
            credit_series: self.credit_series.clone(),
            statement_series: self.statement_series.clone(),
            hold_above: self.hold_above.clone(),
        }
    }
}

/// What is not judged, and does not end a run with 4 as long as there is no more of it than somebody accepts.
/// Another kind is one more line here and where a run counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unjudged {
    /// Rows dated in the future.
    Future,
    /// Rows with an amount that no row may have, of an earlier build.
    Oversized,
    /// Calls that no price applies to.
    Unpriced,
    /// Calls that cost, and say nothing of what they used.
    NoUsage,
    /// Calls whose charge or debit is in a unit that nothing leads to.
    NoConversion,
    /// Calls with neither a charge nor a debit that could be compared.
    NotCompared,
    /// Thresholds of wallets that nothing can be held against.
    Unwatched,
}

impl Unjudged {
    pub(crate) const ALL: [Unjudged; 7] = [
        Unjudged::Future,
        Unjudged::Oversized,
        Unjudged::Unpriced,
        Unjudged::NoUsage,
        Unjudged::NoConversion,
        Unjudged::NotCompared,
        Unjudged::Unwatched,
    ];

    /// What `[accept]` calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Unjudged::Future => "future",
            Unjudged::Oversized => "oversized",
            Unjudged::Unpriced => "unpriced",
            Unjudged::NoUsage => "no_usage",
            Unjudged::NoConversion => "no_conversion",
            Unjudged::NotCompared => "not_compared",
            Unjudged::Unwatched => "unwatched",
        }
    }

    /// What it is counted in.
    pub(crate) fn counted_in(self) -> &'static [&'static str] {
        match self {
            Unjudged::Future | Unjudged::Oversized => &["rows"],
            Unjudged::Unpriced | Unjudged::NoUsage | Unjudged::NoConversion | Unjudged::NotCompared => &["calls"],
            Unjudged::Unwatched => &["wallets"],
        }
    }

    /// What it is, for people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Unjudged::Future => "dated in the future",
            Unjudged::Oversized => "above what one row may have",
            Unjudged::Unpriced => "no price applies to them",
            Unjudged::NoUsage => "they cost, and say nothing of what they used",
            Unjudged::NoConversion => "no rate leads from one unit to the other",
            Unjudged::NotCompared => "neither a charge nor a debit is there to compare",
            Unjudged::Unwatched => "nothing can be held against their threshold",
        }
    }
}

/// How much of each kind is accepted, by what it is counted in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted(pub BTreeMap<(Unjudged, &'static str), u64>);

impl Accepted {
    /// Whether there is more of a kind than is accepted; what is not accepted at all has a limit of 0.
    pub(crate) fn is_exceeded(&self, kind: Unjudged, counted_in: &'static str, count: u64) -> bool {
        count > self.0.get(&(kind, counted_in)).copied().unwrap_or(0)
    }
}

/// Everything a run is told that is not the clock.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub zone: Zone,
    pub grace: Span,
    pub max_late: Span,
    pub sources: Vec<SourceConfig>,
    /// What rows may name as a unit.
    pub unit_names: Arc<UnitNames>,
    pub waivers: Vec<Waiver>,
    pub books: Vec<ConfiguredFile>,
    pub ledger: Option<LedgerConfig>,
    pub accounts: Option<ConfiguredFile>,
    pub keys: Option<ConfiguredFile>,
    /// `rules.sources[i].book` is an index into `books`.
    pub rules: Rules,
    pub publish: Blob,
    /// Absent: no bills.
    pub billing: Option<Billing>,
    pub notice: NoticeConfig,
    /// Absent: no mail leaves.
    pub mail: Option<MailConfig>,
    /// Whether months have a page for each customer.
    pub customers: bool,
    /// A file for a scraper of metrics.
    pub metrics: Option<ConfiguredFile>,
    /// In how many partitions a day is run; absent: as many as there are threads, a small day in one.
    /// It changes nothing of what is found.
    pub partitions: Option<NonZeroUsize>,
    /// Open differences above this make a run end with 3; a unit not named has 0.
    pub exit_above: Vec<(String, Amount)>,
    pub accepted: Accepted,
}

impl Config {
    /// When a day's prices are those known and its rows are final: its end + grace.
    pub(crate) fn known_at(&self, day_end: Instant) -> Instant {
        day_end.plus(self.grace)
    }
}
