//! Books: versions, lookup, faults, windows.

mod faults;
mod history;
mod in_force;
mod lint;
mod lookup;
mod windows;

use super::samples::{
    above, at, components, faults, from, header, multiplier, per_million, place, row, tier, times, variant, version,
    when, window, x,
};
use super::*;
use crate::domain::call::Meter::{self, CacheRead, Input, Output};
use crate::domain::period::Day;

const OCT: &str = "2026-10-01T00:00:00Z";

fn known(mut version: Version, from: &str, line: u32) -> Version {
    version.known_from = at(from);
    version.place = place(line);
    version
}

fn one(model: &str) -> PriceRow {
    row(model, components(&[(Input, "1")]))
}

fn row_at(mut row: PriceRow, line: u32) -> PriceRow {
    row.place = place(line);
    row
}
