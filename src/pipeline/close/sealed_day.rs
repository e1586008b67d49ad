//! A sealed day read back: exactly the rows that counted, beside what the seal says of each.
//!
//! The day names its rows: each charge the raw row of its call, and runs of raw rows the postings that
//! stand. So nothing is put in order or told apart again, and rows that came after the seal are not read.

use std::collections::HashSet;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::UInt32Type;

use super::day_pass::COUNTED;
use super::day_revisions::day_of;
use super::part_rows::{SMALL_BYTES, keys_in, rows_at, rows_of};
use super::row_places::RowPlace;
use super::unnamed_rows;
use crate::domain::call::Calls;
use crate::domain::invoice::ChargedCalls;
use crate::domain::ledger::Posting;
use crate::domain::period::Day;
use crate::domain::reconcile::Class;
use crate::edge::lake::schema::{CALL_KEY, ChargesTable, CountedRows, ROW_PLACE, from_batch};
use crate::edge::lake::{Manifest, PartRef, Read};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;

/// Calls and charges of a sealed day, row by row, in the order of its charges.
#[derive(Debug)]
pub(crate) struct SealedDay {
    pub(crate) day: Day,
    pub(crate) calls: Calls,
    pub(crate) said: ChargesTable,
}

/// A posting that counted for a sealed day.
#[derive(Clone, Debug)]
pub(crate) struct SealedPosting {
    pub(crate) posting: Posting,
    /// Posted on the day; else it pays for calls of the day and was posted on another.
    pub(crate) own: bool,
}

impl SealedDay {
    /// Reads a sealed day. `view` is only asked where an earlier build sealed it, which named no rows.
    ///
    /// # Errors
    /// Law: the seal speaks of a call that is not in the lake.
    pub(crate) async fn load(
        context: &RunContext,
        catalog: &RawCatalog,
        manifest: &Manifest,
    ) -> Result<SealedDay, AppError> {
        SealedDay::load_some(context, catalog, manifest, None).await
    }

    /// Of a sealed day the rows whose call ids have one of these hashes.
    ///
    /// # Errors
    /// As [`SealedDay::load`].
    pub(crate) async fn load_some(
        context: &RunContext,
        catalog: &RawCatalog,
        manifest: &Manifest,
        only: Option<&HashSet<u64>>,
    ) -> Result<SealedDay, AppError> {
        let day = day_of(manifest)?;
        let mut batches = Vec::new();
        for part in manifest.parts_of(ChargesTable::TABLE) {
            batches.extend(charges_of(context, manifest, part, only).await?);
        }
        let mut said = ChargesTable::default();
        for batch in &batches {
            append(&mut said, ChargesTable::from_batch(batch)?);
        }
        let calls = match &manifest.raw_parts {
            Some(parts) => calls_at(context, manifest, parts, &places(manifest, &batches)?).await?,
            None => unnamed_rows::calls(context, catalog, manifest, &batches, only).await?,
        };
        Ok(SealedDay { day, calls, said })
    }

    pub(crate) fn charged(&self) -> ChargedCalls<'_> {
        ChargedCalls {
            day: self.day,
            calls: &self.calls,
            unit: &self.said.unit,
            expected: &self.said.expected,
            recorded: &self.said.recorded,
            posted: &self.said.posted,
            class: &self.said.posting_class,
        }
    }

    /// Rows that are calls, not a second logging of one.
    pub(crate) fn call_rows(&self) -> Vec<u32> {
        (0u32..)
            .zip(&self.said.posting_class)
            .filter(|(_, c)| **c != Class::DuplicateCall)
            .map(|(row, _)| row)
            .collect()
    }
}

/// The postings that counted for a sealed day, in the order of their parts; of those that name a call only
/// the ones with a hash in `only`, where given.
///
/// # Errors
/// When a part is missing or damaged.
pub(crate) async fn sealed_postings(
    context: &RunContext,
    catalog: &RawCatalog,
    manifest: &Manifest,
    only: Option<&HashSet<u64>>,
) -> Result<Vec<SealedPosting>, AppError> {
    let Some(parts) = &manifest.raw_parts else {
        let own = unnamed_rows::own_postings(context, catalog, day_of(manifest)?, only, 0).await?;
        return Ok(own.into_iter().map(|posting| SealedPosting { posting, own: true }).collect());
    };
    let mut runs: Vec<CountedRows> = Vec::new();
    for part in manifest.parts_of(COUNTED) {
        for batch in context.read(part).await? {
            runs.extend(from_batch::<CountedRows>(&batch)?);
        }
    }
    runs.sort_by_key(|run| (run.part, run.first));
    let mut counted = Vec::new();
    for of_part in runs.chunk_by(|a, b| a.part == b.part) {
        let part = named(manifest, parts, of_part[0].part)?;
        let mut rows: Vec<(u32, bool)> =
            of_part.iter().flat_map(|run| (run.first..run.first + run.rows).map(|row| (row, run.own))).collect();
        if let Some(only) = only {
            let keys = keys_in(context, part, CALL_KEY).await?;
            rows.retain(|(row, _)| keys.get(*row as usize).copied().flatten().is_some_and(|key| only.contains(&key)));
        }
        let places: Vec<u32> = rows.iter().map(|(row, _)| *row).collect();
        let mut own = rows.into_iter().map(|(_, own)| own);
        for batch in rows_at(context, part, &places).await? {
            let postings = from_batch::<Posting>(&batch)?.into_iter().zip(own.by_ref());
            counted.extend(postings.map(|(posting, own)| SealedPosting { posting, own }));
        }
    }
    Ok(counted)
}

/// The postings of a sealed day itself that stand.
///
/// # Errors
/// As [`sealed_postings`].
pub(crate) async fn own_postings(
    context: &RunContext,
    catalog: &RawCatalog,
    manifest: &Manifest,
) -> Result<Vec<Posting>, AppError> {
    let counted = sealed_postings(context, catalog, manifest, None).await?;
    Ok(counted.into_iter().filter(|p| p.own).map(|p| p.posting).collect())
}

fn named<'p>(manifest: &Manifest, parts: &'p [PartRef], part: u32) -> Result<&'p PartRef, AppError> {
    parts.get(part as usize).ok_or_else(|| AppError::law("a row lies in a part that is not listed").at(manifest.path()))
}

/// A part of the charges; of a large one without the columns that only name calls, where nothing is looked for
/// by them.
async fn charges_of(
    context: &RunContext,
    manifest: &Manifest,
    part: &PartRef,
    only: Option<&HashSet<u64>>,
) -> Result<Vec<RecordBatch>, AppError> {
    if only.is_some() || manifest.raw_parts.is_none() {
        return Ok(rows_of(context, part, "key", only).await?.batches);
    }
    if part.bytes <= SMALL_BYTES {
        return context.read(part).await;
    }
    let schema = ChargesTable::schema();
    let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).chain(ROW_PLACE).collect();
    Ok(context.lake.read_part(part, Read { columns: Some(&columns), ..Read::default() }).await?)
}

/// Where the call of each charge lies.
fn places(manifest: &Manifest, charges: &[RecordBatch]) -> Result<Vec<RowPlace>, AppError> {
    let mut places = Vec::with_capacity(charges.iter().map(RecordBatch::num_rows).sum());
    for batch in charges {
        let column = |name: &str| batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<UInt32Type>());
        let [Some(parts), Some(rows)] = ROW_PLACE.map(column) else {
            return Err(AppError::law("the charges do not say where their calls lie").at(manifest.path()));
        };
        let both = parts.values().iter().zip(rows.values());
        places.extend(both.map(|(part, row)| RowPlace { part: *part, row: *row }));
    }
    Ok(places)
}

/// The calls at these places, in their order.
async fn calls_at(
    context: &RunContext,
    manifest: &Manifest,
    parts: &[PartRef],
    places: &[RowPlace],
) -> Result<Calls, AppError> {
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); parts.len()];
    for place in places {
        named(manifest, parts, place.part)?;
        rows[place.part as usize].push(place.row);
    }
    // Where each part's rows begin among all that are read.
    let (mut read, mut begins, mut sorted) = (Vec::new(), Vec::with_capacity(parts.len()), true);
    let mut begin = 0usize;
    for (part, rows) in parts.iter().zip(&mut rows) {
        begins.push(begin);
        begin += rows.len();
        if !rows.is_sorted() {
            rows.sort_unstable();
            sorted = false;
        }
        for batch in rows_at(context, part, rows).await? {
            read.push(Calls::from_batch(batch).map_err(AppError::internal)?);
        }
    }
    let calls = Calls::concat(&read).map_err(AppError::internal)?;
    drop(read);
    if calls.len() != places.len() {
        return Err(AppError::law("a charge is of no call in the lake").at(manifest.path()));
    }
    let mut next = begins.clone();
    let order: Vec<u32> = places
        .iter()
        .map(|place| {
            let part = place.part as usize;
            let at = if sorted { next[part] } else { begins[part] + rows[part].partition_point(|r| *r < place.row) };
            next[part] += 1;
            u32::try_from(at).unwrap_or(u32::MAX)
        })
        .collect();
    if (0u32..).zip(&order).all(|(at, row)| at == *row) {
        return Ok(calls);
    }
    calls.take(&order).map_err(AppError::internal)
}

fn append(table: &mut ChargesTable, more: ChargesTable) {
    table.charges.append(more.charges);
    table.unit.extend(more.unit);
    table.expected.extend(more.expected);
    table.recorded.extend(more.recorded);
    table.posted.extend(more.posted);
    table.charge_class.extend(more.charge_class);
    table.posting_class.extend(more.posting_class);
}
