//! Which columns a table of calls has, and where each stands.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;

use super::{METERS, Meter, UsageParts};
use crate::domain::money::SCALE;

pub(super) const TEXTS: [&str; 2] = ["call_id", "trace_id"];
pub(super) const NAMES: [&str; 16] = [
    "source",
    "account_id",
    "api_key_id",
    "provider",
    "model",
    "model_served",
    "endpoint",
    "region",
    "group",
    "service_tier",
    "service_tier_requested",
    "charge_unit",
    "image_size",
    "image_quality",
    "outcome",
    "context",
];
pub(super) const BOOLS: [&str; 5] = ["stream", "batch", "estimated", "cache_hit", "has_usage"];
pub(super) const AMOUNTS: [&str; 3] = ["charge", "balance_after", "upstream_cost"];
const FIRST: [&str; 2] = ["key", "content"];
const OTHERS: [&str; 5] = ["started_at", "ended_at", "attempt", "status", "row_version"];
const LAST: [&str; 3 + UsageParts::NAMES.len()] =
    ["usage_note", "file", "offset", UsageParts::NAMES[0], UsageParts::NAMES[1], UsageParts::NAMES[2]];

const BEFORE_QUANTITIES: [&[&str]; 6] = [&FIRST, &TEXTS, &NAMES, &BOOLS, &AMOUNTS, &OTHERS];

/// Where the column of the first meter stands; the others follow.
pub(super) const FIRST_QUANTITY: usize =
    FIRST.len() + TEXTS.len() + NAMES.len() + BOOLS.len() + AMOUNTS.len() + OTHERS.len();

/// Where a column stands, for all but quantities. Evaluated when this is compiled.
pub(super) const fn position(name: &str) -> usize {
    let (mut list, mut place) = (0, 0);
    while list < BEFORE_QUANTITIES.len() {
        match among(name, BEFORE_QUANTITIES[list]) {
            Some(at) => return place + at,
            None => place += BEFORE_QUANTITIES[list].len(),
        }
        list += 1;
    }
    match among(name, &LAST) {
        Some(at) => FIRST_QUANTITY + METERS + at,
        None => panic!("no such column"),
    }
}

const fn among(name: &str, list: &[&str]) -> Option<usize> {
    let mut at = 0;
    while at < list.len() {
        if same(name.as_bytes(), list[at].as_bytes()) {
            return Some(at);
        }
        at += 1;
    }
    None
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

fn names_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

pub(super) fn amount_type() -> DataType {
    DataType::Decimal128(38, SCALE as i8)
}

pub(super) static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let mut fields =
        vec![Field::new("key", DataType::UInt64, false), Field::new("content", DataType::FixedSizeBinary(16), false)];
    fields.extend(TEXTS.map(|n| Field::new(n, DataType::Utf8, n != "call_id")));
    fields.extend(NAMES.map(|n| Field::new(n, names_type(), true)));
    fields.extend(BOOLS.map(|n| Field::new(n, DataType::Boolean, n == "stream")));
    fields.extend(AMOUNTS.map(|n| Field::new(n, amount_type(), true)));
    let instant = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    fields.push(Field::new("started_at", instant(), false));
    fields.push(Field::new("ended_at", instant(), false));
    fields.push(Field::new("attempt", DataType::UInt32, false));
    fields.push(Field::new("status", DataType::UInt16, true));
    fields.push(Field::new("row_version", DataType::Int64, true));
    fields.extend(Meter::ALL.map(|m| Field::new(format!("q_{}", m.name()), DataType::Int64, false)));
    fields.push(Field::new("usage_note", DataType::Utf8, true));
    fields.push(Field::new("file", DataType::UInt32, false));
    fields.push(Field::new("offset", DataType::UInt64, false));
    fields.extend(UsageParts::NAMES.map(|n| Field::new(n, DataType::Int64, true)));
    Arc::new(Schema::new(fields))
});

/// Columns of another build, put in their places: what came later is empty, of a meter zero; what is not known
/// is left out.
pub(super) fn fitted(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let rows = batch.num_rows();
    let fit = |field: &Arc<Field>| -> Result<ArrayRef, ArrowError> {
        match batch.column_by_name(field.name()) {
            Some(array) if array.data_type() == field.data_type() => Ok(array.clone()),
            None if field.is_nullable() => Ok(new_null_array(field.data_type(), rows)),
            None if Meter::ALL.iter().any(|m| *field.name() == format!("q_{}", m.name())) => {
                Ok(Arc::new(Int64Array::from_value(0, rows)))
            }
            _ => Err(ArrowError::SchemaError(format!("not a table of calls: {} is missing or another", field.name()))),
        }
    };
    let columns = SCHEMA.fields().iter().map(fit).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(SCHEMA.clone(), columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_where_it_is_said_to_be() {
        let lists = BEFORE_QUANTITIES.into_iter().chain([&LAST[..]]);
        for name in lists.flatten() {
            assert_eq!(SCHEMA.field(position(name)).name(), name);
        }
        for meter in Meter::ALL {
            assert_eq!(*SCHEMA.field(FIRST_QUANTITY + meter.index()).name(), format!("q_{}", meter.name()));
        }
        assert_eq!(SCHEMA.fields().len(), position("offset") + 1 + UsageParts::NAMES.len());
    }
}
