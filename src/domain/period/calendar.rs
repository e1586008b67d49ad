//! Zones, and the half-open days, ISO weeks and months they cut time into.

use std::fmt;

use chrono::{DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::instant::{Instant, InstantError};
use crate::domain::hash::{Canonical, CanonicalBytes};

/// An IANA time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    pub const UTC: Zone = Zone(Tz::UTC);

    pub fn parse(name: &str) -> Option<Zone> {
        name.parse().ok().map(Zone)
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The civil day an instant falls on.
    pub fn day_of(self, at: Instant) -> Day {
        Day(at.utc().with_timezone(&self.0).date_naive())
    }

    /// Minutes since local midnight, and the local day, for daily price windows.
    pub fn local_minute(self, at: Instant) -> (Day, u32) {
        use chrono::Timelike;
        let local = at.utc().with_timezone(&self.0);
        (Day(local.date_naive()), local.hour() * 60 + local.minute())
    }

    /// The first instant of a civil day; where midnight is skipped, the first after it.
    pub fn start_of(self, day: Day) -> Instant {
        let midnight = day.0.and_time(NaiveTime::MIN);
        let mut probe = midnight;
        loop {
            match self.0.from_local_datetime(&probe) {
                LocalResult::Single(t) | LocalResult::Ambiguous(t, _) => return of(&t),
                LocalResult::None => probe += chrono::TimeDelta::minutes(15),
            }
        }
    }

    /// The half-open span of a civil day.
    pub fn span_of(self, day: Day) -> (Instant, Instant) {
        (self.start_of(day), self.start_of(day.next()))
    }

    /// The instant at which clocks of this zone show `local_micros` (counted since 1970 as if in UTC).
    ///
    /// # Errors
    /// When no clock shows it, or shows it twice.
    pub fn instant_of_local(self, local_micros: i64) -> Result<Instant, InstantError> {
        let local = DateTime::from_timestamp_micros(local_micros).ok_or(InstantError::NotATime)?.naive_utc();
        match self.0.from_local_datetime(&local) {
            LocalResult::Single(t) => Ok(of(&t)),
            LocalResult::Ambiguous(..) => Err(InstantError::Ambiguous),
            LocalResult::None => Err(InstantError::Nonexistent),
        }
    }

    /// RFC 3339 in this zone, for people.
    pub fn show(self, at: Instant) -> String {
        at.utc().with_timezone(&self.0).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    }
}

fn of(t: &DateTime<Tz>) -> Instant {
    Instant::from_micros(t.timestamp_micros())
}

/// A civil day; which instants it covers depends on a [`Zone`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    pub const EPOCH: Day = Day(NaiveDate::from_ymd_opt(1970, 1, 1).unwrap());

    pub fn new(year: i32, month: u32, day: u32) -> Option<Day> {
        NaiveDate::from_ymd_opt(year, month, day).map(Day)
    }

    /// `2026-10-01`.
    pub fn parse(text: &str) -> Option<Day> {
        (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Day))?
    }

    pub fn next(self) -> Day {
        self.plus(1)
    }

    pub fn previous(self) -> Day {
        self.plus(-1)
    }

    pub fn plus(self, days: i64) -> Day {
        let size = Days::new(days.unsigned_abs());
        let moved = if days >= 0 { self.0.checked_add_days(size) } else { self.0.checked_sub_days(size) };
        Day(moved.unwrap_or(self.0))
    }

    /// Days since 1970-01-01, as Arrow's Date32 counts them.
    pub fn number(self) -> i32 {
        self.0.num_days_from_ce() - 719_163
    }

    pub fn from_number(number: i32) -> Option<Day> {
        NaiveDate::from_num_days_from_ce_opt(number.checked_add(719_163)?).map(Day)
    }

    /// Monday is 0.
    pub fn weekday(self) -> u32 {
        self.0.weekday().num_days_from_monday()
    }

    pub fn year(self) -> i32 {
        self.0.year()
    }

    pub fn month(self) -> u32 {
        self.0.month()
    }

    pub fn of_month(self) -> u32 {
        self.0.day()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

/// Which kind of period a job covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodKind {
    Day,
    Week,
    Month,
}

impl PeriodKind {
    pub const ALL: [PeriodKind; 3] = [PeriodKind::Day, PeriodKind::Week, PeriodKind::Month];

    pub fn name(self) -> &'static str {
        match self {
            PeriodKind::Day => "day",
            PeriodKind::Week => "week",
            PeriodKind::Month => "month",
        }
    }

    pub fn from_name(name: &str) -> Option<PeriodKind> {
        PeriodKind::ALL.into_iter().find(|k| k.name() == name)
    }

    /// The period of this kind a day belongs to.
    pub fn containing(self, day: Day) -> Period {
        let first = match self {
            PeriodKind::Day => day,
            PeriodKind::Week => day.plus(-i64::from(day.weekday())),
            PeriodKind::Month => Day(day.0.with_day(1).unwrap_or(day.0)),
        };
        Period { kind: self, first }
    }
}

/// One day, ISO week or month: a run of whole civil days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    kind: PeriodKind,
    first: Day,
}

impl Period {
    /// `2026-10-01`, `2026-W40` or `2026-10`.
    pub fn parse(text: &str) -> Option<Period> {
        if let Some(day) = Day::parse(text) {
            return Some(PeriodKind::Day.containing(day));
        }
        if let Some((year, week)) = text.split_once("-W") {
            if year.len() != 4 || week.len() != 2 {
                return None;
            }
            let first = NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, chrono::Weekday::Mon)?;
            return Some(Period { kind: PeriodKind::Week, first: Day(first) });
        }
        let day = (text.len() == 7).then(|| Day::parse(&format!("{text}-01")))??;
        Some(PeriodKind::Month.containing(day))
    }

    pub fn kind(self) -> PeriodKind {
        self.kind
    }

    pub fn first(self) -> Day {
        self.first
    }

    /// The first day after it.
    pub fn end(self) -> Day {
        match self.kind {
            PeriodKind::Day => self.first.next(),
            PeriodKind::Week => self.first.plus(7),
            PeriodKind::Month => {
                let (y, m) = (self.first.year(), self.first.month());
                let next = if m == 12 { Day::new(y + 1, 1, 1) } else { Day::new(y, m + 1, 1) };
                next.unwrap_or(self.first)
            }
        }
    }

    pub fn days(self) -> impl Iterator<Item = Day> {
        let end = self.end();
        std::iter::successors(Some(self.first), |d| Some(d.next())).take_while(move |d| *d < end)
    }

    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day < self.end()
    }

    pub fn previous(self) -> Period {
        self.kind.containing(self.first.previous())
    }

    pub fn next(self) -> Period {
        self.kind.containing(self.end())
    }

    pub fn span(self, zone: Zone) -> (Instant, Instant) {
        (zone.start_of(self.first), zone.start_of(self.end()))
    }

    /// The last period of this kind that had ended at `now`.
    pub fn last_complete(kind: PeriodKind, zone: Zone, now: Instant) -> Period {
        kind.containing(zone.day_of(now)).previous()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PeriodKind::Day => self.first.fmt(f),
            PeriodKind::Week => {
                let week = self.first.0.iso_week();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            PeriodKind::Month => write!(f, "{:04}-{:02}", self.first.year(), self.first.month()),
        }
    }
}

impl Canonical for Day {
    fn write(&self, to: &mut CanonicalBytes) {
        self.number().write(to);
    }
}

impl Canonical for Zone {
    fn write(&self, to: &mut CanonicalBytes) {
        to.text(self.name());
    }
}
