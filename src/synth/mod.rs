//! A made-up operator's month: calls, ledger, prices and parties of one of five platforms, with faults
//! planted in it and the truth about each told beside.
//!
//! One planted fault makes exactly one finding; without faults the month is clean in every leg. The
//! same plan gives the same bytes everywhere: chance comes from a seed, and all arithmetic is in
//! integers. Calls are written as they happen, so memory follows accounts and concurrency, not calls.
//! Charges are computed here a second time, apart from the kernel, so that each can catch the other.
//!
//! Knows nothing of: rating, reconciliation, reading files, the clock, where its files end up.

mod accounts;
mod call;
mod fault;
mod files;
mod inject;
mod platforms;
mod price;
mod random;
mod rates;
mod request;
mod settings;
mod settle;
mod simulation;
mod spec;
#[cfg(test)]
mod tests;
mod trace;
mod write;

use std::io::{self, Write};

use crate::domain::period::Period;

pub(crate) use trace::{Replay, Request, TracePlan};

/// The name of the one source in every folder.
const SOURCE: &str = "gateway";

/// One of the five platforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Platform {
    TokModel,
    Toki,
    Resayil,
    TokOne,
    LlmHub,
}

impl Platform {
    pub(crate) const ALL: [Platform; 5] =
        [Platform::TokModel, Platform::Toki, Platform::Resayil, Platform::TokOne, Platform::LlmHub];

    /// The name of its folder, its book and its truth.
    pub(crate) fn name(self) -> &'static str {
        self.spec().name
    }

    pub(crate) fn from_name(name: &str) -> Option<Platform> {
        Platform::ALL.into_iter().find(|p| p.name() == name)
    }

    fn spec(self) -> &'static spec::Spec {
        match self {
            Platform::TokModel => &platforms::TOK_MODEL,
            Platform::Toki => &platforms::TOKI,
            Platform::Resayil => &platforms::RESAYIL,
            Platform::TokOne => &platforms::TOK_ONE,
            Platform::LlmHub => &platforms::LLM_HUB,
        }
    }
}

/// Whether anything is wrong in the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Faults {
    None,
    Planted,
}

/// What to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub platform: Platform,
    pub seed: u64,
    /// Requests; retries and refusals come on top.
    pub calls: u64,
    /// At least 12 are made.
    pub accounts: u32,
    /// A month, by the platform's own zone.
    pub month: Period,
    pub faults: Faults,
    /// Where the operator's folder is in the sink.
    pub folder: String,
    /// Where the truth is in the sink; the operator never sees it.
    pub truth: String,
}

impl Plan {
    /// A month of 20,000 calls by 50 accounts, with faults; folder `NAME`, truth `truth/NAME.jsonl`.
    pub(crate) fn new(platform: Platform, month: Period) -> Plan {
        Plan {
            platform,
            seed: 1,
            calls: 20_000,
            accounts: 50,
            month,
            faults: Faults::Planted,
            folder: platform.name().to_owned(),
            truth: format!("truth/{}.jsonl", platform.name()),
        }
    }
}

/// Where files go. Several are open at a time; each is flushed before it is dropped.
pub(crate) trait Sink {
    /// Begins a file; `path` has forward slashes and no leading one.
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Write>>;
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub files: u64,
    /// Rows of the call log, without rows exported twice.
    pub calls: u64,
    pub postings: u64,
    pub balances: u64,
    /// Rows of calls and postings exported a second time.
    pub duplicates: u64,
    /// Calls written into a later day's file.
    pub late: u64,
    /// Lines that cannot be read.
    pub rejects: u64,
    pub faults: u64,
}

/// Writes a platform's month.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] where the period is not a month; else whatever the sink says.
pub(crate) fn write(plan: &Plan, sink: &mut dyn Sink) -> io::Result<Summary> {
    if plan.month.kind() != crate::domain::period::PeriodKind::Month {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "synth makes whole months"));
    }
    simulation::write(plan, plan.platform.spec(), sink)
}
