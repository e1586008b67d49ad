//! Instants, read from RFC 3339 text.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta, Utc};

use crate::domain::hash::{Canonical, CanonicalBytes};

/// A moment in microseconds since 1970-01-01T00:00:00Z. Half-open intervals everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// Why a text is not an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    #[error("is not an RFC 3339 time such as 2026-10-01T08:00:00+08:00")]
    NotATime,
    #[error("has no offset (such as Z or +08:00) and the source declares no zone")]
    NoOffset,
    #[error("is a local time that does not exist in the declared zone")]
    Nonexistent,
    #[error("is a local time that exists twice in the declared zone")]
    Ambiguous,
}

impl Instant {
    pub const MIN: Instant = Instant(i64::MIN);
    pub const MAX: Instant = Instant(i64::MAX);
    /// No call, posting or balance is older: 2000-01-01T00:00:00Z. What says so has no time, but the zero of
    /// some clock or language.
    pub const EARLIEST_ROW: Instant = Instant(946_684_800_000_000);

    pub const fn from_micros(micros: i64) -> Instant {
        Instant(micros)
    }

    pub fn micros(self) -> i64 {
        self.0
    }

    pub fn plus(self, span: Span) -> Instant {
        Instant(self.0.saturating_add(span.micros()))
    }

    pub fn minus(self, span: Span) -> Instant {
        Instant(self.0.saturating_sub(span.micros()))
    }

    /// The time between two instants, whichever is earlier.
    pub fn distance(self, other: Instant) -> Span {
        Span::from_micros(self.0.saturating_sub(other.0).saturating_abs())
    }

    /// RFC 3339 with an offset; digits past the microsecond are cut.
    pub fn parse(text: &str) -> Result<Instant, InstantError> {
        match parse_parts(text)? {
            (local, Some(offset)) => Ok(Instant(local - offset)),
            (_, None) => Err(InstantError::NoOffset),
        }
    }

    /// As [`Instant::parse`], a time without an offset being local to `zone`.
    pub fn parse_in(text: &str, zone: super::Zone) -> Result<Instant, InstantError> {
        match parse_parts(text)? {
            (local, Some(offset)) => Ok(Instant(local - offset)),
            (local, None) => zone.instant_of_local(local),
        }
    }

    pub(crate) fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC, with as many digits as the instant has (0, 3 or 6).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A length of time that is not negative, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Span {
    pub const ZERO: Span = Span(0);

    pub const fn from_micros(micros: i64) -> Span {
        Span(if micros > 0 { micros } else { 0 })
    }

    pub const fn from_hours(hours: i64) -> Span {
        Span(if hours > 0 { hours * 3_600_000_000 } else { 0 })
    }

    pub fn micros(self) -> i64 {
        self.0
    }

    /// `90d`, `36h`, `10m`, `30s`, or several after another (`1d12h`).
    pub fn parse(text: &str) -> Option<Span> {
        let (mut total, mut number) = (0i64, None::<i64>);
        for c in text.chars() {
            if let Some(digit) = c.to_digit(10) {
                number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(i64::from(digit))?);
                continue;
            }
            let unit = match c {
                'd' => 86_400_000_000,
                'h' => 3_600_000_000,
                'm' => 60_000_000,
                's' => 1_000_000,
                _ => return None,
            };
            total = total.checked_add(number.take()?.checked_mul(unit)?)?;
        }
        (number.is_none() && !text.is_empty()).then_some(Span(total))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (size, letter) in [(86_400_000_000, 'd'), (3_600_000_000, 'h'), (60_000_000, 'm'), (1_000_000, 's')] {
            let n = rest / size;
            rest %= size;
            if n > 0 {
                write!(f, "{n}{letter}")?;
            }
        }
        if rest > 0 { write!(f, "{rest}us") } else { Ok(()) }
    }
}

/// Local microseconds since 1970 as if in UTC, and the offset in microseconds where there is one.
fn parse_parts(text: &str) -> Result<(i64, Option<i64>), InstantError> {
    const BAD: InstantError = InstantError::NotATime;
    let b = text.as_bytes();
    let two = |at: usize| -> Result<u32, InstantError> {
        match (b.get(at), b.get(at + 1)) {
            (Some(h @ b'0'..=b'9'), Some(l @ b'0'..=b'9')) => Ok(u32::from(h - b'0') * 10 + u32::from(l - b'0')),
            _ => Err(BAD),
        }
    };
    let sep = |at: usize, ok: &[u8]| if b.get(at).is_some_and(|c| ok.contains(c)) { Ok(()) } else { Err(BAD) };
    let year = two(0)? * 100 + two(2)?;
    sep(4, b"-")?;
    let month = two(5)?;
    sep(7, b"-")?;
    let day = two(8)?;
    sep(10, b"Tt ")?;
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    sep(13, b":")?;
    sep(16, b":")?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err(BAD);
    }
    let year = i32::try_from(year).map_err(|_| BAD)?;
    let date = NaiveDate::from_ymd_opt(year, month, day).ok_or(BAD)?;
    let mut at = 19;
    let mut micros = 0i64;
    if b.get(at) == Some(&b'.') {
        let digits = b[at + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
        if digits == 0 {
            return Err(BAD);
        }
        for place in 0..6 {
            let digit = if place < digits { b[at + 1 + place] - b'0' } else { 0 };
            micros = micros * 10 + i64::from(digit);
        }
        at += 1 + digits;
    }
    let days = i64::from(date.num_days_from_ce() - 719_163);
    let local = ((days * 24 + i64::from(hour)) * 60 + i64::from(minute)) * 60 + i64::from(second);
    let local = local * 1_000_000 + micros;
    let offset = match b.get(at) {
        None => None,
        Some(b'Z' | b'z') => {
            at += 1;
            Some(0)
        }
        Some(sign @ (b'+' | b'-')) => {
            let h = two(at + 1)?;
            // `+08:00`, and as databases write it `+0800` and `+08`.
            let (m, length) = match b.get(at + 3) {
                None => (0, 3),
                Some(b':') => (two(at + 4)?, 6),
                Some(_) => (two(at + 3)?, 5),
            };
            if h > 23 || m > 59 {
                return Err(BAD);
            }
            at += length;
            let size = i64::from(h * 60 + m) * 60_000_000;
            Some(if *sign == b'-' { -size } else { size })
        }
        Some(_) => return Err(BAD),
    };
    if at == b.len() { Ok((local, offset)) } else { Err(BAD) }
}

impl From<TimeDelta> for Span {
    fn from(delta: TimeDelta) -> Span {
        Span::from_micros(delta.num_microseconds().unwrap_or(i64::MAX))
    }
}

impl Canonical for Instant {
    fn write(&self, to: &mut CanonicalBytes) {
        self.0.write(to);
    }
}

impl Canonical for Span {
    fn write(&self, to: &mut CanonicalBytes) {
        self.0.write(to);
    }
}
