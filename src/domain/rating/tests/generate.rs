//! Random books and calls that meet often: few names, times and totals near every boundary.

use super::*;
use crate::domain::money::{Exact, Mode};
use crate::domain::period::Day;
use crate::domain::price::samples::{header, place, row, version, when, window};
use crate::domain::price::{
    Charged, Components, Condition, ImageRate, Matcher, ModelName, MultiplierOf, NameRule, NoVariant, PriceAt, PriceBy,
    PriceMultiplier, ProviderRule, Rounding, RoundingPlace, Variant, Window,
};

/// A small generator whose whole state is one number, so that a case is named by its seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).expect("small")].clone()
    }

    fn maybe(&mut self, n: u64, all: &[&str]) -> Option<String> {
        self.one_in(n).then(|| self.pick(all).to_owned())
    }
}

const MODELS: [&str; 5] = ["m", "m1", "m12", "n", "n1"];
/// Only patterns and rules reach the last three.
const CALLED: [&str; 8] = ["m", "m1", "m12", "n", "n1", "m13", "N1", "n-20261005"];
const GROUPS: [&str; 2] = ["vip", "std"];
const PROVIDERS: [&str; 2] = ["p", "q"];
/// Rules make some of them one of the others.
const PROVIDERS_CALLED: [&str; 5] = ["p", "q", "aws-P", "q2", " Q "];
const TIERS: [&str; 3] = ["flex", "fast", "slow"];
const SIZES: [&str; 2] = ["big", "small"];
const THRESHOLDS: [i64; 3] = [10, 1000, 200_000];

/// Mostly plain prices, sometimes none, sometimes of more digits than a machine word.
fn rate(dice: &mut Dice) -> Exact {
    let (mantissa, scale) = match dice.below(12) {
        0 => (0, 0),
        1 => (i128::from(dice.next()), 18 + u32::try_from(dice.below(10)).expect("small")),
        2 => (i128::from(dice.below(50)), 0),
        _ => (i128::from(dice.below(2000)), u32::try_from(2 + dice.below(8)).expect("small")),
    };
    Exact::new(mantissa, scale)
}

fn factor(dice: &mut Dice) -> Exact {
    match dice.below(10) {
        0 => Exact::new(i128::from(dice.next() >> 10), 17),
        1 => Exact::ZERO,
        _ => Exact::new(i128::from(1 + dice.below(40)), 1),
    }
}

fn components(dice: &mut Dice, density: u64) -> Components {
    let mut components = Components::default();
    for meter in Meter::ALL.into_iter().filter(|m| *m != Meter::Image) {
        if dice.one_in(density) {
            components.rates[meter.index()] = Some(rate(dice));
        }
    }
    for size in [None, Some("big".to_owned())] {
        for quality in [None, Some("hd".to_owned())] {
            if dice.one_in(density + 3) {
                components.images.push(ImageRate { size: size.clone(), quality, rate: rate(dice) });
            }
        }
    }
    components.multiplier = dice.one_in(4).then(|| factor(dice));
    components
}

fn some_window(dice: &mut Dice) -> Window {
    let (from, until) = (dice.below(48) * 30, dice.below(49) * 30);
    let zone = dice.pick(&["UTC", "Asia/Shanghai", "America/New_York"]);
    let mut window = window(u32::try_from(from).expect("small"), u32::try_from(until).expect("small"), zone);
    if dice.one_in(2) {
        window.weekdays = std::array::from_fn(|_| dice.one_in(2));
    }
    if dice.one_in(3) {
        let day = |dice: &mut Dice| Day::new(2026, 10, 22 + u32::try_from(dice.below(9)).expect("small"));
        window.since = day(dice).filter(|_| dice.one_in(2));
        window.before = day(dice).filter(|_| dice.one_in(2));
    }
    window
}

fn variants(dice: &mut Dice, depth: u32) -> Vec<Variant> {
    let count = if depth == 0 { dice.below(4) } else { dice.below(2 + u64::from(depth == 1)) };
    let made = (0..count).map(|_| {
        let condition = match dice.below(5) {
            0 => Condition::Context { tokens: dice.pick(&THRESHOLDS), inclusive: dice.one_in(2) },
            1 => Condition::Batch,
            2 => Condition::ServiceTier(dice.pick(&TIERS[..2]).to_owned()),
            3 => when(dice.pick(&["speed", "route"]), dice.pick(&["fast", "eu"])),
            _ => Condition::Window(some_window(dice)),
        };
        let components = components(dice, 4 + u64::from(depth));
        let nested = if depth < 2 { variants(dice, depth + 1) } else { Vec::new() };
        Variant { condition, components, nested, place: place(1) }
    });
    made.collect()
}

fn name_rule(dice: &mut Dice, depth: u32) -> NameRule {
    let text = dice.pick(&["m", "n", "N1", "m1", "-2026-10-05", "p", "q", "2", ""]).to_owned();
    let some = |dice: &mut Dice| (0..=dice.below(2)).map(|_| name_rule(dice, depth + 1)).collect();
    match dice.below(if depth < 2 { 7 } else { 4 }) {
        0 => NameRule::Equals(text),
        1 => NameRule::StartsWith(text),
        2 => NameRule::EndsWith(text),
        3 => NameRule::Contains(text),
        4 => NameRule::Any(some(dice)),
        5 => NameRule::All(some(dice)),
        _ => NameRule::Not(Box::new(name_rule(dice, depth + 1))),
    }
}

fn provider_rules(dice: &mut Dice) -> Vec<ProviderRule> {
    let rule = |dice: &mut Dice| dice.one_in(2).then(|| name_rule(dice, 0));
    let mut rules = Vec::new();
    for id in PROVIDERS {
        if dice.one_in(2) {
            let (names, models) = (rule(dice), rule(dice));
            rules.push(ProviderRule { id: id.to_owned(), names, models, place: place(1) });
        }
    }
    rules
}

fn price_row(dice: &mut Dice) -> PriceRow {
    let mut names = Vec::new();
    for _ in 0..=dice.below(2) {
        names.push(match dice.below(7) {
            6 => ModelName::Rule(name_rule(dice, 0)),
            0 => ModelName::Pattern("m".to_owned(), String::new()),
            1 => ModelName::Pattern(String::new(), "1".to_owned()),
            2 => ModelName::Pattern(dice.pick(&["m", "n", ""]).to_owned(), dice.pick(&["", "1", "2"]).to_owned()),
            3 => ModelName::Alias(dice.pick(&MODELS).to_owned()),
            _ => ModelName::Exact(dice.pick(&MODELS).to_owned()),
        });
    }
    let mut components = components(dice, 2);
    for meter in [Meter::Input, Meter::Output] {
        components.rates[meter.index()] = (!dice.one_in(10)).then(|| rate(dice));
    }
    PriceRow {
        matcher: Matcher {
            models: names,
            group: dice.maybe(5, &GROUPS),
            provider: dice.maybe(5, &PROVIDERS),
            endpoint: dice.maybe(7, &["chat"]),
            region: dice.maybe(7, &["eu"]),
        },
        components,
        variants: variants(dice, 0),
        free: dice.one_in(12),
        minimum: dice.one_in(4).then(|| rate(dice)),
        place: place(1),
    }
}

/// Without the rows a book with them would be refused for.
fn accepted(rows: Vec<PriceRow>) -> Vec<PriceRow> {
    let mut kept = Vec::new();
    for row in rows {
        kept.push(row);
        if samples::faults(vec![version(OCT, kept.clone())]).is_empty() {
            continue;
        }
        let mut last: PriceRow = kept.pop().expect("just pushed");
        last.variants.truncate(1);
        kept.push(last);
        if !samples::faults(vec![version(OCT, kept.clone())]).is_empty() {
            kept.pop();
        }
    }
    kept
}

const STARTS: [&str; 4] =
    ["2026-10-24T00:00:00Z", "2026-10-24T16:00:00Z", "2026-10-25T01:00:00Z", "2026-11-01T06:00:00Z"];

pub(super) fn book(dice: &mut Dice) -> Book {
    let header = Header {
        price_at: dice.pick(&[PriceAt::Started, PriceAt::Ended]),
        price_by: dice.pick(&[PriceBy::Billed, PriceBy::Served]),
        failed_calls: dice.pick(&[Charged::Free, Charged::Charged]),
        cancelled_calls: dice.pick(&[Charged::Free, Charged::Charged]),
        cache_hits: dice.pick(&[Charged::Free, Charged::Charged]),
        no_variant: dice.pick(&NoVariant::ALL),
        rounding: dice.one_in(2).then(|| Rounding {
            at: dice.pick(&[RoundingPlace::Component, RoundingPlace::Call]),
            mode: dice.pick(&Mode::ALL),
            scale: dice.pick(&[0, 2, 6, 18]),
        }),
        ..header()
    };
    let mut versions: Vec<Version> = Vec::new();
    for start in STARTS.iter().take(1 + usize::try_from(dice.below(4)).expect("small")) {
        let mut rows: Vec<PriceRow> = (0..=dice.below(6)).map(|_| price_row(dice)).collect();
        if !dice.one_in(4) {
            let any = Matcher { models: vec![ModelName::Pattern(String::new(), String::new())], ..Matcher::default() };
            rows.push(PriceRow { matcher: any, free: false, ..price_row(dice) });
        }
        let mut version = version(start, accepted(rows));
        version.known_from = at(dice.pick(&STARTS));
        version.multipliers = (0..dice.below(4))
            .map(|_| {
                let of = match dice.below(3) {
                    0 => MultiplierOf::Group(dice.pick(&GROUPS).to_owned()),
                    // A name no row lists: what aliases add is told by hand-made figures.
                    1 => MultiplierOf::Model("m13".to_owned()),
                    _ => MultiplierOf::Account(dice.pick(&["alice", "bob"]).to_owned()),
                };
                PriceMultiplier { of, value: factor(dice), place: place(1) }
            })
            .collect();
        if dice.one_in(3) {
            version.providers = provider_rules(dice);
        }
        versions.push(version);
    }
    if versions.is_empty() {
        versions.push(version(OCT, vec![row("m", Components::default())]));
    }
    Book::new(header, versions).expect("only accepted rows")
}

fn quantity(dice: &mut Dice) -> i64 {
    match dice.below(8) {
        0 => dice.pick(&THRESHOLDS) + i64::try_from(dice.below(3)).expect("small") - 1,
        1 => i64::try_from(dice.below(1_000_000_000_000)).expect("small"),
        2 => 0,
        _ => i64::try_from(dice.below(5000)).expect("small"),
    }
}

fn some_usage(dice: &mut Dice) -> Usage {
    let mut usage = Usage::default();
    let density = dice.pick(&[3, 20, 80]);
    for meter in Meter::ALL {
        if dice.one_in(density) {
            usage.quantity[meter.index()] = quantity(dice);
        }
    }
    usage.quantity[Meter::Input.index()] = quantity(dice);
    usage.image_size = dice.maybe(2, &SIZES);
    usage.image_quality = dice.maybe(2, &["hd"]);
    usage
}

pub(super) fn some_call(dice: &mut Dice) -> Call {
    let start = match dice.below(3) {
        0 => at(dice.pick(&STARTS)).micros() + i64::try_from(dice.below(3)).expect("small") - 1,
        1 => at(STARTS[0]).micros() - 3_600_000_000 + i64::try_from(dice.below(9 * 48)).expect("small") * 1_800_000_000,
        _ => at(STARTS[0]).micros() + i64::try_from(dice.below(9 * 86_400_000_000)).expect("small"),
    };
    let usage = (!dice.one_in(12)).then(|| some_usage(dice));
    let status = dice.pick(&[200, 200, 200, 200, 200, 200, 200, 403, 429, 499, 500]);
    let text = |text: &str| text.to_owned();
    Call {
        model: text(dice.pick(&CALLED)),
        model_served: dice.maybe(4, &CALLED),
        account_id: text(dice.pick(&["alice", "bob", "carol"])),
        provider: dice.maybe(2, &PROVIDERS_CALLED),
        endpoint: dice.maybe(2, &["chat", "image"]),
        region: dice.maybe(2, &["eu", "us"]),
        group: dice.maybe(2, &["vip", "std", "other"]),
        service_tier: dice.maybe(5, &["flex", "fast", "slow", "default", "auto"]),
        batch: dice.one_in(6),
        context: dice.maybe(4, &["speed=fast", "route=eu;speed=slow", "speed=default", "route=fast;x=1"]),
        cache_hit: dice.one_in(12),
        started_at: Instant::from_micros(start),
        ended_at: Instant::from_micros(start + i64::try_from(dice.below(7_200_000_000)).expect("small")),
        status: Some(status),
        outcome: Outcome::resolve(None, Some(status)),
        usage: usage.map(|u| if status >= 400 && dice.one_in(2) { Usage::default() } else { u }),
        ..call(&[])
    }
}
