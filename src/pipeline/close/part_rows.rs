//! Rows of raw parts: whole parts, some columns of them, or some of their rows.

use std::collections::HashSet;
use std::ops::Range;

use arrow::array::{AsArray, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::UInt64Type;

use crate::domain::ledger::Balance;
use crate::domain::period::Day;
use crate::edge::lake::schema::from_batch;
use crate::edge::lake::{PartRef, Read, Rows};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;

pub(crate) async fn balances_of(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
) -> Result<Vec<Balance>, AppError> {
    let mut balances = Vec::new();
    for part in catalog.parts("balances", day) {
        for batch in context.read(part).await? {
            balances.extend(from_batch::<Balance>(&batch)?);
        }
    }
    catalog.set_aside.leave_balances(&mut balances);
    Ok(balances)
}

/// Parts up to this size are read whole and kept: days next to each other want the same ones.
pub(crate) const SMALL_BYTES: u64 = 1 << 20;

/// The key of every row of a part.
pub(crate) async fn keys_in(context: &RunContext, part: &PartRef, column: &str) -> Result<Vec<Option<u64>>, AppError> {
    let mut keys = Vec::with_capacity(usize::try_from(part.rows).unwrap_or(0));
    if part.bytes <= SMALL_BYTES {
        for batch in context.read(part).await? {
            keys.extend(keys_of(&batch, column)?);
        }
        return Ok(keys);
    }
    let how = Read { columns: Some(&[column]), batch_rows: 1 << 16, ..Read::default() };
    for batch in context.lake.open_part(part, how).await? {
        keys.extend(keys_of(&batch?, column)?);
    }
    Ok(keys)
}

fn keys_of<'a>(batch: &'a RecordBatch, column: &str) -> Result<impl Iterator<Item = Option<u64>> + use<'a>, AppError> {
    let column = batch.column_by_name(column).ok_or_else(|| AppError::internal(format!("no column {column}")))?;
    Ok(column.as_primitive::<UInt64Type>().iter())
}

/// Rows of a part, and the place of each in it.
pub(crate) struct SomeRows {
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) rows: Vec<u32>,
}

/// A part's rows; where only some keys are wanted, the keys are read first, and then only their rows.
pub(crate) async fn rows_of(
    context: &RunContext,
    part: &PartRef,
    column: &str,
    only: Option<&HashSet<u64>>,
) -> Result<SomeRows, AppError> {
    let Some(only) = only else {
        let batches = context.read(part).await?;
        let count = batches.iter().map(RecordBatch::num_rows).sum();
        return Ok(SomeRows { batches, rows: (0u32..).take(count).collect() });
    };
    let wanted = |key: Option<u64>| key.is_some_and(|k| only.contains(&k));
    let keys = keys_in(context, part, column).await?;
    let rows: Vec<u32> = (0u32..).zip(keys).filter(|(_, key)| wanted(*key)).map(|(row, _)| row).collect();
    Ok(SomeRows { batches: rows_at(context, part, &rows).await?, rows })
}

/// Some of a part's rows, by their places in it, ascending and apart.
pub(crate) async fn rows_at(context: &RunContext, part: &PartRef, rows: &[u32]) -> Result<Vec<RecordBatch>, AppError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    if rows.len() as u64 == part.rows {
        return context.read(part).await;
    }
    if part.bytes <= SMALL_BYTES {
        let (mut batches, mut rows, mut before) = (Vec::new(), rows, 0);
        for batch in context.read(part).await? {
            let here = rows.partition_point(|row| (*row as usize) < before + batch.num_rows());
            let places: UInt32Array =
                rows[..here].iter().map(|row| *row - u32::try_from(before).unwrap_or(0)).collect();
            if here > 0 {
                batches.push(take_record_batch(&batch, &places).map_err(AppError::internal)?);
            }
            (rows, before) = (&rows[here..], before + batch.num_rows());
        }
        return Ok(batches);
    }
    let mut places: Vec<Range<usize>> = Vec::new();
    for row in rows.iter().map(|row| *row as usize) {
        match places.last_mut().filter(|last| last.end == row) {
            Some(last) => last.end = row + 1,
            None => places.push(row..row + 1),
        }
    }
    Ok(context.lake.read_part(part, Read { rows: Some(Rows::At(&places)), ..Read::default() }).await?)
}
