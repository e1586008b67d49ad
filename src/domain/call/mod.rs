//! The canonical call: one API request, its usage in disjoint buckets, what the gateway recorded.
//!
//! A single call is a [`Call`]; a day of them is [`Calls`], columns in Arrow arrays, which is what
//! rating and matching read. Knows nothing of: file formats, prices, ledgers.

mod bitmap;
mod columns;
mod context;
mod cross_day_ids;
mod dict_column;
mod identity;
mod schema;
mod usage;

#[cfg(test)]
pub(crate) mod tests;

pub use bitmap::Bitmap;
pub use columns::{Calls, CallsBuilder};
pub use context::{context_holds, context_text, context_value};
pub use cross_day_ids::{CrossDayIndex, IdSighting, IdSightingKind, cross_day_ids, of_known_ids};
pub use dict_column::{DictColumn, DictColumnBuilder};
pub use identity::{content_hash, name_hash};
pub use usage::{METERS, Meter, ReportedUsage, Usage, UsageNote, UsageParts};

use super::money::Amount;
use super::period::Instant;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    Ok,
    Error,
    Cancelled,
}

impl Outcome {
    pub const ALL: [Outcome; 3] = [Outcome::Ok, Outcome::Error, Outcome::Cancelled];

    pub fn name(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Error => "error",
            Outcome::Cancelled => "cancelled",
        }
    }

    pub fn from_name(name: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|o| o.name() == name)
    }

    /// The outcome as given; else 2xx or no status is ok, 499 cancelled, the rest error.
    pub fn resolve(given: Option<Outcome>, status: Option<u16>) -> Outcome {
        given.unwrap_or(match status {
            None | Some(200..=299) => Outcome::Ok,
            Some(499) => Outcome::Cancelled,
            Some(_) => Outcome::Error,
        })
    }
}

/// One API request, served or not. Identity: (`source`, `call_id`, `attempt`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub source: String,
    pub call_id: String,
    pub attempt: u32,
    pub account_id: String,
    pub api_key_id: Option<String>,
    pub provider: Option<String>,
    /// The billed name.
    pub model: String,
    pub model_served: Option<String>,
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub group: Option<String>,
    pub started_at: Instant,
    pub ended_at: Instant,
    /// HTTP status.
    pub status: Option<u16>,
    /// Resolved by [`Outcome::resolve`].
    pub outcome: Outcome,
    pub stream: Option<bool>,
    /// The tier it was served at; `default`, `standard` and `auto` are read as none.
    pub service_tier: Option<String>,
    pub service_tier_requested: Option<String>,
    pub batch: bool,
    /// What else a price may depend on, such as `speed=fast`; see [`context_text`].
    pub context: Option<String>,
    pub estimated: bool,
    /// Answered from the gateway's own response cache.
    pub cache_hit: bool,
    pub upstream_cost: Option<Amount>,
    pub row_version: Option<i64>,
    pub trace_id: Option<String>,
    /// Absent: nothing was measured. A usage of zeros is a measurement.
    pub usage: Option<Usage>,
    /// Where the reported usage contradicts itself.
    pub usage_note: Option<UsageNote>,
    /// What the gateway says it charged, in `charge_unit`.
    pub charge: Option<Amount>,
    pub charge_unit: Option<String>,
    pub balance_after: Option<Amount>,
    /// The file it came from (an index into the ingest's file list) and where in it.
    pub file: u32,
    pub offset: u64,
}

impl Call {
    /// 401, 402, 403 and 429 without usage are refusals: nothing was consumed, nothing is charged.
    pub fn is_refusal(&self) -> bool {
        is_refusal(self.status, self.usage.as_ref())
    }
}

/// The unit of a call's charge: the one the call names, else the one its source writes in, else that of the book
/// that prices it.
pub(crate) fn charge_unit<U>(own: Option<U>, of_source: Option<U>, of_book: U) -> U {
    own.or(of_source).unwrap_or(of_book)
}

pub fn is_refusal(status: Option<u16>, usage: Option<&Usage>) -> bool {
    matches!(status, Some(401 | 402 | 403 | 429)) && usage.is_none_or(Usage::is_empty)
}
