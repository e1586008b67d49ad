//! Discount, tax and largest remainder against slow, obvious references in rational numbers.

use num_bigint::{BigInt, Sign};
use num_rational::BigRational;
use proptest::prelude::*;

use crate::domain::invoice::{
    DiscountStep, MoneyTerms, Settled, TaxCategory, TaxRule, Totalled, allocate, discounts, minor_units, payable,
    total_up,
};
use crate::domain::money::{Amount, Exact};

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn rational(amount: Amount) -> BigRational {
    BigRational::new(BigInt::from(amount.raw()), BigInt::from(10u8).pow(18))
}

fn whole(n: i64) -> BigRational {
    BigRational::from(BigInt::from(n))
}

fn abs(value: &BigRational) -> BigRational {
    if value.numer().sign() == Sign::Minus { -value } else { value.clone() }
}

/// Half away from zero, at `places`.
fn rounded(value: &BigRational, places: u32) -> BigRational {
    let scale = BigRational::from(BigInt::from(10u8).pow(places));
    let (up, half) = (abs(value) * &scale, BigRational::new(1.into(), 2.into()));
    let size = (up + half).floor() / scale;
    if value.numer().sign() == Sign::Minus { -size } else { size }
}

fn micro(raw: i64) -> Amount {
    Amount::from_raw(i128::from(raw) * 1_000_000_000).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// No other way to share the total by whole units is nearer to the exact parts.
    #[test]
    fn largest_remainder_is_nearest(raw in prop::collection::vec(-5_000_000_000i64..5_000_000_000, 1..6), places in 0u32..4) {
        let exact: Vec<Amount> = raw.iter().map(|r| micro(*r)).collect();
        let total = payable(Amount::sum(exact.iter().copied()).unwrap(), places).unwrap();
        let parts = allocate(total, &exact, places).unwrap();
        prop_assert_eq!(Amount::sum(parts.iter().copied()), Some(total));
        let unit = BigRational::new(1.into(), BigInt::from(10u8).pow(places));
        let off = |parts: &[BigRational]| -> BigRational {
            parts.iter().zip(&exact).map(|(p, e)| { let d = p - rational(*e); &d * &d }).sum()
        };
        let ours: Vec<BigRational> = parts.iter().map(|p| rational(*p)).collect();
        for (part, exact) in ours.iter().zip(&exact) {
            prop_assert!(abs(&(part - rational(*exact))) < unit);
            prop_assert!((part / &unit).is_integer());
        }
        for from in 0..ours.len() {
            for to in 0..ours.len() {
                let mut other = ours.clone();
                other[from] -= &unit;
                other[to] += &unit;
                prop_assert!(off(&ours) <= off(&other), "moving a unit from {} to {} is nearer", from, to);
            }
        }
    }

    #[test]
    fn graduated_discount_is_what_every_unit_of_it_would_give(
        net in 0i64..2_000_000, widths in prop::collection::vec(1i64..400_000, 1..5), percents in prop::collection::vec(0i64..101, 5)
    ) {
        let mut from = 0;
        let mut steps = Vec::new();
        for (width, percent) in widths.iter().zip(&percents) {
            from += width;
            steps.push(DiscountStep { from: Amount::from_raw(i128::from(from) * 10i128.pow(16)).unwrap(), percent: Exact::from_int(*percent) });
        }
        let net = Amount::from_raw(i128::from(net) * 10i128.pow(16)).unwrap();
        // Every cent of the net gets the percent of the step it lies in.
        let mut exact = whole(0);
        let cents = net.raw() / 10i128.pow(16);
        for (place, step) in steps.iter().enumerate() {
            let from = step.from.raw() / 10i128.pow(16);
            let until = steps.get(place + 1).map_or(i128::MAX, |s| s.from.raw() / 10i128.pow(16));
            let inside = (cents.min(until) - from).max(0);
            exact += BigRational::new(BigInt::from(inside) * step.percent.mantissa(), BigInt::from(10_000));
        }
        let found = discounts(&steps, net, 2).unwrap();
        let sum = Amount::sum(found.iter().map(|d| d.amount)).unwrap();
        prop_assert_eq!(rational(sum), rounded(&exact, 2));
        prop_assert!(found.iter().all(|d| d.base.is_positive() && !d.amount.is_negative()));
    }

    #[test]
    fn totals_add_up_under_every_tax(
        raw in prop::collection::vec(0i64..9_000_000_000_000, 0..5), percent in 0i64..40, places in prop::sample::select(vec![0u32, 2, 3]),
        rule in 0..4, least in prop::option::of(0i64..5_000), late in -500i64..5_000
    ) {
        let exact: Vec<Amount> = raw.iter().map(|r| micro(*r)).collect();
        let percent = Exact::from_int(percent);
        let tax = match rule {
            0 => TaxRule::Standard(percent),
            1 => TaxRule::Inclusive(percent),
            2 => TaxRule::ReverseCharge,
            _ => TaxRule::Exempt("article 135".to_owned()),
        };
        let discount = DiscountStep::parse_all("1000:5;5000:10").unwrap();
        let terms = MoneyTerms { minor_units: places, tax: tax.clone(), discount, commitment: least.map(Amount::from_int) };
        let late = Amount::from_int(late);
        let Totalled { lines, totals } = total_up(&exact, &[Settled { net: late, tax: None }], &terms, Amount::ZERO).unwrap();
        let gross = rounded(&exact.iter().map(|e| rational(*e)).sum(), places);
        let hundred = whole(100);
        let rate = BigRational::from(BigInt::from(tax.percent().mantissa())) / &hundred;
        let subtotal: BigRational = lines.iter().map(|l| rational(l.0)).sum();
        let wanted = if tax.is_inclusive() { rounded(&(&gross / (whole(1) + &rate)), places) } else { gross.clone() };
        prop_assert_eq!(&subtotal, &wanted);
        let taken: BigRational = totals.discounts.iter().map(|d| rational(d.amount)).sum();
        let reached = rational(totals.net) - rational(late);
        prop_assert!(reached >= &subtotal - &taken);
        if let Some(least) = terms.commitment {
            prop_assert!(reached >= rounded(&rational(least), places), "the commitment is reached");
        }
        let charged: BigRational = totals.tax.iter().map(|t| rational(t.amount)).sum();
        prop_assert_eq!(rational(totals.total), rational(totals.net) + &charged);
        match tax {
            TaxRule::Standard(_) => prop_assert_eq!(charged, rounded(&(rational(totals.net) * rate), places)),
            TaxRule::Inclusive(_) => {
                // A customer who pays list prices pays their sum, to the last unit.
                let beside = rational(totals.net) - &subtotal;
                prop_assert_eq!(rational(totals.total), &gross + &beside + rounded(&(beside.clone() * rate), places));
            }
            _ => prop_assert_eq!(charged, whole(0)),
        }
    }
}

#[test]
fn of_equal_remainders_the_earlier_gets_the_unit() {
    let third = amount("0.333333");
    let parts = allocate(amount("1"), &[third, third, amount("0.333334")], 2).unwrap();
    assert_eq!(parts, [amount("0.33"), amount("0.33"), amount("0.34")]);
    let parts = allocate(amount("0.01"), &[amount("0.005"), amount("0.005")], 2).unwrap();
    assert_eq!(parts, [amount("0.01"), Amount::ZERO]);
    assert_eq!(allocate(amount("1"), &[], 2), None);
}

#[test]
fn volume_discount_from_a_thousand() {
    let steps = DiscountStep::parse_all("1000:5;5000:10").unwrap();
    for (net, wanted) in [("999.99", "0"), ("1000", "0"), ("1200", "10"), ("5000", "200"), ("6000", "300")] {
        let found = discounts(&steps, amount(net), 2).unwrap();
        let sum = Amount::sum(found.iter().map(|d| d.amount)).unwrap();
        assert_eq!(sum, amount(wanted), "of {net}");
    }
}

#[test]
fn list_prices_with_tax_in_them_are_paid_as_listed() {
    let terms = MoneyTerms { minor_units: 2, tax: TaxRule::parse("inclusive:6").unwrap(), ..MoneyTerms::default() };
    let done = total_up(&[amount("0.0195"), amount("99.9805")], &[], &terms, Amount::ZERO).unwrap();
    assert_eq!(done.totals.total, amount("100"));
    assert_eq!((done.totals.net, done.totals.tax[0].amount), (amount("94.34"), amount("5.66")));
}

#[test]
fn a_commitment_fills_up_and_nothing_more() {
    let terms = |least| MoneyTerms { minor_units: 2, commitment: Some(amount(least)), ..MoneyTerms::default() };
    for (used, least, added) in
        [("30", "50", Some("20")), ("50", "50", None), ("70", "50", None), ("0", "50", Some("50"))]
    {
        let done = total_up(&[amount(used)], &[], &terms(least), Amount::ZERO).unwrap();
        assert_eq!(done.totals.commitment, added.map(amount), "{used} of {least}");
    }
}

#[test]
fn tax_columns_are_understood() {
    for (text, category) in [
        ("standard:19", TaxCategory::Standard),
        ("standard:0", TaxCategory::Zero),
        ("inclusive:6", TaxCategory::Standard),
        ("reverse_charge", TaxCategory::ReverseCharge),
        ("exempt:small business", TaxCategory::Exempt),
    ] {
        let terms = MoneyTerms { minor_units: 2, tax: TaxRule::parse(text).unwrap(), ..MoneyTerms::default() };
        let done = total_up(&[amount("100")], &[], &terms, Amount::ZERO).unwrap();
        assert_eq!(done.totals.tax[0].category, category, "{text}");
    }
    for text in ["standard", "standard:x", "standard:-1", "vat:19", ""] {
        assert_eq!(TaxRule::parse(text), None, "{text}");
    }
}

#[test]
fn currencies_have_their_minor_units() {
    for (code, units) in
        [("EUR", Some(2)), ("JPY", Some(0)), ("KWD", Some(3)), ("CLF", Some(4)), ("credit", None), ("EURO", None)]
    {
        assert_eq!(minor_units(code), units, "{code}");
    }
    let yen = MoneyTerms { tax: TaxRule::parse("standard:10").unwrap(), ..MoneyTerms::default() };
    let done = total_up(&[amount("100.4"), amount("100.4")], &[], &yen, Amount::ZERO).unwrap();
    assert_eq!((done.totals.net, done.totals.total), (amount("201"), amount("221")));
}
