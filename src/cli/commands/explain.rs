//! Why a call was charged what it was.

use std::path::Path;

use super::open_to_read;
use crate::cli::End;
use crate::cli::args::ExplainArgs;
use crate::cli::failure::Failure;
use crate::cli::out::Out;
use crate::domain::report::receipt;
use crate::edge::render::on_terminal;
use crate::pipeline;

pub(super) async fn explain(args: &ExplainArgs, dir: &Path, out: &mut Out) -> Result<End, Failure> {
    let desk = open_to_read(dir).await?;
    let explained = pipeline::explain(&desk, &args.call, args.source.as_deref()).await?;
    for (i, explanation) in explained.iter().enumerate() {
        if i > 0 {
            out.line("")?;
        }
        for line in receipt(explanation) {
            out.line(&on_terminal(&line))?;
        }
    }
    Ok(End::Done)
}
