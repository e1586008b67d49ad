//! Job files: `jobs/NAME.toml`, with defaults for the usual four compiled in.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::{parse, place_of};
use crate::domain::period::{PeriodKind, Span};
use crate::pipeline::AppError;
use crate::pipeline::{InvoiceAsk, Job, Step};

/// What ships with the program, by name.
pub(crate) const SHIPPED_JOBS: [(&str, &str); 4] = [
    ("hourly", include_str!("../../../jobs/hourly.toml")),
    ("daily", include_str!("../../../jobs/daily.toml")),
    ("weekly", include_str!("../../../jobs/weekly.toml")),
    ("monthly", include_str!("../../../jobs/monthly.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    period: Spanned<String>,
    steps: Vec<Spanned<String>>,
    catch_up: Option<Spanned<String>>,
}

/// Reads `jobs/NAME.toml` of a folder, else the one that ships.
///
/// # Errors
/// Usage where nobody knows the job, config where its file is wrong.
pub(crate) fn load_job(dir: &Path, name: &str) -> Result<Job, AppError> {
    let file = format!("jobs/{name}.toml");
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(AppError::usage(format!("{name:?} is not the name of a job")));
    }
    match std::fs::read_to_string(dir.join(&file)) {
        Ok(text) => job(name, &file, &text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => match SHIPPED_JOBS.iter().find(|s| s.0 == name) {
            Some((_, text)) => job(name, &file, text),
            None => Err(AppError::usage(format!("there is no job {name}"))
                .at(dir.join(&file).display().to_string())
                .hint("hourly, daily, weekly and monthly are built in; others are files in jobs/")),
        },
        Err(e) => Err(AppError::config(format!("the job's file cannot be read: {e}")).at(file)),
    }
}

fn job(name: &str, file: &str, text: &str) -> Result<Job, AppError> {
    let shape: File = parse(file, text)?;
    let wrong =
        |span: std::ops::Range<usize>, what: String| AppError::config(what).at(place_of(file, text, span.start));
    let kind = PeriodKind::from_name(shape.period.get_ref()).ok_or_else(|| {
        wrong(shape.period.span(), format!("period {:?} is not day, week or month", shape.period.get_ref()))
    })?;
    let mut steps = Vec::new();
    for step in &shape.steps {
        let known = Step::from_name(step.get_ref()).ok_or_else(|| {
            let names: Vec<&str> = Step::ALL.iter().map(|s| s.name()).collect();
            wrong(step.span(), format!("step {:?} is not known", step.get_ref()))
                .hint(format!("the steps are {}", names.join(", ")))
        })?;
        steps.push(known);
    }
    let catch_up = match &shape.catch_up {
        None => Span::ZERO,
        Some(text) => Span::parse(text.get_ref())
            .ok_or_else(|| wrong(text.span(), format!("catch_up {:?} is not a span such as 7d", text.get_ref())))?,
    };
    Ok(Job { name: name.to_owned(), kind, steps, catch_up, invoice: InvoiceAsk::default() })
}
