//! The order of steps: load, compute, seal.
//!
//! Every step reads through `edge`, hands values to `domain`, and seals what comes back with one
//! manifest. Knows nothing of: arguments, terminals, file formats.

mod books;
mod config;
mod day;
mod desk;
mod dispute;
mod doors;
mod explain;
mod files;
mod fingerprint;
mod ingest;
mod loader;
mod metrics;
mod pass;
mod publish;
mod query;
mod rollup;
mod run;
mod status;
mod stop;
mod verify;
mod view;
mod window;

pub use config::{Config, LedgerConfig, Place, PriceFile, SourceConfig};
pub use day::{DayReport, DayState};
pub use desk::Desk;
pub use dispute::{DisputeAsked, Pack, PackFile, dispute};
pub use doors::{Door, try_doors};
pub use explain::explain;
pub use ingest::Ingested;
pub use metrics::write_metrics;
pub use publish::{PeriodFacts, Published, facts};
pub use query::{open_above, open_raw, sealed_days, sealed_findings, sealed_rejects};
pub use rollup::RollupReport;
pub use run::{Job, RunReport, Step, run};
pub use status::{Status, status};
pub use stop::{Stop, StopKind};
pub use verify::{Verification, Verified, verify};
pub use view::View;
