//! Bills of a month: drafts, holds, numbers, files. Each final document exists once, whatever stops in
//! between: its number and content in the state, its text in the lake, its files where they are published.
//!
//! Knows nothing of: how amounts become payable, what documents look like, who carries messages.

mod anew;
mod calls_file;
mod complete;
mod correct;
mod drafts;
mod finalise;
mod history;
mod late;
mod month;
mod paid;
mod payments;
mod places;
mod print;
mod publish;
mod recompute;
mod report;
mod rows;
mod seal;
mod verify;
mod wallets;
mod writes;

pub(crate) use anew::{InvoiceShift, invoice_shifts};
pub use correct::{Credit, credit};
pub use print::Unprinted;
pub use publish::document_table;
pub use report::{DocumentReport, InvoiceReport, IssuedReport, issued_documents};
pub(crate) use rows::{DayCalls, day_calls};
pub use verify::DocumentsVerified;
pub(crate) use verify::verify_documents;

use drafts::{Draft, Maker, frame};
use finalise::finalise;
use history::History;
use month::{Month, Views, gather};

use super::books::load_parties;
use super::config::Billing;
use super::day::latest_day;
use super::desk::Desk;
use super::hours::{SilentHours, silent, told};
use super::stop::{Stop, StopKind};
use super::view::View;
use crate::domain::ledger::Parties;
use crate::domain::period::{Day, Instant, Period, PeriodKind};
use crate::edge::lake::{KeptRef, Manifest};

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

/// The sealed days of a period, latest revisions.
pub(crate) async fn days_of(desk: &Desk, period: Period) -> Result<Vec<Manifest>, Stop> {
    let mut days = Vec::new();
    for day in period.days() {
        days.extend(latest_day(desk, day).await?);
    }
    Ok(days)
}

/// The day a run happens on, in the operator's zone.
fn today(desk: &Desk) -> Day {
    desk.config.zone.day_of(desk.now)
}

/// Everything bills are made from.
pub(crate) struct Bench<'a> {
    desk: &'a Desk,
    billing: Billing,
    view: View,
    parties: Parties,
    /// The files they were read from.
    kept: Vec<KeptRef>,
    history: History,
}

impl<'a> Bench<'a> {
    /// `None` where nobody is set up to send bills.
    async fn load(desk: &'a Desk) -> Result<Option<Bench<'a>>, Stop> {
        let Some(billing) = &desk.config.billing else { return Ok(None) };
        let billing = billing.of_year(today(desk).year());
        let (parties, kept) = load_parties(desk).await?;
        let history = History::load(desk).await?;
        Ok(Some(Bench { desk, billing, view: View::load(desk).await?, parties, kept, history }))
    }

    /// Whether this run may give numbers, send and publish.
    fn is_real(&self) -> bool {
        !self.desk.dry_run && !self.desk.replay
    }
}

/// Makes a month's documents: drafts while it is open, final once it is closed; `None` where nobody is
/// set up to send bills.
///
/// # Errors
/// Law: a draft's equality does not hold, a number is lost, or a document in the lake is not the
/// state's; nothing is numbered then. Temporary: final documents were asked for too early.
pub(crate) async fn invoice(desk: &Desk, period: Period, ask: &InvoiceAsk) -> Result<Option<InvoiceReport>, Stop> {
    let Some(mut bench) = Bench::load(desk).await? else { return Ok(None) };
    if period.kind() != PeriodKind::Month {
        return Err(Stop::config(format!("bills are made for months, {period} is none")));
    }
    let days = days_of(desk, period).await?;
    let silent: Vec<_> = days.iter().flat_map(|day| silent(desk, day)).collect();
    let closed = desk.now >= closes(desk, period) && silent.is_empty();
    check_time(desk, period, ask, &silent)?;
    complete::check_kept(&bench).await?;
    let month = gather(desk, &Views::Now(&bench.view), &bench.parties, period, &days, None).await?;
    let mut all = make(&bench, period, &month).await?;
    print::hold_unprintable(&bench, &mut all)?;
    let drafts = of_account(&all, period, ask)?;
    let is_final = closed && bench.is_real() && ask.finalise != Finalise::Never;
    let mut new = Vec::new();
    if is_final {
        new = finalise(&mut bench, &drafts, ask).await?;
    }
    let mut unprinted = Vec::new();
    if bench.is_real() {
        unprinted = complete::complete(&bench).await?;
        publish::publish(&bench, period, &all).await?;
    }
    let report = report::report(&bench, period, &month, &all, (closed, new))?;
    let mut report = InvoiceReport { unprinted, silent: told(desk, &silent), ..report };
    match &ask.account {
        Some(account) => report.documents.retain(|d| d.account_id == *account),
        None if is_final => seal::seal(&bench, period, &month, &all, &report).await?,
        None => {}
    }
    Ok(Some(report))
}

/// The drafts that are asked for.
fn of_account(all: &[Draft], period: Period, ask: &InvoiceAsk) -> Result<Vec<Draft>, Stop> {
    let Some(account) = &ask.account else { return Ok(all.to_vec()) };
    let own: Vec<Draft> = all.iter().filter(|d| d.account_id == *account).cloned().collect();
    if own.is_empty() {
        let what = format!("account {account} has nothing to be billed for {period}");
        return Err(Stop::new(StopKind::Input, what).hint("ids are exact; see the accounts file and `trueup status`"));
    }
    Ok(own)
}

async fn make(bench: &Bench<'_>, period: Period, month: &Month) -> Result<Vec<Draft>, Stop> {
    // A draft is dated the day it may become final first, so that it only changes with what it says.
    let issued_on = bench.desk.config.zone.day_of(closes(bench.desk, period));
    let (parties, billing, history) = (&bench.parties, &bench.billing, &bench.history);
    let late = late::late_of(bench.desk, &bench.view, parties, billing, history, (period, issued_on)).await?;
    let maker = Maker {
        billing,
        units: &bench.desk.config.rules.units,
        parties,
        history,
        frame: frame(billing, (period, bench.desk.config.zone), issued_on, month),
        late: &late,
    };
    maker.drafts(month)
}

fn check_time(desk: &Desk, period: Period, ask: &InvoiceAsk, silent: &[SilentHours]) -> Result<(), Stop> {
    if ask.finalise != Finalise::Now {
        return Ok(());
    }
    if let Some(first) = told(desk, silent).first() {
        return Err(Stop::new(StopKind::Temporary, format!("{period} is open: {first}"))
            .hint("ingest the rows of these hours, or say under [[waive]] in trueup.toml why there are none"));
    }
    if desk.now < closes(desk, period) {
        let at = desk.config.zone.show(closes(desk, period));
        return Err(Stop::new(StopKind::Temporary, format!("{period} is open until {at}"))
            .hint("documents become final once their month is closed; --draft shows them as they are now"));
    }
    if desk.replay {
        return Err(Stop::new(StopKind::Temporary, "a run in the past numbers and sends nothing")
            .hint("leave out --as-of to make documents final"));
    }
    Ok(())
}
