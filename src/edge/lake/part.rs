//! Parquet parts: the same rows in the same order give the same bytes, and so the same name.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::text::hex;
use super::{Lake, LakeError, is_word};
use crate::edge::blob::{BlobError, BlobErrorKind};

const ROW_GROUP_ROWS: usize = 131_072;
/// Rows are encoded in runs of this many, however they arrive: pages end at run boundaries.
const RUN_ROWS: usize = 8_192;
const PAGE_ROWS: usize = 16_384;
const ZSTD_LEVEL: i32 = 3;
/// Parts of fewer rows are not compressed: setting up a compressor for every column costs more than it saves.
const SMALL_ROWS: usize = 2_048;

/// Version of the tables' columns. Columns may be added; a change of what one means raises it.
pub(super) const PART_SCHEMA: u32 = 1;
/// The key of the version in a file's own metadata. The first version is not written: absent is 1.
pub(super) const SCHEMA_KEY: &str = "trueup.schema";

fn written_schema(schema: u32) -> Option<Vec<KeyValue>> {
    (schema > 1).then(|| vec![KeyValue::new(SCHEMA_KEY.to_owned(), schema.to_string())])
}

/// A part, as a manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartRef {
    /// Key in the lake.
    pub path: String,
    pub table: String,
    /// A day, or `all`.
    pub partition: String,
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    pub sha256: String,
}

/// How a part is encoded, and compressed unless it is small.
fn properties(schema: &SchemaRef, small: bool) -> Result<WriterProperties, ParquetError> {
    properties_of(schema, small, PART_SCHEMA)
}

pub(super) fn properties_of(schema: &SchemaRef, small: bool, version: u32) -> Result<WriterProperties, ParquetError> {
    let compression =
        if small { Compression::UNCOMPRESSED } else { Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?) };
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by("trueup".to_owned())
        .set_key_value_metadata(written_schema(version))
        .set_compression(compression)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_max_row_group_bytes(None)
        .set_write_batch_size(RUN_ROWS)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_dictionary_enabled(false);
    for field in schema.fields() {
        let path = ColumnPath::from(field.name().as_str());
        builder = match field.data_type() {
            DataType::Dictionary(..) | DataType::Decimal128(..) => builder.set_column_dictionary_enabled(path, true),
            DataType::Int64 | DataType::Int32 | DataType::UInt16 | DataType::UInt32 | DataType::Timestamp(..) => {
                builder.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED)
            }
            _ => builder,
        };
    }
    Ok(builder.build())
}

/// Counts and hashes what passes through.
struct Hashing {
    to: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.to.write(bytes)?;
        self.hash.update(&bytes[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A scratch file, removed unless it became a part.
struct Scratch(Option<PathBuf>);

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Writes one part in bounded memory: at most a row group is held. Its calls block; no runtime is needed.
pub struct PartWriter {
    table: String,
    partition: String,
    schema: SchemaRef,
    /// Where the first run will go; encoding begins when it is known whether the part is small.
    to: Option<Hashing>,
    writer: Option<ArrowWriter<Hashing>>,
    pending: Vec<RecordBatch>,
    pending_rows: usize,
    rows: u64,
    scratch: Scratch,
}

/// A part whose name is known, not yet in the lake; see [`Lake::add`]. Dropped, it leaves nothing.
pub struct FinishedPart {
    part: PartRef,
    scratch: Scratch,
}

impl FinishedPart {
    pub fn part(&self) -> &PartRef {
        &self.part
    }
}

impl PartWriter {
    fn begun(&mut self) -> Result<&mut ArrowWriter<Hashing>, ParquetError> {
        if let Some(to) = self.to.take() {
            let properties = properties(&self.schema, self.pending_rows < SMALL_ROWS)?;
            self.writer = Some(ArrowWriter::try_new(to, self.schema.clone(), Some(properties))?);
        }
        self.writer.as_mut().ok_or_else(|| ParquetError::General("could not be begun".into()))
    }

    fn parquet(&self, source: ParquetError) -> LakeError {
        LakeError::unwritten(format!("{}/{}", self.table, self.partition), source)
    }

    /// Adds rows.
    ///
    /// # Errors
    /// Arrow where the batch does not have the part's columns.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        let arrow = |source| LakeError::Arrow { place: format!("{}/{}", self.table, self.partition), source };
        let batch = RecordBatch::try_new(self.schema.clone(), batch.columns().to_vec()).map_err(arrow)?;
        let mut from = 0;
        while from < batch.num_rows() {
            let take = (RUN_ROWS - self.pending_rows).min(batch.num_rows() - from);
            self.pending.push(batch.slice(from, take));
            self.pending_rows += take;
            from += take;
            if self.pending_rows == RUN_ROWS {
                self.flush_run()?;
            }
        }
        Ok(())
    }

    fn flush_run(&mut self) -> Result<(), LakeError> {
        if self.pending_rows == 0 {
            return Ok(());
        }
        let run = match self.pending.as_slice() {
            [one] => one.clone(),
            many => concat_batches(&self.schema, many)
                .map_err(|source| LakeError::Arrow { place: self.table.clone(), source })?,
        };
        self.rows += run.num_rows() as u64;
        self.begun().and_then(|writer| writer.write(&run)).map_err(|e| self.parquet(e))?;
        self.pending.clear();
        self.pending_rows = 0;
        Ok(())
    }

    /// Rows pushed so far.
    pub fn rows(&self) -> u64 {
        self.rows + self.pending_rows as u64
    }

    /// Ends the file; its name is the hash of its bytes.
    pub fn finish(mut self) -> Result<FinishedPart, LakeError> {
        self.flush_run()?;
        self.begun().map(|_| ()).map_err(|e| self.parquet(e))?;
        let place = format!("{}/{}", self.table, self.partition);
        let parquet = |source| LakeError::unwritten(place.clone(), source);
        let writer = self.writer.take().ok_or_else(|| parquet(ParquetError::General("was never begun".into())))?;
        let mut out = writer.into_inner().map_err(parquet)?;
        let io = |e: io::Error| LakeError::Blob(BlobError::new(BlobErrorKind::Other, place.clone(), e.to_string()));
        out.flush().map_err(io)?;
        let sha256 = hex(&out.hash.finalize());
        let path = format!("tables/{}/{}/{}.parquet", self.table, self.partition, &sha256[..32]);
        let part =
            PartRef { path, table: self.table, partition: self.partition, rows: self.rows, bytes: out.bytes, sha256 };
        Ok(FinishedPart { part, scratch: self.scratch })
    }
}

impl Lake {
    /// Begins a part of a table.
    pub fn part_writer(&self, table: &str, partition: &str, schema: &SchemaRef) -> Result<PartWriter, LakeError> {
        if let Some(bad) = [table, partition].into_iter().find(|w| !is_word(w)) {
            return Err(LakeError::Name { what: bad.to_owned() });
        }
        let (file, path) = self.blob.scratch()?;
        let scratch = Scratch(Some(path));
        let to = Hashing { to: BufWriter::with_capacity(1 << 18, file), hash: Sha256::new(), bytes: 0 };
        // Metadata of a schema would become part of the bytes.
        let schema = Arc::new(schema.as_ref().clone().with_metadata(Default::default()));
        Ok(PartWriter {
            table: table.to_owned(),
            partition: partition.to_owned(),
            schema,
            to: Some(to),
            writer: None,
            pending: Vec::new(),
            pending_rows: 0,
            rows: 0,
            scratch,
        })
    }

    /// Puts a finished part into the lake. One that is there already, whole, is left as it is.
    pub async fn add(&self, mut finished: FinishedPart) -> Result<PartRef, LakeError> {
        let part = finished.part.clone();
        if self.verify_part(&part).await.is_err() {
            if let Some(path) = finished.scratch.0.as_ref() {
                self.blob.adopt(&part.path, path).await?;
            }
            finished.scratch.0 = None;
        }
        Ok(part)
    }

    /// Writes a whole part at once.
    pub async fn write_part(
        &self,
        table: &str,
        partition: &str,
        schema: &SchemaRef,
        batches: &[RecordBatch],
    ) -> Result<PartRef, LakeError> {
        let mut writer = self.part_writer(table, partition, schema)?;
        for batch in batches {
            writer.push(batch)?;
        }
        self.add(writer.finish()?).await
    }
}

impl Lake {
    /// Writes one batch as a part.
    pub async fn write_batch(&self, table: &str, partition: &str, batch: RecordBatch) -> Result<PartRef, LakeError> {
        self.write_part(table, partition, &batch.schema(), &[batch]).await
    }
}

/// The bytes a batch has as a Parquet file, the same on every machine.
///
/// # Errors
/// When Parquet refuses the columns.
pub fn to_parquet(batch: &RecordBatch) -> Result<Vec<u8>, LakeError> {
    let parquet = |source| LakeError::Parquet { place: "memory".into(), source };
    let schema = batch.schema();
    let mut bytes = Vec::new();
    let properties = properties(&schema, batch.num_rows() < SMALL_ROWS).map_err(parquet)?;
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties)).map_err(parquet)?;
    writer.write(batch).and_then(|()| writer.close()).map_err(parquet)?;
    Ok(bytes)
}
