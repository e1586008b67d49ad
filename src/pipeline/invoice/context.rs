//! What a step of the bills is asked for, and everything it works from.

use super::history::History;
use crate::domain::ledger::Parties;
use crate::domain::period::{Day, Instant, Period};
use crate::edge::lake::{KeptRef, Manifest};
use crate::pipeline::books::load_parties;
use crate::pipeline::config::Billing;
use crate::pipeline::day::latest_day;
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;

/// Whether documents become final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finalise {
    /// As soon as the month is closed.
    #[default]
    WhenClosed,
    /// Drafts only.
    Never,
    /// Now, else it is an error.
    Now,
}

/// What is asked of the step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvoiceAsk {
    pub finalise: Finalise,
    /// Only this account's documents; those made on request as well.
    pub account: Option<String>,
}

/// When a month's documents may become final: once its last day has closed.
pub(crate) fn closes(desk: &Desk, period: Period) -> Instant {
    desk.config.known_at(desk.config.zone.start_of(period.end()))
}

/// The sealed days of a period, latest revisions.
pub(crate) async fn days_of(desk: &Desk, period: Period) -> Result<Vec<Manifest>, Stop> {
    let mut days = Vec::new();
    for day in period.days() {
        days.extend(latest_day(desk, day).await?);
    }
    Ok(days)
}

/// The day a run happens on, in the operator's zone.
pub(super) fn today(desk: &Desk) -> Day {
    desk.config.zone.day_of(desk.now)
}

/// Everything bills are made from.
pub(crate) struct BillingContext<'a> {
    pub(super) desk: &'a Desk,
    pub(super) billing: Billing,
    pub(super) view: View,
    pub(super) parties: Parties,
    /// The files they were read from.
    pub(super) kept: Vec<KeptRef>,
    pub(super) history: History,
}

impl<'a> BillingContext<'a> {
    /// `None` where nobody is set up to send bills.
    pub(super) async fn load(desk: &'a Desk) -> Result<Option<BillingContext<'a>>, Stop> {
        let Some(billing) = &desk.config.billing else { return Ok(None) };
        let billing = billing.of_year(today(desk).year());
        let (parties, kept) = load_parties(desk).await?;
        let history = History::load(desk).await?;
        Ok(Some(BillingContext { desk, billing, view: View::load(desk).await?, parties, kept, history }))
    }

    /// Whether this run may give numbers, send and publish.
    pub(super) fn is_real(&self) -> bool {
        !self.desk.dry_run && !self.desk.replay
    }
}
