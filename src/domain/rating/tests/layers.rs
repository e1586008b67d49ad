//! Prices laid out as variants cost what the function they were made from says, for every combination.

use proptest::prelude::*;

use super::{CallAttributes, OCT, call, rater, samples};
use crate::domain::call::{CallsBuilder, METERS, Meter, context_text};
use crate::domain::money::Exact;
use crate::domain::price::samples::{above, header, tier, when};
use crate::domain::price::{Choice, Condition, Header, NoVariant, PriceRow, lay_out};

const METERS_PRICED: [Meter; 5] =
    [Meter::Input, Meter::CacheRead, Meter::CacheWrite1h, Meter::Output, Meter::Reasoning];

/// Prices by combination: few distinct ones, so that some conditions change nothing, and some are
/// missing, so that parents count.
fn price(seed: u64, choice: &Choice) -> [Option<Exact>; METERS] {
    let mut rates = [None; METERS];
    for meter in METERS_PRICED {
        let text = format!("{seed} {choice:?} {}", meter.name());
        let mixed = text.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let value = i64::try_from(mixed >> 33 & 3).unwrap_or(0);
        let has_parent = meter.parent().is_some();
        rates[meter.index()] = (value > 0 || !has_parent).then(|| Exact::from_int(value));
    }
    rates
}

/// The price of one unit, by the chain of parents.
fn expected(rates: &[Option<Exact>; METERS], meter: Meter) -> Exact {
    std::iter::successors(Some(meter), |m| m.parent()).find_map(|m| rates[m.index()]).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn every_combination_costs_what_it_should(seed in any::<u64>()) {
        let axes = [
            vec![tier("flex"), tier("priority")],
            vec![Condition::Batch],
            vec![when("speed", "fast")],
            vec![above(1000), above(2000)],
        ];
        let made = lay_out(&axes, &samples::place(1), &|choice| price(seed, choice));
        let (components, variants) = made.expect("every meter has a price");
        let row = PriceRow { components: components.clone(), variants, ..samples::row("m", components) };
        let header = Header { no_variant: NoVariant::Row, ..header() };
        let rater = rater(header, vec![samples::version(OCT, vec![row])]);
        for service in [None, Some(0), Some(1)] {
            for (batch, speed) in [(None, None), (Some(0), None), (None, Some(0)), (Some(0), Some(0))] {
                for level in [None, Some(0), Some(1)] {
                    let input = [900, 1001, 2001][level.map_or(0, |l: usize| l + 1)];
                    let parts = [input - 300, 100, 200, 7, 5];
                    let quantities: Vec<(Meter, i64)> = METERS_PRICED.into_iter().zip(parts).collect();
                    let mut call = call(&quantities);
                    call.service_tier = service.map(|s: usize| ["flex", "priority"][s].to_owned());
                    call.batch = batch.is_some();
                    call.context = context_text(speed.map(|_: usize| ("speed", "fast")));
                    let calls = CallsBuilder::collect([&call]);
                    let quote = rater.price(&CallAttributes::of_row(&calls, 0, None), &[]).expect("a price");
                    let rates = price(seed, &vec![service, batch, speed, level]);
                    for line in &quote.lines {
                        let what = (service, batch, speed, level, line.meter);
                        prop_assert_eq!(line.rate, expected(&rates, line.meter), "{:?}", what);
                    }
                    prop_assert_eq!(quote.lines.len(), METERS_PRICED.len());
                }
            }
        }
    }
}

#[test]
fn a_price_that_is_missing_at_times_cannot_be_laid_out() {
    let axes = [vec![Condition::Batch]];
    let odd = |choice: &Choice| {
        let mut rates = [None; METERS];
        rates[Meter::Input.index()] = choice[0].is_none().then_some(Exact::ONE);
        rates
    };
    let refused = lay_out(&axes, &samples::place(1), &odd);
    assert_eq!(refused.err().map(|ends| ends.0), Some(Meter::Input));
}
