//! Hashes that name a call and its content, the same on every machine.

use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use super::Call;

/// Fixed-width stand-in for an id; two ids with one hash are told apart by their text.
pub fn name_hash(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}

/// Meters that every hash of a usage has.
const FIRST_METERS: usize = 15;

/// Hash over everything a call says, without where it was read from.
/// Rows of one identity with one content hash are one call.
pub fn content_hash(call: &Call) -> u128 {
    let mut h = Xxh3Default::new();
    let mut text = |value: Option<&str>| match value {
        Some(v) => {
            h.update(&(v.len() as u64 + 1).to_le_bytes());
            h.update(v.as_bytes());
        }
        None => h.update(&0u64.to_le_bytes()),
    };
    for value in [
        Some(call.source.as_str()),
        Some(&call.call_id),
        Some(&call.account_id),
        call.api_key_id.as_deref(),
        call.provider.as_deref(),
        Some(&call.model),
        call.model_served.as_deref(),
        call.endpoint.as_deref(),
        call.region.as_deref(),
        call.group.as_deref(),
        call.service_tier.as_deref(),
        call.service_tier_requested.as_deref(),
        call.trace_id.as_deref(),
        call.usage_note.as_ref().map(|n| n.0.as_str()),
        call.charge_unit.as_deref(),
        call.usage.as_ref().and_then(|u| u.image_size.as_deref()),
        call.usage.as_ref().and_then(|u| u.image_quality.as_deref()),
        Some(call.outcome.name()),
    ] {
        text(value);
    }
    let mut number = |value: Option<i128>| {
        h.update(&[u8::from(value.is_some())]);
        h.update(&value.unwrap_or(0).to_le_bytes());
    };
    for value in [
        Some(i128::from(call.attempt)),
        Some(i128::from(call.started_at.micros())),
        Some(i128::from(call.ended_at.micros())),
        call.status.map(i128::from),
        call.stream.map(i128::from),
        Some(i128::from(call.batch)),
        Some(i128::from(call.estimated)),
        Some(i128::from(call.cache_hit)),
        call.upstream_cost.map(|a| a.raw()),
        call.row_version.map(i128::from),
        call.charge.map(|a| a.raw()),
        call.balance_after.map(|a| a.raw()),
        call.usage.as_ref().map(|_| 1),
    ] {
        number(value);
    }
    let quantities = || call.usage.iter().flat_map(|u| u.quantity).enumerate();
    for (_, quantity) in quantities().take(FIRST_METERS) {
        number(Some(i128::from(quantity)));
    }
    // What came later is hashed where it is there, so that the hashes of other calls stay.
    for (meter, quantity) in quantities().skip(FIRST_METERS).filter(|(_, quantity)| *quantity != 0) {
        number(i128::try_from(meter).ok());
        number(Some(i128::from(quantity)));
    }
    if let Some(context) = &call.context {
        h.update(b"context");
        h.update(context.as_bytes());
    }
    h.digest128()
}
