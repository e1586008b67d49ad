//! Versions, windows and fees: when a price holds.

use super::*;

fn two(header: Header) -> Rater {
    let dear = row("m", per_million(&[(Input, "5")]));
    rater(header, vec![version(OCT, vec![seed()]), version("2026-10-10T00:00:00+08:00", vec![dear])])
}

fn at_time(started: &str, ended: &str) -> Call {
    Call { started_at: at(started), ended_at: at(ended), ..call(&[(Input, 1_000_000)]) }
}

#[test]
fn the_start_belongs_to_the_new_version() {
    let end = "2026-10-20T00:00:00Z";
    check(two(header()), &at_time("2026-10-09T15:59:59.999999Z", end), "2.5");
    check(two(header()), &at_time("2026-10-09T16:00:00Z", end), "5");
    check(two(header()), &at_time("2026-10-01T00:00:00Z", end), "2.5");
    check(two(header()), &at_time("2026-09-30T23:59:59.999999Z", end), "no_version");
}

#[test]
fn ended_decides_where_the_book_says_so() {
    let by_end = || Header { price_at: PriceAt::Ended, ..header() };
    check(two(by_end()), &at_time("2026-10-02T00:00:00Z", "2026-10-09T16:00:00Z"), "5");
    check(two(by_end()), &at_time("2026-09-02T00:00:00Z", "2026-10-09T15:59:59.999999Z"), "2.5");
}

#[test]
fn a_fact_of_the_context_chooses() {
    let fast = || with(vec![variant(when("speed", "fast"), times("2"))]);
    let told = |context: &str| Call { context: Some(context.to_owned()), ..call(&[(Input, 1_000_000)]) };
    check(rows(vec![fast()]), &call(&[(Input, 1_000_000)]), "2.5");
    check(rows(vec![fast()]), &told("speed=fast"), "5");
    check(rows(vec![fast()]), &told("route=eu;speed=fast"), "5");
    check(rows(vec![fast()]), &told("speed=standard"), "2.5");
    check(rows(vec![fast()]), &told("route=eu"), "2.5");
    check(rows(vec![fast()]), &told("speed=slow"), "no_context");
    let lenient = Header { no_variant: NoVariant::Row, ..header() };
    check(rater(lenient, vec![version(OCT, vec![fast()])]), &told("speed=slow"), "2.5");
}

#[test]
fn fees_by_use() {
    let fees = components(&[(Meter::Page, "0.001"), (Meter::FileSearch, "0.0025"), (Meter::CodeSession, "0.03")]);
    let of = |meter, n| call(&[(meter, n)]);
    check(rows(vec![row("m", fees.clone())]), &of(Meter::Page, 12), "0.012");
    check(rows(vec![row("m", fees.clone())]), &of(Meter::FileSearch, 3), "0.0075");
    check(rows(vec![row("m", fees)]), &of(Meter::CodeSession, 1), "0.03");
    check(rows(vec![seed()]), &of(Meter::Page, 1), "no_rate");
}

#[test]
fn windows_open_and_close() {
    let night = || with(vec![variant(Condition::Window(window(16 * 60 + 30, 30, "UTC")), times("0.5"))]);
    for (started, expect) in [
        ("2026-10-05T16:29:59.999999Z", "2.5"),
        ("2026-10-05T16:30:00Z", "1.25"),
        ("2026-10-06T00:29:59.999999Z", "1.25"),
        ("2026-10-06T00:30:00Z", "2.5"),
    ] {
        check(rows(vec![night()]), &at_time(started, started), expect);
    }
}

#[test]
fn windows_follow_the_wall_clock() {
    let morning = || with(vec![variant(Condition::Window(window(60, 180, "Europe/Berlin")), times("0.5"))]);
    for (started, expect) in
        [("2026-10-25T01:59:59.999999Z", "1.25"), ("2026-10-25T02:00:00Z", "2.5"), ("2026-10-24T23:00:00Z", "1.25")]
    {
        check(rows(vec![morning()]), &at_time(started, started), expect);
    }
}
