//! Books and calls made from a seed.

use trueup::domain::call::{Call, Calls, CallsBuilder, Meter, Outcome, Usage};
use trueup::domain::money::Exact;
use trueup::domain::period::{Instant, Span};
use trueup::domain::price::{
    Book, Charged, Components, Header, Matcher, ModelName, NoVariant, Place, PriceAt, PriceBy, PriceRow, Version,
};

/// How many models and versions a book has, and how many calls there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) models: u64,
    pub(crate) versions: u64,
    /// Over how many days the versions begin, evenly; the calls are of the last month.
    pub(crate) days: u64,
    pub(crate) calls: usize,
}

/// When the last version of all has ended, and the month of the calls.
const END: &str = "2026-11-01T00:00:00Z";
const DAY: u64 = 86_400_000_000;
const MONTH: u64 = 31 * DAY;
/// Rates are whole numbers of this many millionths of a millionth for one token.
pub(crate) const PLACES: u32 = 12;

pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }
}

/// What one token of each kind costs in a version, in whole units of the last of [`PLACES`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    pub(crate) input: i64,
    pub(crate) cache_read: i64,
    pub(crate) output: i64,
}

/// Rates of a model in a version, the same for the book and for those who compute without one.
pub(crate) fn rates(model: u64, version: u64) -> Rates {
    let mut dice = Dice::new(model * 1_000 + version);
    let input = 50_000 + i64::try_from(dice.below(30_000_000)).unwrap_or(0);
    Rates { input, cache_read: input / 10, output: input * 4 + 1 }
}

pub(crate) fn model_name(model: u64) -> String {
    format!("provider-{}/model-{model}", model % 7)
}

/// When a version begins.
pub(crate) fn start_of(shape: Shape, version: u64) -> Instant {
    before_end(shape.days * DAY - version * (shape.days * DAY / shape.versions))
}

fn before_end(micros: u64) -> Instant {
    Instant::parse(END).unwrap_or(Instant::MIN).minus(span(micros))
}

fn span(micros: u64) -> Span {
    Span::from_micros(i64::try_from(micros).unwrap_or(0))
}

pub(crate) fn book(shape: Shape) -> Book {
    let header = Header {
        id: "bench".to_owned(),
        unit: "USD".to_owned(),
        price_at: PriceAt::Started,
        price_by: PriceBy::Billed,
        failed_calls: Charged::Free,
        cancelled_calls: Charged::Charged,
        cache_hits: Charged::Free,
        no_variant: NoVariant::Unpriced,
        rounding: None,
    };
    let versions = (0..shape.versions).map(|version| {
        let from = start_of(shape, version);
        let rows = (0..shape.models).map(|model| row(model, version)).collect();
        Version {
            effective_from: from,
            known_from: from,
            rows,
            multipliers: Vec::new(),
            providers: Vec::new(),
            place: Place::default(),
        }
    });
    Book::new(header, versions.collect()).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn row(model: u64, version: u64) -> PriceRow {
    let rates = rates(model, version);
    let mut components = Components::default();
    for (meter, rate) in
        [(Meter::Input, rates.input), (Meter::CacheRead, rates.cache_read), (Meter::Output, rates.output)]
    {
        components.rates[meter.index()] = Some(Exact::new(i128::from(rate), PLACES));
    }
    PriceRow {
        matcher: Matcher { models: vec![ModelName::Exact(model_name(model))], ..Matcher::default() },
        components,
        variants: Vec::new(),
        free: false,
        minimum: None,
        place: Place::default(),
    }
}

/// Calls in no order of time, as a log kept by account has them. Some models are called far more often than others.
pub(crate) fn calls(shape: Shape) -> Calls {
    let mut dice = Dice::new(7);
    let mut builder = CallsBuilder::default();
    let names: Vec<String> = (0..shape.models).map(model_name).collect();
    for n in 0..shape.calls {
        let model = dice.below(shape.models).min(dice.below(shape.models));
        builder.push(&call(n, &names[usize::try_from(model).unwrap_or(0)], &mut dice));
    }
    builder.finish()
}

fn call(n: usize, model: &str, dice: &mut Dice) -> Call {
    let started_at = before_end(1 + dice.below(MONTH));
    let mut tokens = |n| i64::try_from(dice.below(n)).unwrap_or(0);
    let mut usage = Usage::default();
    usage.quantity[Meter::Input.index()] = tokens(20_000);
    usage.quantity[Meter::CacheRead.index()] = tokens(30_000);
    usage.quantity[Meter::Output.index()] = tokens(2_000);
    usage.quantity[Meter::Reasoning.index()] = tokens(1_000);
    Call {
        source: "gateway".to_owned(),
        call_id: format!("c-{n}"),
        attempt: 1,
        account_id: format!("account-{}", n % 1000),
        api_key_id: None,
        provider: None,
        model: model.to_owned(),
        model_served: None,
        endpoint: None,
        region: None,
        group: None,
        started_at,
        ended_at: started_at.plus(Span::from_micros(2_000_000)),
        status: Some(200),
        outcome: Outcome::Ok,
        stream: Some(true),
        service_tier: None,
        service_tier_requested: None,
        batch: false,
        context: None,
        estimated: false,
        cache_hit: false,
        upstream_cost: None,
        row_version: None,
        trace_id: None,
        usage: Some(usage),
        usage_note: None,
        charge: None,
        charge_unit: None,
        balance_after: None,
        file: 0,
        offset: 0,
    }
}
