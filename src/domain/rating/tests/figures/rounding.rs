//! Rounding by place and mode, minimum, and numbers of any length.

use super::*;

fn thirds() -> PriceRow {
    row("m", components(&[(Input, "0.0333"), (Output, "0.0333")]))
}

fn by(header: Header, row: PriceRow, expect: &str) {
    check(rater(header, vec![version(OCT, vec![row])]), &call(&[(Input, 1), (Output, 1)]), expect);
}

#[test]
fn components_first_or_the_sum() {
    by(header(), thirds(), "0.0666");
    by(rounded(RoundingPlace::Call, Mode::HalfUp, 2), thirds(), "0.07");
    by(rounded(RoundingPlace::Component, Mode::HalfUp, 2), thirds(), "0.06");
    by(rounded(RoundingPlace::Component, Mode::Up, 2), thirds(), "0.08");
    by(rounded(RoundingPlace::Call, Mode::Down, 3), thirds(), "0.066");
    by(rounded(RoundingPlace::Call, Mode::Up, 0), thirds(), "1");
}

#[test]
fn then_at_least_the_minimum() {
    let least = |minimum| PriceRow { minimum: Some(x(minimum)), ..thirds() };
    by(header(), least("0.07"), "0.07");
    by(header(), least("0.06"), "0.0666");
    by(rounded(RoundingPlace::Call, Mode::Up, 2), least("0.065"), "0.07");
    by(rounded(RoundingPlace::Call, Mode::Down, 1), least("0.065"), "0.065");
    check(rows(vec![least("0.07")]), &call(&[]), "0");
    let free = PriceRow { free: true, ..least("0.07") };
    check(rows(vec![free]), &call(&[(Input, 1)]), "FreeRow");
}

#[test]
fn multipliers_do_not_touch_the_minimum() {
    let mut least = PriceRow { minimum: Some(x("0.5")), ..thirds() };
    least.components.multiplier = Some(x("0.1"));
    by(header(), least, "0.5");
}

#[test]
fn eighteen_places_half_even() {
    let fine = |rate| row("m", components(&[(Input, rate)]));
    let one = call(&[(Input, 1)]);
    check(rows(vec![fine("0.0000000000000000005")]), &one, "0");
    check(rows(vec![fine("0.0000000000000000015")]), &one, "0.000000000000000002");
    check(rows(vec![fine("0.00000000000000000051")]), &one, "0.000000000000000001");
}

#[test]
fn more_digits_than_a_machine_word() {
    let mut long = row("m", components(&[(Input, "0.333333333333333333")]));
    long.components.multiplier = Some(x("0.777777777777777777"));
    let mut version = version(OCT, vec![long]);
    version.multipliers.push(multiplier(MultiplierOf::Account("alice".to_owned()), "0.999999999999999999"));
    // 0.333333333333333333 x 0.777777777777777777 x 0.999999999999999999 x 123456789012345
    check(rater(header(), vec![version]), &call(&[(Input, 123_456_789_012_345)]), "32007315669867.222126200275212621");
}

#[test]
fn beyond_thirty_eight_digits_is_an_error() {
    let huge = row("m", components(&[(Input, "1000000000000")]));
    check(rows(vec![huge.clone()]), &call(&[(Input, i64::MAX), (Output, 0)]), "overflow");
    check(rows(vec![huge]), &call(&[(Input, 10_000_000)]), "10000000000000000000");
}

/// Random calls found two that were refused for the length of their prices, though they cost 35.8 million dollars.
///
/// A price of 85 decimals: (1 + 10^-17)^5 = 1 + 5 x 10^-17 + 10^-33 + ..., of which 10^12 leave
/// 10^12 + 0.00005 + 10^-21.
fn five_long_multipliers(header: Header) -> Rater {
    let long = "1.00000000000000001";
    let mut row = row("m", components(&[(Input, "1")]));
    row.components.multiplier = Some(x(long));
    row.variants.push(variant(Condition::Batch, times(long)));
    let mut version = version(OCT, vec![row]);
    let of =
        [MultiplierOf::Group("vip".into()), MultiplierOf::Model("m".into()), MultiplierOf::Account("alice".into())];
    version.multipliers.extend(of.map(|of| multiplier(of, long)));
    rater(header, vec![version])
}

#[test]
fn prices_of_any_length_are_exact() {
    let used = |tokens| Call { batch: true, group: Some("vip".into()), ..call(&[(Input, tokens)]) };
    let many = used(1_000_000_000_000);
    check(five_long_multipliers(header()), &many, "1000000000000.00005");
    check(five_long_multipliers(rounded(RoundingPlace::Call, Mode::Down, 5)), &many, "1000000000000.00005");
    check(five_long_multipliers(rounded(RoundingPlace::Call, Mode::Up, 5)), &many, "1000000000000.00006");
    check(five_long_multipliers(rounded(RoundingPlace::Component, Mode::HalfUp, 4)), &many, "1000000000000.0001");
    // 2^62 of them are within 38 digits.
    check(five_long_multipliers(header()), &used(1 << 62), "4611686018427388134.584300921369399812");
}
