//! Prices of one model beside each other: output is dearer than input, a cache and a batch cheaper.

use super::super::book::{Components, Condition, PriceRow, Variant};
use super::{Remark, RemarkKind, remark};
use crate::domain::call::Meter;
use crate::domain::money::Exact;

/// Output above so many times the input is a slip more often than a price.
const MOST: i64 = 50;

pub(super) fn check(row: &PriceRow, remarks: &mut Vec<Remark>) {
    within(&row.components, "", row, remarks);
    for variant in &row.variants {
        check_variant(variant, row, remarks);
    }
}

fn check_variant(variant: &Variant, row: &PriceRow, remarks: &mut Vec<Remark>) {
    let under = variant.condition.to_string();
    within(&variant.components, &under, row, remarks);
    if variant.condition == Condition::Batch {
        for meter in Meter::ALL {
            let (batch, usual) = (variant.components.rate(meter), row.components.rate(meter));
            if let (Some(batch), Some(usual)) = (batch, usual)
                && batch > usual
            {
                push(meter, batch, meter, usual, &under, row, remarks);
            }
        }
    }
}

fn within(components: &Components, under: &str, row: &PriceRow, remarks: &mut Vec<Remark>) {
    let Some(input) = components.rate(Meter::Input).filter(|rate| !rate.is_zero()) else { return };
    if let Some(read) = components.rate(Meter::CacheRead).filter(|read| *read > input) {
        push(Meter::CacheRead, read, Meter::Input, input, under, row, remarks);
    }
    if let Some(output) = components.rate(Meter::Output).filter(|output| !output.is_zero()) {
        let most = input.checked_mul(Exact::from_int(MOST));
        if output < input || most.is_some_and(|most| output >= most) {
            push(Meter::Output, output, Meter::Input, input, under, row, remarks);
        }
    }
}

fn push(
    meter: Meter,
    rate: Exact,
    beside: Meter,
    other: Exact,
    under: &str,
    row: &PriceRow,
    remarks: &mut Vec<Remark>,
) {
    let under = under.to_owned();
    remarks.push(remark(RemarkKind::Relation { meter, rate, beside, other, under }, row, None));
}
