//! Traces of real requests as research publishes them, in Parquet: token counts and times, no money.

use arrow::array::{Array, AsArray, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::ChunkReader;

use crate::edge::blob::Body;
use crate::edge::source::record::error::SourceError;

/// One request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceRow {
    /// Milliseconds since the trace began.
    pub ts_ms: u64,
    pub client: u64,
    pub input_tokens: u64,
    /// Reasoning included.
    pub output_tokens: u64,
    /// 0 where the trace does not tell.
    pub reasoning_tokens: u64,
}

const COLUMNS: [&str; 5] = ["ts_ms", "client", "input_tokens", "output_tokens", "reasoning_tokens"];
/// The last may be missing.
const NEEDED: usize = 4;

/// Reads every row of a trace, in the file's order, until the sink fails.
///
/// # Errors
/// A file that is no Parquet, a column that is missing, a value that is absent or below 0; what the sink says.
pub fn read_trace<E: From<SourceError>>(body: Body, sink: impl FnMut(TraceRow) -> Result<(), E>) -> Result<(), E> {
    match body {
        Body::File(file) => read_from(file, sink),
        Body::Bytes(bytes) => read_from(bytes, sink),
    }
}

fn bad(error: impl std::fmt::Display) -> SourceError {
    SourceError::Parquet(error.to_string())
}

fn read_from<T: ChunkReader + 'static, E: From<SourceError>>(
    body: T,
    mut sink: impl FnMut(TraceRow) -> Result<(), E>,
) -> Result<(), E> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(body).map_err(bad)?;
    let there = COLUMNS.iter().filter_map(|name| builder.schema().index_of(name).ok());
    let mask = ProjectionMask::roots(builder.parquet_schema(), there);
    for batch in builder.with_projection(mask).build().map_err(bad)? {
        let batch = batch.map_err(bad)?;
        let columns = columns(&batch)?;
        for row in 0..batch.num_rows() {
            let at = |c: usize| columns[c].as_ref().map_or(Ok(0), |values| count(values, row, COLUMNS[c]));
            sink(TraceRow {
                ts_ms: at(0)?,
                client: at(1)?,
                input_tokens: at(2)?,
                output_tokens: at(3)?,
                reasoning_tokens: at(4)?,
            })?;
        }
    }
    Ok(())
}

fn columns(batch: &RecordBatch) -> Result<Vec<Option<Int64Array>>, SourceError> {
    let whole = |(index, name): (usize, &&'static str)| match batch.column_by_name(name) {
        Some(column) => {
            let values = cast(column, &DataType::Int64).map_err(bad)?;
            Ok(Some(values.as_primitive::<Int64Type>().clone()))
        }
        None if index < NEEDED => Err(SourceError::MissingColumns(vec![*name])),
        None => Ok(None),
    };
    COLUMNS.iter().enumerate().map(whole).collect()
}

fn count(values: &Int64Array, row: usize, name: &str) -> Result<u64, SourceError> {
    let value = values.is_valid(row).then(|| u64::try_from(values.value(row)).ok()).flatten();
    value.ok_or_else(|| SourceError::NotRows(format!("has a {name} that is no count")))
}
