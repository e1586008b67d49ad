//! Hours in which nothing happened.

use super::Instant;

/// A half-open range of time.
pub type TimeRange = (Instant, Instant);

const HOUR: i64 = 3_600_000_000;

/// The hours of a range, counted from its start, in which none of `instants` lies; hours in a row are
/// one range. The last hour ends with the range, however short it is.
pub fn empty_hours((from, until): TimeRange, instants: impl IntoIterator<Item = Instant>) -> Vec<TimeRange> {
    let length = until.micros().saturating_sub(from.micros()).max(0);
    let mut seen = vec![false; usize::try_from(length.div_euclid(HOUR) + i64::from(length % HOUR > 0)).unwrap_or(0)];
    for at in instants {
        let hour = at.micros().saturating_sub(from.micros()).div_euclid(HOUR);
        if let Some(seen) = usize::try_from(hour).ok().and_then(|hour| seen.get_mut(hour)) {
            *seen = true;
        }
    }
    let mut gaps: Vec<TimeRange> = Vec::new();
    for (hour, _) in (0i64..).zip(&seen).filter(|(_, seen)| !**seen) {
        let begin = Instant::from_micros(from.micros() + hour * HOUR);
        let end = Instant::from_micros(from.micros() + (hour + 1) * HOUR).min(until);
        match gaps.last_mut().filter(|last| last.1 == begin) {
            Some(last) => last.1 = end,
            None => gaps.push((begin, end)),
        }
    }
    gaps
}

/// What of some ranges no other covers.
pub fn uncovered(ranges: &[TimeRange], covers: &[TimeRange]) -> Vec<TimeRange> {
    let mut left = ranges.to_vec();
    for (from, until) in covers {
        let parts = |(a, b): TimeRange| [(a, b.min(*from)), (a.max(*until), b)];
        let cut = |s: TimeRange| if s.1 <= *from || *until <= s.0 { vec![s] } else { parts(s).to_vec() };
        left = left.into_iter().flat_map(cut).filter(|(a, b)| a < b).collect();
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(&format!("2026-10-05T{text}Z")).unwrap()
    }

    fn shown(gaps: &[TimeRange]) -> Vec<String> {
        gaps.iter().map(|(a, b)| format!("{a}..{b}").replace("2026-10-05T", "")).collect()
    }

    #[test]
    fn an_hour_counts_from_its_start_and_not_its_end() {
        let day = (at("00:00:00"), at("06:00:00"));
        let calls = ["00:00:00", "01:59:59.999999", "03:00:00"].map(at);
        assert_eq!(shown(&empty_hours(day, calls)), ["02:00:00Z..03:00:00Z", "04:00:00Z..06:00:00Z"]);
    }

    #[test]
    fn an_hour_is_full_from_one_call_and_others_do_not_count() {
        let day = (at("00:00:00"), at("02:00:00"));
        assert_eq!(shown(&empty_hours(day, ["02:00:00", "01:00:00"].map(at))), ["00:00:00Z..01:00:00Z"]);
        assert_eq!(shown(&empty_hours(day, [])), ["00:00:00Z..02:00:00Z"]);
    }

    #[test]
    fn a_day_may_end_within_an_hour() {
        let day = (at("00:00:00"), at("01:30:00"));
        assert_eq!(shown(&empty_hours(day, [at("00:10:00")])), ["01:00:00Z..01:30:00Z"]);
    }

    #[test]
    fn a_cover_takes_only_what_it_covers() {
        let gaps = [(at("02:00:00"), at("05:00:00")), (at("07:00:00"), at("08:00:00"))];
        let covers = [(at("03:00:00"), at("04:00:00")), (at("06:00:00"), at("09:00:00"))];
        assert_eq!(shown(&uncovered(&gaps, &covers)), ["02:00:00Z..03:00:00Z", "04:00:00Z..05:00:00Z"]);
        assert_eq!(uncovered(&gaps, &[]), gaps);
    }
}
