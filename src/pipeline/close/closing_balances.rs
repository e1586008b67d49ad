//! Balances at a day's very end, which are filed with the next day: they close the day.

use std::collections::HashSet;

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;

use super::part_rows::{SMALL_BYTES, balances_of, rows_at};
use crate::domain::ledger::{Balance, Posting, WalletId};
use crate::domain::period::{Day, Instant};
use crate::edge::lake::schema::from_batch;
use crate::edge::lake::{PartRef, Read};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;

/// The balances that close a day which ends at `end`. Where something moves the wallet at that instant, the movement
/// is the next day's and in the balance too: the next day checks it.
pub(crate) async fn closing_balances(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    end: Instant,
) -> Result<Vec<Balance>, AppError> {
    let next = day.next();
    let mut closing = balances_of(context, catalog, next).await?;
    closing.retain(|balance| balance.at == end);
    if !closing.is_empty() {
        let moved = wallets_moved_at(context, catalog, next, end).await?;
        closing.retain(|balance| !moved.contains(&balance.wallet_id()));
    }
    Ok(closing)
}

async fn wallets_moved_at(
    context: &RunContext,
    catalog: &RawCatalog,
    day: Day,
    at: Instant,
) -> Result<HashSet<WalletId>, AppError> {
    let mut moved = HashSet::new();
    for part in catalog.parts("postings", day) {
        let rows = rows_posted_at(context, part, at).await?;
        for batch in rows_at(context, part, &rows).await? {
            let postings = from_batch::<Posting>(&batch)?;
            moved.extend(postings.iter().filter(|p| p.kind.moves_wallet()).map(Posting::wallet_id));
        }
    }
    Ok(moved)
}

async fn rows_posted_at(context: &RunContext, part: &PartRef, at: Instant) -> Result<Vec<u32>, AppError> {
    const COLUMN: &str = "posted_at";
    let mut instants = Vec::new();
    let batches = if part.bytes <= SMALL_BYTES {
        context.read(part).await?
    } else {
        let how = Read { columns: Some(&[COLUMN]), batch_rows: 1 << 16, ..Read::default() };
        context.lake.open_part(part, how).await?.collect::<Result<Vec<_>, _>>()?
    };
    for batch in batches {
        let column = batch.column_by_name(COLUMN).ok_or_else(|| AppError::internal("no column posted_at"))?;
        instants.extend_from_slice(column.as_primitive::<TimestampMicrosecondType>().values());
    }
    Ok((0u32..).zip(instants).filter(|(_, posted)| *posted == at.micros()).map(|(row, _)| row).collect())
}
