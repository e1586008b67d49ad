//! What is allowed in a book and still looks wrong.

mod reach;
mod relations;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use super::book::{Book, ModelName, MultiplierOf, NoVariant, Place, PriceRow, Variant, Version, VersionId};
use crate::domain::call::Meter;
use crate::domain::money::{Exact, SCALE};

/// Something worth a look, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub kind: RemarkKind,
    /// The names of the price, as written.
    pub model: String,
    pub place: Place,
    /// What it is held against, in an earlier version.
    pub earlier: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemarkKind {
    /// A rate of 0 in a row that is not declared free.
    ZeroRate(Meter),
    /// At least ten times as much, or a tenth, since the version before.
    Jump { meter: Meter, before: Exact, after: Exact },
    /// In the version before, and no longer.
    Vanished,
    /// Priced before and again, and not between.
    Gap { since: VersionId, until: VersionId },
    /// Another pattern, equally long, fits names that this one fits: such a call has no price.
    Overlap(String),
    /// Another row always answers first.
    Unreachable { name: String },
    /// One price beside another that is usually below or above it.
    Relation { meter: Meter, rate: Exact, beside: Meter, other: Exact, under: String },
    /// Amounts may need more places than are kept; each call is rounded half-even at 18.
    FinePlaces(u32),
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = &self.model;
        match &self.kind {
            RemarkKind::ZeroRate(meter) => {
                write!(f, "{}: {model}: {} costs 0 and the row is not free", self.place, meter.name())?;
            }
            RemarkKind::Jump { meter, before, after } => {
                write!(f, "{}: {model}: {} went from {before} to {after}", self.place, meter.name())?;
            }
            RemarkKind::Vanished => write!(f, "{}: {model} has no price any more", self.place)?,
            RemarkKind::Gap { since, until } => {
                write!(f, "{}: {model} had no price from {since} until {until}", self.place)?;
            }
            RemarkKind::Overlap(other) => {
                write!(f, "{}: {model} and {other} fit the same names equally well", self.place)?;
            }
            RemarkKind::Unreachable { name } => {
                write!(f, "{}: {name} of {model} is never asked: another price answers first", self.place)?;
            }
            RemarkKind::Relation { meter, rate, beside, other, under } => {
                let (meter, beside) = (meter.name(), beside.name());
                let under = if under.is_empty() { String::new() } else { format!(" ({under})") };
                write!(f, "{}: {model}: {meter} costs {rate}{under} where {beside} costs {other}", self.place)?;
            }
            RemarkKind::FinePlaces(places) => {
                write!(f, "{}: {model}: up to {places} decimal places, rounded to 18 a call", self.place)?;
            }
        }
        self.earlier.as_ref().map_or(Ok(()), |e| write!(f, " (before: {e})"))
    }
}

/// A name with the members that tell its rows apart.
type Key<'a> = (&'a ModelName, [&'a Option<String>; 4]);

impl Book {
    /// Remarks in the order of the versions.
    pub fn lint(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let rounds = self.header.rounding.is_some();
        let half = u32::from(self.header.no_variant == NoVariant::HalfBatch);
        let mut before: Option<&Version> = None;
        for version in &self.versions {
            for row in &version.rows {
                zero_rates(row, &mut remarks);
                let places = places_of(row) + multiplier_places(version) + half;
                if !rounds && places > SCALE {
                    remarks.push(remark(RemarkKind::FinePlaces(places), row, None));
                }
            }
            for row in &version.rows {
                relations::check(row, &mut remarks);
            }
            reach::check(version, &mut remarks);
            if let Some(before) = before {
                compare(before, version, &mut remarks);
            }
            before = Some(version);
        }
        self.gaps(&mut remarks);
        once(remarks)
    }

    /// Names that go and come back.
    fn gaps(&self, remarks: &mut Vec<Remark>) {
        let mut last: BTreeMap<Key<'_>, (usize, &PriceRow)> = BTreeMap::new();
        for (i, version) in self.versions.iter().enumerate() {
            for (key, row) in rows_by_name(version) {
                if let Some((before, old)) = last.insert(key, (i, row)).filter(|(before, _)| before + 1 < i) {
                    let (since, until) = (self.versions[before + 1].id(), version.id());
                    remarks.push(remark(RemarkKind::Gap { since, until }, row, Some(old)));
                }
            }
        }
    }
}

/// What one version says of a price is not said again of the next.
fn once(remarks: Vec<Remark>) -> Vec<Remark> {
    let mut said: BTreeMap<String, Vec<RemarkKind>> = BTreeMap::new();
    let new = remarks.into_iter().filter(|remark| {
        let kinds = said.entry(remark.model.clone()).or_default();
        let again = kinds.contains(&remark.kind);
        kinds.push(remark.kind.clone());
        !again
    });
    new.collect()
}

fn remark(kind: RemarkKind, row: &PriceRow, earlier: Option<&PriceRow>) -> Remark {
    Remark { kind, model: names(row), place: row.place.clone(), earlier: earlier.map(|r| r.place.clone()) }
}

fn names(row: &PriceRow) -> String {
    row.matcher.models.first().map(ModelName::shown).unwrap_or_default()
}

fn zero_rates(row: &PriceRow, remarks: &mut Vec<Remark>) {
    for meter in Meter::ALL {
        if !row.free && row.components.rate(meter).is_some_and(Exact::is_zero) {
            remarks.push(remark(RemarkKind::ZeroRate(meter), row, None));
        }
    }
}

fn rows_by_name(version: &Version) -> BTreeMap<Key<'_>, &PriceRow> {
    let mut rows = BTreeMap::new();
    for row in &version.rows {
        let m = &row.matcher;
        for name in &m.models {
            rows.insert((name, [&m.group, &m.provider, &m.endpoint, &m.region]), row);
        }
    }
    rows
}

fn compare(before: &Version, after: &Version, remarks: &mut Vec<Remark>) {
    let (old, new) = (rows_by_name(before), rows_by_name(after));
    for (key, row) in &old {
        match new.get(key) {
            Some(now) => jumps(row, now, remarks),
            None => remarks.push(Remark { place: after.place.clone(), ..remark(RemarkKind::Vanished, row, Some(row)) }),
        }
    }
}

fn jumps(old: &PriceRow, new: &PriceRow, remarks: &mut Vec<Remark>) {
    for meter in Meter::ALL {
        let (Some(before), Some(after)) = (old.components.rate(meter), new.components.rate(meter)) else {
            continue;
        };
        let tenfold = |small: Exact, large: Exact| !small.is_zero() && small.shifted(1).is_some_and(|t| t <= large);
        let kind = RemarkKind::Jump { meter, before, after };
        let found = remark(kind, new, Some(old));
        if (tenfold(before, after) || tenfold(after, before)) && !remarks.contains(&found) {
            remarks.push(found);
        }
    }
}

/// Places of the finest rate, with every multiplier that may be laid over it.
fn places_of(row: &PriceRow) -> u32 {
    fn walk(variants: &[Variant], rate: &mut u32, multipliers: &mut u32) {
        for v in variants {
            measure(&v.components, rate, multipliers);
            walk(&v.nested, rate, multipliers);
        }
    }
    fn measure(components: &super::book::Components, rate: &mut u32, multipliers: &mut u32) {
        let rates = components.rates.iter().flatten().copied().chain(components.images.iter().map(|i| i.rate));
        *rate = rates.map(Exact::scale).fold(*rate, u32::max);
        *multipliers += components.multiplier.map_or(0, Exact::scale);
    }
    let (mut rate, mut multipliers) = (0, 0);
    measure(&row.components, &mut rate, &mut multipliers);
    walk(&row.variants, &mut rate, &mut multipliers);
    rate + multipliers
}

/// One multiplier of each kind at most is counted.
fn multiplier_places(version: &Version) -> u32 {
    let of = |kind: fn(&MultiplierOf) -> bool| {
        version.multipliers.iter().filter(|m| kind(&m.of)).map(|m| m.value.scale()).max().unwrap_or(0)
    };
    of(|m| matches!(m, MultiplierOf::Group(_)))
        + of(|m| matches!(m, MultiplierOf::Model(_)))
        + of(|m| matches!(m, MultiplierOf::Account(_)))
}
