//! Figures one can check by hand.

mod meters;
mod names;
mod outcomes;
mod rounding;
mod time;
mod variants;

use super::*;
use crate::domain::call::Meter::{
    CacheRead, CacheWrite, CacheWrite1h, Image, Input, InputAudio, Output, Reasoning, Request, Second, WebSearch,
};
use crate::domain::money::{Exact, Mode};
use crate::domain::price::samples::{
    above, components, from, header, multiplier, per_million, row, tier, times, variant, version, when, window, x,
};
use crate::domain::price::{
    Charged, Condition, ImageRate, ModelName, MultiplierOf, NameRule, NoVariant, PriceAt, PriceBy, ProviderRule,
    Rounding, RoundingPlace, Variant,
};

fn seed() -> PriceRow {
    row("m", per_million(&[(Input, "2.5"), (Output, "15"), (CacheRead, "0.25")]))
}

fn with(variants: Vec<Variant>) -> PriceRow {
    PriceRow { variants, ..seed() }
}

fn rounded(at: RoundingPlace, mode: Mode, scale: u32) -> Header {
    Header { rounding: Some(Rounding { at, mode, scale }), ..header() }
}

#[test]
fn three_thousand_in_eight_hundred_out() {
    check(rows(vec![seed()]), &call(&[(Input, 3000), (Output, 800)]), "0.0195");
}

#[test]
fn ten_million_charges_are_summed_to_the_digit() {
    let calls = one_row(&vec![call(&[(Input, 3000), (Output, 800)]); 100_000]);
    let charges = rate(&[rows(vec![seed()])], &calls, &Assignment::default());
    let hundred_times = std::iter::repeat_n(&charges.amount, 100).flatten().copied();
    assert_eq!(Amount::sum(hundred_times).map(|sum| sum.to_string()).as_deref(), Some("195000"));
}

#[test]
fn two_hundred_tokens_at_a_multiplier() {
    for (value, expect) in [("1", "200"), ("3", "600")] {
        let mut row = row("m", components(&[(Input, "1"), (Output, "1")]));
        row.components.multiplier = Some(x(value));
        check(rows(vec![row]), &call(&[(Input, 120), (Output, 80)]), expect);
    }
}

#[test]
fn a_receipt_shows_how() {
    let mut version = version(OCT, vec![seed()]);
    version.multipliers.push(multiplier(MultiplierOf::Group("vip".to_owned()), "0.9"));
    let rater = rater(header(), vec![version]);
    let calls = one_row(&[call(&[(Input, 3000), (CacheRead, 100), (Reasoning, 800)])]);
    let quote = rater.price(&CallAttributes::of_row(&calls, 0, Some("vip")), &[]).expect("a price");
    let lines: Vec<String> = quote
        .lines
        .iter()
        .map(|l| format!("{} {} x {} ({}) = {}", l.meter.name(), l.quantity, l.rate, l.rate_of.name(), l.exact))
        .collect();
    assert_eq!(
        lines,
        [
            "input 3000 x 0.0000025 (input) = 0.00675",
            "cache_read 100 x 0.00000025 (cache_read) = 0.0000225",
            "reasoning 800 x 0.000015 (output) = 0.0108"
        ]
    );
    assert_eq!(quote.multipliers, [MultiplierUsed { what: "group vip".to_owned(), value: x("0.9") }]);
    assert_eq!((quote.sum, quote.amount.to_string()), (x("0.0175725"), "0.0175725".to_owned()));
    assert_eq!(quote.total_of(&Meter::INPUTS), Some(x("0.0067725")));
}
