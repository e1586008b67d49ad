//! The search itself: order, budget, speed.

use proptest::prelude::*;

use super::catalogue::cohort;
use super::world::{Dice, case, facts, run, tokens, world};
use crate::domain::money::Amount;
use crate::domain::reconcile::diagnose::{Budget, Case, Context, diagnose};

/// Several causes, some of them on the same calls, and noise.
fn mixture<'a>(rater: &'a crate::domain::rating::Rater, dice: &mut Dice) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    for code in ["cached_at_full_rate", "price_stale", "duplicate_charge", "batch_discount_missing", "rounding"] {
        cases.extend(cohort(rater, code, dice, 13));
    }
    for _ in 0..12 {
        let mut case = case(rater, facts(&tokens(dice)));
        case.target = Amount::from_raw(i128::from(dice.between(10_000, 99_999)) * 10i128.pow(13)).unwrap();
        cases.push(case);
    }
    cases
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn the_order_of_cases_changes_nothing(seed: u64) {
        let rater = world();
        let mut dice = Dice(seed);
        let cases = mixture(&rater, &mut dice);
        let mut order: Vec<usize> = (0..cases.len()).collect();
        dice.shuffle(&mut order);
        let shuffled: Vec<Case> = order.iter().map(|i| cases[*i].clone()).collect();
        let (straight, mixed) = (run(&cases), run(&shuffled));
        for (place, original) in order.iter().enumerate() {
            prop_assert_eq!(&straight[*original], &mixed[place]);
        }
    }
}

#[test]
fn a_spent_budget_is_said() {
    let rater = world();
    let mut dice = Dice(9);
    let cases: Vec<Case> = (0..60)
        .map(|_| {
            let mut case = case(&rater, facts(&tokens(&mut dice)));
            case.target = Amount::from_raw(i128::from(dice.between(1, i64::MAX / 2))).unwrap();
            case
        })
        .collect();
    let budget = Budget { reratings: 10, ..Budget::default() };
    let found = diagnose(&cases, &Context { budget, ..Context::default() });
    assert!(found.iter().filter(|d| d.evidence.iter().any(|e| e.0 == "search")).count() > 40);
}

/// A month in which every call is wrong in a way of its own took the whole budget, every day.
#[test]
fn calls_that_no_pair_explains_end_the_search_for_pairs() {
    let rater = world();
    let mut dice = Dice(12);
    let odd = |dice: &mut Dice| {
        let mut case = case(&rater, facts(&tokens(dice)));
        case.target = Amount::from_raw(i128::from(dice.between(1, i64::MAX / 2))).unwrap();
        case
    };
    let cases: Vec<Case> = (0..200).map(|_| odd(&mut dice)).collect();
    let budget = Budget { reratings: u64::MAX, ..Budget::default() };
    let found = diagnose(&cases, &Context { budget, ..Context::default() });
    let cut_short = found.iter().filter(|d| d.evidence.iter().any(|e| e.0 == "search")).count();
    assert!((100..200).contains(&cut_short), "{cut_short}");
}

#[test]
fn nothing_to_diagnose() {
    assert!(run(&[]).is_empty());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn five_thousand_mismatches_of_one_cause_take_less_than_a_second() {
    let rater = world();
    let cases = cohort(&rater, "price_stale", &mut Dice(4), 5_000);
    let start = std::time::Instant::now();
    let found = run(&cases);
    let took = start.elapsed();
    assert!(found.iter().all(|d| d.cause == "price_stale"));
    assert!(cfg!(debug_assertions) || took.as_millis() < 1_000, "{took:?}");
}
