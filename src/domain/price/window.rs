//! When a daily window is open.

use std::fmt;

use super::book::Window;
use crate::domain::period::Instant;

pub(super) const DAY: u32 = 24 * 60;
const MINUTE: i64 = 60_000_000;
const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Window {
    /// Names of the weekdays, Monday first.
    pub const WEEKDAYS: [&'static str; 7] = NAMES;

    /// Whether the wall clock of the window's zone shows a minute inside it.
    pub fn holds(&self, at: Instant) -> bool {
        let whole = Instant::from_micros(at.micros().div_euclid(MINUTE) * MINUTE);
        let (day, minute) = self.zone.local_minute(whole);
        self.holds_at(day.weekday() as usize, minute)
    }

    /// The same, told by weekday (Monday is 0) and minute of the day.
    fn holds_at(&self, weekday: usize, minute: u32) -> bool {
        let (from, until) = (self.from_minute, self.until_minute);
        if from < until {
            return self.weekdays[weekday] && (from..until).contains(&minute);
        }
        (self.weekdays[weekday] && minute >= from) || (self.weekdays[(weekday + 6) % 7] && minute < until)
    }

    /// Whether some instant may lie in both. Windows of two zones are taken to meet.
    pub(super) fn may_meet(&self, other: &Window) -> bool {
        self.zone != other.zone || (0..7).any(|day| (0..DAY).any(|m| self.holds_at(day, m) && other.holds_at(day, m)))
    }
}

impl fmt::Display for Window {
    /// `16:30-00:30 UTC`, with the days where it does not start on all.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = (self.from_minute, self.until_minute);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)?;
        write!(f, " {}", self.zone.name())?;
        if self.weekdays != [true; 7] {
            let days: Vec<&str> = NAMES.iter().zip(self.weekdays).filter(|d| d.1).map(|d| *d.0).collect();
            write!(f, " ({})", days.join(","))?;
        }
        Ok(())
    }
}
