//! The catalogue: one file a family of causes, one line a file.

mod batch;
mod cache_write;
mod cached;
mod context_tier;
mod currency;
mod duplicate;
mod group;
mod modality;
mod model;
mod outcome;
mod overflow;
mod parts;
mod reasoning;
mod rounding;
mod service_tier;
mod surcharge;
mod tokens;
mod unit_slip;
mod upstream;
mod version;
mod window;
mod zero;

pub(crate) use zero::PRICE_MISSING_ZERO;

use super::cause::Cause;

const FAMILIES: &[&[Cause]] = &[
    outcome::CAUSES,
    cached::CAUSES,
    cache_write::CAUSES,
    context_tier::CAUSES,
    batch::CAUSES,
    service_tier::CAUSES,
    window::CAUSES,
    reasoning::CAUSES,
    modality::CAUSES,
    parts::CAUSES,
    surcharge::CAUSES,
    version::CAUSES,
    group::CAUSES,
    model::CAUSES,
    currency::CAUSES,
    upstream::CAUSES,
    duplicate::CAUSES,
    tokens::CAUSES,
    zero::CAUSES,
    unit_slip::CAUSES,
    overflow::CAUSES,
    rounding::CAUSES,
];

/// Every known cause, in the order in which they are tried.
pub(crate) fn catalogue() -> impl Iterator<Item = &'static Cause> {
    FAMILIES.iter().copied().flatten()
}

/// The codes diagnosis may give, in alphabetical order; pairs are written `a+b`.
pub fn codes() -> Vec<&'static str> {
    let mut codes: Vec<&str> = catalogue().map(|c| c.code).collect();
    codes.sort_unstable();
    codes
}
