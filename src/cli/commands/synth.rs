//! A made-up operator's folder.

mod trace;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::cli::End;
use crate::cli::args::SynthArgs;
use crate::cli::context::period;
use crate::cli::output::Out;
use crate::domain::period::PeriodKind;
use crate::pipeline::{AppError, ErrorKind};
use crate::report::{Cell, Table};
use crate::synth::{Faults, Plan, Platform, Sink, Summary, write};

pub(super) fn synth(args: &SynthArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let month = period(Some(&args.month))?
        .filter(|p| p.kind() == PeriodKind::Month)
        .ok_or_else(|| AppError::usage(format!("--month {:?} is not a month such as 2026-10", args.month)))?;
    if let Some(file) = &args.trace {
        return trace::replay(args, month, &dir.join(file), dir, out);
    }
    let platforms = match (args.platform.as_str(), Platform::from_name(&args.platform)) {
        ("all", _) => Platform::ALL.to_vec(),
        (_, Some(platform)) => vec![platform],
        _ => {
            let names: Vec<&str> = Platform::ALL.iter().map(|p| p.name()).collect();
            return Err(AppError::usage(format!("{:?} is no platform", args.platform))
                .hint(format!("{}, or all", names.join(", "))));
        }
    };
    let root = dir.join(&args.folder);
    let mut made = Vec::new();
    for platform in &platforms {
        let mut plan = Plan::new(*platform, month);
        plan.seed = args.seed;
        plan.calls = args.calls;
        plan.accounts = args.accounts;
        plan.faults = if args.clean { Faults::None } else { Faults::Planted };
        let folder = if platforms.len() == 1 { root.clone() } else { root.join(platform.name()) };
        let truth = args.truth.as_ref().map_or_else(|| truth_beside(&root, platform.name()), |t| dir.join(t));
        made.push((platform.name(), make(&plan, &folder, &truth)?));
    }
    out.table(&table(&made), args.output.format)?;
    Ok(End::Done)
}

fn truth_beside(root: &Path, platform: &str) -> PathBuf {
    let mut name = root.file_name().unwrap_or_default().to_os_string();
    name.push("-truth");
    root.with_file_name(name).join(format!("{platform}.jsonl"))
}

/// Writes one platform's folder and, elsewhere, the truth about it.
pub(super) fn make(plan: &Plan, folder: &Path, truth: &Path) -> Result<Summary, AppError> {
    refuse_taken(folder)?;
    let mut sink = Folders { inside: &plan.folder, folder, truth };
    write(plan, &mut sink)
        .and_then(|summary| sink.finished().map(|()| summary))
        .map_err(|e| AppError::new(ErrorKind::Temporary, format!("cannot write: {e}")).at(folder.display().to_string()))
}

/// Says that a folder is whole, and has its name last: what was cut short is made by the same command again.
const SETTINGS: &str = "trueup.toml";
const UNFINISHED: &str = ".tmp-trueup.toml";

fn refuse_taken(folder: &Path) -> Result<(), AppError> {
    if folder.join(SETTINGS).exists() {
        return Err(AppError::usage("there is a trueup.toml already; made-up data is never written over it")
            .at(folder.display().to_string()));
    }
    Ok(())
}

struct Folders<'a> {
    inside: &'a str,
    folder: &'a Path,
    truth: &'a Path,
}

impl Folders<'_> {
    fn finished(&self) -> io::Result<()> {
        fs::rename(self.folder.join(UNFINISHED), self.folder.join(SETTINGS))
    }
}

impl Sink for Folders<'_> {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Write>> {
        let target = match path.strip_prefix(&format!("{}/", self.inside)) {
            Some(SETTINGS) => self.folder.join(UNFINISHED),
            Some(inside) => self.folder.join(inside),
            None => self.truth.to_owned(),
        };
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(Box::new(BufWriter::with_capacity(1 << 16, fs::File::create(target)?)))
    }
}

fn table(made: &[(&str, Summary)]) -> Table {
    let mut table =
        Table::new(&["platform", "calls", "postings", "balances", "repeated", "late", "unreadable", "faults"]);
    for (platform, s) in made {
        let mut row: Vec<Cell> = vec![(*platform).into()];
        row.extend([s.calls, s.postings, s.balances, s.duplicates, s.late, s.rejects, s.faults].map(Cell::from));
        table.push(row);
    }
    table
}
