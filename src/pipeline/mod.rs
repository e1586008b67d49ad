//! The order of steps: load, compute, seal.
//!
//! Every step reads through `edge`, hands values to `domain`, and seals what comes back with one
//! manifest. Knows nothing of: arguments, terminals, file formats.

mod config;
mod files;

pub use config::{Config, LedgerConfig, PriceFile, SourceConfig};
