//! Price books: import, quote, compare, check, look up, try on sealed calls. One file a command.

mod diff;
mod import;
mod lint;
mod load;
mod quote;
mod rehearse;
mod reprice;
mod show;

use std::path::Path;

use crate::cli::End;
use crate::cli::args::PricesCommand;
use crate::cli::output::Out;
use crate::pipeline::AppError;

pub(super) async fn prices(command: &PricesCommand, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    match command {
        PricesCommand::Import(args) => import::import(args, dir, out),
        PricesCommand::Quote(args) => quote::quote(args, dir, out),
        PricesCommand::Diff(args) => diff::diff(args, dir, out),
        PricesCommand::Lint(args) => lint::lint(args, dir, out).await,
        PricesCommand::Show(args) => show::show(args, dir, out),
        PricesCommand::Rehearse(args) => rehearse::rehearse(args, dir, out).await,
        PricesCommand::Reprice(args) => reprice::reprice(args, dir, out).await,
    }
}
