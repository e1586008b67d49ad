//! Every edit by itself, and what several do together.

use super::*;
use crate::domain::call::Meter::{CacheRead, CacheWrite, CacheWrite1h, Input, Output, Reasoning, Request};
use crate::domain::money::Mode;
use crate::domain::price::samples::{
    above, components, header, multiplier, per_million, row, tier, times, variant, version, window, x,
};
use crate::domain::price::{Condition, MultiplierOf, NoVariant, Rounding, RoundingPlace, VersionId};

const M: i64 = 1_000_000;

/// Three versions a day apart, of 1, 2 and 4 per million; the last is not known yet.
fn versions() -> Rater {
    let at_rate = |from, rate| version(from, vec![row("m", per_million(&[(Input, rate)]))]);
    let mut last = at_rate("2026-10-06T00:00:00Z", "4");
    last.known_from = at("2026-12-01T00:00:00Z");
    let book = vec![at_rate("2026-10-04T00:00:00Z", "1"), at_rate("2026-10-05T00:00:00Z", "2"), last];
    Rater::new(Book::new(header(), book).expect("a book"), at("2026-11-01T00:00:00Z"))
}

fn rich() -> Rater {
    let mut m = row(
        "m",
        per_million(&[(Input, "8"), (CacheRead, "1"), (CacheWrite, "10"), (CacheWrite1h, "16"), (Output, "32")]),
    );
    m.components.rates[Request.index()] = Some(x("0.5"));
    m.components.multiplier = Some(x("1.5"));
    m.minimum = Some(x("0.9"));
    let mut long = variant(above(2 * M), times("10"));
    long.nested.push(variant(Condition::Batch, times("100")));
    m.variants = vec![
        long,
        variant(Condition::Batch, times("0.5")),
        variant(tier("fast"), times("2")),
        variant(Condition::Window(window(12 * 60, 13 * 60, "UTC")), times("0.25")),
    ];
    let mut version = version(OCT, vec![m, row("n", per_million(&[(Input, "1"), (Output, "1")]))]);
    version.multipliers = vec![
        multiplier(MultiplierOf::Group("vip".to_owned()), "0.8"),
        multiplier(MultiplierOf::Account("alice".to_owned()), "5"),
    ];
    rater(header(), vec![version])
}

#[track_caller]
fn check_in(rater: &Rater, call: &Call, edits: &[Edit], expect: &str) {
    let calls = one_row(std::slice::from_ref(call));
    let quote = rater.price(&CallAttributes::of_row(&calls, 0, None), edits);
    let said = match &quote {
        Ok(quote) => quote.zero.map_or(quote.amount.to_string(), |z| format!("{z:?}")),
        Err(ChargeStatus::Unpriced(why)) => why.code().to_owned(),
        Err(other) => format!("{other:?}"),
    };
    assert_eq!(said, expect, "{edits:?}");
}

/// Outside the window, one million input tokens: (8 + 0.5) x 1.5 x 5 = 63.75 without edits.
#[track_caller]
fn check(edits: &[Edit], expect: &str) {
    check_in(&rich(), &evening(&[(Input, M)]), edits, expect);
}

fn evening(quantities: &[(Meter, i64)]) -> Call {
    Call { started_at: at("2026-10-05T20:00:00Z"), ..call(quantities) }
}

/// Without the request fee and multipliers, so that figures stay small: 8 a million input.
#[track_caller]
fn check_bare(quantities: &[(Meter, i64)], edits: &[Edit], expect: &str) {
    let mut all = vec![Edit::NoMultipliers, Edit::RowMultiplier(x("1")), Edit::Quantity { meter: Request, to: 0 }];
    all.extend_from_slice(edits);
    check_in(&rich(), &evening(quantities), &all, expect);
}

#[test]
fn versions_shift_over_known_and_unknown() {
    let used = call(&[(Input, M)]);
    let id = |text: &str, known: &str| VersionId { effective_from: at(text), known_from: at(known) };
    check_in(&versions(), &used, &[], "2");
    check_in(&versions(), &used, &[Edit::ShiftVersion { by: -1 }], "1");
    check_in(&versions(), &used, &[Edit::ShiftVersion { by: 1 }], "4");
    check_in(&versions(), &used, &[Edit::ShiftVersion { by: -2 }], "no_version");
    check_in(&versions(), &used, &[Edit::ShiftVersion { by: 2 }], "no_version");
    let last = id("2026-10-06T00:00:00Z", "2026-12-01T00:00:00Z");
    check_in(&versions(), &used, &[Edit::AtVersion(last)], "4");
    check_in(&versions(), &used, &[Edit::AtVersion(id(OCT, OCT))], "no_version");
    let before = Call { started_at: at("2026-10-03T00:00:00Z"), ..used };
    check_in(&versions(), &before, &[], "no_version");
    check_in(&versions(), &before, &[Edit::ShiftVersion { by: 1 }], "1");
    assert_eq!(versions().versions().len(), 3);
}

#[test]
fn who_is_priced() {
    check(&[], "63.75");
    check(&[Edit::Model("n".to_owned())], "5");
    check(&[Edit::Model("o".to_owned())], "no_row");
    check(&[Edit::Group(Some("vip".to_owned()))], "51");
    let vip = Call { group: Some("vip".to_owned()), ..evening(&[(Input, M)]) };
    check_in(&rich(), &vip, &[], "51");
    check_in(&rich(), &vip, &[Edit::Group(None)], "63.75");
}

#[test]
fn multipliers_left_out_or_twice() {
    check(&[Edit::NoMultipliers], "12.75");
    check(&[Edit::MultipliersTwice], "318.75");
    check(&[Edit::RowMultiplier(x("1"))], "42.5");
    check(&[Edit::RowMultiplier(x("2"))], "85");
    check(&[Edit::Times(x("0.5"))], "31.875");
    check(&[Edit::Times(x("0.5")), Edit::Times(x("0.5"))], "15.9375");
}

#[test]
fn context_tiers() {
    let long = evening(&[(Input, 2 * M), (CacheRead, 1)]);
    check_in(&rich(), &long, &[Edit::NoMultipliers, Edit::RateZero(CacheRead)], "247.5");
    check_in(&rich(), &long, &[Edit::NoMultipliers, Edit::RateZero(CacheRead), Edit::NoContextTier], "24.75");
    check(&[Edit::ContextInput(2 * M)], "63.75");
    check(&[Edit::ContextInput(2 * M + 1)], "637.5");
}

#[test]
fn batch_and_service_tier() {
    check(&[Edit::Batch(true)], "31.875");
    check(&[Edit::Batch(true), Edit::ContextInput(3 * M)], "31875");
    check(&[Edit::Batch(true), Edit::Batch(false)], "63.75");
    check(&[Edit::ServiceTier(Some("fast".to_owned()))], "127.5");
    check(&[Edit::ServiceTier(Some("slow".to_owned()))], "no_service_tier");
    let rule = |rule| Edit::NoVariant(rule);
    check(&[Edit::ServiceTier(Some("slow".to_owned())), rule(NoVariant::Row)], "63.75");
    let plain = [Edit::Model("n".to_owned()), Edit::Batch(true)];
    check(&plain, "no_batch");
    check(&[plain[0].clone(), plain[1].clone(), rule(NoVariant::HalfBatch)], "2.5");
    let fast = Call { service_tier: Some("fast".to_owned()), batch: true, ..evening(&[(Input, M)]) };
    check_in(&rich(), &fast, &[], "63.75");
    check_in(&rich(), &fast, &[Edit::ServiceTier(None), Edit::Batch(false)], "63.75");
    check_in(&rich(), &fast, &[Edit::Batch(false)], "127.5");
    check_in(&rich(), &fast, &[Edit::ServiceTier(Some("default".to_owned()))], "31.875");
}

#[test]
fn windows() {
    let noon = call(&[(Input, M)]);
    check_in(&rich(), &noon, &[], "15.9375");
    check_in(&rich(), &noon, &[Edit::NoWindow], "63.75");
    let evening = evening(&[(Input, M)]);
    check_in(&rich(), &evening, &[Edit::WindowsAt(noon.started_at)], "15.9375");
    check_in(&rich(), &noon, &[Edit::WindowsAt(evening.started_at)], "63.75");
}

#[test]
fn what_cost_nothing_as_a_success() {
    let failed = Call { status: Some(500), outcome: Outcome::Error, ..evening(&[(Input, M)]) };
    check_in(&rich(), &failed, &[], "Failed");
    check_in(&rich(), &failed, &[Edit::AsSuccess], "63.75");
    let hit = Call { cache_hit: true, ..evening(&[(Input, M)]) };
    check_in(&rich(), &hit, &[], "GatewayCache");
    check_in(&rich(), &hit, &[Edit::AsSuccess], "63.75");
    let refused = Call { status: Some(403), usage: None, outcome: Outcome::Error, ..evening(&[]) };
    check_in(&rich(), &refused, &[Edit::AsSuccess], "NoUsage");
}

#[test]
fn rates_of_other_meters() {
    let cached = [(Input, M), (CacheRead, M)];
    check_bare(&cached, &[], "9");
    check_bare(&cached, &[Edit::RateOf { meter: CacheRead, like: Input }], "16");
    check_bare(&cached, &[Edit::RateZero(CacheRead)], "8");
    let swap = [Edit::RateOf { meter: CacheRead, like: Input }, Edit::RateOf { meter: Input, like: CacheRead }];
    check_bare(&[(Input, M), (CacheRead, M / 2)], &swap, "5");
    check_bare(&[(Input, M), (Reasoning, M)], &[Edit::RateOf { meter: Reasoning, like: Meter::Second }], "no_rate");
    check_bare(&[(Input, M), (Meter::Second, 1)], &[], "no_rate");
    check_bare(&[(Input, M), (Meter::Second, 1)], &[Edit::RateZero(Meter::Second)], "8");
    check_bare(&[(CacheWrite1h, M)], &[Edit::RateOf { meter: CacheWrite1h, like: CacheWrite }], "10");
}

#[test]
fn quantities_counted_otherwise() {
    let cached = [(Input, M / 10), (CacheRead, M * 3 / 10)];
    let check_small = |edits: &[Edit], expect| check_bare(&cached, &[edits, &[Edit::NoMinimum]].concat(), expect);
    check_small(&[], "1.1");
    check_small(&[Edit::CountAlso { from: CacheRead, into: Input }], "3.5");
    check_small(&[Edit::CountLess { from: CacheRead, of: Input, floor: true }], "0.3");
    check_small(&[Edit::CountLess { from: CacheRead, of: Input, floor: false }], "-1.3");
    check_small(&[Edit::Quantity { meter: CacheRead, to: 0 }], "0.8");
    // The cached tokens priced as input, not as cached: what was found is counted, then set.
    let moved = [Edit::Quantity { meter: CacheRead, to: 0 }, Edit::CountAlso { from: CacheRead, into: Input }];
    check_small(&moved, "3.2");
    check_bare(&[(Input, M)], &[Edit::CountAlso { from: Input, into: Input }], "16");
    check_bare(&[(Input, i64::MAX)], &[Edit::CountAlso { from: Input, into: Input }], "overflow");
    // A context tier is decided by what was used, not by what is counted.
    check_bare(&[(Input, 2 * M)], &[Edit::CountAlso { from: Input, into: Input }], "32");
}

#[test]
fn the_implied_request() {
    check(&[Edit::Quantity { meter: Request, to: 0 }], "60");
    check(&[Edit::CountAlso { from: Request, into: Request }], "67.5");
    check(&[Edit::RateZero(Request)], "60");
}

#[test]
fn the_sum_moved_and_rounded() {
    let cents = |at| Edit::Rounding(Some(Rounding { at, mode: Mode::Up, scale: 0 }));
    check(&[Edit::Shift(3)], "63750");
    check(&[Edit::Shift(-6)], "0.9");
    check(&[Edit::Shift(-6), Edit::NoMinimum], "0.00006375");
    check(&[Edit::Shift(-60), Edit::NoMinimum], "0");
    check(&[cents(RoundingPlace::Call)], "64");
    check(&[cents(RoundingPlace::Component)], "64");
    check(&[cents(RoundingPlace::Call), Edit::Times(x("0.1"))], "7");
    // 60 and 3.75 become 6 and 0.375 before each is rounded up.
    check(&[cents(RoundingPlace::Component), Edit::Times(x("0.1"))], "7");
    let rounds = crate::domain::price::Header {
        rounding: Some(Rounding { at: RoundingPlace::Call, mode: Mode::Up, scale: 0 }),
        ..header()
    };
    let book = rater(rounds, vec![version(OCT, vec![row("m", components(&[(Input, "0.3")]))])]);
    check_in(&book, &call(&[(Input, 1)]), &[], "1");
    check_in(&book, &call(&[(Input, 1)]), &[Edit::Rounding(None)], "0.3");
}

#[test]
fn minimum_left_out() {
    check_bare(&[(Input, 1)], &[], "0.9");
    check_bare(&[(Input, 1)], &[Edit::NoMinimum], "0.000008");
}

#[test]
fn tokens_taken_as_units() {
    let used = [(Input, 100), (CacheRead, 20), (Output, 50), (Reasoning, 5)];
    check_in(&rich(), &evening(&used), &[Edit::TokensAsUnits], "175");
    check_in(&rich(), &evening(&used), &[Edit::TokensAsUnits, Edit::Shift(-3)], "0.175");
    let free = crate::domain::price::PriceRow { free: true, ..row("m", components(&[])) };
    check_in(&rows(vec![free.clone()]), &evening(&used), &[], "FreeRow");
    check_in(&rows(vec![free]), &evening(&used), &[Edit::TokensAsUnits], "175");
}

#[test]
fn several_at_once() {
    let cached = evening(&[(Input, M), (CacheRead, M), (Output, M)]);
    let edits = [
        Edit::RateOf { meter: CacheRead, like: Input },
        Edit::Group(Some("vip".to_owned())),
        Edit::Batch(true),
        Edit::Times(x("2")),
    ];
    // (8 + 8 + 32 + 0.5) x 1.5 x 0.5 x 0.8 x 5 x 2
    check_in(&rich(), &cached, &edits, "291");
    let calls = one_row(&[cached]);
    let quote = rich().price(&CallAttributes::of_row(&calls, 0, None), &edits).expect("a price");
    assert_eq!(quote.sum, x("291"));
    assert_eq!(quote.lines[1].rate_of, Input);
}
