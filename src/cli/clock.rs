//! The clock: read in one place, and held still for rehearsals.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::period::Instant;
use crate::pipeline::AppError;

/// Names the variable that holds the clock still, for rehearsals: `2026-11-03T06:00:00Z`.
const CLOCK: &str = "TRUEUP_CLOCK";

/// # Errors
/// Config: the variable holds something that is no time.
pub(super) fn check() -> Result<(), AppError> {
    match held_clock() {
        Some(Err(text)) => {
            Err(AppError::config(format!("{CLOCK} is {text:?}, which is no time such as 2026-11-03T06:00:00Z")))
        }
        _ => Ok(()),
    }
}

/// The clock of a rehearsal, or what stands there instead of one.
fn held_clock() -> Option<Result<Instant, String>> {
    let text = std::env::var(CLOCK).ok().filter(|text| !text.is_empty())?;
    Some(Instant::parse(&text).map_err(|_| text))
}

/// The one place where the clock is read.
pub(super) fn clock() -> Instant {
    if let Some(Ok(held)) = held_clock() {
        return held;
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
