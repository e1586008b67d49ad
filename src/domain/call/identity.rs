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
    let Call {
        source,
        call_id,
        attempt,
        account_id,
        api_key_id,
        provider,
        model,
        model_served,
        endpoint,
        region,
        group,
        started_at,
        ended_at,
        status,
        outcome,
        stream,
        service_tier,
        service_tier_requested,
        batch,
        context,
        estimated,
        cache_hit,
        upstream_cost,
        row_version,
        trace_id,
        usage,
        usage_note,
        charge,
        charge_unit,
        balance_after,
        file: _,
        offset: _,
    } = call;
    let mut h = Xxh3Default::new();
    let mut text = |value: Option<&str>| match value {
        Some(v) => {
            h.update(&(v.len() as u64 + 1).to_le_bytes());
            h.update(v.as_bytes());
        }
        None => h.update(&0u64.to_le_bytes()),
    };
    for value in [
        Some(source.as_str()),
        Some(call_id),
        Some(account_id),
        api_key_id.as_deref(),
        provider.as_deref(),
        Some(model),
        model_served.as_deref(),
        endpoint.as_deref(),
        region.as_deref(),
        group.as_deref(),
        service_tier.as_deref(),
        service_tier_requested.as_deref(),
        trace_id.as_deref(),
        usage_note.as_ref().map(|n| n.0.as_str()),
        charge_unit.as_deref(),
        usage.as_ref().and_then(|u| u.image_size.as_deref()),
        usage.as_ref().and_then(|u| u.image_quality.as_deref()),
        Some(outcome.name()),
    ] {
        text(value);
    }
    let mut number = |value: Option<i128>| {
        h.update(&[u8::from(value.is_some())]);
        h.update(&value.unwrap_or(0).to_le_bytes());
    };
    for value in [
        Some(i128::from(*attempt)),
        Some(i128::from(started_at.micros())),
        Some(i128::from(ended_at.micros())),
        status.map(i128::from),
        stream.map(i128::from),
        Some(i128::from(*batch)),
        Some(i128::from(*estimated)),
        Some(i128::from(*cache_hit)),
        upstream_cost.map(|a| a.raw()),
        row_version.map(i128::from),
        charge.map(|a| a.raw()),
        balance_after.map(|a| a.raw()),
        usage.as_ref().map(|_| 1),
    ] {
        number(value);
    }
    let quantities = || usage.iter().flat_map(|u| u.quantity).enumerate();
    for (_, quantity) in quantities().take(FIRST_METERS) {
        number(Some(i128::from(quantity)));
    }
    // What came later is hashed where it is there, so that the hashes of other calls stay.
    for (meter, quantity) in quantities().skip(FIRST_METERS).filter(|(_, quantity)| *quantity != 0) {
        number(i128::try_from(meter).ok());
        number(Some(i128::from(quantity)));
    }
    if let Some(context) = context {
        h.update(b"context");
        h.update(context.as_bytes());
    }
    h.digest128()
}
