//! The command line: arguments, settings, the clock, messages, exit codes; one file a command.
//!
//! Knows nothing of: arithmetic, how a step does its work.

#![expect(clippy::disallowed_methods, reason = "settings and the clock enter here")]

mod args;
mod clock;
mod commands;
mod context;
mod fault;
mod log;
mod output;
mod settings;
mod tables;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind as Parsing;

use crate::pipeline::{AppError, ErrorKind};
use args::Cli;
use output::Out;

/// How a command ended, when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    /// Open differences above `exit_above`.
    Differences,
    /// Done in part; what is left is listed.
    Partial,
    /// Some input was refused; the rest is done.
    Refused,
}

impl End {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            End::Done => 0,
            End::Differences => 3,
            End::Partial => 4,
            End::Refused => 65,
        }
    }
}

/// How long the end waits for writes under way; cut off, they are as if never begun.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let help = matches!(e.kind(), Parsing::DisplayHelp | Parsing::DisplayVersion);
            let _ = e.print();
            return ExitCode::from(if help { 0 } else { ErrorKind::Usage.exit_code() });
        }
    };
    let mut out = Out::standard(cli.log);
    match fault::caught(|| start(cli, &mut out)) {
        Ok(end) => ExitCode::from(end.exit_code()),
        Err(failure) => {
            out.fail(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

fn start(cli: Cli, out: &mut Out) -> Result<End, AppError> {
    let dir = match cli.dir {
        Some(dir) => dir,
        None => std::env::current_dir().map_err(|e| AppError::usage(format!("the current folder is gone: {e}")))?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| AppError::new(ErrorKind::Temporary, format!("threads cannot be started: {e}")))?;
    let done = absolute(dir).and_then(|dir| runtime.block_on(commands::dispatch(cli.command, &dir, out)));
    // What is still being read when a run stops has no reader any more.
    runtime.shutdown_timeout(LAST_WRITES);
    done
}

fn absolute(dir: PathBuf) -> Result<PathBuf, AppError> {
    std::path::absolute(&dir).map_err(|e| AppError::usage(format!("{}: {e}", dir.display())))
}
