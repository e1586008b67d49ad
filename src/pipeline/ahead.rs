//! Rows dated in the future: kept, in no period until their day, and no word on how far the ledger reaches.
//!
//! Knows nothing of: what a day makes of its rows, how rows are read.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;

use super::context::{RunContext, latest_of_now};
use super::error::AppError;
use crate::domain::call::Calls;
use crate::domain::ledger::{Balance, Posting};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Instant};
use crate::edge::lake::schema::from_batch;
use crate::edge::lake::{Manifest, PartRef, Read};

/// The note of an ingest that says how many of its rows were dated in the future.
pub(crate) const AHEAD: &str = "ahead";

/// The tables of raw rows, and the column that says when a row is of.
const DATED: [(&str, &str); 3] = [("calls", "started_at"), ("postings", "posted_at"), ("balances", "at")];

/// Rows that no period has yet, because their time has not come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ahead {
    pub first: Option<Instant>,
    pub last: Option<Instant>,
    /// How many, by table.
    pub rows: BTreeMap<&'static str, u64>,
    /// What their charges and amounts come to, by table and unit; absent where it has more than 38 digits.
    pub money: BTreeMap<(&'static str, String), Option<Amount>>,
}

impl Ahead {
    pub(crate) fn count(&self) -> u64 {
        self.rows.values().sum()
    }

    fn row(&mut self, table: &'static str, at: Instant) {
        *self.rows.entry(table).or_default() += 1;
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }

    fn add(&mut self, table: &'static str, unit: &str, amount: Amount) {
        let sum = self.money.entry((table, unit.to_owned())).or_insert(Some(Amount::ZERO));
        *sum = sum.and_then(|sum| sum.checked_add(amount));
    }
}

/// The parts of an ingest that may hold rows that were dated in the future when they were read; none of an
/// ingest that had no such row.
pub(crate) fn parts_ahead(context: &RunContext, ingest: &Manifest) -> Vec<PartRef> {
    let (zone, latest) = (context.config.zone, latest_of_now(ingest.as_of));
    let (today, last) = (zone.day_of(ingest.as_of), zone.day_of(latest));
    let dated = ingest.parts.iter().filter(|part| DATED.iter().any(|(table, _)| *table == part.table));
    let days: Vec<(Day, &PartRef)> = dated.filter_map(|part| Some((Day::parse(&part.partition)?, part))).collect();
    // Earlier builds left no note, but rows of a day to come are theirs as well.
    let flagged = ingest.notes.contains_key(AHEAD) || days.iter().any(|(day, _)| *day > last);
    days.into_iter().filter(|(day, _)| flagged && *day >= today).map(|(_, part)| part.clone()).collect()
}

/// How far an ingest says the ledger reaches, of rows whose time has come.
pub(crate) async fn reach(context: &RunContext, ingest: &Manifest) -> Result<Option<Instant>, AppError> {
    let horizon = context.horizon();
    let noted = ingest.notes.get("watermark").and_then(|t| Instant::parse(t).ok());
    let known = noted.filter(|at| *at <= horizon);
    // Rows of an earlier build that went too far say nothing of the others.
    let mut parts = parts_ahead(context, ingest);
    if known.is_none() && noted.is_some() {
        parts.clone_from(&ingest.parts);
    }
    let last = context.config.zone.day_of(horizon);
    let ledger = |part: &&PartRef| part.table == "postings" || part.table == "balances";
    let day = |part: &PartRef| Day::parse(&part.partition).filter(|day| *day <= last);
    let days: BTreeSet<Day> = parts.iter().filter(ledger).filter_map(day).collect();
    for at in days.into_iter().rev() {
        let mut latest = None;
        for part in parts.iter().filter(ledger).filter(|part| day(part) == Some(at)) {
            latest = latest.max(instants(context, part).await?.into_iter().filter(|at| *at <= horizon).max());
        }
        if latest.is_some() {
            return Ok(known.max(latest));
        }
    }
    Ok(known)
}

/// When each row of a part is of.
async fn instants(context: &RunContext, part: &PartRef) -> Result<Vec<Instant>, AppError> {
    let column = DATED.iter().find(|(table, _)| *table == part.table).map_or("at", |(_, column)| *column);
    let how = Read { columns: Some(&[column]), batch_rows: 1 << 16, ..Read::default() };
    let mut instants = Vec::new();
    for batch in context.lake.open_part(part, how).await? {
        let batch = batch?;
        let values = batch.column_by_name(column).and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
        let values = values.ok_or_else(|| AppError::internal(format!("{} has no instants in {column}", part.path)))?;
        instants.extend(values.values().iter().map(|at| Instant::from_micros(*at)));
    }
    Ok(instants)
}

/// The rows whose time has not come, of parts that may hold such rows.
///
/// # Errors
/// When a part is missing or damaged.
pub(crate) async fn rows_ahead(context: &RunContext, parts: &[PartRef]) -> Result<Ahead, AppError> {
    let horizon = context.horizon();
    let today = context.config.zone.day_of(context.now.max(context.clock));
    let mut ahead = Ahead::default();
    for part in parts {
        if Day::parse(&part.partition).is_none_or(|day| day < today) {
            continue;
        }
        for batch in context.lake.read_part(part, Read::default()).await? {
            match part.table.as_str() {
                "calls" => {
                    let calls = Calls::from_batch(batch).map_err(AppError::internal)?;
                    for row in (0..calls.len()).filter(|row| calls.started(*row) > horizon) {
                        ahead.row("calls", calls.started(row));
                        if let Some(charge) = calls.recorded(row) {
                            ahead.add("calls", calls.charge_unit().get(row).unwrap_or_default(), charge);
                        }
                    }
                }
                "postings" => {
                    for posting in from_batch::<Posting>(&batch)?.iter().filter(|p| p.posted_at > horizon) {
                        ahead.row("postings", posting.posted_at);
                        ahead.add("postings", &posting.unit, posting.amount);
                    }
                }
                _ => {
                    let balances = from_batch::<Balance>(&batch)?;
                    balances.iter().filter(|b| b.at > horizon).for_each(|b| ahead.row("balances", b.at));
                }
            }
        }
    }
    Ok(ahead)
}
