//! Amounts that real gateways recorded, with the prices of their day.

use super::world::{amount, case_in, exact, facts, one, per_million, rater, recorded, row, variant, version};
use crate::domain::call::Meter::{self, CacheRead, CacheWrite, Input, Output};
use crate::domain::money::{Mode, Ratio, Representation, UnitRate, Units};
use crate::domain::price::Condition;
use crate::domain::rating::Rater;
use crate::domain::reconcile::diagnose::Diagnosis;
use crate::domain::reconcile::findings::finding::Certainty;

fn book(rates: &[(Meter, &str)]) -> Rater {
    rater("USD", vec![version("2026-09-01T00:00:00Z", vec![row("alpha", per_million(rates), Vec::new())], &[])])
}

#[track_caller]
fn check(rater: &Rater, usage: &[(Meter, i64)], written: Representation, expected: &str, target: &str) -> Diagnosis {
    let case = recorded(case_in(rater, facts(usage), Ratio::ONE, written), target);
    assert_eq!(case.expected, amount(expected));
    one(case)
}

#[test]
fn cache_writes_billed_again_at_the_input_rate() {
    let rater = book(&[(Input, "5"), (CacheRead, "0.5"), (CacheWrite, "6.25"), (Output, "25")]);
    let usage = [(Input, 1), (CacheWrite, 159_217), (Output, 2_746)];
    let found = check(&rater, &usage, Representation::Exact, "1.06376125", "1.85984625");
    assert_eq!((found.cause.as_str(), found.certainty), ("cached_double_counted", Certainty::Exact));
    assert_eq!(found.evidence[0].1, "cache writes also counted as input");
}

#[test]
fn cached_tokens_at_the_full_rate() {
    let rater = book(&[(Input, "1.4"), (CacheRead, "0.26"), (Output, "4.4")]);
    let usage = [(Input, 1), (CacheRead, 27_146), (Output, 351)];
    let found = check(&rater, &usage, Representation::Exact, "0.00860376", "0.0395502");
    assert_eq!((found.cause.as_str(), found.certainty), ("cached_at_full_rate", Certainty::Exact));
}

#[test]
fn a_negative_charge_by_subtracting_twice() {
    let rater = book(&[(Input, "3"), (CacheRead, "0.3"), (Output, "15")]);
    let usage = [(Input, 3_919), (CacheRead, 24_320), (Output, 3_000)];
    let found = check(&rater, &usage, Representation::Exact, "0.064053", "-0.008907");
    assert_eq!((found.cause.as_str(), found.certainty), ("cached_subtracted_twice", Certainty::Exact));
}

#[test]
fn double_counting_and_a_tier_that_left_cache_reads_out() {
    let tier = Condition::Context { tokens: 200_000, inclusive: false };
    let above = per_million(&[(Input, "2.5"), (CacheRead, "0.625"), (Output, "15")]);
    let base = per_million(&[(Input, "1.25"), (CacheRead, "0.3125"), (Output, "10")]);
    let rows = vec![row("alpha", base, vec![variant(tier, above)])];
    let rater = rater("USD", vec![version("2026-09-01T00:00:00Z", rows, &[])]);
    let usage = [(Input, 262_960 - 257_955), (CacheRead, 257_955), (Output, 1_744)];
    let whole = check(&rater, &usage, Representation::Exact, "0.199894375", "0.7641709375");
    assert_eq!((whole.cause.as_str(), whole.certainty), ("cached_double_counted+context_tier_wrong", Certainty::Exact));
    let four = Representation::Decimal { scale: 4, mode: Mode::HalfUp };
    let short = check(&rater, &usage, four, "0.1999", "0.7642");
    assert_eq!(short.certainty, Certainty::Suspected, "four digits are thin for a pair: {short:?}");
    assert_eq!(short.cause, "cached_double_counted+context_tier_wrong");
}

#[test]
fn a_header_that_gives_tokens_for_credits() {
    let credits = Representation::Decimal { scale: 2, mode: Mode::HalfUp };
    let rater = rater(
        "credit",
        vec![version(
            "2026-09-01T00:00:00Z",
            vec![row("alpha", per_million(&[(Input, "250000"), (Output, "1000000")]), Vec::new())],
            &[],
        )],
    );
    let cases: Vec<_> = [(120, 55), (1_403, 222), (88, 1_017)]
        .into_iter()
        .map(|(input, output)| {
            let case = case_in(&rater, facts(&[(Input, input), (Output, output)]), Ratio::ONE, credits);
            recorded(case, &(input + output).to_string())
        })
        .collect();
    let found = super::world::run(&cases);
    assert!(found.iter().all(|d| d.cause == "tokens_taken_as_credits" && d.certainty == Certainty::Exact), "{found:?}");
    let lone = one(cases[0].clone());
    assert_eq!((lone.cause.as_str(), lone.certainty), ("tokens_taken_as_credits", Certainty::Suspected));
}

#[test]
fn yuan_written_as_dollars() {
    let units = Units::new(vec![UnitRate {
        name: "USD".into(),
        unit: "CNY".into(),
        amount: exact("7.14"),
        from: super::world::at("2026-01-01T00:00:00Z"),
    }]);
    let ratio = units.ratio("CNY", "USD", super::world::at("2026-10-01T00:00:00Z")).unwrap();
    let rows = vec![row("alpha", per_million(&[(Input, "2.5"), (Output, "15")]), Vec::new())];
    let rater = rater("CNY", vec![version("2026-09-01T00:00:00Z", rows, &[])]);
    let six = Representation::Decimal { scale: 6, mode: Mode::HalfUp };
    let case = case_in(&rater, facts(&[(Input, 3_003), (Output, 817)]), ratio, six);
    assert_eq!(case.expected, amount("0.002768"));
    let found = one(recorded(case, "0.019763"));
    assert_eq!((found.cause.as_str(), found.certainty), ("currency_not_converted", Certainty::Exact));
}
