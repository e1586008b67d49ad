//! The order of steps: load, compute, seal.
//!
//! Every step reads through `edge`, hands values to `domain`, and seals what comes back with one
//! manifest. Knows nothing of: arguments, terminals, file formats.

mod books;
mod computed_again;
mod config;
mod day;
mod desk;
mod dispute;
mod doors;
mod executor;
mod explain;
mod files;
mod hours;
mod ingest;
mod input_identity;
mod invoice;
mod loader;
mod mentions;
mod metrics;
mod notify;
mod open_day;
mod pass;
mod paying;
mod publish;
mod query;
mod quote;
mod rate;
mod reprice;
mod rollup;
mod row_places;
mod run;

mod sealed_day;
mod sealed_prices;
mod seen;
mod status;
mod stop;
mod tables;
mod unnamed_rows;
mod unpriced;
mod verify;
mod view;
mod window;

#[cfg(test)]
mod format_page_tests;

pub use config::{Billing, Config, LedgerConfig, MailConfig, NoticeConfig, Place, PriceFile, SourceConfig, Waiver};
pub use day::{DayReport, DayState};
pub use desk::{Desk, Halt};
pub use dispute::{DisputeAsked, Pack, PackFile, dispute};
pub use doors::{Door, try_doors};
pub use explain::explain;
pub use hours::{SilentHours, silent_hours};
pub use ingest::Ingested;
pub use invoice::{
    Credit, DocumentReport, DocumentsVerified, Finalise, InvoiceAsk, InvoiceReport, IssuedReport, Unprinted, credit,
    document_table, issued_documents,
};
pub use metrics::write_metrics;
pub use notify::{LowWallet, MessageChange, Notified, by_hand};
pub use publish::{PeriodFacts, Published, facts};
pub use query::{open_above, open_raw, sealed_days, sealed_findings, sealed_rejects};
pub(crate) use quote::{Price, Quoter, quote_all};
pub use rate::{RatedDay, rate};
pub(crate) use reprice::{Rehearsal, RehearseAsk, RepriceAsk, Repriced, rehearse, reprice};
pub use rollup::RollupReport;
pub use run::{Job, RunReport, Step, run};
pub use status::{Status, status};
pub use stop::{Stop, StopKind};
pub(crate) use tables::{TableFile, Tables, date_in, read_tables};
pub(crate) use unpriced::unpriced_calls;
pub use verify::{Verification, Verified, verify};
pub use view::View;
