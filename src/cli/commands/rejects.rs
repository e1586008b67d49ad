//! Refused rows, and their original text.

use std::path::Path;

use crate::cli::End;
use crate::cli::args::{RejectsArgs, RejectsCommand};
use crate::cli::context::open_to_read;
use crate::cli::output::Out;
use crate::edge::source::read_span;
use crate::pipeline::{AppError, ErrorKind};
use crate::pipeline::{open_raw, sealed_rejects};
use crate::report::Table;

pub(super) async fn rejects(args: &RejectsArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let context = open_to_read(dir).await?;
    let rejects = sealed_rejects(&context).await?;
    if let Some(RejectsCommand::Show { place }) = &args.command {
        let wanted = place.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<u64>().ok()?)));
        let (file, line) = wanted.ok_or_else(|| AppError::usage(format!("{place:?} is not FILE:LINE as listed")))?;
        let reject = rejects.iter().find(|r| r.file == file && r.line == line).ok_or_else(|| {
            AppError::usage(format!("there is no reject at {place}")).hint("`trueup rejects` lists them")
        })?;
        let body = open_raw(&context, &reject.source, file).await?;
        let text = read_span(body, reject.offset, reject.length)
            .map_err(|e| AppError::new(ErrorKind::Input, format!("{place} cannot be read again: {e}")).at(file))?;
        out.line(&text)?;
        return Ok(End::Done);
    }
    let mut table = Table::new(&["place", "kind", "field", "reason"]);
    for reject in &rejects {
        table.push(vec![
            format!("{}:{}", reject.file, reject.line).into(),
            reject.source.as_str().into(),
            reject.field.clone().into(),
            reject.reason.as_str().into(),
        ]);
    }
    out.table(&table, args.output.format)?;
    Ok(End::Done)
}
