//! A pack that answers a customer.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::End;
use crate::cli::args::{DisputeArgs, Format};
use crate::cli::context::{day, open_to_read};
use crate::cli::output::Out;
use crate::edge::blob::{WholeFile, name_folder};
use crate::pipeline::{self, DisputeAsked, Pack};
use crate::pipeline::{AppError, ErrorKind};
use crate::report::dispute::{cause_table, unit_table};

/// Tells a folder that holds a pack, which may be written over.
const INDEX: &str = "pack.json";

pub(super) async fn dispute(args: &DisputeArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let (first, last) = (day_of("--from", &args.from)?, day_of("--to", &args.to)?);
    if last < first {
        return Err(AppError::usage(format!("--to {last} is before --from {first}")));
    }
    let context = open_to_read(dir).await?;
    let asked = DisputeAsked { account_id: args.account.clone(), first, last };
    let pack = pipeline::dispute(&context, &asked).await?;
    let folder = dir.join(args.out.clone().unwrap_or_else(|| pack.folder.clone().into()));
    write(&pack, &folder)?;
    match args.output.format {
        Format::Text => told(&pack, out)?,
        Format::Json => {
            let index = pack.files.iter().find(|f| f.name == INDEX);
            out.bytes(index.map_or(&[][..], |f| &f.bytes))?;
        }
        other => out.table(&unit_table(&pack.dispute).map_err(overflow)?, other)?,
    }
    out.talk(&format!("The pack is in {}: begin with index.html.", folder.display()));
    Ok(End::Done)
}

fn day_of(option: &str, text: &str) -> Result<crate::domain::period::Day, AppError> {
    day(text)
        .map(|period| period.first())
        .map_err(|_| AppError::usage(format!("{option} {text:?} is not a day such as 2026-10-01")))
}

fn overflow(error: impl std::fmt::Display) -> AppError {
    AppError::new(ErrorKind::Law, error.to_string())
}

fn told(pack: &Pack, out: &mut Out) -> Result<(), AppError> {
    out.table(&unit_table(&pack.dispute).map_err(overflow)?, Format::Text)?;
    if !pack.dispute.causes.is_empty() {
        out.line("")?;
        out.table(&cause_table(&pack.dispute), Format::Text)?;
    }
    out.line("")?;
    for (verdict, count) in &pack.dispute.verdicts {
        let calls = if *count == 1 { "call" } else { "calls" };
        out.line(&format!("{count} {calls}: {}", verdict.name()))?;
    }
    Ok(())
}

/// Only into a folder that is not there, is empty, or holds a pack.
fn write(pack: &Pack, folder: &Path) -> Result<(), AppError> {
    let fault = |e: std::io::Error| {
        AppError::new(ErrorKind::Temporary, format!("the pack cannot be written: {e}")).at(folder.display().to_string())
    };
    let is_taken =
        folder.exists() && !folder.join(INDEX).exists() && fs::read_dir(folder).map_err(fault)?.next().is_some();
    if is_taken {
        return Err(AppError::usage("there are other files in that folder; a pack is never mixed with them")
            .at(folder.display().to_string()));
    }
    // A new pack is made aside and then has its name; in one that is there each file is replaced as a whole.
    let is_new = !folder.join(INDEX).exists();
    let place = if is_new { aside(folder) } else { folder.to_owned() };
    fs::create_dir_all(&place).map_err(fault)?;
    let (index, files): (Vec<_>, Vec<_>) = pack.files.iter().partition(|file| file.name == INDEX);
    for file in files.into_iter().chain(index) {
        WholeFile::write(&place.join(file.name), &file.bytes).map_err(fault)?;
    }
    name_folder(&place, folder).map_err(fault)
}

/// A name beside the folder that no other process has.
fn aside(folder: &Path) -> PathBuf {
    let name = folder.file_name().map_or_else(Default::default, |name| name.to_string_lossy().into_owned());
    folder.with_file_name(format!(".tmp-{:x}-{name}", std::process::id()))
}
