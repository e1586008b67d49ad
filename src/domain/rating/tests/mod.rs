//! Rating by hand-made figures, by edits one at a time, and against a slow reference.

mod edits;
mod figures;
mod generate;
mod layers;
pub(crate) mod property;
mod reference;

use super::*;
use crate::domain::call::tests::call as any_call;
use crate::domain::call::{Call, Calls, CallsBuilder, Meter, Outcome, Usage};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::price::samples::at;
use crate::domain::price::{Book, Header, PriceRow, Version, samples};

pub(super) const OCT: &str = "2026-10-01T00:00:00Z";

/// A plain call of `m` on 5 October.
pub(super) fn call(quantities: &[(Meter, i64)]) -> Call {
    let mut usage = Usage::default();
    for (meter, quantity) in quantities {
        usage.quantity[meter.index()] = *quantity;
    }
    Call {
        source: "s".to_owned(),
        model: "m".to_owned(),
        started_at: at("2026-10-05T12:00:00Z"),
        ended_at: at("2026-10-05T12:00:10Z"),
        usage: Some(usage),
        charge: None,
        charge_unit: None,
        ..any_call("c")
    }
}

pub(super) fn rater(header: Header, versions: Vec<Version>) -> Rater {
    Rater::new(Book::new(header, versions).expect("a book"), Instant::MAX)
}

/// A book of one version with the defaults.
pub(super) fn rows(rows: Vec<PriceRow>) -> Rater {
    rater(samples::header(), vec![samples::version(OCT, rows)])
}

/// What the batch and the receipt say of one call; they must agree.
#[track_caller]
pub(super) fn charge(rater: Rater, call: &Call) -> Charge {
    let raters = [rater];
    let calls = CallsBuilder::collect([call]);
    let charge = rate(&raters, &calls, &Assignment::default()).get(0);
    agree(&charge, &raters[0].price(&CallAttributes::of_row(&calls, 0, None), &[]));
    charge
}

#[track_caller]
pub(super) fn agree(charge: &Charge, quoted: &Result<Quote, ChargeStatus>) {
    match quoted {
        Ok(quote) => {
            let status = quote.zero.map_or(ChargeStatus::Priced, ChargeStatus::Zero);
            let said = Charge { status, amount: Some(quote.amount), version: quote.version, row: quote.row };
            assert_eq!(*charge, said);
        }
        Err(status) => assert_eq!((&charge.status, charge.amount), (status, None)),
    }
}

/// The amount, or the code of why there is none.
#[track_caller]
pub(super) fn check(rater: Rater, call: &Call, expect: &str) {
    let charge = charge(rater, call);
    let said = match (&charge.status, charge.amount) {
        (ChargeStatus::Unpriced(why), None) => why.code().to_owned(),
        (ChargeStatus::NoUsage, None) => "no_usage".to_owned(),
        (ChargeStatus::Zero(why), Some(Amount::ZERO)) => format!("{why:?}"),
        (ChargeStatus::Priced, Some(amount)) => amount.to_string(),
        odd => panic!("{odd:?}"),
    };
    assert_eq!(said, expect);
}

pub(super) fn one_row(calls: &[Call]) -> Calls {
    CallsBuilder::collect(calls)
}
