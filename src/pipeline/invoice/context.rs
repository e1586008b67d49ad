//! What a step of the bills is asked for, and everything it works from.

use std::collections::BTreeMap;

use super::history::History;
use crate::domain::invoice::{AccountMonths, BillingError, BillingRules, DraftBuilder, Frame, Late};
use crate::domain::ledger::Parties;
use crate::domain::period::{Day, Instant, Period};
use crate::edge::lake::KeptRef;
use crate::pipeline::config::Billing;
use crate::pipeline::context::RunContext;
use crate::pipeline::error::AppError;
use crate::pipeline::raw_catalog::RawCatalog;
use crate::pipeline::registry::books::load_parties;

/// The job whose manifests say what was billed.
pub(crate) const JOB: &str = "invoice";

/// Whether documents become final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Finalise {
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
pub(crate) struct InvoiceAsk {
    pub finalise: Finalise,
    /// Only this account's documents; those made on request as well.
    pub account: Option<String>,
}

/// When a month's documents may become final: once its last day has closed.
pub(crate) fn closes(run: &RunContext, period: Period) -> Instant {
    run.config.known_at(run.config.zone.start_of(period.end()))
}

/// The day a run happens on, in the operator's zone.
pub(super) fn today(run: &RunContext) -> Day {
    run.config.zone.day_of(run.now)
}

/// Everything bills are made from.
pub(crate) struct BillingContext<'a> {
    pub(super) run: &'a RunContext,
    pub(super) billing: Billing,
    pub(super) rules: BillingRules,
    pub(super) catalog: RawCatalog,
    pub(super) parties: Parties,
    /// The files they were read from.
    pub(super) kept: Vec<KeptRef>,
    pub(super) history: History,
}

impl<'a> BillingContext<'a> {
    /// `None` where nobody is set up to send bills.
    pub(super) async fn load(run: &'a RunContext) -> Result<Option<BillingContext<'a>>, AppError> {
        let Some(billing) = &run.config.billing else { return Ok(None) };
        let billing = billing.of_year(today(run).year());
        let (parties, kept) = load_parties(run).await?;
        let history = History::load(run).await?;
        let (rules, catalog) = (billing.rules(), RawCatalog::load(run).await?);
        Ok(Some(BillingContext { run, billing, rules, catalog, parties, kept, history }))
    }

    /// Whether this run may give numbers, send and publish.
    pub(super) fn is_real(&self) -> bool {
        !self.run.dry_run && !self.run.replay
    }

    /// What makes the drafts of a period, as issued on a day.
    pub(super) fn builder<'m>(
        &'m self,
        (period, issued_on): (Period, Day),
        months: &'m AccountMonths,
        late: &'m BTreeMap<String, Late>,
    ) -> DraftBuilder<'m> {
        let zone = self.run.config.zone;
        DraftBuilder {
            rules: &self.rules,
            units: &self.run.config.rules.units,
            parties: &self.parties,
            issued: &self.history.documents,
            frame: Frame { issuer: &self.billing.issuer, period, zone, issued_on, sources: &months.sources },
            late,
        }
    }
}

impl From<BillingError> for AppError {
    fn from(e: BillingError) -> AppError {
        let what = e.to_string();
        match e {
            BillingError::Law { place: None, .. } => AppError::law(what),
            BillingError::Law { place: Some(place), .. } => AppError::law(what).at(place),
            BillingError::Column { .. } => AppError::config(what),
            BillingError::Overflow(_) => AppError::internal(what),
        }
    }
}
