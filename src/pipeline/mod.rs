//! The order of steps: load, compute, seal.
//!
//! Every step reads through `edge`, hands values to `domain`, and seals what comes back with one
//! manifest. Knows nothing of: arguments, terminals, file formats.

mod ahead;
pub(crate) mod close;
mod config;
mod context;
mod damage;
mod error;
mod ingest;
mod invoice;
mod metrics;
mod newest;
mod notify;
mod part_cache;
mod preflight;
mod preflight_check;
mod publish;
pub(crate) mod query;
mod raw_catalog;
pub(crate) mod registry;
mod run;
mod set_aside;
mod set_aside_by_hand;
mod stop_signal;
mod verify;

#[cfg(test)]
mod format_page_tests;

pub(crate) use ahead::Ahead;
pub(crate) use close::day::{DayReport, silent_hours};
pub(crate) use close::day_revisions::DayState;
pub(crate) use close::unjudged_calls::{UnjudgedCalls, UnjudgedKinds, together};
pub(crate) use config::{
    Accepted, Billing, Config, ConfiguredFile, LedgerConfig, MailConfig, NoticeConfig, Place, SourceConfig, Unjudged,
    Waiver,
};
pub(crate) use context::RunContext;
pub(crate) use error::{AppError, ErrorKind};
pub(crate) use ingest::{Ingested, refused_files};
pub(crate) use invoice::{
    Asked, CreditRequest, Finalise, InvoiceAsk, InvoiceReport, Unprinted, credit, document_table, invoice_again,
    issued_documents,
};
pub(crate) use metrics::write_metrics;
pub(crate) use newest::check_newest;
pub(crate) use notify::{Notified, by_hand};
pub(crate) use preflight::preflight;
pub(crate) use preflight_check::{Outcome, PreflightCheck};
pub(crate) use publish::{PeriodFacts, facts};
pub(crate) use query::dispute::{DisputeAsked, Pack, dispute};
pub(crate) use query::explain::explain;
pub(crate) use query::quote::{Price, Quoter, quote_all};
pub(crate) use query::rate::rate;
pub(crate) use query::reprice::{Rehearsal, RehearseAsk, RepriceAsk, Repriced, rehearse, reprice};
pub(crate) use query::sealed::{open_above, open_raw, sealed_findings, sealed_rejects};
pub(crate) use query::status::{Status, status};
pub(crate) use query::unpriced::unpriced_calls;
pub(crate) use registry::price_tables::{TableFile, Tables, date_in, read_tables};
pub(crate) use run::{Job, RunReport, Step, run};
pub(crate) use set_aside_by_hand::{At, RawPlace, SetAsideAsk, set_aside, set_aside_rows};
pub(crate) use verify::{Verification, VerifyAsk, verify};
