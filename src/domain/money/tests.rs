use proptest::prelude::*;

use super::*;
use crate::domain::period::Instant;

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

#[test]
fn texts_that_are_numbers() {
    for (text, shown) in [
        ("0.0195", "0.0195"),
        ("-0", "0"),
        ("1e-05", "0.00001"),
        ("2.50", "2.5"),
        ("1E+3", "1000"),
        ("00012", "12"),
        ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
        ("0.000000000000000001", "0.000000000000000001"),
        ("1.000000000000000000000000000000000000000000000", "1"),
    ] {
        assert_eq!(text.parse::<Amount>().map(|a| a.to_string()), Ok(shown.to_string()), "{text}");
    }
}

#[test]
fn texts_that_are_not() {
    for text in ["", "-", "+5", "1_000", "1.", ".5", "NaN", "inf", " 1", "1 ", "0x1", "1e", "1e+", "١", "--1", "1.2.3"]
    {
        assert_eq!(text.parse::<Amount>(), Err(NumberError::NotANumber), "{text:?}");
    }
    assert_eq!("1e400".parse::<Amount>(), Err(NumberError::TooLarge));
    assert_eq!("1e20".parse::<Amount>(), Err(NumberError::TooLarge));
    assert_eq!("1e-19".parse::<Amount>(), Err(NumberError::TooManyDecimals));
    assert_eq!("0.1234567890123456789".parse::<Amount>(), Err(NumberError::TooManyDecimals));
    assert_eq!("1e99999".parse::<Exact>(), Err(NumberError::TooLarge));
}

#[test]
fn rounding_modes() {
    let check = |text: &str, scale, expect: [&str; 4]| {
        let got = Mode::ALL.map(|m| amount(text).round(scale, m).unwrap().to_string());
        assert_eq!(got, expect, "{text}");
    };
    check("2.5", 0, ["3", "2", "3", "2"]);
    check("-2.5", 0, ["-3", "-2", "-3", "-2"]);
    check("3.5", 0, ["4", "4", "4", "3"]);
    check("0.01955", 4, ["0.0196", "0.0196", "0.0196", "0.0195"]);
    check("0.0195", 4, ["0.0195", "0.0195", "0.0195", "0.0195"]);
    check("0.00000000000000001", 2, ["0", "0", "0.01", "0"]);
}

#[test]
fn units_convert_both_ways_and_by_date() {
    let at = |s: &str| Instant::parse(s).unwrap();
    let rate = |name: &str, unit: &str, amount: &str, from: &str| UnitRate {
        name: name.into(),
        unit: unit.into(),
        amount: amount.parse().unwrap(),
        from: at(from),
    };
    let units = Units::new(vec![
        rate("credit", "EUR", "0.00001", "2026-01-01T00:00:00Z"),
        rate("USD", "CNY", "7.14", "2026-01-01T00:00:00Z"),
        rate("USD", "CNY", "7.2", "2026-07-01T00:00:00Z"),
    ]);
    let convert = |value: &str, from: &str, to: &str, when: &str| {
        units.ratio(from, to, at(when)).and_then(|r| r.apply(amount(value))).map(|a| a.to_string())
    };
    assert_eq!(convert("1", "EUR", "credit", "2026-02-01T00:00:00Z").as_deref(), Some("100000"));
    assert_eq!(convert("175", "credit", "EUR", "2026-02-01T00:00:00Z").as_deref(), Some("0.00175"));
    assert_eq!(convert("7.14", "CNY", "USD", "2026-06-30T23:59:59Z").as_deref(), Some("1"));
    assert_eq!(convert("7.2", "CNY", "USD", "2026-07-01T00:00:00Z").as_deref(), Some("1"));
    assert_eq!(convert("1", "EUR", "CNY", "2026-07-01T00:00:00Z"), None);
    assert_eq!(convert("1", "EUR", "credit", "2025-12-31T00:00:00Z"), None);
}

#[test]
fn doubles_are_compared_in_ulps() {
    let same = |a: &str, b: &str| Representation::Float64.same(amount(a), amount(b));
    assert!(same("1.2000060000000001", "1.200006"));
    assert!(same("0.007492500000000001", "0.0074925"));
    assert!(!same("1.200006000000003", "1.200006"));
    assert!(!same("0.0195000001", "0.0195"));
    assert!(same("0", "0") && !same("0.000000000000000001", "0"));
    assert!(same("12345678.900000002", "12345678.9"));
}

proptest! {
    #[test]
    fn short_numbers_agree_with_the_whole_grammar(text in "-?[0-9]{0,12}\\.?[0-9]{0,19}(e-?[0-9])?") {
        let whole = text.parse::<Exact>().and_then(|exact| {
            let raw = exact.at_scale(SCALE).ok_or(NumberError::TooManyDecimals)?;
            Amount::from_raw(raw).ok_or(NumberError::TooLarge)
        });
        prop_assert_eq!(text.parse::<Amount>().ok(), whole.ok());
    }

    #[test]
    fn amounts_print_and_parse_back(raw in -(10i128.pow(38) - 1)..10i128.pow(38)) {
        let amount = Amount::from_raw(raw).unwrap();
        prop_assert_eq!(amount.to_string().parse::<Amount>(), Ok(amount));
    }

    #[test]
    fn wide_division_agrees_with_big_integers(a: i128, b: i128, d in 1i128.., mode in 0usize..4) {
        use num_bigint::BigInt;
        let mode = Mode::ALL[mode];
        let product = BigInt::from(a) * BigInt::from(b);
        let (quotient, rest) = (&product / d, &product % d);
        let twice = BigInt::from(2) * rest.magnitude().clone().to_owned_int();
        let away = match mode {
            Mode::Up => rest != BigInt::ZERO,
            Mode::Down => false,
            Mode::HalfUp => twice >= BigInt::from(d),
            Mode::HalfEven => twice > BigInt::from(d) || (twice == BigInt::from(d) && (&quotient % 2) != BigInt::ZERO),
        };
        let sign = if product < BigInt::ZERO { -1 } else { 1 };
        let expect = if away { quotient + sign } else { quotient };
        prop_assert_eq!(mul_div_round(a, b, d, mode), i128::try_from(expect).ok());
    }
}

trait ToOwnedInt {
    fn to_owned_int(self) -> num_bigint::BigInt;
}
impl ToOwnedInt for num_bigint::BigUint {
    fn to_owned_int(self) -> num_bigint::BigInt {
        num_bigint::BigInt::from(self)
    }
}
