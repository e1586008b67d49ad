//! What happens where several causes fit.

use super::catalogue::cohort;
use super::world::{
    Dice, at, case, case_in, exact, facts, one, per_million, rater, recorded, row, run, tokens, version, world, wrong,
};
use crate::domain::call::Meter::{CacheRead, Input, Output};
use crate::domain::call::Outcome;
use crate::domain::money::{Amount, Exact, Mode, Ratio, Representation, UnitRate, Units};
use crate::domain::rating::Edit;
use crate::domain::reconcile::diagnose::{Case, Context, diagnose};
use crate::domain::reconcile::findings::finding::Certainty;

fn codes(cases: &[Case]) -> Vec<String> {
    run(cases).into_iter().map(|d| if d.cause.is_empty() { d.candidates.join("|") } else { d.cause }).collect()
}

#[test]
fn two_causes_in_one_cohort_are_told_apart() {
    let rater = world();
    let mut dice = Dice(7);
    let mut cases = cohort(&rater, "cached_at_full_rate", &mut dice, 25);
    let split = cases.len();
    cases.extend(cohort(&rater, "unit_slip", &mut dice, 25));
    let found = codes(&cases);
    assert!(found[..split].iter().all(|c| c == "cached_at_full_rate"), "{found:?}");
    assert!(found[split..].iter().all(|c| c == "unit_slip"), "{found:?}");
}

#[test]
fn two_causes_on_one_call_are_a_pair() {
    let rater = world();
    let mut dice = Dice(3);
    let both = [Edit::RateOf { meter: CacheRead, like: Input }, Edit::Batch(false)];
    let cases: Vec<Case> = (0..20)
        .map(|_| {
            let mut facts = facts(&tokens(&mut dice));
            facts.batch = true;
            wrong(case(&rater, facts), &both)
        })
        .collect();
    for found in run(&cases) {
        assert_eq!(found.cause, "batch_discount_missing+cached_at_full_rate", "{found:?}");
        assert_eq!(found.certainty, Certainty::Exact, "{found:?}");
    }
}

#[test]
fn twice_the_price_of_batches_and_others_is_no_matter_of_batches() {
    let rater = world();
    let mut dice = Dice(11);
    let twice = |dice: &mut Dice, batch| {
        let mut facts = facts(&tokens(dice));
        facts.batch = batch;
        wrong(case(&rater, facts), &[Edit::Times(Exact::from_int(2))])
    };
    let batches: Vec<Case> = (0..10).map(|_| twice(&mut dice, true)).collect();
    assert!(codes(&batches).iter().all(|c| c == "batch_discount_missing"));
    let mut both = batches.clone();
    both.extend((0..10).map(|_| twice(&mut dice, false)));
    assert!(codes(&both).iter().all(|c| c == "duplicate_charge"), "{:?}", codes(&both));
}

#[test]
fn matched_calls_speak_against_a_cause() {
    // Every mismatch has its uncached input below the threshold: the tier is off, or decided wrongly.
    let rater = world();
    let mut dice = Dice(5);
    let mut long = |uncached: (i64, i64)| {
        let input = dice.between(uncached.0, uncached.1);
        facts(&[(Input, input), (CacheRead, 300_000 + dice.between(0, 9_999)), (Output, dice.between(100, 9_000))])
    };
    let cases: Vec<Case> =
        (0..12).map(|_| wrong(case(&rater, long((5_000, 90_000))), &[Edit::NoContextTier])).collect();
    let undecided = run(&cases);
    assert!(undecided.iter().all(|d| d.certainty != Certainty::Exact), "{undecided:?}");
    let matched: Vec<Case> = (0..5).map(|_| case(&rater, long((200_001, 300_000)))).collect();
    let found = diagnose(&cases, &Context { matched: &matched, ..Context::default() });
    for one in found {
        assert_eq!((one.cause.as_str(), one.certainty), ("context_tier_wrong", Certainty::Exact), "{one:?}");
    }
}

#[test]
fn a_price_doubled_by_a_group_or_by_a_second_charge_stays_open() {
    let rows = |input| vec![row("alpha", per_million(&[(Input, input), (Output, "15.3")]), Vec::new())];
    let rater = rater("USD", vec![version("2026-09-01T00:00:00Z", rows("2.51"), &[("retail", "2")])]);
    let mut dice = Dice(1);
    let cases: Vec<Case> = (0..9)
        .map(|_| {
            let usage = [(Input, dice.between(1_000, 90_000)), (Output, dice.between(100, 9_000))];
            wrong(case(&rater, facts(&usage)), &[Edit::Times(Exact::from_int(2))])
        })
        .collect();
    for found in run(&cases) {
        assert_eq!(found.certainty, Certainty::Ambiguous, "{found:?}");
        assert_eq!(found.candidates, ["duplicate_charge", "group_ratio_wrong"]);
        assert!(found.cause.is_empty() && found.evidence.iter().any(|(name, _)| name == "decided_by"));
    }
}

#[test]
fn a_version_explains_more_than_a_model_that_happens_to_cost_the_same() {
    let rows = |alpha, beta| {
        let row = |name, input| row(name, per_million(&[(Input, input), (Output, "15.3")]), Vec::new());
        vec![row("alpha", alpha), row("beta", beta), row("twin", "2.51")]
    };
    let versions = vec![
        version("2026-06-01T00:00:00Z", rows("2.51", "7.77"), &[]),
        version("2026-08-01T00:00:00Z", rows("3.33", "8.88"), &[]),
    ];
    let rater = rater("USD", versions);
    let mut dice = Dice(2);
    let mut stale = |model: &'static str| -> Vec<Case> {
        (0..8)
            .map(|_| {
                let usage = [(Input, dice.between(1_000, 90_000)), (Output, dice.between(100, 9_000))];
                let facts = crate::domain::rating::CallAttributes { model, ..facts(&usage) };
                wrong(case(&rater, facts), &[Edit::ShiftVersion { by: -1 }])
            })
            .collect()
    };
    let alone = stale("alpha");
    assert!(codes(&alone).iter().all(|c| c == "model_mismatch|price_stale"), "{:?}", codes(&alone));
    let mut together = alone;
    together.extend(stale("beta"));
    for found in run(&together) {
        assert_eq!((found.cause.as_str(), found.certainty), ("price_stale", Certainty::Exact), "{found:?}");
        assert_eq!(found.origin, "source gateway, version 2026-08-01T00:00:00Z not applied");
        assert_eq!(found.version_matched.map(|v| v.effective_from), Some(at("2026-06-01T00:00:00Z")));
    }
}

#[test]
fn a_cause_is_one_over_all_routes_and_one_right_call_is_no_veto() {
    let rater = world();
    let mut dice = Dice(17);
    let mut on = |provider, minute: i64| {
        let mut facts = facts(&tokens(&mut dice));
        (facts.provider, facts.batch) = (Some(provider), true);
        facts.started_at = crate::domain::period::Instant::from_micros(facts.started_at.micros() + minute * 60_000_000);
        case(&rater, facts)
    };
    let mut calls: Vec<Case> = ["acme", "bond", "acme", "cove", "acme", "acme", "dune", "acme", "acme"]
        .into_iter()
        .zip(0..)
        .map(|(provider, minute)| on(provider, minute))
        .collect();
    let before = on("acme", -90);
    let matched = [before, calls.remove(2)];
    let cases: Vec<Case> = calls.into_iter().map(|c| wrong(c, &[Edit::Batch(false)])).collect();
    for found in diagnose(&cases, &Context { matched: &matched, ..Context::default() }) {
        assert_eq!((found.cause.as_str(), found.certainty), ("batch_discount_missing", Certainty::Exact), "{found:?}");
    }
}

/// In the morning a model had no price; from noon on it had one again, and only calls that were broken off stayed at 0.
#[test]
fn a_call_broken_off_among_right_ones_lacks_no_price() {
    let rater = world();
    let mut dice = Dice(29);
    let mut on = |minute: i64, outcome| {
        let mut facts = facts(&tokens(&mut dice));
        facts.outcome = outcome;
        facts.started_at = crate::domain::period::Instant::from_micros(facts.started_at.micros() + minute * 60_000_000);
        case(&rater, facts)
    };
    let zero = |case| Case { target: Amount::ZERO, ..case };
    let morning: Vec<Case> = (0..5).map(|minute| zero(on(minute, Outcome::Ok))).collect();
    let matched: Vec<Case> = [60, 70, 80].map(|minute| on(minute, Outcome::Ok)).into();
    let broken_off: Vec<Case> = [65, 75].map(|minute| zero(on(minute, Outcome::Cancelled))).into();
    let early = zero(on(2, Outcome::Cancelled));
    let cases: Vec<Case> = morning.into_iter().chain(broken_off).chain([early]).collect();
    let found = diagnose(&cases, &Context { matched: &matched, ..Context::default() });
    let causes: Vec<&str> = found.iter().map(|d| d.cause.as_str()).collect();
    let (missing, aborted) = ("price_missing_zero", "partial_or_aborted_uncharged");
    assert_eq!(causes, [missing, missing, missing, missing, missing, aborted, aborted, missing]);
}

#[test]
fn models_that_cost_the_same_are_one_candidate_and_all_are_told() {
    let row = |name: &str, input| row(name, per_million(&[(Input, input), (Output, "15.3")]), Vec::new());
    let rows = vec![row("alpha", "2.51"), row("mini", "0.77"), row("mini-2", "0.77")];
    let rater = rater("USD", vec![version("2026-08-01T00:00:00Z", rows, &[])]);
    let facts = facts(&[(Input, 12_347), (Output, 1_021)]);
    let found = one(wrong(case(&rater, facts), &[Edit::Model("mini-2".to_owned())]));
    assert_eq!((found.cause.as_str(), found.certainty), ("model_mismatch", Certainty::Exact));
    assert!(found.evidence.contains(&("same_amounts".to_owned(), "the price of mini-2".to_owned())), "{found:?}");
}

#[test]
fn a_difference_of_the_last_place_is_only_suspected_rounding() {
    let rater = world();
    let case = case(&rater, facts(&[(Input, 12_347), (Output, 1_023)]));
    let last = exact("0.00000001");
    let target = case.expected.to_exact().checked_add(last).unwrap().to_string();
    let found = one(recorded(case, &target));
    assert!(found.certainty != Certainty::Exact, "{found:?}");
}

#[test]
fn a_source_that_writes_whole_quota() {
    let rate = UnitRate {
        name: "USD".into(),
        unit: "quota".into(),
        amount: exact("500000"),
        from: at("2026-01-01T00:00:00Z"),
    };
    let ratio = Units::new(vec![rate]).ratio("USD", "quota", at("2026-10-01T00:00:00Z")).unwrap();
    let rater = world();
    let plans: [(&str, &[Edit]); 4] = [
        ("cached_at_full_rate", &[Edit::RateOf { meter: CacheRead, like: Input }]),
        ("group_ratio_wrong", &[Edit::MultipliersTwice]),
        ("model_mismatch", &[Edit::Model("gamma".into())]),
        ("price_stale", &[Edit::ShiftVersion { by: -1 }]),
    ];
    for (code, edits) in plans {
        let mut dice = Dice(8);
        let cases: Vec<Case> = (0..30)
            .map(|_| {
                let usage = [
                    (Input, dice.between(900, 9_000)),
                    (CacheRead, dice.between(90, 999)),
                    (Output, dice.between(9, 99)),
                ];
                let facts = crate::domain::rating::CallAttributes { group: Some("vip"), ..facts(&usage) };
                wrong(case_in(&rater, facts, ratio, Representation::Integer { mode: Mode::HalfUp }), edits)
            })
            .collect();
        for found in run(&cases) {
            assert_eq!((found.cause.as_str(), found.certainty), (code, Certainty::Exact), "{found:?}");
        }
    }
}

#[test]
fn doubles_a_few_ulps_off_are_reproduced() {
    let rater = world();
    let mut dice = Dice(6);
    let cases: Vec<Case> = (0..9)
        .map(|i| {
            let case = case_in(&rater, facts(&tokens(&mut dice)), Ratio::ONE, Representation::Float64);
            let mut case = wrong(case, &[Edit::RateZero(CacheRead)]);
            // Within 8 ulp of a number near 0.1.
            case.target = Amount::from_raw(case.target.raw() + i % 3 * 10).unwrap();
            case
        })
        .collect();
    for found in run(&cases) {
        assert_eq!((found.cause.as_str(), found.certainty), ("cached_not_charged", Certainty::Exact), "{found:?}");
    }
}

#[test]
fn the_log_and_its_own_names_come_first() {
    let rater = world();
    let mut facts = facts(&[(Input, 12_347), (Output, 1_021)]);
    facts.model_served = Some("beta");
    let found = one(wrong(case(&rater, facts), &[Edit::Model("beta".into())]));
    assert_eq!((found.cause.as_str(), found.certainty), ("model_mismatch", Certainty::Exact));
    assert_eq!(found.origin, "source gateway, model alpha priced as beta");
}

#[test]
fn a_stale_price_says_how_long() {
    let rater = world();
    let mut dice = Dice(12);
    let cases = cohort(&rater, "price_stale", &mut dice, 20);
    let found = run(&cases).remove(0);
    let said: Vec<&str> = found.evidence.iter().map(|e| e.0.as_str()).collect();
    assert_eq!(said, ["variant", "fits", "from", "until", "lag"], "{found:?}");
    assert_eq!(found.origin, "source gateway, version 2026-10-01T00:00:00Z not applied");
}
