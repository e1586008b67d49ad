//! Every final document so far, read back from the state.

use crate::domain::invoice::{Document, DocumentStatus, IssuedDocuments, check_document, check_numbers};
use crate::domain::period::Period;
use crate::edge::render::{DocumentError, read_canonical};
use crate::edge::state::Issued;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// Final documents in the order of series and number, each beside what the state keeps of it.
#[derive(Debug, Default)]
pub(super) struct History {
    issued: Vec<Issued>,
    pub(super) documents: IssuedDocuments,
}

/// A kept document with the number it has.
pub(super) fn final_document(issued: &Issued) -> Result<Document, AppError> {
    let place = || format!("final document {}", issued.number);
    let document = read_canonical(issued.body.as_bytes()).map_err(|e| match e {
        DocumentError::Newer { .. } => AppError::newer(e).at(place()),
        DocumentError::Wrong { .. } => AppError::law(e).at(place()),
    })?;
    let document = Document { number: Some(issued.number.clone()), status: DocumentStatus::Final, ..document };
    check_document(&document).map_err(|e| AppError::law(e).at(place()))?;
    Ok(document)
}

impl History {
    /// Reads all of them and checks that the numbers of every series run on without gap or repeat.
    ///
    /// # Errors
    /// Law: a number is missing, or a document is not what it was.
    pub(super) async fn load(run: &RunContext) -> Result<History, AppError> {
        let mut history = History::default();
        for issued in run.state.all_issued().await? {
            history.add(issued)?;
        }
        for (series, first, next) in run.state.all_series().await? {
            let own = history.issued.iter().filter(|i| i.series == series);
            check_numbers(&series, (first, next), &own.map(|i| i.sequence).collect::<Vec<u64>>())?;
        }
        Ok(history)
    }

    pub(super) fn add(&mut self, issued: Issued) -> Result<(), AppError> {
        let document = final_document(&issued)?;
        self.documents.add(issued.document_key.clone(), document);
        self.issued.push(issued);
        Ok(())
    }

    pub(super) fn len(&self) -> u64 {
        self.issued.len() as u64
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&Issued, &Document)> {
        self.issued.iter().zip(self.documents.all().iter().map(|d| &d.document))
    }

    /// Those of a period, by series and number.
    pub(super) fn of_period(&self, period: Period) -> Vec<(&Issued, &Document)> {
        let mut own: Vec<_> = self.all().filter(|d| d.1.period == period).collect();
        own.sort_by(|a, b| (&a.0.series, a.0.sequence).cmp(&(&b.0.series, b.0.sequence)));
        own
    }
}
