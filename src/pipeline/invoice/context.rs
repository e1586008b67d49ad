//! What a step of the bills is asked for, and everything it works from.

use std::collections::BTreeMap;

use super::history::History;
use crate::domain::invoice::{AccountMonths, BillingError, BillingRules, DraftBuilder, Frame, Late};
use crate::domain::ledger::Parties;
use crate::domain::period::{Day, Instant, Period};
use crate::edge::lake::KeptRef;
use crate::pipeline::books::load_parties;
use crate::pipeline::config::Billing;
use crate::pipeline::desk::Desk;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;

/// The job whose manifests say what was billed.
pub(crate) const JOB: &str = "invoice";

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

/// The day a run happens on, in the operator's zone.
pub(super) fn today(desk: &Desk) -> Day {
    desk.config.zone.day_of(desk.now)
}

/// Everything bills are made from.
pub(crate) struct BillingContext<'a> {
    pub(super) desk: &'a Desk,
    pub(super) billing: Billing,
    pub(super) rules: BillingRules,
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
        let (rules, view) = (billing.rules(), View::load(desk).await?);
        Ok(Some(BillingContext { desk, billing, rules, view, parties, kept, history }))
    }

    /// Whether this run may give numbers, send and publish.
    pub(super) fn is_real(&self) -> bool {
        !self.desk.dry_run && !self.desk.replay
    }

    /// What makes the drafts of a period, as issued on a day.
    pub(super) fn builder<'m>(
        &'m self,
        (period, issued_on): (Period, Day),
        months: &'m AccountMonths,
        late: &'m BTreeMap<String, Late>,
    ) -> DraftBuilder<'m> {
        let zone = self.desk.config.zone;
        DraftBuilder {
            rules: &self.rules,
            units: &self.desk.config.rules.units,
            parties: &self.parties,
            issued: &self.history.documents,
            frame: Frame { issuer: &self.billing.issuer, period, zone, issued_on, sources: &months.sources },
            late,
        }
    }
}

impl From<BillingError> for Stop {
    fn from(e: BillingError) -> Stop {
        let what = e.to_string();
        match e {
            BillingError::Law { place: None, .. } => Stop::law(what),
            BillingError::Law { place: Some(place), .. } => Stop::law(what).at(place),
            BillingError::Column { .. } => Stop::config(what),
            BillingError::Overflow(_) => Stop::internal(what),
        }
    }
}
