//! Settings: `trueup.toml` and the job files, read once, checked whole, and typed.
//!
//! Every path is resolved against the folder of `trueup.toml`. What is wrong is told with file, line
//! and column, and what to do about it.
//! Knows nothing of: what the settings are for; files other than these.

mod documents;
mod file;
mod jobs;
mod page;
mod resolve;
mod types;
mod units;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use jobs::{Job, Step};
pub use types::{
    Close, Expect, Format, Input, Invoice, Issuer, Ledger, Location, Mail, MailUrl, MaxRejects, Notice, Parties,
    Policy, Reconcile, S3, Secret, Settings, Source, StateUrl,
};

use super::failure::{Failure, Kind};
use page::Page;

/// The name of the settings file.
pub const FILE: &str = "trueup.toml";

impl Settings {
    /// Reads `trueup.toml` in a folder.
    ///
    /// # Errors
    /// A failure of kind `Config` where the file is missing or anything in it is wrong.
    pub fn load(dir: &Path) -> Result<Settings, Failure> {
        let path = dir.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let failure = Failure::new(Kind::Config, format!("{FILE} cannot be read")).at(path.display().to_string());
            match error.kind() {
                std::io::ErrorKind::NotFound => failure.because(error).hint(
                    "Run `trueup init` there for one to start from, or `trueup -C DIR` with the folder that has it.",
                ),
                _ => failure.because(error),
            }
        })?;
        Settings::parse(&text, dir)
    }

    /// Settings from the text of a `trueup.toml` that lies in `dir`.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn parse(text: &str, dir: &Path) -> Result<Settings, Failure> {
        let page = Page::new(FILE, text);
        resolve::settings(&page, page.read()?, dir)
    }
}
