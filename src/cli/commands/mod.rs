//! One file a command.
//!
//! Knows nothing of: how a step does its work.

mod demo;
mod dispute;
mod doctor;
mod explain;
mod ingest;
mod init;
mod init_from;
mod invoice;
mod list;
mod notify;
mod prices;
mod rate;
mod rejects;
mod run;
mod shell;
mod status;
mod synth;
mod verify;

use std::path::Path;

use super::End;
use super::args::Command;
use super::clock;
use super::output::Out;
use crate::pipeline::AppError;
use crate::pipeline::Step;

pub(super) async fn dispatch(command: Command, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    clock::check()?;
    match command {
        Command::Demo(args) => demo::demo(&args, dir, out).await,
        Command::Init(args) => init::init(&args, dir, out),
        Command::Run(args) => run::job(&args, dir, out).await,
        Command::Ingest(args) => ingest::ingest(&args, dir, out).await,
        Command::Rate(args) => rate::rate(&args, dir, out).await,
        Command::Reconcile(args) => run::step(Step::Reconcile, &args, dir, out).await,
        Command::Rollup(args) => run::step(Step::Rollup, &args, dir, out).await,
        Command::Invoice(args) => invoice::invoice(&args, dir, out).await,
        Command::Notify(args) => notify::notify(&args, dir, out).await,
        Command::Publish(args) => run::step(Step::Publish, &args, dir, out).await,
        Command::Prices(command) => prices::prices(&command, dir, out).await,
        Command::Explain(args) => explain::explain(&args, dir, out).await,
        Command::Dispute(args) => dispute::dispute(&args, dir, out).await,
        Command::Findings(args) => list::findings(&args, dir, out).await,
        Command::Incidents(args) => list::incidents(&args, dir, out).await,
        Command::Rejects(args) => rejects::rejects(&args, dir, out).await,
        Command::Verify(args) => verify::verify(&args, dir, out).await,
        Command::Status(args) => status::status(&args, dir, out).await,
        Command::Doctor => doctor::doctor(dir, out).await,
        Command::Synth(args) => synth::synth(&args, dir, out),
        Command::Completions(args) => shell::completions(&args, out),
        Command::Man => shell::man(out),
    }
}
