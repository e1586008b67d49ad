//! Recompute from the raw input, compare digests.

use std::path::Path;

use crate::cli::End;
use crate::cli::args::{Format, VerifyArgs};
use crate::cli::context::{open_to_read, period};
use crate::cli::output::Out;
use crate::pipeline;
use crate::pipeline::{AppError, ErrorKind};
use crate::report::{Cell, Table};

pub(super) async fn verify(args: &VerifyArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    let period = period(args.period.as_deref())?;
    let context = open_to_read(dir).await?;
    let scratch = std::env::temp_dir().join(format!("trueup-verify-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)
        .map_err(|e| AppError::new(ErrorKind::Temporary, format!("{}: {e}", scratch.display())))?;
    let verified = pipeline::verify(&context, period, &scratch).await;
    let _ = std::fs::remove_dir_all(&scratch);
    let verified = verified?;
    if args.output.format != Format::Text {
        let mut table = Table::new(&["day", "revision", "table", "rows", "equal"]);
        for t in &verified.tables {
            let equal = if t.equal { "yes" } else { "no" };
            table.push(vec![
                t.day.into(),
                Cell::count(u64::from(t.revision)),
                t.table.as_str().into(),
                t.rows.into(),
                equal.into(),
            ]);
        }
        out.table(&table, args.output.format)?;
    }
    let days: std::collections::BTreeSet<_> = verified.tables.iter().map(|t| t.day).collect();
    for (file, what) in &verified.files {
        out.talk(&format!("{file} {what}"));
    }
    for (document, what) in &verified.documents.wrong {
        out.talk(&format!("{document} {what}"));
    }
    for t in verified.tables.iter().filter(|t| !t.equal) {
        out.talk(&format!("{} r{}: table {} is not what the raw input gives now", t.day, t.revision, t.table));
    }
    let sealed = verified.files.is_empty() && verified.tables.iter().all(|t| t.equal);
    if !sealed {
        return Err(AppError::new(ErrorKind::Law, "what is sealed is not what the raw input gives")
            .hint("if input arrived or settings changed since, run the job again first"));
    }
    if !verified.holds() {
        return Err(AppError::new(
            ErrorKind::Law,
            "final documents are not what they were, or not what their days give",
        )
        .hint("a final document is never changed: `trueup invoice credit NUMBER` takes one back"));
    }
    if args.output.format == Format::Text {
        let documents = match verified.documents.kept {
            0 => String::new(),
            kept => format!(", {kept} documents ({} made again)", verified.documents.recomputed),
        };
        let tables = verified.tables.len();
        out.line(&format!("verified {} days, {tables} tables{documents}: every digest is equal", days.len()))?;
    }
    Ok(End::Done)
}
