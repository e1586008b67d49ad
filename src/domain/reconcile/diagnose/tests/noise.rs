//! Amounts that nothing explains stay unexplained.

use proptest::prelude::*;

use super::world::{Dice, case, facts, run, tokens, world};
use crate::domain::call::Meter;
use crate::domain::money::Amount;
use crate::domain::reconcile::diagnose::{Case, Context, diagnose};
use crate::domain::reconcile::findings::finding::Certainty;

/// Random targets with so many places, near what was expected and far from it.
fn noise<'a>(rater: &'a crate::domain::rating::Rater, dice: &mut Dice, count: usize, places: u32) -> Vec<Case<'a>> {
    let step = 10i128.pow(18 - places);
    (0..count)
        .map(|i| {
            let mut call = facts(&tokens(dice));
            call.batch = i % 3 == 0;
            call.group = [None, Some("vip")][i % 2];
            if let Some(usage) = &mut call.usage {
                usage.quantity[Meter::Reasoning.index()] = dice.between(0, 3_000);
            }
            let mut case = case(rater, call);
            let size = i64::try_from(case.expected.raw() / step).unwrap();
            case.target = Amount::from_raw(i128::from(dice.between(size / 20, size * 5)) * step).unwrap();
            case
        })
        .collect()
}

#[test]
fn thousands_of_random_amounts_are_never_named() {
    let rater = world();
    let cases = noise(&rater, &mut Dice(42), 2_500, 12)
        .into_iter()
        .map(|c| Case { representation: crate::domain::money::Representation::Exact, ..c })
        .collect::<Vec<_>>();
    let found = run(&cases);
    let named: Vec<_> = found.iter().filter(|d| d.certainty != Certainty::Unexplained).collect();
    assert!(named.is_empty(), "{} of {}: {:?}", named.len(), found.len(), named.first());
    assert!(found.iter().all(|d| d.cause.is_empty()));
    // Of hundreds of suppositions one is always the nearest; it is told where it is near.
    let told = found.iter().filter(|d| d.evidence.iter().any(|e| e.0 == "closest")).count();
    assert!(told * 5 < found.len(), "{told} of {}", found.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn random_amounts_of_few_digits_are_never_surely_named(seed: u64, places in 3u32..9) {
        let rater = world();
        let found = run(&noise(&rater, &mut Dice(seed), 300, places));
        for one in found {
            prop_assert!(one.certainty != Certainty::Exact, "{:?}", one);
        }
    }

    #[test]
    fn noise_around_a_cause_does_not_hide_it(seed: u64) {
        let rater = world();
        let mut dice = Dice(seed);
        let mut cases = super::catalogue::cohort(&rater, "cached_not_charged", &mut dice, 30);
        let planted = cases.len();
        cases.extend(noise(&rater, &mut dice, 60, 8));
        let found = diagnose(&cases, &Context::default());
        for one in &found[..planted] {
            prop_assert_eq!((one.cause.as_str(), one.certainty), ("cached_not_charged", Certainty::Exact));
        }
    }
}
