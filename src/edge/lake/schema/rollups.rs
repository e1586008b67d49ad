//! Rollup rows.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray, UInt64Array,
};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Field, Int64Type, Schema, UInt64Type};

use super::TableError;
use super::raw::column;
use crate::domain::call::{METERS, Meter};
use crate::domain::money::{Amount, SCALE};
use crate::domain::period::Day;
use crate::domain::rollup::{Dimensions, Measures, Rollup, RollupRow};

const TEXTS: [&str; 8] = ["source", "unit", "account_id", "model", "api_key_id", "supplier", "endpoint", "outcome"];
const COUNTS: [&str; 3] = ["calls", "duplicate_rows", "without_expected"];
const AMOUNTS: [&str; 3] = ["expected", "recorded", "posted"];

fn texts(d: &Dimensions) -> [&str; 8] {
    [&d.source, &d.unit, &d.account_id, &d.model, &d.api_key_id, &d.supplier, &d.endpoint, &d.outcome]
}

/// One row a group, in the order of its dimensions.
///
/// # Panics
/// Never: the columns are built to the schema.
pub fn rollup_batch(rollup: &Rollup) -> RecordBatch {
    let rows: Vec<(&Dimensions, &Measures)> = rollup.rows().collect();
    let amount_type = DataType::Decimal128(38, SCALE as i8);
    let mut fields = vec![Field::new("period", DataType::Date32, false)];
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(Date32Array::from_iter_values(rows.iter().map(|r| r.0.first.number())))];
    for (i, name) in TEXTS.iter().enumerate() {
        fields.push(Field::new(*name, DataType::Utf8, false));
        columns.push(Arc::new(StringArray::from_iter_values(rows.iter().map(|r| texts(r.0)[i]))));
    }
    for (i, name) in COUNTS.iter().enumerate() {
        fields.push(Field::new(*name, DataType::UInt64, false));
        let count = |m: &Measures| [m.calls, m.duplicate_rows, m.without_expected][i];
        columns.push(Arc::new(UInt64Array::from_iter_values(rows.iter().map(|r| count(r.1)))));
    }
    for meter in Meter::ALL {
        fields.push(Field::new(format!("q_{}", meter.name()), DataType::Int64, false));
        columns.push(Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.1.quantity[meter.index()]))));
    }
    for (i, name) in AMOUNTS.iter().enumerate() {
        fields.push(Field::new(*name, amount_type.clone(), false));
        let amount = |m: &Measures| [m.expected, m.recorded, m.posted][i].raw();
        let array = Decimal128Array::from_iter_values(rows.iter().map(|r| amount(r.1)));
        columns.push(Arc::new(array.with_data_type(amount_type.clone())));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns are built to the schema")
}

/// # Errors
/// When the batch is not a rollup.
pub fn rollup_from(batch: &RecordBatch) -> Result<Vec<RollupRow>, TableError> {
    let first = column(batch, "period")?.as_primitive::<Date32Type>();
    let mut text = Vec::new();
    for name in TEXTS {
        text.push(column(batch, name)?.as_string::<i32>());
    }
    let mut counts = Vec::new();
    for name in COUNTS {
        counts.push(column(batch, name)?.as_primitive::<UInt64Type>());
    }
    // A meter that came later was used by nobody.
    let mut quantities = Vec::with_capacity(METERS);
    for meter in Meter::ALL {
        quantities.push(batch.column_by_name(&format!("q_{}", meter.name())).map(|a| a.as_primitive::<Int64Type>()));
    }
    let mut amounts = Vec::new();
    for name in AMOUNTS {
        amounts.push(column(batch, name)?.as_primitive::<Decimal128Type>());
    }
    let amount = |c: usize, row: usize| Amount::from_raw(amounts[c].value(row)).unwrap_or_default();
    let rows = (0..batch.num_rows()).filter_map(|row| {
        let at = |c: usize| text[c].value(row).to_owned();
        Some(RollupRow {
            dimensions: Dimensions {
                first: Day::from_number(first.value(row))?,
                source: at(0),
                unit: at(1),
                account_id: at(2),
                model: at(3),
                api_key_id: at(4),
                supplier: at(5),
                endpoint: at(6),
                outcome: at(7),
            },
            measures: Measures {
                calls: counts[0].value(row),
                duplicate_rows: counts[1].value(row),
                without_expected: counts[2].value(row),
                quantity: std::array::from_fn(|m| quantities[m].map_or(0, |q| q.value(row))),
                expected: amount(0, row),
                recorded: amount(1, row),
                posted: amount(2, row),
            },
        })
    });
    Ok(rows.collect())
}
