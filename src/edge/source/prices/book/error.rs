//! What is wrong with a price book, and where.

use std::fmt;

use crate::domain::price::{BookFault, Place};

/// One thing wrong with a book, where it stands and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookError {
    pub place: Place,
    /// The other place, where two contradict each other.
    pub also: Option<Place>,
    pub message: String,
    pub hint: String,
}

impl fmt::Display for BookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        if let Some(also) = &self.also {
            write!(f, " (and {also})")?;
        }
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

/// Everything wrong with a book, in the order of its lines; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookErrors(pub Vec<BookError>);

impl fmt::Display for BookErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for BookErrors {}

impl BookErrors {
    /// The faults of a book made from `file`, each at its places.
    pub fn from_faults(faults: &[BookFault], file: &str) -> BookErrors {
        let whole = || Place { file: file.to_owned(), line: 1 };
        let errors = faults.iter().map(|fault| {
            let mut places = fault.places().into_iter().cloned();
            BookError {
                place: places.next().unwrap_or_else(whole),
                also: places.next(),
                message: fault.to_string(),
                hint: fault.hint().to_owned(),
            }
        });
        BookErrors(errors.collect())
    }
}
