//! When a daily window is open.

use std::fmt;

use super::book::Window;
use crate::domain::period::{Day, Instant};

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
        self.open_on(day, minute)
    }

    /// How many days before it started, for a minute of the day inside it.
    fn started_on(&self, minute: u32) -> Option<i64> {
        let (from, until) = (self.from_minute, self.until_minute);
        match minute {
            m if from < until => (from..until).contains(&m).then_some(0),
            m if m >= from => Some(0),
            m if m < until => Some(1),
            _ => None,
        }
    }

    /// Whether it starts on a day.
    fn starts(&self, day: Day) -> bool {
        self.weekdays[day.weekday() as usize]
            && self.since.is_none_or(|since| since <= day)
            && self.before.is_none_or(|before| day < before)
    }

    /// Whether some instant may lie in both. Windows of two zones are taken to meet.
    pub(super) fn may_meet(&self, other: &Window) -> bool {
        if self.zone != other.zone {
            return true;
        }
        // Both are the same every week between the days where one of them begins or ends.
        let turns = [self.since, self.before, other.since, other.before];
        let probes = turns.into_iter().flatten().chain([Day::EPOCH]);
        let mut days = probes.flat_map(|turn| (-8..=8).map(move |n| turn.plus(n)));
        // Where both are open, one of them has just opened, or the day has.
        let minutes = [0, self.from_minute, other.from_minute];
        days.any(|day| minutes.iter().any(|m| self.open_on(day, *m) && other.open_on(day, *m)))
    }

    fn open_on(&self, day: Day, minute: u32) -> bool {
        self.started_on(minute).is_some_and(|back| self.starts(day.plus(-back)))
    }
}

impl fmt::Display for Window {
    /// `16:30-00:30 UTC`, with the days where it does not start on all, and the dates.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = (self.from_minute, self.until_minute);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)?;
        write!(f, " {}", self.zone.name())?;
        if self.weekdays != [true; 7] {
            let days: Vec<&str> = NAMES.iter().zip(self.weekdays).filter(|d| d.1).map(|d| *d.0).collect();
            write!(f, " ({})", days.join(","))?;
        }
        if let Some(since) = self.since {
            write!(f, " since {since}")?;
        }
        if let Some(before) = self.before {
            write!(f, " before {before}")?;
        }
        Ok(())
    }
}
