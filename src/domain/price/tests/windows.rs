//! When a daily window is open.

use super::*;

fn check(window: &Window, t: &str, expect: bool) {
    assert_eq!(window.holds(at(t)), expect, "{window} at {t}");
}

#[test]
fn half_open_edges() {
    let night = window(0, 90, "UTC");
    check(&night, "2026-10-01T00:00:00Z", true);
    check(&night, "2026-10-01T01:29:59.999999Z", true);
    check(&night, "2026-10-01T01:30:00Z", false);
    check(&night, "2026-09-30T23:59:59.999999Z", false);
    check(&window(0, 1440, "UTC"), "2026-10-01T23:59:59.999999Z", true);
}

#[test]
fn past_midnight_on_the_day_it_starts() {
    let mut monday = window(16 * 60 + 30, 30, "UTC");
    monday.weekdays = [true, false, false, false, false, false, false];
    // 2026-10-05 is a Monday.
    check(&monday, "2026-10-05T16:29:59.999999Z", false);
    check(&monday, "2026-10-05T16:30:00Z", true);
    check(&monday, "2026-10-06T00:29:59.999999Z", true);
    check(&monday, "2026-10-06T00:30:00Z", false);
    check(&monday, "2026-10-05T00:10:00Z", false);
    check(&monday, "2026-10-06T16:30:00Z", false);
    assert_eq!(monday.to_string(), "16:30-00:30 UTC (mon)");
}

#[test]
fn dates_are_those_on_which_it_starts() {
    let mut night = window(16 * 60 + 30, 30, "Asia/Shanghai");
    (night.since, night.before) = (Day::new(2026, 8, 17), Day::new(2026, 9, 10));
    check(&night, "2026-08-16T16:10:00Z", false);
    check(&night, "2026-08-17T08:30:00Z", true);
    check(&night, "2026-08-17T16:10:00Z", true);
    check(&night, "2026-09-09T08:30:00Z", true);
    check(&night, "2026-09-09T16:29:59.999999Z", true);
    check(&night, "2026-09-10T08:30:00Z", false);
    assert_eq!(night.to_string(), "16:30-00:30 Asia/Shanghai since 2026-08-17 before 2026-09-10");
}

#[test]
fn wall_clock_over_daylight_saving() {
    let morning = window(60, 180, "Europe/Berlin");
    // Clocks go back at 03:00 on 2026-10-25: the hour from 02:00 comes twice.
    check(&morning, "2026-10-24T23:00:00Z", true);
    check(&morning, "2026-10-25T00:30:00Z", true);
    check(&morning, "2026-10-25T01:59:59.999999Z", true);
    check(&morning, "2026-10-25T02:00:00Z", false);
    // Clocks go forward at 02:00 on 2026-03-29.
    check(&morning, "2026-03-29T00:59:59.999999Z", true);
    check(&morning, "2026-03-29T01:00:00Z", false);
}
