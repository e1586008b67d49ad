//! The order of steps: load, compute, seal.
//!
//! Every step reads through `edge`, hands values to `domain`, and seals what comes back with one
//! manifest. Knows nothing of: arguments, terminals, file formats.

mod books;
mod config;
mod day;
mod desk;
mod doors;
mod explain;
mod files;
mod fingerprint;
mod ingest;
mod loader;
mod pass;
mod publish;
mod query;
mod quote;
mod rollup;
mod run;
mod status;
mod stop;
mod tables;
mod unpriced;
mod verify;
mod view;
mod window;

pub use config::{Config, LedgerConfig, Place, PriceFile, SourceConfig};
pub use day::{DayReport, DayState};
pub use desk::Desk;
pub use doors::{Door, try_doors};
pub use explain::explain;
pub use ingest::Ingested;
pub use publish::{PeriodFacts, Published, facts};
pub use query::{open_above, open_raw, sealed_days, sealed_findings, sealed_rejects};
pub(crate) use quote::{Price, Quoter};
pub use rollup::RollupReport;
pub use run::{Job, RunReport, Step, run};
pub use status::{Status, status};
pub use stop::{Stop, StopKind};
pub(crate) use tables::{TableFile, Tables, date_in, read_tables};
pub(crate) use unpriced::unpriced_calls;
pub use verify::{Verification, Verified, verify};
pub use view::View;
