//! Job files: which steps run over which period.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::page::{Page, Text};
use crate::cli::failure::{Failure, Kind};
use crate::domain::period::{PeriodKind, Span};

/// One step of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Ingest,
    Reconcile,
    Rollup,
    Publish,
}

impl Step {
    /// In the order they run in.
    pub const ALL: [Step; 4] = [Step::Ingest, Step::Reconcile, Step::Rollup, Step::Publish];

    pub fn name(self) -> &'static str {
        match self {
            Step::Ingest => "ingest",
            Step::Reconcile => "reconcile",
            Step::Rollup => "rollup",
            Step::Publish => "publish",
        }
    }

    pub fn from_name(name: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.name() == name)
    }
}

/// A job: its steps, in order, over each period of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub name: String,
    /// Absent: the job has no period (only `ingest` can do without).
    pub period: Option<PeriodKind>,
    pub steps: Vec<Step>,
    /// Unsealed periods are caught up this far back. Left out: not at all.
    pub catch_up: Span,
}

/// The jobs that need no file.
const BUILT_IN: [(&str, &str); 4] = [
    ("hourly", include_str!("../../../jobs/hourly.toml")),
    ("daily", include_str!("../../../jobs/daily.toml")),
    ("weekly", include_str!("../../../jobs/weekly.toml")),
    ("monthly", include_str!("../../../jobs/monthly.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    period: Option<Text>,
    steps: Spanned<Vec<Text>>,
    catch_up: Option<Text>,
}

impl Job {
    /// Reads `jobs/NAME.toml` under a folder, or the job of that name that comes with the program.
    ///
    /// # Errors
    /// A failure of kind `Usage` where there is no such job, `Config` where its file is wrong.
    pub fn load(dir: &Path, name: &str) -> Result<Job, Failure> {
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !plain {
            return Err(unknown(dir, name));
        }
        let file = format!("jobs/{name}.toml");
        match std::fs::read_to_string(dir.join(&file)) {
            Ok(text) => Job::parse(name, &file, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
                built_in.map_or_else(|| Err(unknown(dir, name)), |(_, text)| Job::parse(name, &file, text))
            }
            Err(error) => Err(Failure::new(Kind::Config, "a job file cannot be read").at(file).because(error)),
        }
    }

    /// The job files that come with the program, by name.
    pub fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
        BUILT_IN.into_iter()
    }

    pub(super) fn parse(name: &str, file: &str, text: &str) -> Result<Job, Failure> {
        let page = Page::new(file, text);
        let read: File = page.read()?;
        let period = match &read.period {
            Some(text) => Some(page.parse(text, "the period", PeriodKind::from_name, "Write day, week or month.")?),
            None => None,
        };
        let mut steps: Vec<Step> = Vec::new();
        for text in read.steps.get_ref() {
            let hint = format!("The steps are: {}.", Step::ALL.map(Step::name).join(", "));
            let step = page.parse(text, "the step", Step::from_name, &hint)?;
            if steps.last().is_some_and(|last| *last >= step) {
                let what = format!("the step {} stands twice or too late", step.name());
                return Err(page.failure(text.span(), what, format!("They run in this order. {hint}")));
            }
            steps.push(step);
        }
        if steps.is_empty() {
            return Err(page.failure(read.steps.span(), "the job has no steps", "Name at least one."));
        }
        if period.is_none() && steps != [Step::Ingest] {
            let hint = "Write period = \"day\" (or week, month); only a job of nothing but ingest has none.";
            return Err(page.failure(read.steps.span(), "the job has no period", hint));
        }
        let catch_up = read.catch_up.as_ref().map_or(Ok(Span::ZERO), |text| page.span(text, "catch_up"))?;
        Ok(Job { name: name.to_owned(), period, steps, catch_up })
    }
}

fn unknown(dir: &Path, name: &str) -> Failure {
    let known = BUILT_IN.map(|(name, _)| name).join(", ");
    Failure::new(Kind::Usage, format!("there is no job {name:?}"))
        .at(dir.join("jobs").display().to_string())
        .hint(format!("The jobs that come with trueup are: {known}; another needs a file jobs/NAME.toml."))
}
