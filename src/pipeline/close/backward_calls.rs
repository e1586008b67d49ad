//! Calls that ended before they began: two clocks, or a wrong year. They count where they began, and are told.
//!
//! Knows nothing of: what a day makes of them.

use crate::domain::call::Calls;

/// The note of a sealed day that names such calls.
pub(crate) const NOTE: &str = "ended before they began";

/// What they are called.
pub(crate) fn named(calls: &Calls) -> Vec<String> {
    let (started, ended) = (calls.started_at().values(), calls.ended_at().values());
    let backward = started.iter().zip(ended.iter()).enumerate().filter(|(_, (started, ended))| ended < started);
    let (id, account) = (calls.call_id(), calls.account_id());
    backward.map(|(row, _)| format!("call {} of {}", id.value(row), account.get(row).unwrap_or_default())).collect()
}
