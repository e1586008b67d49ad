//! The order of steps: load, compute, seal.
//!
//! Every step reads through `edge`, hands values to `domain`, and seals what comes back with one
//! manifest. Knows nothing of: arguments, terminals, file formats.

pub(crate) mod close;
mod config;
mod context;
mod error;
mod ingest;
mod invoice;
mod metrics;
mod notify;
mod part_cache;
mod preflight;
mod preflight_check;
mod publish;
pub(crate) mod query;
mod raw_catalog;
pub(crate) mod registry;
mod run;
mod stop_signal;

#[cfg(test)]
mod format_page_tests;

pub use close::day::{DayReport, silent_hours};
pub use close::day_revisions::DayState;
pub use close::rollup::RollupReport;
pub use close::silent_hours::SilentHours;
pub use config::{
    Billing, Config, ConfiguredFile, LedgerConfig, MailConfig, NoticeConfig, Place, SourceConfig, Waiver,
};
pub use context::RunContext;
pub use error::{AppError, ErrorKind};
pub use ingest::Ingested;
pub use invoice::{
    Credit, DocumentReport, DocumentsVerified, Finalise, InvoiceAsk, InvoiceReport, IssuedReport, Unprinted, credit,
    document_table, issued_documents,
};
pub use metrics::write_metrics;
pub use notify::{LowWallet, MessageChange, Notified, by_hand};
pub use preflight::preflight;
pub use preflight_check::PreflightCheck;
pub use publish::{PeriodFacts, Published, facts};
pub use query::dispute::{DisputeAsked, Pack, PackFile, dispute};
pub use query::explain::explain;
pub(crate) use query::quote::{Price, Quoter, quote_all};
pub use query::rate::{RatedDay, rate};
pub(crate) use query::reprice::{Rehearsal, RehearseAsk, RepriceAsk, Repriced, rehearse, reprice};
pub use query::sealed::{open_above, open_raw, sealed_days, sealed_findings, sealed_rejects};
pub use query::status::{Status, status};
pub(crate) use query::unpriced::unpriced_calls;
pub use query::verify::{Verification, Verified, verify};
pub use raw_catalog::RawCatalog;
pub(crate) use registry::price_tables::{TableFile, Tables, date_in, read_tables};
pub use run::{Job, RunReport, Step, run};
pub use stop_signal::StopSignal;
