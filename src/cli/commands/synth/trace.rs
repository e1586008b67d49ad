//! Real requests of a trace, told again as an operator's folder.

use std::fs::File;
use std::io;
use std::path::Path;

use super::{Folders, refuse_taken, table, truth_beside};
use crate::cli::End;
use crate::cli::args::SynthArgs;
use crate::cli::output::Out;
use crate::domain::period::Period;
use crate::edge::source::{Body, SourceError, TraceRow, read_trace};
use crate::pipeline::{AppError, ErrorKind};
use crate::synth::{Faults, Replay, Request, Summary, TracePlan};

const NAME: &str = "trace";

enum Wrong {
    Trace(SourceError),
    Folder(io::Error),
}

impl From<SourceError> for Wrong {
    fn from(error: SourceError) -> Wrong {
        Wrong::Trace(error)
    }
}

pub(super) fn replay(args: &SynthArgs, month: Period, file: &Path, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    if args.platform != NAME {
        return Err(AppError::usage(format!("--trace goes with `synth {NAME}`, not with {:?}", args.platform)));
    }
    let folder = dir.join(&args.folder);
    refuse_taken(&folder)?;
    let truth = args.truth.as_ref().map_or_else(|| truth_beside(&folder, NAME), |t| dir.join(t));
    let plan = TracePlan {
        first: month.first().plus(4),
        faults: if args.clean { Faults::None } else { Faults::Planted },
        folder: NAME.to_owned(),
        truth: "truth".to_owned(),
    };
    let body = File::open(file).map_err(|e| AppError::usage(e.to_string()).at(file.display().to_string()))?;
    let made = tell(plan, Body::File(body), &folder, &truth).map_err(|wrong| match wrong {
        Wrong::Trace(e) => AppError::new(ErrorKind::Input, format!("the trace {e}")).at(file.display().to_string()),
        Wrong::Folder(e) if e.kind() == io::ErrorKind::InvalidInput => {
            AppError::new(ErrorKind::Input, e.to_string()).at(file.display().to_string())
        }
        Wrong::Folder(e) => {
            AppError::new(ErrorKind::Temporary, format!("cannot write: {e}")).at(folder.display().to_string())
        }
    })?;
    out.table(&table(&[(NAME, made)]), args.output.format)?;
    Ok(End::Done)
}

fn tell(plan: TracePlan, body: Body, folder: &Path, truth: &Path) -> Result<Summary, Wrong> {
    let inside = plan.folder.clone();
    let mut sink = Folders { inside: &inside, folder, truth };
    let mut replay = Replay::begin(plan, &mut sink).map_err(Wrong::Folder)?;
    read_trace(body, |row: TraceRow| {
        let request = Request {
            at: row.ts_ms,
            client: row.client,
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            reasoning_tokens: row.reasoning_tokens,
        };
        replay.request(&request).map_err(Wrong::Folder)
    })?;
    let summary = replay.end().map_err(Wrong::Folder)?;
    sink.finished().map_err(Wrong::Folder)?;
    Ok(summary)
}
