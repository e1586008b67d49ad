use super::*;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

#[test]
fn instants_are_read_exactly() {
    for (text, shown) in [
        ("2026-10-01T00:00:00+08:00", "2026-09-30T16:00:00Z"),
        ("2026-10-01T00:00:00.123456789Z", "2026-10-01T00:00:00.123456Z"),
        ("2026-10-01t00:00:00.5z", "2026-10-01T00:00:00.500Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("2026-10-01 08:00:00-00:30", "2026-10-01T08:30:00Z"),
    ] {
        assert_eq!(at(text).to_string(), shown);
    }
    for text in [
        "",
        "2026-10-01",
        "2026-02-29T00:00:00Z",
        "2026-10-01T24:00:00Z",
        "2026-10-01T00:00:00.Z",
        "2026-10-01T00:00:00+8:00",
        "2026-10-01T00:00:00Zx",
    ] {
        assert_eq!(Instant::parse(text), Err(InstantError::NotATime), "{text}");
    }
    assert_eq!(Instant::parse("2026-10-01T00:00:00"), Err(InstantError::NoOffset));
}

#[test]
fn local_times_that_do_not_exist_or_exist_twice() {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    assert_eq!(Instant::parse_in("2026-03-29T02:30:00", zone), Err(InstantError::Nonexistent));
    assert_eq!(Instant::parse_in("2026-10-25T02:30:00", zone), Err(InstantError::Ambiguous));
    assert_eq!(Instant::parse_in("2026-10-25T02:30:00+01:00", zone), Ok(at("2026-10-25T01:30:00Z")));
    assert_eq!(Instant::parse_in("2026-07-01T12:00:00", zone), Ok(at("2026-07-01T10:00:00Z")));
}

#[test]
fn days_of_23_and_25_hours_and_a_day_without_midnight() {
    let hours = |zone: &str, day: &str| {
        let zone = Zone::parse(zone).unwrap();
        let (from, until) = zone.span_of(Day::parse(day).unwrap());
        (until.micros() - from.micros()) / 3_600_000_000
    };
    assert_eq!(hours("Europe/Berlin", "2026-03-29"), 23);
    assert_eq!(hours("Europe/Berlin", "2026-10-25"), 25);
    assert_eq!(hours("America/Santiago", "2026-09-06"), 23);
    assert_eq!(hours("Asia/Shanghai", "2026-10-01"), 24);
}

#[test]
fn periods_parse_print_and_tile() {
    for text in ["2026-10-01", "2026-W40", "2026-10", "2026-W53", "2024-02"] {
        assert_eq!(Period::parse(text).unwrap().to_string(), text);
    }
    for text in ["2026", "2026-13", "2026-W54", "2025-W53", "26-10", "2026-10-32", "2026-1-01"] {
        assert_eq!(Period::parse(text), None, "{text}");
    }
    for kind in PeriodKind::ALL {
        let mut period = kind.containing(Day::parse("2024-12-30").unwrap());
        for _ in 0..60 {
            assert_eq!(period.next().first(), period.end());
            assert_eq!(period.next().previous(), period);
            assert!(period.days().all(|d| kind.containing(d) == period));
            period = period.next();
        }
    }
}

#[test]
fn every_zone_tiles_its_days() {
    for tz in chrono_tz::TZ_VARIANTS {
        let zone = Zone::parse(tz.name()).unwrap();
        let mut day = Day::parse("2025-12-30").unwrap();
        for _ in 0..370 {
            let (from, until) = zone.span_of(day);
            assert!(from < until, "{} {day}", tz.name());
            assert_eq!(zone.day_of(from), day, "{}", tz.name());
            assert_eq!(zone.day_of(Instant::from_micros(until.micros() - 1)), day, "{}", tz.name());
            day = day.next();
        }
    }
}

#[test]
fn spans() {
    for (text, shown) in [("90d", "90d"), ("36h", "1d12h"), ("10m", "10m"), ("0s", "0s"), ("1d12h30m", "1d12h30m")] {
        assert_eq!(Span::parse(text).unwrap().to_string(), shown);
    }
    for text in ["", "10", "h", "-1d", "1w", "1.5h"] {
        assert_eq!(Span::parse(text), None, "{text}");
    }
}
