//! Figures one can check by hand.

use super::*;
use crate::domain::call::Meter::{
    CacheRead, CacheWrite, CacheWrite1h, Image, Input, InputAudio, Output, Reasoning, Request, Second, WebSearch,
};
use crate::domain::money::{Exact, Mode};
use crate::domain::price::samples::{
    above, components, from, header, multiplier, per_million, row, tier, times, variant, version, when, window, x,
};
use crate::domain::price::{
    Charged, Condition, ImageRate, ModelName, MultiplierOf, NoVariant, PriceAt, PriceBy, Rounding, RoundingPlace,
    Variant,
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
    let quote = rater.price(&Facts::of_row(&calls, 0, Some("vip")), &[]).expect("a price");
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

mod time {
    use super::*;

    fn two(header: Header) -> Rater {
        let dear = row("m", per_million(&[(Input, "5")]));
        rater(header, vec![version(OCT, vec![seed()]), version("2026-10-10T00:00:00+08:00", vec![dear])])
    }

    fn at_time(started: &str, ended: &str) -> Call {
        Call { started_at: at(started), ended_at: at(ended), ..call(&[(Input, 1_000_000)]) }
    }

    #[test]
    fn the_start_belongs_to_the_new_version() {
        let end = "2026-10-20T00:00:00Z";
        check(two(header()), &at_time("2026-10-09T15:59:59.999999Z", end), "2.5");
        check(two(header()), &at_time("2026-10-09T16:00:00Z", end), "5");
        check(two(header()), &at_time("2026-10-01T00:00:00Z", end), "2.5");
        check(two(header()), &at_time("2026-09-30T23:59:59.999999Z", end), "no_version");
    }

    #[test]
    fn ended_decides_where_the_book_says_so() {
        let by_end = || Header { price_at: PriceAt::Ended, ..header() };
        check(two(by_end()), &at_time("2026-10-02T00:00:00Z", "2026-10-09T16:00:00Z"), "5");
        check(two(by_end()), &at_time("2026-09-02T00:00:00Z", "2026-10-09T15:59:59.999999Z"), "2.5");
    }

    #[test]
    fn a_fact_of_the_context_chooses() {
        let fast = || with(vec![variant(when("speed", "fast"), times("2"))]);
        let told = |context: &str| Call { context: Some(context.to_owned()), ..call(&[(Input, 1_000_000)]) };
        check(rows(vec![fast()]), &call(&[(Input, 1_000_000)]), "2.5");
        check(rows(vec![fast()]), &told("speed=fast"), "5");
        check(rows(vec![fast()]), &told("route=eu;speed=fast"), "5");
        check(rows(vec![fast()]), &told("speed=standard"), "2.5");
        check(rows(vec![fast()]), &told("route=eu"), "2.5");
        check(rows(vec![fast()]), &told("speed=slow"), "no_context");
        let lenient = Header { no_variant: NoVariant::Row, ..header() };
        check(rater(lenient, vec![version(OCT, vec![fast()])]), &told("speed=slow"), "2.5");
    }

    #[test]
    fn fees_by_use() {
        let fees = components(&[(Meter::Page, "0.001"), (Meter::FileSearch, "0.0025"), (Meter::CodeSession, "0.03")]);
        let of = |meter, n| call(&[(meter, n)]);
        check(rows(vec![row("m", fees.clone())]), &of(Meter::Page, 12), "0.012");
        check(rows(vec![row("m", fees.clone())]), &of(Meter::FileSearch, 3), "0.0075");
        check(rows(vec![row("m", fees)]), &of(Meter::CodeSession, 1), "0.03");
        check(rows(vec![seed()]), &of(Meter::Page, 1), "no_rate");
    }

    #[test]
    fn windows_open_and_close() {
        let night = || with(vec![variant(Condition::Window(window(16 * 60 + 30, 30, "UTC")), times("0.5"))]);
        for (started, expect) in [
            ("2026-10-05T16:29:59.999999Z", "2.5"),
            ("2026-10-05T16:30:00Z", "1.25"),
            ("2026-10-06T00:29:59.999999Z", "1.25"),
            ("2026-10-06T00:30:00Z", "2.5"),
        ] {
            check(rows(vec![night()]), &at_time(started, started), expect);
        }
    }

    #[test]
    fn windows_follow_the_wall_clock() {
        let morning = || with(vec![variant(Condition::Window(window(60, 180, "Europe/Berlin")), times("0.5"))]);
        for (started, expect) in
            [("2026-10-25T01:59:59.999999Z", "1.25"), ("2026-10-25T02:00:00Z", "2.5"), ("2026-10-24T23:00:00Z", "1.25")]
        {
            check(rows(vec![morning()]), &at_time(started, started), expect);
        }
    }
}

mod variants {
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
}

mod rounding {
    use super::*;

    fn thirds() -> PriceRow {
        row("m", components(&[(Input, "0.0333"), (Output, "0.0333")]))
    }

    fn by(header: Header, row: PriceRow, expect: &str) {
        check(rater(header, vec![version(OCT, vec![row])]), &call(&[(Input, 1), (Output, 1)]), expect);
    }

    #[test]
    fn components_first_or_the_sum() {
        by(header(), thirds(), "0.0666");
        by(rounded(RoundingPlace::Call, Mode::HalfUp, 2), thirds(), "0.07");
        by(rounded(RoundingPlace::Component, Mode::HalfUp, 2), thirds(), "0.06");
        by(rounded(RoundingPlace::Component, Mode::Up, 2), thirds(), "0.08");
        by(rounded(RoundingPlace::Call, Mode::Down, 3), thirds(), "0.066");
        by(rounded(RoundingPlace::Call, Mode::Up, 0), thirds(), "1");
    }

    #[test]
    fn then_at_least_the_minimum() {
        let least = |minimum| PriceRow { minimum: Some(x(minimum)), ..thirds() };
        by(header(), least("0.07"), "0.07");
        by(header(), least("0.06"), "0.0666");
        by(rounded(RoundingPlace::Call, Mode::Up, 2), least("0.065"), "0.07");
        by(rounded(RoundingPlace::Call, Mode::Down, 1), least("0.065"), "0.065");
        check(rows(vec![least("0.07")]), &call(&[]), "0");
        let free = PriceRow { free: true, ..least("0.07") };
        check(rows(vec![free]), &call(&[(Input, 1)]), "FreeRow");
    }

    #[test]
    fn multipliers_do_not_touch_the_minimum() {
        let mut least = PriceRow { minimum: Some(x("0.5")), ..thirds() };
        least.components.multiplier = Some(x("0.1"));
        by(header(), least, "0.5");
    }

    #[test]
    fn eighteen_places_half_even() {
        let fine = |rate| row("m", components(&[(Input, rate)]));
        let one = call(&[(Input, 1)]);
        check(rows(vec![fine("0.0000000000000000005")]), &one, "0");
        check(rows(vec![fine("0.0000000000000000015")]), &one, "0.000000000000000002");
        check(rows(vec![fine("0.00000000000000000051")]), &one, "0.000000000000000001");
    }

    #[test]
    fn more_digits_than_a_machine_word() {
        let mut long = row("m", components(&[(Input, "0.333333333333333333")]));
        long.components.multiplier = Some(x("0.777777777777777777"));
        let mut version = version(OCT, vec![long]);
        version.multipliers.push(multiplier(MultiplierOf::Account("alice".to_owned()), "0.999999999999999999"));
        // 0.333333333333333333 x 0.777777777777777777 x 0.999999999999999999 x 123456789012345
        check(
            rater(header(), vec![version]),
            &call(&[(Input, 123_456_789_012_345)]),
            "32007315669867.222126200275212621",
        );
    }

    #[test]
    fn beyond_thirty_eight_digits_is_an_error() {
        let huge = row("m", components(&[(Input, "1000000000000")]));
        check(rows(vec![huge.clone()]), &call(&[(Input, i64::MAX), (Output, 0)]), "overflow");
        check(rows(vec![huge]), &call(&[(Input, 10_000_000)]), "10000000000000000000");
    }
}

mod outcomes {
    use super::*;

    fn fail(status: u16, outcome: Outcome, used: i64) -> Call {
        Call { status: Some(status), outcome, ..call(&[(Input, used)]) }
    }

    #[test]
    fn what_errors_and_aborts_cost() {
        let charged = |failed, cancelled| {
            let header = Header { failed_calls: failed, cancelled_calls: cancelled, ..header() };
            rater(header, vec![version(OCT, vec![seed()])])
        };
        let (free, paid) = (Charged::Free, Charged::Charged);
        check(charged(free, paid), &fail(500, Outcome::Error, 1_000_000), "Failed");
        check(charged(paid, paid), &fail(500, Outcome::Error, 1_000_000), "2.5");
        check(charged(paid, paid), &fail(499, Outcome::Cancelled, 1_000_000), "2.5");
        check(charged(paid, free), &fail(499, Outcome::Cancelled, 1_000_000), "Cancelled");
    }

    #[test]
    fn refusals_without_usage_cost_nothing() {
        let paid = || {
            let header = Header { failed_calls: Charged::Charged, ..header() };
            rater(header, vec![version(OCT, vec![PriceRow { minimum: Some(x("1")), ..seed() }])])
        };
        for status in [401, 402, 403, 429] {
            check(paid(), &fail(status, Outcome::Error, 0), "Refusal");
            check(paid(), &Call { usage: None, ..fail(status, Outcome::Error, 0) }, "Refusal");
            check(paid(), &fail(status, Outcome::Error, 1), "1");
        }
        check(paid(), &fail(500, Outcome::Error, 0), "0");
        check(paid(), &Call { usage: None, ..fail(500, Outcome::Error, 0) }, "no_usage");
    }

    #[test]
    fn gateway_cache_hits() {
        let hit = Call { cache_hit: true, ..call(&[(Input, 1_000_000)]) };
        check(rows(vec![seed()]), &hit, "GatewayCache");
        let header = Header { cache_hits: Charged::Charged, ..header() };
        check(rater(header, vec![version(OCT, vec![seed()])]), &hit, "2.5");
    }

    #[test]
    fn absent_usage_is_no_measurement() {
        let absent = Call { usage: None, ..call(&[]) };
        check(rows(vec![seed()]), &absent, "no_usage");
        check(rows(vec![]), &absent, "no_usage");
        check(rows(vec![PriceRow { free: true, ..seed() }]), &absent, "FreeRow");
        check(rows(vec![seed()]), &call(&[]), "0");
    }
}

mod meters {
    use super::*;

    #[test]
    fn a_quantity_without_a_rate_is_unpriced() {
        check(rows(vec![seed()]), &call(&[(Input, 1), (Second, 3)]), "no_rate");
        check(rows(vec![seed()]), &call(&[(WebSearch, 1)]), "no_rate");
        check(rows(vec![row("m", components(&[(Output, "1")]))]), &call(&[(CacheRead, 1)]), "no_rate");
        check(rows(vec![]), &call(&[(Input, 1)]), "no_row");
    }

    #[test]
    fn a_call_is_one_request_where_requests_have_a_rate() {
        let fee = || row("m", components(&[(Request, "0.01"), (Input, "0.001")]));
        check(rows(vec![fee()]), &call(&[(Input, 5)]), "0.015");
        check(rows(vec![fee()]), &call(&[(Input, 5), (Request, 3)]), "0.035");
        check(rows(vec![fee()]), &call(&[]), "0.01");
    }

    #[test]
    fn images_by_size_and_quality() {
        let image = |size: &str, quality: &str, rate: &str| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            ImageRate { size: some(size), quality: some(quality), rate: x(rate) }
        };
        let mut priced = row("m", components(&[]));
        priced.components.images =
            vec![image("", "", "1"), image("big", "", "2"), image("big", "hd", "3"), image("", "hd", "4")];
        let used = |size: &str, quality: &str| {
            let mut call = call(&[(Image, 2)]);
            let usage = call.usage.as_mut().expect("usage");
            usage.image_size = (!size.is_empty()).then(|| size.to_owned());
            usage.image_quality = (!quality.is_empty()).then(|| quality.to_owned());
            call
        };
        let all = [("", "", "2"), ("big", "", "4"), ("big", "hd", "6"), ("big", "low", "4"), ("small", "hd", "8")];
        for (size, quality, expect) in all {
            check(rows(vec![priced.clone()]), &used(size, quality), expect);
        }
        priced.components.images.remove(0);
        check(rows(vec![priced]), &used("small", "low"), "no_rate");
    }
}

mod names {
    use super::*;

    #[test]
    fn served_where_the_book_says_so() {
        let book = |price_by| {
            let rows = vec![seed(), row("n", components(&[(Input, "1")]))];
            rater(Header { price_by, ..header() }, vec![version(OCT, rows)])
        };
        let served = Call { model_served: Some("n".to_owned()), ..call(&[(Input, 2)]) };
        check(book(PriceBy::Billed), &served, "0.000005");
        check(book(PriceBy::Served), &served, "2");
        check(book(PriceBy::Served), &call(&[(Input, 2)]), "0.000005");
    }

    #[test]
    fn a_tie_between_patterns_is_unpriced() {
        let pattern = |before: &str, after: &str| {
            let mut row = seed();
            row.matcher.models = vec![ModelName::Pattern(before.to_owned(), after.to_owned())];
            row
        };
        let used = Call { model: "ab".to_owned(), ..call(&[(Input, 1_000_000)]) };
        check(rows(vec![pattern("a", ""), pattern("", "b")]), &used, "tie");
        check(rows(vec![pattern("ab", ""), pattern("", "b")]), &used, "2.5");
    }

    #[test]
    fn a_calls_group_beats_its_accounts() {
        let mut version = version(OCT, vec![seed()]);
        for (name, value) in [("vip", "0.5"), ("staff", "0")] {
            version.multipliers.push(multiplier(MultiplierOf::Group(name.to_owned()), value));
        }
        let raters = [rater(header(), vec![version])];
        let own = Call { group: Some("vip".to_owned()), ..call(&[(Input, 1_000_000)]) };
        let calls = one_row(&[own.clone(), Call { group: None, ..own.clone() }, Call { group: None, ..own }]);
        let terms = |from: Option<&str>, group: &str| AccountTerms {
            from: from.map(at),
            book: None,
            group: Some(group.to_owned()),
        };
        let assigned = assign(&raters, &calls, |_| 0, |_| vec![terms(None, "staff")]);
        let charges = rate(&raters, &calls, &assigned);
        let amounts: Vec<String> = charges.amount.iter().map(ToString::to_string).collect();
        assert_eq!(amounts, ["1.25", "0", "0"]);
        let later = assign(&raters, &calls, |_| 0, |_| vec![terms(Some("2026-10-05T12:00:00.000001Z"), "staff")]);
        assert_eq!(rate(&raters, &calls, &later).amount[1].to_string(), "2.5");
        assert_eq!(later.group_of(1), None);
    }

    #[test]
    fn an_account_may_have_another_book() {
        let dear = rater(header(), vec![version(OCT, vec![row("m", components(&[(Input, "1")]))])]);
        let raters = [rows(vec![seed()]), dear];
        let calls = one_row(&[call(&[(Input, 2)]), Call { account_id: "bob".to_owned(), ..call(&[(Input, 2)]) }]);
        let terms = |account: &str| vec![AccountTerms { book: (account == "bob").then_some(1), ..Default::default() }];
        let charges = rate(&raters, &calls, &assign(&raters, &calls, |_| 0, terms));
        assert_eq!(charges.amount.map_each(), ["0.000005", "2"]);
    }

    trait MapEach {
        fn map_each(&self) -> Vec<String>;
    }
    impl MapEach for Vec<Amount> {
        fn map_each(&self) -> Vec<String> {
            self.iter().map(ToString::to_string).collect()
        }
    }

    #[test]
    fn a_multiplier_for_a_model_reaches_its_alias() {
        let mut aliased = seed();
        aliased.matcher.models.push(ModelName::Alias("latest".to_owned()));
        let mut version = version(OCT, vec![aliased]);
        version.multipliers.push(multiplier(MultiplierOf::Model("m".to_owned()), "2"));
        let book = || rater(header(), vec![version.clone()]);
        check(book(), &call(&[(Input, 1_000_000)]), "5");
        check(book(), &Call { model: "latest".to_owned(), ..call(&[(Input, 1_000_000)]) }, "5");
    }

    #[test]
    fn the_version_in_force_is_named_also_where_nothing_is_due() {
        let calls = one_row(&[Call { status: Some(403), outcome: Outcome::Error, usage: None, ..call(&[]) }]);
        let rater = rows(vec![seed()]);
        let facts = Facts::of_row(&calls, 0, None);
        assert_eq!(rater.version_for(&facts).map(|v| v.effective_from), Some(at(OCT)));
        assert_eq!(rater.price(&facts, &[]).map(|q| (q.version, q.sum)), Ok((rater.version_for(&facts), Exact::ZERO)));
    }
}
