//! Reading parts back, checked against what the manifest says of them.

use std::io;
use std::ops::{Range, RangeInclusive};

use arrow::array::RecordBatch;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::statistics::Statistics;
use sha2::{Digest, Sha256};

use super::part::{PART_SCHEMA, PartRef, SCHEMA_KEY};
use super::text::hex;
use super::{Lake, LakeError};
use crate::edge::blob::{BlobError, BlobErrorKind, Body};

/// How a part is read.
#[derive(Clone, Copy, Debug)]
pub struct Read<'a> {
    /// Columns by name, in this order; absent: all.
    pub columns: Option<&'a [&'a str]>,
    /// Which rows; absent: all.
    pub rows: Option<Rows<'a>>,
    /// Compare the hash of the whole file before anything is decoded.
    pub verify: bool,
    pub batch_rows: usize,
}

impl Default for Read<'_> {
    fn default() -> Self {
        Read { columns: None, rows: None, verify: false, batch_rows: 8_192 }
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
    order: Option<Vec<usize>>,
    place: String,
    left: u64,
    failed: bool,
}

impl Length for Body {
    fn len(&self) -> u64 {
        self.size().unwrap_or(0)
    }
}

impl ChunkReader for Body {
    type T = Box<dyn io::Read + Send>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        match self {
            Body::File(file) => Ok(Box::new(file.get_read(start)?)),
            Body::Bytes(bytes) => Ok(Box::new(io::Cursor::new(slice(bytes, start, None)?))),
        }
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match self {
            Body::File(file) => file.get_bytes(start, length),
            Body::Bytes(bytes) => slice(bytes, start, Some(length)),
        }
    }
}

fn slice(bytes: &Bytes, start: u64, length: Option<usize>) -> Result<Bytes, ParquetError> {
    let range = usize::try_from(start).ok().and_then(|start| {
        let end = length.map_or(Some(bytes.len()), |n| start.checked_add(n))?;
        (start <= end && end <= bytes.len()).then_some(start..end)
    });
    range.map(|r| bytes.slice(r)).ok_or_else(|| ParquetError::EOF("the file ends early".into()))
}

impl PartReader {
    fn step(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        let Some(batch) = self.inner.next() else {
            let what = format!("{} rows fewer than the manifest says", self.left);
            return if self.left == 0 { Ok(None) } else { Err(LakeError::damaged(&self.place, what)) };
        };
        let arrow = |source| LakeError::Arrow { place: self.place.clone(), source };
        let batch = batch.map_err(arrow)?;
        self.left = self
            .left
            .checked_sub(batch.num_rows() as u64)
            .ok_or_else(|| LakeError::damaged(&self.place, "more rows than the manifest says"))?;
        match &self.order {
            Some(order) => batch.project(order).map(Some).map_err(arrow),
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

fn hash_of(body: &Body) -> io::Result<String> {
    let (mut hash, mut reader, mut buffer) = (Sha256::new(), body.reader()?, vec![0; 1 << 18]);
    loop {
        match io::Read::read(&mut reader, &mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

impl Lake {
    async fn open(&self, part: &PartRef, verify: bool) -> Result<Body, LakeError> {
        let place = self.place(&part.path);
        let body = match self.blob.open(&part.path).await {
            Err(e) if e.is_not_found() => return Err(LakeError::damaged(place, "the part is lost")),
            opened => opened?,
        };
        let io = |e: io::Error| BlobError::new(BlobErrorKind::Other, place.clone(), e.to_string());
        let size = body.size().map_err(io)?;
        if size != part.bytes {
            return Err(LakeError::damaged(place, format!("the part has {size} bytes, not {}", part.bytes)));
        }
        if verify && hash_of(&body).map_err(io)? != part.sha256 {
            return Err(LakeError::damaged(place, "the part does not have the hash its manifest names"));
        }
        Ok(body)
    }

    /// Compares size and hash of a part with what is known of it.
    pub async fn verify_part(&self, part: &PartRef) -> Result<(), LakeError> {
        self.open(part, true).await.map(|_| ())
    }

    /// Opens a part; its batches follow one by one.
    ///
    /// # Errors
    /// Damaged: lost, another size or hash, a column that is not there, another number of rows.
    pub async fn open_part(&self, part: &PartRef, how: Read<'_>) -> Result<PartReader, LakeError> {
        let place = self.place(&part.path);
        let body = self.open(part, how.verify).await?;
        let parquet = |source| LakeError::Parquet { place: place.clone(), source };
        let mut builder = ParquetRecordBatchReaderBuilder::try_new(body).map_err(parquet)?;
        refuse_newer(builder.metadata(), &place)?;
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
        let inner = builder.with_batch_size(how.batch_rows).build().map_err(parquet)?;
        Ok(PartReader { inner, order, place, left, failed: false })
    }

    /// The names of the columns a part was written with.
    ///
    /// # Errors
    /// As [`Lake::open_part`].
    pub(crate) async fn part_columns(&self, part: &PartRef) -> Result<Vec<String>, LakeError> {
        let place = self.place(&part.path);
        let body = self.open(part, false).await?;
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(body).map_err(|source| LakeError::Parquet { place, source })?;
        Ok(builder.schema().fields().iter().map(|f| f.name().clone()).collect())
    }

    /// All batches of a part.
    pub async fn read_part(&self, part: &PartRef, how: Read<'_>) -> Result<Vec<RecordBatch>, LakeError> {
        self.open_part(part, how).await?.collect()
    }
}
