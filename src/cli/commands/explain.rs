//! Why a call was charged what it was.

use std::path::Path;

use crate::cli::End;
use crate::cli::args::{ExplainArgs, Format};
use crate::cli::context::open_to_read;
use crate::cli::output::Out;
use crate::edge::render::{explanation_to_json, on_terminal};
use crate::pipeline;
use crate::pipeline::AppError;
use crate::report::{Explanation, receipt};

pub(super) async fn explain(args: &ExplainArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let context = open_to_read(dir).await?;
    let explained = pipeline::explain(&context, &args.call, args.source.as_deref()).await?;
    match args.output.format {
        Format::Text => text(&explained, out)?,
        Format::Jsonl => lines(&explained, out)?,
        Format::Json => out.line(&format!("[{}]", json(&explained).join(",\n ")))?,
        Format::Csv => return Err(AppError::usage("a receipt is not a table").hint("text, json and jsonl are")),
    }
    Ok(End::Done)
}

fn text(explained: &[Explanation], out: &mut Out) -> Result<(), AppError> {
    for (i, explanation) in explained.iter().enumerate() {
        if i > 0 {
            out.line("")?;
        }
        for line in receipt(explanation) {
            out.line(&on_terminal(&line))?;
        }
    }
    Ok(())
}

fn json(explained: &[Explanation]) -> Vec<String> {
    explained.iter().map(explanation_to_json).collect()
}

fn lines(explained: &[Explanation], out: &mut Out) -> Result<(), AppError> {
    json(explained).iter().try_for_each(|line| out.line(line))
}
