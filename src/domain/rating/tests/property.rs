//! The batch, the receipt and the slow reference agree on every digit.

use num_rational::BigRational;
use proptest::prelude::*;

use super::generate::{Dice, book, some_call};
use super::reference::{fraction, price, whole};
use super::*;
use crate::domain::money::{Exact, SCALE};
use crate::domain::rating::kernel::rate_with;

/// Of one case; the books of a case are made once.
pub(crate) const CALLS: usize = 250;
/// As many have no table of moments.
const FEW: u32 = 20;

fn of_meters(mut call: Call, bits: u64) -> Call {
    for (meter, quantity) in call.usage.iter_mut().flat_map(|u| u.quantity.iter_mut().enumerate()) {
        *quantity *= i64::from(bits >> meter & 1 == 1);
    }
    call
}

/// How many calls were priced, so that the test cannot pass by pricing nothing.
pub(crate) fn check(seed: u64) -> Result<usize, TestCaseError> {
    let mut dice = Dice(seed);
    let books = [book(&mut dice), book(&mut dice)];
    let known = at(["2026-10-24T12:00:00Z", "2026-12-01T00:00:00Z"][usize::from(dice.below(4) > 0)]);
    let raters = books.clone().map(|book| Rater::new(book, known));
    // Of some meters only, so that there are batches of few columns.
    let meters = dice.next() & (dice.next() | dice.below(2).wrapping_neg());
    let all: Vec<Call> = (0..CALLS).map(|_| of_meters(some_call(&mut dice), meters)).collect();
    let calls = CallsBuilder::collect(&all);
    let assignment = Assignment {
        book: (0..CALLS).map(|_| u16::from(dice.below(2) == 0)).collect(),
        group: (0..CALLS).map(|_| u32::from(dice.below(3) == 0)).collect(),
        groups: vec![None, Some("vip".to_owned())],
    };
    let charges = rate(&raters, &calls, &assignment);
    let sparse = rate_with(&raters, &calls, &assignment, 8);
    let few = calls.take(&(0..FEW).collect::<Vec<u32>>()).expect("some rows");
    let few = rate(&raters, &few, &assignment);
    let mut cached: Vec<CachedRater<'_>> = raters.iter().map(CachedRater::new).collect();
    let mut priced = 0;
    for row in 0..CALLS {
        let which = usize::from(assignment.book[row]);
        let attributes = CallAttributes::of_row(&calls, row, assignment.group_of(row));
        let charge = charges.get(row);
        prop_assert_eq!(&charge, &sparse.get(row));
        if row < few.len() {
            prop_assert_eq!(&charge, &few.get(row));
        }
        let expect = price(&books[which], known, &attributes);
        match (&expect, charge.amount) {
            (Ok(raw), Some(amount)) => prop_assert_eq!(raw, &whole(amount.raw()), "row {}: {:?}", row, attributes),
            (Err(status), _) => prop_assert_eq!(status, &charge.status, "row {}: {:?}", row, attributes),
            (Ok(raw), None) => prop_assert!(false, "{} but {:?}: {:?}", raw, charge, attributes),
        }
        let quoted = raters[which].price(&attributes, &[]);
        prop_assert_eq!(&cached[which].price(&attributes), &quoted);
        match &quoted {
            Ok(quote) => {
                let status = quote.zero.map_or(ChargeStatus::Priced, ChargeStatus::Zero);
                let said = Charge { status, amount: Some(quote.amount), version: quote.version, row: quote.row };
                prop_assert_eq!(&charge, &said);
                check_lines(quote)?;
            }
            Err(status) => prop_assert_eq!(&charge.status, status),
        }
        let in_force = raters[which].version_for(&attributes);
        let no_version = charge.status == ChargeStatus::Unpriced(Unpriced::NoVersion);
        prop_assert!(charge.version == in_force && (in_force.is_none() || !no_version));
        priced += usize::from(charge.status == ChargeStatus::Priced);
    }
    Ok(priced)
}

/// Whether a number can be written with the digits a receipt has.
fn fits(number: &BigRational) -> bool {
    let limit = whole(10i128.pow(36));
    let mut scaled = number.clone();
    for _ in 0..=60 {
        if scaled.is_integer() {
            return scaled < limit;
        }
        scaled *= whole(10);
    }
    false
}

/// Each line is its quantity x rate x the multipliers, and the lines are the sum, wherever the digits
/// fit on the receipt.
fn check_lines(quote: &Quote) -> Result<(), TestCaseError> {
    let product = quote.multipliers.iter().fold(whole(1), |p, m| p * fraction(m.value));
    let mut sum = whole(0);
    for line in &quote.lines {
        let exact = whole(i128::from(line.quantity)) * fraction(line.rate) * &product;
        if fraction(line.exact) != exact {
            prop_assert!(!fits(&exact), "{:?}", line);
        }
        sum += fraction(line.amount);
    }
    let short = |value: Exact| value.mantissa() < 10i128.pow(36);
    if fits(&sum) && short(quote.sum) && quote.lines.iter().all(|l| short(l.amount)) {
        prop_assert_eq!(sum, fraction(quote.sum));
    }
    if quote.zero.is_none() && quote.rounding.is_none() && !quote.minimum_applied && quote.sum.scale() <= SCALE {
        prop_assert_eq!(quote.sum, quote.amount.to_exact());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn same_digits_everywhere(seed in any::<u64>()) {
        check(seed)?;
    }
}

#[test]
fn enough_is_priced_to_mean_something() {
    let priced: usize = (0..20).map(|seed| check(seed).expect("agrees")).sum();
    assert!(priced * 5 > 20 * CALLS, "{priced} of {} are priced", 20 * CALLS);
}
