//! Which files of final documents were published, each with its hash: sealed in the lake, a month a period.
//!
//! Files printed by one build are the same bytes every time; another build or other fonts may print others.
//! What was printed last is what counts, and what a reader may expect to find.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::history::History;
use super::paths::published;
use crate::domain::invoice::Document;
use crate::domain::period::Period;
use crate::edge::lake::Manifest;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

const JOB: &str = "print";
/// One line a file: `ENDING BYTES SHA256 NUMBER`.
const FILES: &str = "files";

/// Size and SHA-256 of published files, by key.
pub(crate) type Files = BTreeMap<String, (u64, String)>;

/// What was sealed of the files of every month's documents, and what came since.
#[derive(Debug, Default)]
pub(super) struct Printed {
    months: BTreeMap<Period, Month>,
}

/// What was sealed of published files, read a month at a time when it is first asked for.
#[derive(Debug, Default)]
pub(crate) struct PrintedFiles(Printed);

#[derive(Debug, Default)]
struct Month {
    revision: Option<u32>,
    sealed: String,
    /// By number and ending.
    files: BTreeMap<(String, String), (u64, String)>,
}

fn number(document: &Document) -> &str {
    document.number.as_deref().unwrap_or_default()
}

impl Month {
    async fn load(run: &RunContext, period: Period) -> Result<Month, AppError> {
        let mut month = Month::default();
        if let Some(manifest) = run.latest(JOB, &period.to_string()).await? {
            month.revision = Some(manifest.revision);
            month.sealed = manifest.notes.get(FILES).cloned().unwrap_or_default();
            month.files = month.sealed.lines().filter_map(line).collect();
        }
        Ok(month)
    }

    fn to_text(&self) -> String {
        let line = |((number, ending), (bytes, sha256)): (&(String, String), &(u64, String))| {
            format!("{ending} {bytes} {sha256} {number}")
        };
        self.files.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn of(&self, number: &str) -> impl Iterator<Item = (&str, &(u64, String))> {
        let from = (number.to_owned(), String::new());
        self.files.range(from..).take_while(move |((of, _), _)| of == number).map(|((_, e), file)| (e.as_str(), file))
    }
}

fn line(line: &str) -> Option<((String, String), (u64, String))> {
    let mut words = line.splitn(4, ' ');
    let (ending, bytes, sha256) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
    Some(((words.next()?.to_owned(), ending.to_owned()), (bytes, sha256.to_owned())))
}

impl PrintedFiles {
    /// Files of a document by their keys; none where it was published by a build that noted none.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub(crate) async fn of(&mut self, run: &RunContext, document: &Document) -> Result<Files, AppError> {
        if let Entry::Vacant(unread) = self.0.months.entry(document.period) {
            unread.insert(Month::load(run, document.period).await?);
        }
        Ok(self.0.of(document))
    }
}

impl Printed {
    /// What is sealed of the months that have final documents.
    pub(super) async fn load(run: &RunContext, history: &History) -> Result<Printed, AppError> {
        let mut printed = Printed::default();
        for period in history.all().map(|d| d.1.period).collect::<BTreeSet<_>>() {
            printed.months.insert(period, Month::load(run, period).await?);
        }
        Ok(printed)
    }

    /// Files of a document by their keys; none where it was published by a build that noted none.
    pub(super) fn of(&self, document: &Document) -> Files {
        let files = self.months.get(&document.period).into_iter().flat_map(|m| m.of(number(document)));
        files.map(|(ending, file)| (published(document, ending), file.clone())).collect()
    }

    /// Whether anything was noted of a month.
    pub(super) fn knows(&self, period: Period) -> bool {
        self.months.get(&period).is_some_and(|m| m.revision.is_some())
    }

    /// Notes the files of a document, in place of what was noted before.
    pub(super) fn set(&mut self, document: &Document, files: Files) {
        let month = self.months.entry(document.period).or_default();
        month.files.retain(|(of, _), _| of != number(document));
        let stem = published(document, "");
        for (key, file) in files {
            if let Some(ending) = key.strip_prefix(&stem) {
                month.files.insert((number(document).to_owned(), ending.to_owned()), file);
            }
        }
    }

    /// Notes the files of a document as they lie, where it was published by a build that noted none.
    pub(super) async fn adopt(
        &mut self,
        run: &RunContext,
        document: &Document,
        there: &BTreeMap<String, u64>,
    ) -> Result<(), AppError> {
        if !self.of(document).is_empty() {
            return Ok(());
        }
        let stem = published(document, ".");
        let mut files = Files::new();
        for key in there.range(stem.clone()..).map(|(key, _)| key).take_while(|key| key.starts_with(&stem)) {
            if let Some(file) = run.config.publish.digest(key).await? {
                files.insert(key.clone(), file);
            }
        }
        self.set(document, files);
        Ok(())
    }

    /// Seals months whose files are not what was sealed of them.
    pub(super) async fn seal(self, run: &RunContext) -> Result<(), AppError> {
        for (period, month) in self.months {
            let text = month.to_text();
            if text == month.sealed {
                continue;
            }
            let mut manifest = Manifest::new(JOB, &period.to_string(), month.revision, run.now, run.now);
            manifest.rows.insert(FILES.into(), month.files.len() as u64);
            manifest.notes.insert(FILES.into(), text);
            let prepared = run.lake.prepare(manifest).await?;
            run.seal(prepared).await?;
        }
        Ok(())
    }
}
