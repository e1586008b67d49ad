//! Counts of tokens as they come together, and how one is read.

use serde::Deserialize;

use crate::domain::call::UsageParts;
use crate::edge::source::calls::usage_fields::slot::at;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::report::MAX_COUNT;
use crate::edge::source::record::value::Value;

/// Token counts, inclusive; absent where nothing says so.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) input: Option<i64>,
    pub(super) cache_read: Option<i64>,
    pub(super) cache_write: Option<i64>,
    pub(super) cache_write_1h: Option<i64>,
    pub(super) input_audio: Option<i64>,
    pub(super) input_image: Option<i64>,
    pub(super) output: Option<i64>,
    pub(super) reasoning: Option<i64>,
    pub(super) output_audio: Option<i64>,
    pub(super) output_image: Option<i64>,
    pub(super) requests: Option<i64>,
    pub(super) parts: UsageParts,
    /// What of it is not certain.
    pub(super) note: Option<String>,
    /// A count that no meter takes.
    pub(super) uncounted: Option<String>,
}

impl Tokens {
    fn all(&self) -> [Option<i64>; 10] {
        let Tokens { input, cache_read, cache_write, cache_write_1h, input_audio, .. } = *self;
        let Tokens { input_image, output, reasoning, output_audio, output_image, .. } = *self;
        let inputs = [input, cache_read, cache_write, cache_write_1h, input_audio, input_image];
        let outputs = [output, reasoning, output_audio, output_image];
        std::array::from_fn(|i| if i < 6 { inputs[i] } else { outputs[i - 6] })
    }

    pub(super) fn measured(&self) -> bool {
        self.all().iter().any(Option::is_some)
    }
}

pub(super) fn count(f: &Fields<'_, '_>, order: u8) -> Result<Option<i64>, Fault> {
    f.count(at(order))
}

/// One count that several members may state; a 0 gives way, two others must be equal.
pub(super) fn one(f: &Fields<'_, '_>, orders: &[u8]) -> Result<Option<i64>, Fault> {
    let mut found = None;
    for order in orders {
        match (found, count(f, *order)?) {
            (_, None) => {}
            (None | Some(0), next) => found = next,
            (Some(before), Some(next)) if next == 0 || next == before => {}
            _ => return Err(f.fault(at(*order), "contradicts another member of the same meaning")),
        }
    }
    Ok(found)
}

/// Two statements of one count, by the rule of [`one`].
pub(super) fn same(f: &Fields<'_, '_>, a: Option<i64>, b: Option<i64>, order: u8) -> Result<Option<i64>, Fault> {
    match (a, b) {
        (None | Some(0), Some(_)) => Ok(b),
        (Some(a), Some(b)) if b != 0 && a != b => {
            Err(f.fault(at(order), "contradicts another member of the same meaning"))
        }
        _ => Ok(a),
    }
}

/// Longer lists of parts than this are no provider's.
pub(super) const MAX_PARTS: usize = 100;

pub(super) fn parts<'a, T: Deserialize<'a>>(f: &Fields<'_, 'a>, order: u8) -> Result<Vec<T>, Fault> {
    match f.raw(at(order)) {
        // An object in place of the list is another convention's.
        Value::Absent | Value::True => Ok(Vec::new()),
        Value::Json(text) => match serde_json::from_str::<Vec<T>>(text) {
            Ok(parts) if parts.len() <= MAX_PARTS => Ok(parts),
            _ => Err(f.fault(at(order), "is not a list of counts by kind")),
        },
        _ => Err(f.fault(at(order), "is not a list of counts by kind")),
    }
}

pub(super) fn bounded(f: &Fields<'_, '_>, order: u8, count: Option<u64>) -> Result<i64, Fault> {
    i64::try_from(count.unwrap_or(0))
        .ok()
        .filter(|n| *n <= MAX_COUNT)
        .ok_or_else(|| f.fault(at(order), format!("is above {MAX_COUNT}")))
}
