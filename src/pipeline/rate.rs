//! The charges of a period by themselves: nothing is matched, nothing is sealed.

use super::books::{load_books, load_parties};
use super::day::known_for;
use super::desk::Desk;
use super::stop::Stop;
use super::view::View;
use super::window::calls_of;
use crate::domain::call::Calls;
use crate::domain::period::Period;
use crate::domain::rating::{Charges, rate as rate_batch};
use crate::domain::reconcile::{assign, distinct_rows};

/// A day's calls with what each should have cost, in the unit of its book.
#[derive(Debug)]
pub struct RatedDay {
    pub calls: Calls,
    pub charges: Charges,
    units: Vec<String>,
    book: Vec<u16>,
}

impl RatedDay {
    pub fn unit(&self, row: usize) -> String {
        self.units[usize::from(self.book[row])].clone()
    }
}

/// Rates the calls of a period day by day, at the prices each day is closed with. A call logged more
/// than once has a row for every different logging.
///
/// # Errors
/// When the lake or a book cannot be read, or `each` fails.
pub async fn rate(desk: &Desk, period: Period, each: &mut dyn FnMut(RatedDay) -> Result<(), Stop>) -> Result<(), Stop> {
    let view = View::load(desk).await?;
    let books = load_books(desk).await?;
    let (parties, _) = load_parties(desk).await?;
    for day in period.days() {
        let calls = calls_of(desk, &view, day, None).await?;
        if calls.is_empty() {
            continue;
        }
        let calls = calls.take(&distinct_rows(&calls)).map_err(Stop::internal)?;
        let raters = books.raters(known_for(desk, day).0);
        let assignment =
            assign(&desk.config.rules, &raters, &parties, &calls).map_err(|e| Stop::config(e.to_string()))?;
        let charges = rate_batch(&raters, &calls, &assignment);
        let units = raters.iter().map(|r| r.book().header.unit.clone()).collect();
        each(RatedDay { calls, charges, units, book: assignment.book })?;
    }
    Ok(())
}
