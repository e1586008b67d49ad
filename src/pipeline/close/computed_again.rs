//! Whether what is computed again is what a sealed revision says, also of a revision that another build
//! sealed: with fewer columns than today's tables, or with another way to tell what it was made from.

use arrow::array::RecordBatch;

use super::input_identity::FINGERPRINT;
use super::silent_hours::SILENT;
use super::unjudged_calls::UNJUDGED;
use crate::domain::hash::is_of_this_scheme;
use crate::edge::lake::schema::ROW_PLACE;
use crate::edge::lake::{Digest, Manifest, Total};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// Whether a revision says what it was made from in words that this build does not compare: whether it is
/// still current shows only when it is computed again.
pub(crate) fn is_of_another_scheme(sealed: &Manifest) -> bool {
    sealed.notes.get(FINGERPRINT).is_none_or(|stamp| !is_of_this_scheme(stamp))
}

/// Whether a table computed again has the rows that a revision names: its content by the `digest` it would be
/// sealed with, or over the columns that the revision was sealed with. `None` where the revision has no such
/// digest.
///
/// # Errors
/// When the sealed part is lost or damaged.
pub(crate) async fn same_table(
    context: &RunContext,
    sealed: &Manifest,
    (name, digest): (&str, Digest),
    batch: &RecordBatch,
) -> Result<Option<bool>, AppError> {
    let Some(was) = sealed.digests.get(name) else { return Ok(None) };
    if digest == *was {
        return Ok(Some(true));
    }
    let Some(part) = sealed.parts_of(name).next().filter(|_| was.rows == batch.num_rows() as u64) else {
        return Ok(Some(false));
    };
    let columns = context.lake.part_columns(part).await?;
    let schema = batch.schema();
    let mut later: Vec<&str> =
        schema.fields().iter().map(|f| f.name().as_str()).filter(|name| !columns.iter().any(|c| c == name)).collect();
    if later.is_empty() {
        return Ok(Some(false));
    }
    later.extend(ROW_PLACE);
    Ok(Some(Digest::of(batch, &later)? == *was))
}

/// Whether a day or period computed again (`made`, with its tables) is what a revision says: every digest it
/// names, its sums and counts, and the hours without a row. What only this build names is no difference.
///
/// # Errors
/// When a sealed part is lost or damaged.
pub(crate) async fn same_revision(
    context: &RunContext,
    sealed: &Manifest,
    made: &Manifest,
    tables: &[(&'static str, RecordBatch)],
) -> Result<bool, AppError> {
    let silent = |m: &Manifest| -> Vec<(String, String)> {
        m.notes.iter().filter(|(name, _)| name.starts_with(SILENT)).map(|(n, t)| (n.clone(), t.clone())).collect()
    };
    let counts = sealed.rows.iter().all(|(name, rows)| made.rows.get(name) == Some(rows));
    let totals = |m: &Manifest| -> Vec<Total> {
        m.totals.iter().filter(|total| !total.name.starts_with(UNJUDGED)).cloned().collect()
    };
    if totals(sealed) != totals(made) || !counts || silent(sealed) != silent(made) {
        return Ok(false);
    }
    for (name, was) in &sealed.digests {
        let Some(digest) = made.digests.get(name) else { return Ok(false) };
        if digest == was {
            continue;
        }
        let Some((_, batch)) = tables.iter().find(|(table, _)| table == name) else { return Ok(false) };
        if same_table(context, sealed, (name, *digest), batch).await? != Some(true) {
            return Ok(false);
        }
    }
    Ok(true)
}
