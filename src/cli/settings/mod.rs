//! trueup.toml and job files: written once, meant once.
//!
//! Knows nothing of: what a run does with them.

mod billing;
mod file;
mod job;
mod nearest;
mod resolve;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub(crate) use job::{SHIPPED_JOBS, load_job};

use crate::edge::blob::S3Credentials;
use crate::edge::health::HealthUrl;
use crate::edge::state::StateUrl;
use crate::pipeline::AppError;
use crate::pipeline::Config;

/// What the file says, resolved to values.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The folder of trueup.toml; relative paths are relative to it.
    pub(crate) dir: PathBuf,
    pub(crate) config: Config,
    pub(crate) lake: crate::edge::blob::Blob,
    pub(crate) state: StateUrl,
    /// Told when a job begins and how it ends.
    pub(crate) health: Option<HealthUrl>,
    /// Secrets that stand in the file, in words that do not repeat them.
    pub(crate) exposed: Vec<String>,
}

/// Reads trueup.toml of a folder.
///
/// # Errors
/// Config, with the place in the file.
pub(crate) fn load(dir: &Path, credentials: Option<S3Credentials>) -> Result<Settings, AppError> {
    let path = dir.join("trueup.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => AppError::config("there is no trueup.toml here")
            .at(path.display().to_string())
            .hint("`trueup init` writes one to start from; `-C DIR` looks in another folder"),
        _ => AppError::config(format!("trueup.toml cannot be read: {e}")).at(path.display().to_string()),
    })?;
    resolve::resolve(&text, dir, credentials)
}

/// `trueup.toml:LINE:COLUMN` of a byte in its text.
fn place_of(name: &str, text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    format!("{name}:{line}:{column}")
}

/// A TOML text into its shape, errors with their place.
fn parse<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, AppError> {
    toml::from_str(text).map_err(|e| {
        let failure = AppError::config(without_values(e.message()));
        match e.span() {
            Some(span) => failure.at(place_of(name, text, span.start)),
            None => failure.at(name),
        }
    })
}

/// What a parser says, less the texts it found: one of them may be a password in the wrong place.
fn without_values(message: &str) -> String {
    let Some((before, after)) = message.split_once("string \"") else { return message.to_owned() };
    // The value may hold quotes: what is said of it follows the last one.
    let rest = after.rsplit_once("\", expected").map_or(String::new(), |(_, rest)| format!(", expected{rest}"));
    format!("{before}a text{rest}")
}
