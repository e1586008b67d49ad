//! A made-up book with every kind of price, and calls drawn from a seed.

use crate::domain::call::{Meter, Outcome, Usage};
use crate::domain::money::{Amount, Exact, Mode, Ratio, Representation};
use crate::domain::period::Instant;
use crate::domain::price::{
    Book, Components, Condition, Header, Matcher, ModelName, MultiplierOf, Place, PriceMultiplier, PriceRow, Variant,
    Version, Window, samples,
};
use crate::domain::rating::{CallAttributes, Edit, Rater};
use crate::domain::reconcile::diagnose::{Case, Context, Diagnosis, diagnose};

pub(super) const EIGHT: Representation = Representation::Decimal { scale: 8, mode: Mode::HalfUp };

pub(super) fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

pub(super) fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

pub(super) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// Rates per million, by meter.
pub(super) fn per_million(rates: &[(Meter, &str)]) -> Components {
    let mut components = Components::default();
    for (meter, rate) in rates {
        components.rates[meter.index()] = Some(exact(rate).shifted(-6).unwrap());
    }
    components
}

pub(super) fn row(model: &str, components: Components, variants: Vec<Variant>) -> PriceRow {
    PriceRow {
        matcher: Matcher { models: vec![ModelName::Exact(model.to_owned())], ..Matcher::default() },
        components,
        variants,
        free: false,
        minimum: None,
        place: Place::default(),
    }
}

pub(super) fn variant(condition: Condition, components: Components) -> Variant {
    Variant { condition, components, nested: Vec::new(), place: Place::default() }
}

pub(super) fn version(from: &str, rows: Vec<PriceRow>, groups: &[(&str, &str)]) -> Version {
    let multipliers = groups.iter().map(|(group, value)| PriceMultiplier {
        of: MultiplierOf::Group((*group).to_owned()),
        value: exact(value),
        place: Place::default(),
    });
    Version {
        effective_from: at(from),
        known_from: at(from),
        rows,
        multipliers: multipliers.collect(),
        providers: Vec::new(),
        place: Place::default(),
    }
}

pub(super) fn rater(unit: &str, versions: Vec<Version>) -> Rater {
    let header = Header { id: "book".to_owned(), unit: unit.to_owned(), ..samples::header() };
    Rater::new(Book { header, versions }, at("2027-01-01T00:00:00Z"))
}

/// Three versions (September, 1 October, 6 October) of three models with odd rates; `alpha` has a
/// context tier, a batch price and two service tiers.
pub(super) fn world() -> Rater {
    use Meter::{CacheRead, CacheWrite, CacheWrite1h, Input, InputAudio, InputImage, Output, OutputImage, Reasoning};
    let versions =
        [("2026-09-01T00:00:00Z", "2.83"), ("2026-10-01T00:00:00Z", "2.57"), ("2026-10-06T00:00:00Z", "2.21")];
    let rows = |input: &str| {
        let alpha = per_million(&[
            (Input, input),
            (CacheRead, "0.293"),
            (CacheWrite, "3.17"),
            (CacheWrite1h, "5.23"),
            (InputAudio, "40.7"),
            (InputImage, "7.9"),
            (Output, "10.31"),
            (Reasoning, "12.41"),
            (OutputImage, "31.7"),
            (Meter::WebSearch, "10100"),
        ]);
        let tiers = vec![
            variant(
                Condition::Context { tokens: 200_000, inclusive: false },
                per_million(&[(Input, "5.03"), (CacheRead, "0.61"), (Output, "15.7")]),
            ),
            variant(Condition::Batch, Components { multiplier: Some(exact("0.5")), ..Components::default() }),
            variant(
                Condition::ServiceTier("flex".into()),
                Components { multiplier: Some(exact("0.6")), ..Components::default() },
            ),
            variant(
                Condition::ServiceTier("priority".into()),
                Components { multiplier: Some(exact("1.7")), ..Components::default() },
            ),
        ];
        let twice = Components { multiplier: Some(exact("2.3")), ..Components::default() };
        let day = Window {
            from_minute: 6 * 60,
            until_minute: 20 * 60,
            zone: crate::domain::period::Zone::UTC,
            weekdays: [true; 7],
            since: None,
            before: None,
        };
        let delta = vec![variant(Condition::Window(day), twice)];
        vec![
            row("alpha", alpha, tiers),
            row("beta", per_million(&[(Input, "0.37"), (CacheRead, "0.041"), (Output, "1.49")]), Vec::new()),
            row("delta", per_million(&[(Input, "1.93"), (CacheRead, "0.217"), (Output, "7.31")]), delta),
            row("gamma", per_million(&[(Input, "14.9"), (Output, "74.3")]), Vec::new()),
        ]
    };
    let groups = [("vip", "0.87"), ("trial", "1.31")];
    rater("USD", versions.iter().map(|(from, input)| version(from, rows(input), &groups)).collect())
}

/// Numbers from a seed, the same on every machine.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.next() % u64::try_from(high - low + 1).unwrap()).unwrap()
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, usize::try_from(self.next() % (i as u64 + 1)).unwrap());
        }
    }
}

pub(super) fn usage(quantities: &[(Meter, i64)]) -> Usage {
    let mut usage = Usage::default();
    for (meter, quantity) in quantities {
        usage.quantity[meter.index()] = *quantity;
    }
    usage
}

/// A plain chat call of `alpha` on 2 October.
pub(super) fn facts(quantities: &[(Meter, i64)]) -> CallAttributes<'static> {
    CallAttributes {
        model: "alpha",
        model_served: None,
        provider: Some("acme"),
        endpoint: Some("chat"),
        region: None,
        group: None,
        account_id: "a1",
        started_at: at("2026-10-02T08:00:00Z"),
        ended_at: at("2026-10-02T08:00:05Z"),
        outcome: Outcome::Ok,
        refusal: false,
        cache_hit: false,
        service_tier: None,
        batch: false,
        context: None,
        usage: Some(usage(quantities)),
    }
}

/// A call as expected, in a source that writes eight places.
pub(super) fn case<'a>(rater: &'a Rater, facts: CallAttributes<'a>) -> Case<'a> {
    case_in(rater, facts, Ratio::ONE, EIGHT)
}

pub(super) fn case_in<'a>(
    rater: &'a Rater,
    facts: CallAttributes<'a>,
    ratio: Ratio,
    written: Representation,
) -> Case<'a> {
    let expected = written.of(ratio, rater.price(&facts, &[]).unwrap().amount).unwrap();
    Case {
        key: "c",
        source: "gateway",
        facts,
        rater,
        target: expected,
        expected,
        ratio,
        representation: written,
        stream: None,
        service_tier_requested: None,
        upstream_cost: None,
        estimated: false,
        stands_for: 1,
    }
}

/// The amount under edits, as the source writes it.
pub(super) fn priced(case: &Case, edits: &[Edit]) -> Amount {
    case.representation.of(case.ratio, case.rater.price(&case.facts, edits).unwrap().amount).unwrap()
}

pub(super) fn wrong<'a>(mut case: Case<'a>, edits: &[Edit]) -> Case<'a> {
    case.target = priced(&case, edits);
    case
}

pub(super) fn recorded<'a>(mut case: Case<'a>, target: &str) -> Case<'a> {
    case.target = amount(target);
    case
}

/// Input, cached parts and output of irregular size.
pub(super) fn tokens(dice: &mut Dice) -> Vec<(Meter, i64)> {
    vec![
        (Meter::Input, dice.between(1_003, 90_000)),
        (Meter::CacheRead, dice.between(501, 60_000)),
        (Meter::CacheWrite, dice.between(301, 9_000)),
        (Meter::Output, dice.between(101, 8_000)),
    ]
}

pub(super) fn run(cases: &[Case]) -> Vec<Diagnosis> {
    diagnose(cases, &Context::default())
}

pub(super) fn one(case: Case) -> Diagnosis {
    run(&[case]).remove(0)
}
