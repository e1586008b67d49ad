//! Every cause of the catalogue, planted in a cohort of varied calls, is found and nothing else is.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::world::{Dice, EIGHT, at, case, case_in, exact, facts, priced, run, tokens, world};
use crate::domain::call::{Meter, Outcome};
use crate::domain::money::{Amount, Mode, Representation, UnitRate, Units};
use crate::domain::price::VersionId;
use crate::domain::rating::{CallAttributes, Edit, Rater};
use crate::domain::reconcile::diagnose::{Case, cause_codes};
use crate::domain::reconcile::findings::finding::Certainty;

/// How one call of a planted cohort goes wrong.
type Plant = for<'a> fn(&'a Rater, CallAttributes<'a>, &mut Dice) -> Case<'a>;

fn edited<'a>(rater: &'a Rater, facts: CallAttributes<'a>, edits: &[Edit]) -> Case<'a> {
    super::world::wrong(case(rater, facts), edits)
}

fn of_version(from: &str) -> Edit {
    Edit::AtVersion(VersionId { effective_from: at(from), known_from: at(from) })
}

fn add(facts: &mut CallAttributes, meter: Meter, quantity: i64) {
    if let Some(usage) = &mut facts.usage {
        usage.quantity[meter.index()] = quantity;
    }
}

const PLANTS: &[(&str, Plant)] = &[
    ("cached_at_full_rate", |r, f, _| edited(r, f, &[Edit::RateOf { meter: Meter::CacheRead, like: Meter::Input }])),
    ("cached_double_counted", |r, f, _| {
        edited(r, f, &[Edit::CountAlso { from: Meter::CacheRead, into: Meter::Input }])
    }),
    ("cached_not_charged", |r, f, _| edited(r, f, &[Edit::RateZero(Meter::CacheRead)])),
    ("cached_subtracted_twice", |r, f, _| {
        edited(r, f, &[Edit::CountLess { from: Meter::CacheRead, of: Meter::Input, floor: true }])
    }),
    ("cache_write_at_input", |r, f, _| edited(r, f, &[Edit::RateOf { meter: Meter::CacheWrite, like: Meter::Input }])),
    ("cache_write_unpriced", |r, f, _| edited(r, f, &[Edit::RateZero(Meter::CacheWrite)])),
    ("cache_write_ttl_wrong", |r, mut f, d| {
        add(&mut f, Meter::CacheWrite1h, d.between(500, 9_000));
        edited(r, f, &[Edit::RateOf { meter: Meter::CacheWrite1h, like: Meter::CacheWrite }])
    }),
    ("context_tier_not_applied", |r, mut f, d| {
        add(&mut f, Meter::Input, d.between(150_001, 400_000));
        add(&mut f, Meter::CacheRead, d.between(60_001, 90_000));
        edited(r, f, &[Edit::NoContextTier])
    }),
    ("context_tier_wrong", |r, mut f, d| {
        add(&mut f, Meter::Input, d.between(200_001, 400_000));
        edited(r, f, &[Edit::NoContextTierOn(Meter::Output), Edit::NoContextTierOn(Meter::Reasoning)])
    }),
    ("batch_discount_missing", |r, mut f, _| {
        f.batch = true;
        edited(r, f, &[Edit::Batch(false)])
    }),
    ("batch_discount_twice", |r, mut f, _| {
        f.batch = true;
        edited(r, f, &[Edit::Times(exact("0.5"))])
    }),
    ("price_window_wrong", |r, mut f, _| {
        f.model = "delta";
        edited(r, f, &[Edit::NoWindow])
    }),
    ("service_tier_mispriced", |r, mut f, _| {
        f.service_tier = Some("flex");
        edited(r, f, &[Edit::ServiceTier(None)])
    }),
    ("failed_call_charged", |r, mut f, _| {
        f.outcome = Outcome::Error;
        edited(r, f, &[Edit::AsSuccess])
    }),
    ("gateway_cache_hit_charged", |r, mut f, _| {
        f.cache_hit = true;
        edited(r, f, &[Edit::AsSuccess])
    }),
    ("partial_or_aborted_uncharged", |r, mut f, _| {
        f.outcome = Outcome::Cancelled;
        Case { target: Amount::ZERO, ..case(r, f) }
    }),
    ("price_missing_zero", |r, f, _| Case { target: Amount::ZERO, ..case(r, f) }),
    ("price_stale", |r, f, _| edited(r, f, &[of_version("2026-09-01T00:00:00Z")])),
    ("price_early", |r, f, _| edited(r, f, &[of_version("2026-10-06T00:00:00Z")])),
    ("unit_slip", |r, f, _| edited(r, f, &[Edit::Shift(3)])),
    ("model_mismatch", |r, mut f, d| {
        add(&mut f, Meter::CacheWrite, 0);
        f.model_served = [None, Some("beta")][usize::from(d.next().is_multiple_of(2))];
        edited(r, f, &[Edit::Model("beta".to_owned())])
    }),
    ("group_ratio_wrong", |r, mut f, _| {
        f.group = Some("vip");
        edited(r, f, &[Edit::Group(Some("trial".to_owned()))])
    }),
    ("reasoning_omitted", |r, mut f, d| {
        add(&mut f, Meter::Reasoning, d.between(100, 9_000));
        edited(r, f, &[Edit::RateZero(Meter::Reasoning)])
    }),
    ("reasoning_doubled", |r, mut f, d| {
        add(&mut f, Meter::Reasoning, d.between(100, 9_000));
        edited(r, f, &[Edit::CountAlso { from: Meter::Reasoning, into: Meter::Output }])
    }),
    ("modality_rate_wrong", |r, mut f, d| {
        add(&mut f, Meter::OutputImage, d.between(100, 9_000));
        edited(r, f, &[Edit::RateOf { meter: Meter::OutputImage, like: Meter::Output }])
    }),
    ("tool_prompt_mispriced", |r, mut f, d| {
        let prompt = d.between(1_000, 90_000);
        let usage = f.usage.as_mut().unwrap();
        usage.parts.tool_prompt = prompt;
        usage.quantity[Meter::Input.index()] += prompt;
        let usage = usage.clone();
        let edit = |meter, by| Edit::Quantity { meter, to: usage.get(meter) + by };
        edited(r, f, &[edit(Meter::Input, -prompt), edit(Meter::Output, prompt)])
    }),
    ("predicted_double_counted", |r, mut f, d| {
        let predicted = d.between(100, 900);
        let usage = f.usage.as_mut().unwrap();
        usage.parts.accepted_prediction = predicted;
        usage.quantity[Meter::Output.index()] += predicted;
        let to = usage.get(Meter::Output) + predicted;
        edited(r, f, &[Edit::Quantity { meter: Meter::Output, to }])
    }),
    ("predicted_not_charged", |r, mut f, d| {
        let predicted = d.between(100, 900);
        let usage = f.usage.as_mut().unwrap();
        usage.parts.rejected_prediction = predicted;
        usage.quantity[Meter::Output.index()] += predicted;
        let to = usage.get(Meter::Output) - predicted;
        edited(r, f, &[Edit::Quantity { meter: Meter::Output, to }])
    }),
    ("tool_or_surcharge_wrong", |r, mut f, d| {
        add(&mut f, Meter::WebSearch, d.between(1, 9));
        edited(r, f, &[Edit::RateZero(Meter::WebSearch)])
    }),
    ("rounding", |r, f, _| {
        let declared = Representation::Decimal { scale: 6, mode: Mode::HalfUp };
        let mut case = case_in(r, f, crate::domain::money::Ratio::ONE, declared);
        let exact = r.price(&case.facts, &[]).unwrap().amount;
        case.target = exact.round(6, Mode::Up).unwrap();
        if case.target == case.expected {
            // This call shows nothing; another of the same size does.
            add(&mut case.facts, Meter::CacheRead, 1);
            add(&mut case.facts, Meter::Output, 0);
            case.expected = priced(&case, &[]);
            case.target = r.price(&case.facts, &[]).unwrap().amount.round(6, Mode::Up).unwrap();
        }
        case
    }),
    ("tokens_taken_as_credits", |r, f, _| {
        let total = f.usage.as_ref().unwrap().total_tokens();
        Case { target: Amount::from_int(total), ..case(r, f) }
    }),
    ("duplicate_charge", |r, f, _| edited(r, f, &[Edit::Times(exact("2"))])),
    ("upstream_cost_summed", |r, f, d| {
        let mut case = case(r, f);
        let upstream = Amount::from_raw(i128::from(d.between(1_000_000, 90_000_000)) * 10i128.pow(10)).unwrap();
        case.upstream_cost = Some(upstream);
        case.target = case.expected.checked_add(upstream).unwrap();
        case
    }),
    ("currency_not_converted", |r, f, _| {
        let rate = UnitRate { name: "USD".into(), unit: "CNY".into(), amount: exact("7.14"), from: Default::default() };
        let ratio = Units::new(vec![rate]).ratio("USD", "CNY", at("2026-10-01T00:00:00Z")).unwrap();
        let mut case = case_in(r, f, ratio, EIGHT);
        case.target = EIGHT.of(crate::domain::money::Ratio::ONE, r.price(&case.facts, &[]).unwrap().amount).unwrap();
        case
    }),
    ("overflow_or_absurd_usage", |r, f, _| Case { target: Amount::from_int(i32::MAX.into()), ..case(r, f) }),
];

pub(super) fn plant(code: &str) -> Plant {
    PLANTS.iter().find(|p| p.0 == code).unwrap().1
}

/// `count` calls gone wrong in one way, spread over 2 October.
pub(super) fn cohort<'a>(rater: &'a Rater, code: &str, dice: &mut Dice, count: usize) -> Vec<Case<'a>> {
    let plant = plant(code);
    let cases = (0..count).map(|_| {
        let mut facts = facts(&tokens(dice));
        facts.started_at =
            at("2026-10-02T00:00:00Z").plus(crate::domain::period::Span::from_micros(dice.between(0, 86_399_000_000)));
        facts.ended_at = facts.started_at;
        plant(rater, facts, dice)
    });
    cases.filter(|c| c.target != c.expected).collect()
}

#[test]
fn every_cause_has_a_plant() {
    let planted: BTreeSet<&str> = PLANTS.iter().map(|p| p.0).collect();
    assert_eq!(planted, cause_codes().into_iter().collect());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn each_cause_is_found_and_nothing_else(seed: u64) {
        let rater = world();
        for (code, _) in PLANTS {
            let cases = cohort(&rater, code, &mut Dice(seed), 40);
            prop_assert!(cases.len() > 10, "{} is planted", code);
            let found = run(&cases);
            for diagnosis in &found {
                prop_assert_eq!(&diagnosis.cause, code, "{:?}", diagnosis);
                prop_assert_eq!(diagnosis.certainty, Certainty::Exact, "{:?}", diagnosis);
            }
            let origins: BTreeSet<&str> = found.iter().map(|d| d.origin.as_str()).collect();
            prop_assert_eq!(origins.len(), 1, "one incident: {:?}", origins);
        }
    }

    #[test]
    fn a_lone_call_is_never_named_wrongly(seed: u64) {
        let rater = world();
        for (code, _) in PLANTS {
            for case in cohort(&rater, code, &mut Dice(seed), 2) {
                let found = run(std::slice::from_ref(&case)).remove(0);
                let listed = found.candidates.iter().any(|c| c == code);
                let named = found.cause == *code;
                let wrong = found.certainty == Certainty::Exact && !named;
                let said = found.evidence.iter().any(|(_, v)| v.contains(code));
                prop_assert!(!wrong && (listed || said), "{}: {:?}", code, found);
            }
        }
    }
}
