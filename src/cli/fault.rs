//! Faults of the program itself: said in one sentence, and an exit code that is in the table.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use crate::pipeline::{AppError, ErrorKind};

/// Does the work; where it, or a thread of it, is at fault, the first such fault is the failure.
///
/// # Errors
/// As the work; Internal where the program is at fault.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T, AppError>) -> Result<T, AppError> {
    let first: Arc<Mutex<Option<String>>> = Arc::default();
    let seen = first.clone();
    panic::set_hook(Box::new(move |info| {
        let at = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        let said = info.payload();
        let text = said.downcast_ref::<&str>().copied().or_else(|| said.downcast_ref::<String>().map(String::as_str));
        let what = text.unwrap_or("no words");
        seen.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(format!("{what} (at {at})"));
    }));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
    judged(done, first)
}

fn judged<T>(done: Result<Result<T, AppError>, Box<dyn Any + Send>>, first: Option<String>) -> Result<T, AppError> {
    match done {
        Ok(Err(failure)) if failure.kind == ErrorKind::Internal => Err(first.map_or(failure, |what| fault(&what))),
        Ok(done) => done,
        Err(_) => Err(fault(first.as_deref().unwrap_or("no words"))),
    }
}

fn fault(what: &str) -> AppError {
    AppError::internal(format!("the program is at fault: {what}"))
        .hint("what is sealed stays as it is, and the same command may be given again; please report this sentence")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_program_ends_1_and_says_where() {
        let thrown = panic::catch_unwind(|| panic::resume_unwind(Box::new("thrown"))).map(|()| Ok(()));
        let failure = judged(thrown, Some("no such row (at src/x.rs:1:2)".to_owned())).unwrap_err();
        assert_eq!((failure.kind.exit_code(), failure.hints.len()), (1, 1));
        assert!(failure.what.ends_with("no such row (at src/x.rs:1:2)"), "{}", failure.what);
    }

    #[test]
    fn a_fault_of_a_thread_says_what_it_was_and_other_failures_stay() {
        let of_thread = judged::<()>(Ok(Err(AppError::internal("task 7 panicked"))), Some("why".to_owned()));
        assert!(of_thread.unwrap_err().what.ends_with("why"));
        let other = judged::<()>(Ok(Err(AppError::usage("no such command"))), Some("why".to_owned()));
        assert_eq!(other.unwrap_err().what, "no such command");
        assert_eq!(judged(Ok(Ok(7)), Some("caught within".to_owned())).unwrap(), 7);
    }
}
