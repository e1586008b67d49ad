//! The sealed revisions of days: which is the latest, how final it is, what it left in wallets.

use crate::domain::ledger::{LedgerState, StateRow, WalletDay};
use crate::domain::period::{Day, Instant, Period};
use crate::edge::lake::Manifest;
use crate::edge::lake::schema::{WalletDayRow, from_batch};
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;

/// The job whose manifests hold days.
pub(crate) const JOB: &str = "reconcile";

/// How final a sealed day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayState {
    Provisional,
    Closed,
}

impl DayState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            DayState::Provisional => "provisional",
            DayState::Closed => "closed",
        }
    }
}

/// The latest sealed revision of a day.
pub(crate) async fn latest_day(context: &RunContext, day: Day) -> Result<Option<Manifest>, AppError> {
    context.latest(JOB, &day.to_string()).await
}

/// The sealed days of a period, latest revisions.
pub(crate) async fn days_of(context: &RunContext, period: Period) -> Result<Vec<Manifest>, AppError> {
    let mut days = Vec::new();
    for day in period.days() {
        days.extend(latest_day(context, day).await?);
    }
    Ok(days)
}

/// When the prices and rows of a day were final, as a run at `now` knows it.
pub(crate) fn known_for(context: &RunContext, day: Day) -> (Instant, DayState) {
    let closes = context.config.known_at(context.config.zone.start_of(day.next()));
    if context.now >= closes { (closes, DayState::Closed) } else { (context.now, DayState::Provisional) }
}

pub(crate) fn day_of(manifest: &Manifest) -> Result<Day, AppError> {
    Day::parse(&manifest.period).ok_or_else(|| AppError::internal("a day's manifest is of no day"))
}

/// What a sealed day left in wallets and keys.
pub(crate) async fn closing_carry(context: &RunContext, manifest: &Manifest) -> Result<LedgerState, AppError> {
    let mut rows: Vec<StateRow> = Vec::new();
    for part in manifest.parts_of("carry") {
        for batch in context.read(part).await? {
            rows.extend(from_batch::<StateRow>(&batch)?);
        }
    }
    LedgerState::from_rows(&rows).map_err(|e| AppError::internal(format!("{}: {e}", manifest.path())))
}

/// A sealed day's wallets: what each opened and closed with, and what moved.
pub(crate) async fn wallet_days(context: &RunContext, manifest: &Manifest) -> Result<Vec<WalletDay>, AppError> {
    let mut wallets = Vec::new();
    for part in manifest.parts_of("wallets") {
        for batch in context.read(part).await? {
            wallets.extend(from_batch::<WalletDayRow>(&batch)?.into_iter().map(WalletDay::from));
        }
    }
    Ok(wallets)
}
