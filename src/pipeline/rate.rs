//! What the calls of a period should have cost, by themselves: nothing is matched, nothing is sealed.

use std::sync::Arc;

use super::books::{Books, load_books, load_parties};
use super::day::{known_for, latest_day};
use super::desk::Desk;
use super::open_day::OpenDay;
use super::sealed_day::SealedDay;
use super::stop::Stop;
use super::view::View;
use crate::domain::call::Calls;
use crate::domain::ledger::Parties;
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};
use crate::domain::rating::Charges;
use crate::domain::reconcile::{Class, expected_beside};
use crate::edge::lake::Manifest;
use crate::report::RatedRows;

/// A day's calls with what each should have cost, in the unit it is compared in.
#[derive(Debug)]
pub struct RatedDay {
    calls: Calls,
    charges: Charges,
    unit: Vec<Arc<str>>,
    expected: Vec<Option<Amount>>,
    is_call: Vec<bool>,
    is_sealed: bool,
}

impl RatedDay {
    pub fn rows(&self) -> RatedRows<'_> {
        RatedRows {
            calls: &self.calls,
            charges: &self.charges,
            unit: &self.unit,
            expected: &self.expected,
            is_call: &self.is_call,
            is_sealed: self.is_sealed,
        }
    }
}

/// Gives the charges of a period day by day: of a sealed day as they are sealed, of another as the pass
/// would have them now. A call logged more than once has a row for every different logging; nothing is
/// expected for those that are not the call.
///
/// # Errors
/// When the lake or a book cannot be read, or `each` fails.
pub async fn rate(desk: &Desk, period: Period, each: &mut dyn FnMut(RatedDay) -> Result<(), Stop>) -> Result<(), Stop> {
    let view = View::load(desk).await?;
    let mut prices: Option<(Books, Parties)> = None;
    for day in period.days() {
        if let Some(manifest) = latest_day(desk, day).await? {
            let rated = sealed(desk, &view, &manifest).await?;
            if !rated.calls.is_empty() {
                each(rated)?;
            }
            continue;
        }
        if view.parts("calls", day).is_empty() {
            continue;
        }
        let now = match prices.take() {
            Some(now) => now,
            None => (load_books(desk).await?, load_parties(desk).await?.0),
        };
        let rated = open(desk, &view, day, &now).await?;
        prices = Some(now);
        each(rated)?;
    }
    Ok(())
}

async fn sealed(desk: &Desk, view: &View, manifest: &Manifest) -> Result<RatedDay, Stop> {
    let SealedDay { calls, said, .. } = SealedDay::load(desk, view, manifest).await?;
    let is_call = said.posting_class.iter().map(|class| *class != Class::DuplicateCall).collect();
    Ok(RatedDay { calls, charges: said.charges, unit: said.unit, expected: said.expected, is_call, is_sealed: true })
}

async fn open(desk: &Desk, view: &View, day: Day, (books, parties): &(Books, Parties)) -> Result<RatedDay, Stop> {
    let OpenDay { calls, near } = OpenDay::load(desk, view, day, None).await?;
    let raters = books.raters(known_for(desk, day).0);
    let now = expected_beside(&desk.config.rules, &raters, parties, &calls, &near)
        .map_err(|e| Stop::config(e.to_string()).at(day.to_string()))?;
    let (charges, unit, expected, is_call) = (now.charges, now.unit, now.amount, now.is_call);
    Ok(RatedDay { calls, charges, unit, expected, is_call, is_sealed: false })
}
