//! Reading parts back, checked against what the manifest says of them.

use std::ops::{Range, RangeInclusive};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use super::part::{PART_SCHEMA, PartRef, SCHEMA_KEY};
use super::schema::known_columns;
use super::sealed_bytes::{Refused, SealedBytes, compare};
use super::{Lake, LakeError};
use crate::edge::blob::{BlobError, BlobErrorKind, Body};

/// How a part is read.
#[derive(Clone, Copy, Debug)]
pub struct Read<'a> {
    /// Columns by name, in this order; absent: all.
    pub columns: Option<&'a [&'a str]>,
    /// Which rows; absent: all.
    pub rows: Option<Rows<'a>>,
    pub batch_rows: usize,
}

impl Default for Read<'_> {
    fn default() -> Self {
        Read { columns: None, rows: None, batch_rows: 8_192 }
    }
}

/// Some of a part's rows.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// At these places, ascending and apart, all of them in the part.
    At(&'a [Range<usize>]),
    /// At least those whose value in a column of 64-bit numbers lies in the range. What else lies near
    /// them comes as well.
    Near(&'a str, &'a RangeInclusive<u64>),
}

/// The batches of one part, one at a time.
pub struct PartReader {
    inner: ParquetRecordBatchReader,
    bytes: SealedBytes,
    order: Option<Vec<usize>>,
    place: String,
    left: u64,
    failed: bool,
}

/// A decoder that gives up, or panics, does so over a part that is damaged.
fn decoded<T, E: std::fmt::Display>(
    place: &str,
    bytes: &SealedBytes,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, LakeError> {
    let what = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(e)) => format!("the part cannot be read: {e}"),
        Err(_) => "the part cannot be read: its structure makes no sense".to_owned(),
    };
    Err(match bytes.refused() {
        Some(why) => refused(place, why),
        None => LakeError::damaged(place, what),
    })
}

fn refused(place: &str, why: Refused) -> LakeError {
    match why {
        Refused::Io(e) => BlobError::new(BlobErrorKind::Other, place, e.to_string()).into(),
        Refused::Other => LakeError::damaged(place, "the part does not have the hash its manifest names"),
    }
}

impl PartReader {
    fn step(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        let Some(batch) = decoded(&self.place, &self.bytes, || self.inner.next().transpose())? else {
            let what = format!("{} rows fewer than the manifest says", self.left);
            return if self.left == 0 { Ok(None) } else { Err(LakeError::damaged(&self.place, what)) };
        };
        self.left = self
            .left
            .checked_sub(batch.num_rows() as u64)
            .ok_or_else(|| LakeError::damaged(&self.place, "more rows than the manifest says"))?;
        match &self.order {
            Some(order) => decoded(&self.place, &self.bytes, || batch.project(order).map(Some)),
            None => Ok(Some(batch)),
        }
    }
}

impl Iterator for PartReader {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let step = self.step();
        self.failed = step.is_err();
        step.transpose()
    }
}

/// Row groups that may have a value of a column in a range.
fn groups_near(metadata: &ParquetMetaData, column: &str, range: &RangeInclusive<u64>) -> Vec<usize> {
    let may = |group: &RowGroupMetaData| {
        let chunk = group.columns().iter().find(|c| c.column_path().string() == column);
        let Some(Statistics::Int64(bounds)) = chunk.and_then(|c| c.statistics()) else { return true };
        let (Some(least), Some(most)) = (bounds.min_opt(), bounds.max_opt()) else { return true };
        least.cast_unsigned() <= *range.end() && *range.start() <= most.cast_unsigned()
    };
    (0..metadata.num_row_groups()).filter(|g| may(metadata.row_group(*g))).collect()
}

fn rows_of(group: &RowGroupMetaData) -> u64 {
    u64::try_from(group.num_rows()).unwrap_or(0)
}

/// Columns of a later version may mean something else under the same name.
fn refuse_newer(metadata: &ParquetMetaData, place: &str) -> Result<(), LakeError> {
    let written = metadata.file_metadata().key_value_metadata().into_iter().flatten().find(|kv| kv.key == SCHEMA_KEY);
    let Some(written) = written else { return Ok(()) };
    let schema = written.value.as_deref().and_then(|text| text.parse().ok());
    match schema {
        Some(schema) if schema <= PART_SCHEMA => Ok(()),
        Some(schema) => Err(LakeError::Newer { place: place.to_owned(), schema, known: PART_SCHEMA, build: None }),
        None => Err(LakeError::damaged(place, format!("its {SCHEMA_KEY} is no number"))),
    }
}

/// What is known of the columns of a part's table: of their types, and that they are there.
fn refuse_other_columns(part: &PartRef, columns: &Schema, place: &str) -> Result<(), LakeError> {
    for field in known_columns(&part.table) {
        match columns.field_with_name(field.name()) {
            Ok(there) if there.data_type() == field.data_type() => {}
            Ok(there) => {
                let what = format!("its column {} is {}, not {}", field.name(), there.data_type(), field.data_type());
                return Err(LakeError::damaged(place, what));
            }
            Err(_) if field.is_nullable() => {}
            Err(_) => return Err(LakeError::damaged(place, format!("has no column {}", field.name()))),
        }
    }
    Ok(())
}

impl Lake {
    /// A part that is there with its size.
    async fn body(&self, part: &PartRef, place: &str) -> Result<Body, LakeError> {
        let body = match self.blob.open(&part.path).await {
            Err(e) if e.is_not_found() => return Err(LakeError::damaged(place, "the part is lost")),
            opened => opened?,
        };
        let size = body.size().map_err(|e| refused(place, Refused::Io(e)))?;
        if size != part.bytes {
            return Err(LakeError::damaged(place, format!("the part has {size} bytes, not {}", part.bytes)));
        }
        Ok(body)
    }

    /// The bytes of a part, compared with its hash the first time in a run.
    async fn sealed_bytes(&self, part: &PartRef, place: &str) -> Result<SealedBytes, LakeError> {
        let body = self.body(part, place).await?;
        SealedBytes::of(part, body, &self.compared).map_err(|why| refused(place, why))
    }

    /// Compares size and hash of a part as it lies now, whatever was known of it.
    ///
    /// # Errors
    /// Damaged: lost, another size or hash.
    pub async fn verify_part(&self, part: &PartRef) -> Result<(), LakeError> {
        let place = self.place(&part.path);
        let body = self.body(part, &place).await?;
        compare(part, &body).map_err(|why| refused(&place, why))
    }

    /// Opens a part; its batches follow one by one. Nothing is decoded that does not have the part's hash.
    ///
    /// # Errors
    /// Damaged: lost, another size or hash, a column that is not there or of another type, another number of
    /// rows, or what the decoder cannot read.
    pub async fn open_part(&self, part: &PartRef, how: Read<'_>) -> Result<PartReader, LakeError> {
        let place = self.place(&part.path);
        let bytes = self.sealed_bytes(part, &place).await?;
        let mut builder = decoded(&place, &bytes, || ParquetRecordBatchReaderBuilder::try_new(bytes.clone()))?;
        refuse_newer(builder.metadata(), &place)?;
        refuse_other_columns(part, builder.schema(), &place)?;
        let mut order = None;
        if let Some(columns) = how.columns {
            let mut indices = Vec::with_capacity(columns.len());
            for column in columns {
                let index = builder.schema().index_of(column);
                indices.push(index.map_err(|_| LakeError::damaged(&place, format!("has no column {column}")))?);
            }
            let mask = ProjectionMask::roots(builder.parquet_schema(), indices.iter().copied());
            // Columns come in the file's order; the place of each among those asked for.
            order = Some(indices.iter().map(|i| indices.iter().filter(|j| *j < i).count()).collect());
            builder = builder.with_projection(mask);
        }
        let written = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        if written != part.rows {
            return Err(LakeError::damaged(&place, format!("the part has {written} rows, not {}", part.rows)));
        }
        let mut left = part.rows;
        match how.rows {
            None => {}
            Some(Rows::At(places)) => {
                let selected = RowSelection::from_consecutive_ranges(places.iter().cloned(), left as usize);
                left = selected.row_count() as u64;
                builder = builder.with_row_selection(selected);
            }
            Some(Rows::Near(column, range)) => {
                let groups = groups_near(builder.metadata(), column, range);
                left = groups.iter().map(|g| rows_of(builder.metadata().row_group(*g))).sum();
                builder = builder.with_row_groups(groups);
            }
        }
        let inner = decoded(&place, &bytes, || builder.with_batch_size(how.batch_rows).build())?;
        Ok(PartReader { inner, bytes, order, place, left, failed: false })
    }

    /// The names of the columns a part was written with.
    ///
    /// # Errors
    /// As [`Lake::open_part`].
    pub(crate) async fn part_columns(&self, part: &PartRef) -> Result<Vec<String>, LakeError> {
        let place = self.place(&part.path);
        let bytes = self.sealed_bytes(part, &place).await?;
        let builder = decoded(&place, &bytes, || ParquetRecordBatchReaderBuilder::try_new(bytes.clone()))?;
        Ok(builder.schema().fields().iter().map(|f| f.name().clone()).collect())
    }

    /// All batches of a part.
    pub async fn read_part(&self, part: &PartRef, how: Read<'_>) -> Result<Vec<RecordBatch>, LakeError> {
        self.open_part(part, how).await?.collect()
    }
}
