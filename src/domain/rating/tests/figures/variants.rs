//! Tiers, batch, contexts: which of a row's rates holds.

use super::*;

fn tiers() -> PriceRow {
    with(vec![
        variant(above(200_000), per_million(&[(Input, "5")])),
        variant(from(500_000), per_million(&[(Output, "22.5")])),
    ])
}

#[test]
fn a_tier_is_for_every_token_and_above_is_above() {
    check(rows(vec![tiers()]), &call(&[(Input, 200_000)]), "0.5");
    check(rows(vec![tiers()]), &call(&[(Input, 200_001)]), "1.000005");
    check(rows(vec![tiers()]), &call(&[(Input, 199_999)]), "0.4999975");
}

#[test]
fn from_is_from_and_only_the_highest_holds() {
    check(rows(vec![tiers()]), &call(&[(Input, 499_999), (Output, 1_000_000)]), "17.499995");
    check(rows(vec![tiers()]), &call(&[(Input, 500_000), (Output, 1_000_000)]), "23.75");
    check(rows(vec![tiers()]), &call(&[(Input, 500_001), (Output, 1_000_000)]), "23.7500025");
}

#[test]
fn cached_input_counts_towards_the_tier_at_its_own_rate() {
    check(rows(vec![tiers()]), &call(&[(Input, 100_000), (CacheRead, 100_001)]), "0.52500025");
}

#[test]
fn a_bucket_without_a_rate_takes_its_parents_in_the_merged_row() {
    let plain = || row("m", per_million(&[(Input, "2"), (Output, "8")]));
    let merged = || PriceRow { variants: vec![variant(tier("fast"), per_million(&[(Input, "4")]))], ..plain() };
    let used = call(&[(CacheRead, 1_000_000), (CacheWrite1h, 1_000_000), (InputAudio, 1_000_000)]);
    check(rows(vec![plain()]), &used, "6");
    check(rows(vec![merged()]), &Call { service_tier: Some("fast".to_owned()), ..used.clone() }, "12");
    let mut write = merged();
    write.components.rates[CacheWrite.index()] = Some(x("0.000003"));
    check(rows(vec![write]), &Call { service_tier: Some("fast".to_owned()), ..used }, "11");
    check(rows(vec![plain()]), &call(&[(Reasoning, 1_000_000)]), "8");
}

#[test]
fn nothing_is_guessed() {
    let used = |tier: &str, batch| Call {
        service_tier: Some(tier.to_owned()).filter(|t| !t.is_empty()),
        batch,
        ..call(&[(Input, 1_000_000)])
    };
    let by = |no_variant| {
        let header = Header { no_variant, ..header() };
        rater(header, vec![version(OCT, vec![with(vec![variant(tier("flex"), times("0.6"))])])])
    };
    check(by(NoVariant::Unpriced), &used("fast", false), "no_service_tier");
    check(by(NoVariant::Unpriced), &used("flex", true), "no_batch");
    check(by(NoVariant::Unpriced), &used("flex", false), "1.5");
    check(by(NoVariant::Row), &used("fast", true), "2.5");
    check(by(NoVariant::HalfBatch), &used("fast", true), "1.25");
    check(by(NoVariant::HalfBatch), &used("flex", true), "0.75");
    for standard in ["", "default", "standard", "auto"] {
        check(by(NoVariant::Unpriced), &used(standard, false), "2.5");
    }
}

#[test]
fn a_nested_rate_is_for_both_and_multipliers_all_multiply() {
    let mut long = variant(above(10), per_million(&[(Input, "10")]));
    long.components.multiplier = Some(x("2"));
    long.nested.push(variant(Condition::Batch, per_million(&[(Input, "6")])));
    let mut batch = variant(Condition::Batch, per_million(&[(Input, "1")]));
    batch.components.multiplier = Some(x("0.5"));
    let row = || with(vec![long.clone(), batch.clone()]);
    let used = |tokens, batch| Call { batch, ..call(&[(Input, tokens)]) };
    check(rows(vec![row()]), &used(10, true), "0.000005");
    check(rows(vec![row()]), &used(1_000_000, false), "20");
    check(rows(vec![row()]), &used(1_000_000, true), "6");
}

#[test]
fn a_tier_only_known_above_a_context_is_unknown_below() {
    let mut long = variant(above(10), per_million(&[(Input, "10")]));
    long.nested.push(variant(Condition::Batch, per_million(&[(Input, "6")])));
    let used = |tokens| Call { batch: true, ..call(&[(Input, tokens)]) };
    check(rows(vec![with(vec![long.clone()])]), &used(11), "0.000066");
    check(rows(vec![with(vec![long])]), &used(10), "no_batch");
}
