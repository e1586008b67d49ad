//! Errors, refusals, cache hits, absent usage.

use super::*;

fn fail(status: u16, outcome: Outcome, used: i64) -> Call {
    Call { status: Some(status), outcome, ..call(&[(Input, used)]) }
}

#[test]
fn what_errors_and_aborts_cost() {
    let charged = |failed, cancelled| {
        let header = Header { failed_calls: failed, cancelled_calls: cancelled, ..header() };
        rater(header, vec![version(OCT, vec![seed()])])
    };
    let (free, paid) = (Charged::Free, Charged::Charged);
    check(charged(free, paid), &fail(500, Outcome::Error, 1_000_000), "Failed");
    check(charged(paid, paid), &fail(500, Outcome::Error, 1_000_000), "2.5");
    check(charged(paid, paid), &fail(499, Outcome::Cancelled, 1_000_000), "2.5");
    check(charged(paid, free), &fail(499, Outcome::Cancelled, 1_000_000), "Cancelled");
}

#[test]
fn refusals_without_usage_cost_nothing() {
    let paid = || {
        let header = Header { failed_calls: Charged::Charged, ..header() };
        rater(header, vec![version(OCT, vec![PriceRow { minimum: Some(x("1")), ..seed() }])])
    };
    for status in [401, 402, 403, 429] {
        check(paid(), &fail(status, Outcome::Error, 0), "Refusal");
        check(paid(), &Call { usage: None, ..fail(status, Outcome::Error, 0) }, "Refusal");
        check(paid(), &fail(status, Outcome::Error, 1), "1");
    }
    check(paid(), &fail(500, Outcome::Error, 0), "0");
    check(paid(), &Call { usage: None, ..fail(500, Outcome::Error, 0) }, "no_usage");
}

#[test]
fn gateway_cache_hits() {
    let hit = Call { cache_hit: true, ..call(&[(Input, 1_000_000)]) };
    check(rows(vec![seed()]), &hit, "GatewayCache");
    let header = Header { cache_hits: Charged::Charged, ..header() };
    check(rater(header, vec![version(OCT, vec![seed()])]), &hit, "2.5");
}

#[test]
fn absent_usage_is_no_measurement() {
    let absent = Call { usage: None, ..call(&[]) };
    check(rows(vec![seed()]), &absent, "no_usage");
    check(rows(vec![]), &absent, "no_usage");
    check(rows(vec![PriceRow { free: true, ..seed() }]), &absent, "FreeRow");
    check(rows(vec![seed()]), &call(&[]), "0");
}
