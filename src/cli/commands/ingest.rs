//! New files into the lake, or how one would be read.

use std::fs::File;
use std::path::Path;

use super::run;
use crate::cli::End;
use crate::cli::args::{Format, IngestArgs};
use crate::cli::output::Out;
use crate::domain::money::Representation;
use crate::domain::period::Zone;
use crate::edge::source::{Body, CallContext, CallFormat, FORMATS, FileReport, ReadRow, call_format, explain_calls};
use crate::pipeline::{AppError, ErrorKind, Step};

/// Rejects shown as text; all are with --format jsonl.
const SHOWN: usize = 10;

pub(super) async fn ingest(args: &IngestArgs, dir: &Path, out: &mut Out) -> Result<End, AppError> {
    match &args.explain {
        Some(file) => explain(args, &dir.join(file), out),
        None => run::step(Step::Ingest, &args.step, dir, out).await,
    }
}

fn explain(args: &IngestArgs, file: &Path, out: &mut Out) -> Result<End, AppError> {
    let format = args.step.output.format;
    if matches!(format, Format::Json | Format::Csv) {
        return Err(AppError::usage("--explain prints text, or with --format jsonl one line a row"));
    }
    let (asked, version) = args.read_as.as_deref().map_or(Ok((None, None)), chosen)?;
    let zone = args.zone.as_deref().map(|name| {
        Zone::parse(name).ok_or_else(|| AppError::usage(format!("--zone {name:?} is no zone such as Asia/Shanghai")))
    });
    let context = CallContext {
        source: "explain".to_owned(),
        zone: zone.transpose()?,
        format: asked.map(|format| format.name),
        version: version.map(str::to_owned),
        name: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        ..CallContext::default()
    };
    let place = file.display().to_string();
    let opened = File::open(file).map_err(|e| AppError::usage(format!("{place} cannot be read: {e}")))?;
    let (mut unsaid, mut failed, mut doubles) = (Vec::new(), None, 0u64);
    let read = explain_calls(Body::File(opened), &context, &mut |row, read| {
        if format == Format::Jsonl {
            if failed.is_none() {
                failed = out.line(&read.to_json(row)).err();
            }
            return;
        }
        match read {
            ReadRow::Reject(field, why) if unsaid.len() < SHOWN => unsaid.push(format!("row {row}: {field} {why}")),
            // The rows are counted by their reasons; this one is no reason of the format's.
            ReadRow::NotACall(why) if why.ends_with("a duplicate") => doubles += 1,
            _ => {}
        }
    });
    failed.map_or(Ok(()), Err)?;
    let report = read.map_err(|e| AppError::new(ErrorKind::Input, format!("{place} {e}")).at(place.clone()))?;
    if format == Format::Text {
        for line in lines(&place, asked.is_some(), version, &report, doubles, &unsaid) {
            out.line(&line)?;
        }
    }
    Ok(End::Done)
}

type Chosen = (Option<&'static CallFormat>, Option<&'static str>);

/// `litellm`, or `litellm@1.77`.
fn chosen(text: &str) -> Result<Chosen, AppError> {
    let (name, release) = text.split_once('@').map_or((text, None), |(name, release)| (name, Some(release)));
    let format = call_format(name).ok_or_else(|| {
        let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        AppError::usage(format!("no format is called {name:?}")).hint(format!("known are {}", known.join(", ")))
    })?;
    let version = release.map(|release| {
        format.version(release).ok_or_else(|| {
            AppError::usage(format!("version {release:?} of format {name} is not known"))
                .hint(format!("known are {}", format.versions.join(", ")))
        })
    });
    Ok((Some(format), version.transpose()?))
}

fn lines(
    place: &str,
    asked: bool,
    version: Option<&str>,
    report: &FileReport,
    doubles: u64,
    rejects: &[String],
) -> Vec<String> {
    let mut lines = vec![format!("file        {place}")];
    let mut say = |name: &str, what: String| lines.push(format!("{name:<11} {what}"));
    let why = if asked { "as asked" } else { "told by the members of its first rows" };
    let format = call_format(report.format);
    say("format", format!("{} ({why}): {}", report.format, format.map_or("", |format| format.about)));
    if let Some(convention) = format.and_then(|format| format.convention(version)) {
        say("convention", version.map_or(convention.to_owned(), |version| format!("{version}: {convention}")));
    }
    let unit = format.and_then(|format| format.unit).unwrap_or("the source's unit, where rows name none");
    let written = match format.map(|format| format.recorded) {
        None | Some(Representation::Exact) => "every digit as written",
        Some(Representation::Decimal { .. }) => "rounded decimals",
        Some(Representation::Integer { .. }) => "whole numbers",
        Some(Representation::Float64) => "doubles",
    };
    say("charges", format!("{unit}; {written}"));
    let aside: u64 = report.aside.values().sum();
    let (calls, bad) = (report.accepted - doubles, report.rejects.len());
    let no_calls = aside + doubles;
    say("rows", format!("{} = {calls} calls + {no_calls} that are none + {bad} rejects", report.rows_read));
    for (reason, rows) in &report.aside {
        say("no call", format!("{rows} {reason}"));
    }
    if doubles > 0 {
        say("no call", format!("{doubles} that the file has before: duplicates"));
    }
    for (name, rows) in &report.unknown {
        say("unknown", format!("{name} in {rows} rows: kept in the file, read by no one"));
    }
    if report.rounded > 0 {
        say("rounded", format!("{} amounts of more than 18 places", report.rounded));
    }
    for reject in rejects {
        say("reject", reject.clone());
    }
    if bad > rejects.len() {
        say("reject", format!("and {} more: --format jsonl has every row", bad - rejects.len()));
    }
    lines
}
